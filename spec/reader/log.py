# When a recording was made, by the word of logs, witnesses and time-stamp authorities: written from spec/log.md alone.
# It is not the product's judge and shares no code with it. Whether the recording is intact is verify.py's; time-stamp
# tokens are looked at in timestamp.py. Sections are those of spec/log.md, functions in its order.
# Invariants: what does not hold has a fault and counts for nothing; work grows with the square of the number of pieces
# at most; nothing is fetched.
import re
from collections import namedtuple
import timestamp
from notes import b64, ed25519_holds, is_on_curve, key_id, open_lines, sha256

LOG, WITNESS = 1, 4  # types of keys
DECIMAL = r"(?:0|[1-9]\d{0,19})"
LATE = 30  # seconds by which clocks may differ

# What judging needs of a recording in which nothing is wrong. seen: the header's checkpoint, or None. texts: of
# CHECKPOINT entries, by size. anchors: (leaf, sample, body). sound: (leaf, samples) of AUDIO. final: the final checkpoint's text.
Copy = namedtuple("Copy", "full seen texts anchors sound total rate leaves final evidence")

# ---- Section 1: keys, checkpoints, proofs ----------------------------------------------------------------------------
class Key:
    """A key as text: NAME+id+b64 of type and key."""
    def __init__(self, text, kind):
        self.text, self.kind = text, kind
        self.name, digits, raw = text.split("+", 2)
        raw = b64(raw, 33)
        self.public = raw[1:]
        if (raw[0] != kind or not is_name(self.name) or not is_on_curve(self.public)
                or digits != key_id(self.public, self.name, kind).hex()):
            raise ValueError(f"{text} is not the text of a key of type {kind}")

Signed = namedtuple("Signed", "text lines origin size root")
def read_signed(raw):
    """A signed checkpoint of a log; ValueError if it does not parse."""
    text, lines = open_lines(raw, 64)
    match = re.fullmatch(rf"([^\n]+)\n({DECIMAL})\n([^\n]+)\n(?:[^\n]+\n)*", text, re.ASCII)
    if not match or number(match[2]) is None or not all(map(is_name, (name for name, _ in lines))):
        raise ValueError("not a checkpoint")
    if any(len(blob) < 5 for _, blob in lines):
        raise ValueError("a signature line without a signature")
    return Signed(text, lines, match[1], number(match[2]), b64(match[3], 32))

def is_name(name):
    return re.fullmatch(r"[^\s+\x00-\x1f\x7f-\x9f]+", name) is not None

def number(digits):
    return int(digits) if int(digits) < 1 << 64 else None

def signatures(signed, key):
    """What the lines under the name and id of `key` say: a time (of a log: 0) of each that verifies, None of others."""
    found = []
    for name, blob in signed.lines:
        if name == key.name and blob[:4] == key_id(key.public, key.name, key.kind):
            time, text = 0, signed.text.encode()
            if key.kind == WITNESS:
                time, blob = int.from_bytes(blob[4:12], "big"), blob[:4] + blob[12:]
                text = b"cosignature/v1\ntime %d\n" % time + text
            holds = len(blob) == 68 and time < 1 << 63 and ed25519_holds(key.public, blob[4:], text)
            found.append(time if holds else None)
    return found

Proof = namedtuple("Proof", "index hashes signed")
def read_proof(raw):
    if len(raw) > 16384:
        raise ValueError("too long for a proof")
    head, gap, checkpoint = raw.partition(b"\n\n")
    match = re.fullmatch(rf"c2sp\.org/tlog-proof@v1\n(?:extra ([^\n]*)\n)?index ({DECIMAL})((?:\n[^\n]+)*)",
                         head.decode("utf-8"), re.ASCII)
    if not match or not gap or number(match[2]) is None or match[3].count("\n") > 64:
        raise ValueError("not a proof")
    b64(match[1] or "")
    return Proof(number(match[2]), [b64(line, 32) for line in match[3].split("\n")[1:]], read_signed(checkpoint))

def root_from(leaf, index, size, hashes):
    """The root that an RFC 6962 inclusion proof leads to; None if it has not the length it must have."""
    if index >= size:
        return None
    last, digest, hashes = size - 1, leaf, iter(hashes)
    try:
        while last:
            if index & 1:
                digest = sha256(b"\1", next(hashes), digest)
            elif index < last:
                digest = sha256(b"\1", digest, next(hashes))
            index, last = index >> 1, last >> 1
    except StopIteration:
        return None
    return digest if next(hashes, None) is None else None

# ---- Section 5: the policy -------------------------------------------------------------------------------------------
class Policy:
    def __init__(self):
        self.logs, self.witnesses, self.groups, self.authorities, self.quorum = [], {}, {}, [], None
    def is_quorum(self, cosigners, name=None):
        """Whether the group, witness or, without a name, the quorum, is met by the witnesses with these names."""
        name = name or self.quorum
        if name in self.groups:
            needed, members = self.groups[name]
            return sum(self.is_quorum(cosigners, member) for member in members) >= needed
        return name in cosigners

NOBODY = Policy()

def read_policy(raw):
    if len(raw) > 1 << 20:
        raise ValueError("a policy is at most 1 MiB")
    policy, free, lines = Policy(), set(), raw.decode("utf-8").split("\n")
    for place, line in enumerate(lines, 1):
        words = re.split(r"[ \t]+", line.strip(" \t"))
        try:
            if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line):
                raise ValueError("a control character")
            if words != [""] and not words[0].startswith("#"):
                read_line(policy, free, *words)
        except (ValueError, TypeError) as error:
            raise ValueError(f"line {place}: {error}") from None
    if policy.quorum is None:
        raise ValueError("there is no quorum line")
    return policy

def read_line(policy, free, word, *rest):
    """One line; `free` are the names that no group has used yet. TypeError: more or fewer words than there must be."""
    def log(key, url=""):
        policy.logs.append(unique(Key(key, LOG), policy.logs))
    def witness(name, key, url=""):
        policy.witnesses[new(name)] = unique(Key(key, WITNESS), policy.witnesses.values())
    def group(name, needed, *members):
        if len(set(members)) != len(members) or not free.issuperset(members):
            raise ValueError("a member is unknown or is one already")
        needed = {"all": str(len(members)), "any": "1"}.get(needed, needed)
        if not re.fullmatch(r"[1-9][0-9]{0,8}", needed) or int(needed) > len(members):
            raise ValueError("more members are needed than there are, or none")
        free.difference_update(members)
        policy.groups[new(name)] = int(needed), members
    def quorum(name):
        if policy.quorum is not None or name not in ("none", *policy.witnesses, *policy.groups):
            raise ValueError("a second quorum, or nobody of that name")
        policy.quorum = name
    def authority(name, certificate):
        one = name, b64(certificate)
        try:
            timestamp.certificate(one[1])
        except timestamp.Fault:
            raise ValueError(f"{name} is no certificate") from None
        if any(name == other[0] or one[1] == other[1] for other in policy.authorities):
            raise ValueError(f"{name} is there already")
        policy.authorities.append(one)
    def new(name):
        if name == "none" or name in policy.witnesses or name in policy.groups:
            raise ValueError(f"{name} is taken")
        free.add(name)
        return name
    def unique(key, others):
        if any(key.public == other.public for other in others):
            raise ValueError(f"the key of {key.name} is there already")
        return key
    kinds = {"log": log, "witness": witness, "group": group, "quorum": quorum, "authority": authority}
    if word not in kinds:
        raise ValueError(f"there are no lines of {word}")
    kinds[word](*rest)
    if max(len(policy.logs), len(policy.witnesses) + len(policy.groups), len(policy.authorities)) > 256:
        raise ValueError("more than 256 of a kind")

# ---- Section 4: each piece by itself ---------------------------------------------------------------------------------
class Fault(Exception):
    """The piece does not hold: name of the fault."""

class Piece:
    """Evidence of time. leaf: where it stands; state: how many leaves it covers."""
    def __init__(self, place, leaf, state):
        self.place, self.leaf, self.state, self.fault = place, leaf, state, ""
        self.signed, self.log, self.entry, self.by, self.witnesses = None, None, None, "", []
        self.no_earlier = self.no_later = None
    def limit(self, time):
        return {"time_s": time, "by": self.by, "witnesses": self.witnesses, "place": self.place}

def judge_anchor(piece, raw, copy, policy):
    """An ANCHOR, or time evidence of kind 2."""
    texts = {size: text for size, text in copy.texts.items() if size <= piece.leaf}
    if piece.leaf == copy.leaves:
        texts = {copy.leaves: copy.final}
    try:
        match = re.match(rf"counterpart/anchor/v1\nsize: ({DECIMAL})\nblind: ([^\n]*)\n".encode(), raw)
        if not match or number(match[1]) is None:
            raise ValueError("not an anchor")
        blind, proof = b64(match[2].decode(), 32), read_proof(raw[match.end():])
    except ValueError:
        raise Fault("malformed") from None
    piece.signed, piece.entry, piece.state = proof.signed, proof.index, number(match[1])
    if piece.state not in texts:
        raise Fault("size")
    entry = b"\1\1" + sha256(b"counterpart/anchor/v1\n", blind, texts[piece.state].encode())
    if root_from(sha256(b"\0", entry), proof.index, proof.signed.size, proof.hashes) != proof.signed.root:
        raise Fault("not-included")
    judge_signatures(piece, policy)

def judge_header(piece, raw, policy):
    try:
        piece.signed = read_signed(raw)
    except ValueError:
        raise Fault("malformed") from None
    judge_signatures(piece, policy)

def log_that_signed(signed, policy):
    """The origin, if a line of the policy's log holds; None if one does not verify or there is none."""
    said = [holds for key in policy.logs if key.name == signed.origin for holds in signatures(signed, key)]
    return signed.origin if said and None not in said else None

def judge_signatures(piece, policy):
    if not any(key.name == piece.signed.origin for key in policy.logs):
        raise Fault("unknown-log")
    said = {name: signatures(piece.signed, key) for name, key in policy.witnesses.items()}
    piece.log = log_that_signed(piece.signed, policy)
    if not piece.log or any(None in times for times in said.values()):
        raise Fault("forged")
    said = {name: max(times) for name, times in said.items() if times}
    times = sorted(set(said.values()))
    late = [t for t in times if policy.is_quorum({name for name in said if said[name] >= t})]
    early = [t for t in times if policy.is_quorum({name for name in said if said[name] <= t})]
    if not late:
        raise Fault("unwitnessed")
    piece.no_earlier, piece.no_later, piece.by, piece.witnesses = late[-1], early[0], piece.signed.origin, list(said)

def judge_token(piece, raw, copy, policy):
    """Section 6: timestamp.py. Says who stamped, and the latest time it can have been."""
    try:
        stamp = timestamp.verify(raw, copy.final.encode(), policy.authorities)
    except timestamp.Fault as fault:
        raise Fault(*fault.args) from None
    piece.by, piece.no_later = stamp.authority, max(stamp.latest, 0)

def pieces_of(copy, policy):
    """Every piece in the order of the seal, each with its fault, if it has one by itself."""
    pieces = []
    def add(place, leaf, state, judge, *arguments):
        pieces.append(Piece(place, leaf, state))
        try:
            judge(pieces[-1], *arguments)
        except Fault as fault:
            pieces[-1].fault = str(fault)
    if copy.seen is not None:
        add("header", 0, 0, judge_header, copy.seen, policy)
    for leaf, sample, body in copy.anchors if copy.full else ():
        add(f"anchor {sample}", leaf, 0, judge_anchor, body, copy, policy)
    for place, (kind, content) in enumerate(copy.evidence, 1):
        judge = {1: judge_token, 2: judge_anchor}.get(kind, judge_unknown)
        add(f"end {place}", copy.leaves, copy.leaves, judge, content, copy, policy)
    return pieces

def judge_unknown(piece, raw, copy, policy):
    raise Fault("unknown-kind")

# ---- Section 4: all pieces together ----------------------------------------------------------------------------------
def judge_together(pieces, policy):
    roots, lying, shown, marked = {}, set(), set(), []
    for signed in (piece.signed for piece in pieces if piece.signed):
        origin = log_that_signed(signed, policy)
        if origin and roots.setdefault((origin, signed.size), signed.root) != signed.root:
            lying.add(origin)
    for piece in (piece for piece in pieces if not piece.fault and piece.log):
        if piece.log in lying:
            piece.fault = "two-histories"
        elif piece.entry is not None and (piece.log, piece.entry) in shown:
            piece.fault = "replayed"
        shown.add((piece.log, piece.entry))
    for before, b in standing_before([piece for piece in pieces if not piece.fault]):
        same = [a for a in before if a.log and a.log == b.log and b.entry < a.signed.size]
        later = [a for a in before if a.no_earlier is not None and b.no_later + LATE < a.no_earlier]
        if same:
            marked += [max(reversed(same), key=lambda a: a.signed.size), b]
        elif later:
            marked += [max(reversed(later), key=lambda a: a.no_earlier), b]
    for piece in marked:
        piece.fault = "contradictory"

def standing_before(good):
    """For each piece that covers a state, in the order of states: those that stand before that state, and it."""
    for b in sorted((piece for piece in good if piece.place != "header"), key=lambda piece: piece.state):
        yield [a for a in good if a.leaf < b.state], b

def longest(copy, good, samples):
    """The longest stretch of sound, and the longest time, from one state to the next."""
    states = {0: []} | {state: [] for state in sorted(piece.state for piece in good)}
    for piece in good:
        states[piece.state].append(piece)
    points = sorted({samples(state) for state in states} | {copy.total})
    stretches = [(b - a, -a, (a, b)) for a, b in zip(points, points[1:])]
    time, since = 0, None
    for state in states.values():
        if since is not None and state:
            time = max(time, min((piece.no_later for piece in state if piece.no_later is not None), default=0) - since)
        since = min((piece.no_earlier for piece in state if piece.no_earlier is not None), default=since)
    return max(stretches)[2] if stretches else (0, 0), time

def outrun(copy, good, samples):
    """The first range in which there is more sound than time passed."""
    for before, b in standing_before(good):
        def excess(a):
            return samples(b.state) - samples(a.leaf) - (b.no_later + LATE - a.no_earlier) * copy.rate
        before = [a for a in before if a.no_earlier is not None]
        a = max(reversed(before), key=excess, default=None)
        if a and excess(a) > 0:
            return samples(a.leaf), samples(b.state)
    return None

def bracket(copy, policy):
    """What is printed: the limits, how the recording was anchored, and what was refused."""
    pieces = pieces_of(copy, policy)
    judge_together(pieces, policy)
    good = [piece for piece in pieces if not piece.fault]
    header = [piece for piece in good if piece.place == "header"]
    anchors = [piece for piece in good if piece.place.startswith("anchor")]
    last = min((piece for piece in good if piece.leaf == copy.leaves), key=lambda piece: piece.no_later, default=None)
    def samples(leaves):
        return sum(count for leaf, count in copy.sound if leaf < leaves) if leaves < copy.leaves else copy.total
    too_much = outrun(copy, good, samples)
    stretch, time = longest(copy, good, samples) if anchors or too_much else (None, None)
    return {"no_earlier": header[0].limit(header[0].no_earlier) if header else None,
            "no_later": last.limit(last.no_later) if last else None,
            "anchors": len(copy.anchors), "anchors_held": len(anchors), "longest": stretch, "longest_s": time,
            "too_much": too_much, "refused": [f"{piece.place} {piece.fault}" for piece in pieces if piece.fault]}
