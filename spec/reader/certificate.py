#!/usr/bin/env python3
# Certificates of destruction: written from spec/certificate.md alone, over log.py for proofs and policies. It is not the
# product's judge and shares no code with it. Sections are those of spec/certificate.md.
# Run: python3 spec/reader/certificate.py --trust POLICY FILE…   A line of JSON for each: file, outcome, fault, index.
# Invariants: what does not hold has a fault, the first of the table; nothing is fetched; nothing is written.
import argparse, datetime, json, re, sys
from pathlib import Path
import log
from notes import b64, ed25519_holds, sha256

class Fault(Exception):
    """The certificate does not hold, or cannot be judged: name of the fault."""

CLOCKS_APART = 600  # seconds that `destroyed` may be ahead of the witnesses
CANNOT_SAY = ("version", "unknown-log", "unwitnessed")

# ---- Section 1: forms of values --------------------------------------------------------------------------------------
ODD = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

def check(holds):
    if not holds:
        raise Fault("malformed")

def words(value):
    check(0 < len(value.encode()) <= 200 and value.strip(WHITE) == value and not ODD.search(value))
    return value

def word(value):
    check(re.fullmatch(r"[a-z][a-z0-9._-]{0,63}", value, re.ASCII))
    return value

def number(value):
    check(re.fullmatch(log.DECIMAL, value, re.ASCII) and int(value) < 1 << 64)
    return int(value)

def digits(count):
    def read(value):
        check(re.fullmatch(rf"[0-9a-f]{{{2 * count}}}", value))
        return bytes.fromhex(value)
    return read

def moment(value):
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value, re.ASCII) and value >= "1970")
    try:
        return int(datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp())
    except ValueError:
        raise Fault("malformed") from None

def day(value):
    return moment(value + "T00:00:00Z") // 86400

def base64(count):
    def read(value):
        try:
            return b64(value, count)
        except ValueError:
            raise Fault("malformed") from None
    return read

def flag(value):
    check(value in ("yes", "no"))

def erase(value):
    check(value == "cryptographic erase")

def store(value):
    kind, comma, place = value.partition(", ")
    check(comma)
    word(kind), words(place)

def search(value):
    check(value.endswith(", nothing found"))
    count, _, what = value.removesuffix(", nothing found").partition(" ")
    number(count), words(what)

# ---- Sections 2 and 3: the lines in their order: key, form, fewest and most ------------------------------------------
ID, DIGEST = digits(16), digits(32)
THING = [("thing", word, 1, 1), ("id", ID, 1, 1), ("recording", DIGEST, 0, 1)]
OBJECT = [("commitment", DIGEST, 1, 1), ("object", DIGEST, 1, 1), ("sealed-bytes", number, 1, 1), ("plain-bytes", number, 1, 1)]
ITEM = [("medium", words, 1, 1), ("label", DIGEST, 1, 1)]
RULE = [("rule", word, 1, 1), ("pack", word, 1, 1), ("pack-version", number, 1, 1), ("pack-digest", DIGEST, 1, 1), ("last-day", day, 1, 1)]
SINCE = [("clause", words, 1, 1), ("unconfirmed", flag, 1, 1), ("held-since", moment, 1, 1), ("office", words, 1, 1)]
ERASED = [("method", erase, 1, 1), ("store", store, 1, 16), ("key", ID, 1, 1), ("office-key", number, 1, 1),
          ("key-copies", number, 1, 1), ("versions", number, 1, 1)]
PHYSICAL = [("method", words, 1, 1), ("standard", words, 1, 1)]
DONE = [("tool", words, 1, 1), ("searched", search, 1, 32), ("destroyed", moment, 1, 1), ("place", words, 1, 1), ("by", words, 1, 1),
        ("no-hold", moment, 1, 1), ("holds-before", number, 1, 1), ("time-source", words, 2, 16),
        ("time-earliest", moment, 1, 1), ("time-latest", moment, 1, 1)]
APPROVAL = [("approver", words, 1, 1), ("approver-person", number, 1, 1), ("approver-key", base64(32), 1, 1),
            ("approver-signature", base64(64), 1, 1), ("approved", moment, 1, 1)]
SEVERAL = ("store", "searched", "time-source")
ORDER = [key for key, *_ in THING + OBJECT + ITEM + RULE + SINCE + [ERASED[0], PHYSICAL[1]] + ERASED[1:] + DONE]

def read_text(text):
    """The values by their keys, the approvals, and the digest of the subject's lines, of a certificate's text."""
    first, *lines = text.removesuffix("\n").split("\n")
    other_version("counterpart/certificate/v", first)
    check(first == "counterpart/certificate/v1" and len(text.encode()) <= 65536 and text.endswith("\n"))
    at, values, approvals = 0, {}, []
    def take(form, into):
        nonlocal at
        for key, read, fewest, most in form:
            found = 0
            while found < most and at < len(lines) and lines[at].startswith(key + ": "):
                into[key], at, found = read(lines[at].removeprefix(key + ": ")), at + 1, found + 1
            check(found >= fewest)
    take(THING, values)
    is_item = at < len(lines) and lines[at].startswith("medium: ")
    take(ITEM if is_item else OBJECT, values)
    take(RULE, values)
    subject = "counterpart/destroy/v1\n" + "".join(line + "\n" for line in lines[:at])
    take(SINCE + (PHYSICAL if is_item else ERASED) + DONE, values)
    while len(approvals) < 16 and at < len(lines) and lines[at].startswith("approver: "):
        approvals.append({})
        take(APPROVAL, approvals[-1])
    take([("subject", DIGEST, 1, 1)], values)
    check(at == len(lines))
    return values, approvals, sha256(subject.encode())

def other_version(name, line):
    match = re.fullmatch(re.escape(name) + f"({log.DECIMAL})", line, re.ASCII)
    if match and match[1] != "1" and int(match[1]) < 1 << 64:
        raise Fault("version")

# ---- Section 4: the file ---------------------------------------------------------------------------------------------
def read_file(raw):
    """The certificate's text, the salt, and the bytes of the proof or None."""
    check(len(raw) <= 262144)
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("malformed") from None
    if whole.lstrip("\t\n\x0c\r ").startswith("{"):
        return read_json(whole)
    text, gap, rest = whole.partition("\n\n")
    read_text(text + "\n" * bool(gap))  # its faults come before those of what follows
    match = re.fullmatch(r"salt ([^\n]*)\n((?s:.*))", rest)
    check(match)
    return text + "\n", base64(32)(match[1]), match[2].encode() or None

def read_json(whole):
    twice = []
    def once(pairs):
        twice.extend([True] * (len(dict(pairs)) != len(pairs)))
        return dict(pairs)
    try:
        file = json.loads(whole, object_pairs_hook=once)
        json.dumps(file, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Fault("malformed") from None
    if isinstance(file, dict) and isinstance(file.get("schema"), str):
        other_version("counterpart.certificate/", file["schema"])
    check(not twice and isinstance(file, dict) and set(file) <= {"schema", "certificate", "salt", "proof"})
    check(file.get("schema") == "counterpart.certificate/1")
    fields, salt, proof = file.get("certificate"), file.get("salt"), file.get("proof")
    check(isinstance(fields, dict) and isinstance(salt, str) and isinstance(proof, (str, type(None))))
    approvals, lines = fields.pop("approvers", None), ["counterpart/certificate/v1"]
    check(isinstance(approvals, list) and all(isinstance(one, dict) for one in approvals))
    def put(fields, keys):
        present = set(fields)
        for key in keys:
            name = key.replace("-", "_")
            value = fields.pop(name) if name in fields else []
            check(name not in present or value and isinstance(value, list) == (key in SEVERAL))
            for one in value if isinstance(value, list) else [value]:
                check(isinstance(one, str) and not ODD.search(one))
                lines.append(f"{key}: {one}")
    put(fields, ORDER)
    for one in approvals:
        put(one, [key for key, *_ in APPROVAL])
        check(not one)
    put(fields, ["subject"])
    check(not fields)
    text = "\n".join(lines) + "\n"
    read_text(text)
    return text, base64(32)(salt), None if proof is None else proof.encode()

# ---- Section 5: what a reader says -----------------------------------------------------------------------------------
def judge(raw, policy):
    """Outcome, fault and index in the log."""
    try:
        index = look_at(raw, policy)
    except Fault as fault:
        return ("cannot say" if fault.args[0] in CANNOT_SAY else "not intact"), fault.args[0], None
    return ("not logged" if index is None else "destroyed"), None, index

def look_at(raw, policy):
    text, salt, proof = read_file(raw)
    values, approvals, subject = read_text(text)
    try:
        proof = None if proof is None else log.read_proof(proof)
    except ValueError:
        raise Fault("malformed") from None
    if values["subject"] != subject:
        raise Fault("subject")
    persons = {one["approver-person"] for one in approvals}
    of_one = all(len({one[key] for one in approvals}) == len({(one[key], one["approver-person"]) for one in approvals})
                 for key in ("approver", "approver-key"))
    if len(persons) < 2 or not of_one:
        raise Fault("persons")
    if not all(ed25519_holds(one["approver-key"], one["approver-signature"], values["subject"]) for one in approvals):
        raise Fault("signature")
    first = [values["held-since"], values["no-hold"], values["time-earliest"], *(one["approved"] for one in approvals)]
    if (values["time-earliest"] > values["time-latest"] or values["time-earliest"] // 86400 < values["last-day"]
            or max(first) > values["destroyed"]):
        raise Fault("times")
    if proof is None:
        return None
    leaf = sha256(b"\0\1\2", sha256(b"counterpart/event/v1\n", salt, text.encode()))
    if log.root_from(leaf, proof.index, proof.signed.size, proof.hashes) != proof.signed.root:
        raise Fault("not-included")
    piece = log.Piece("certificate", 0, 0)
    piece.signed = proof.signed
    try:
        log.judge_signatures(piece, policy)
    except log.Fault as fault:
        raise Fault(fault.args[0]) from None
    if values["destroyed"] > piece.no_later + CLOCKS_APART:
        raise Fault("contradictory")
    return proof.index

def main():
    parser = argparse.ArgumentParser(description="Judges certificates of destruction.")
    parser.add_argument("--trust", metavar="FILE", help="a policy: the logs and witnesses whose word counts")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()
    policy = log.read_policy(Path(options.trust).read_bytes()) if options.trust else log.NOBODY
    outcomes = []
    for path in options.files:
        outcome, fault, index = judge(Path(path).read_bytes(), policy)
        outcomes.append(outcome)
        print(json.dumps({"file": path, "outcome": outcome, "fault": fault, "index": index}), flush=True)
    return 1 if "not intact" in outcomes else 0 if set(outcomes) == {"destroyed"} else 2

if __name__ == "__main__":
    sys.exit(main())
