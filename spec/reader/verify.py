# An independent verifier of sealed recordings, written from spec/seal.md and spec/words.txt alone.
# It is not the product's verifier and shares no code with it: it is there so that a stranger can check the checker.
# Needs Python 3.11, the package `cryptography` (Ed25519) and the program `flac` (decodes, in deep checks).
# Usage: verify.py [--deep] [--evidence] [--trust POLICY] FILE...   One JSON object a file; exit 0 all hold, 1 not intact, 2 cannot say.
# Invariants: lengths are checked before use; memory is bounded by one metadata block (16 MiB) and what is parsed of it,
# a frame and a segment; no exception leaves this program. Sections are those of spec/seal.md, functions in its order.
import argparse, hashlib, hmac, io, json, os, re, subprocess, sys, tempfile
from collections import namedtuple
from pathlib import Path
import log
from notes import b64, ed25519_holds, key_id, open_lines, sha256

# Section 6: the reasons, the highest-standing first.
CANNOT_SAY = ["unreadable", "not-flac", "no-seal", "unfinished", "version"]
NOT_INTACT = ["metadata", "seal-block", "header", "device", "about", "checkpoint", "two-histories", "tree", "end",
              "streaminfo", "frames", "truncated", "trailing", "frame-header", "track", "mute", "md5"]
HEADER, AUDIO, EVENT, ANCHOR, END, CHECKPOINT, HIDDEN = range(7)  # the first five are the leaf types of section 4
RECORDING, DEVICE = "counterpart/recording", "counterpart/device"
FIELDS = {"parties": 1, "place": 2, "appointment": 3, "agreement": 4}
CLEAN, HASH = r"[^\x00-\x1f\x7f-\x9f]", r"[A-Za-z0-9+/]{43}="
DECIMAL, HOUR = r"(?:0|[1-9]\d{0,19})", r"(?:[01]\d|2[0-3])"
LINES = rf"(?:[a-z-]+: {CLEAN}*\n)*"  # section 4: bodies of events, closing texts

class Stop(Exception):
    """A fault that makes going on impossible: reason, detail."""

class Result:  # what was found out about one file
    def __init__(self, path):
        self.path, self.verdict, self.reason, self.words, self.evidence = path, "", "", "", {}
        self.bracket, self.faults, self.history = None, [], ()  # (reason, detail); recording key and final checkpoint once they hold
    def fault(self, reason, detail):
        self.faults.append((reason, detail))

class Input(io.FileIO):  # the file under examination
    def __init__(self, path):
        super().__init__(path)
        self.size = os.fstat(self.fileno()).st_size
    def read_at(self, at, size):
        self.seek(at)
        return self.read(size)
# ---- Sections 1 and 2, metadata --------------------------------------------------------------------------------------
def read_metadata(file, result):
    """STREAMINFO, the seal body, and where the frames start (None: the blocks cannot be walked to the last one)."""
    first = file.read_at(0, 42)
    if len(first) < 42 or first[:4] != b"fLaC" or first[4] & 127 or first[5:8] != b"\0\0\x22":
        raise Stop("not-flac", "no fLaC or no STREAMINFO first")
    body, at, last, seen, changed = None, 42, first[4] >> 7, [], result.evidence.setdefault("changed after sealing", [])
    while not last:
        head, where = file.read_at(at, 4 * (len(seen) < 1023 and at <= 1 << 26)), f"metadata block at byte {at}"
        last, kind, size = head[:1] > b"\x7f", (head or b"\0")[0] & 127, int.from_bytes(head[1:], "big")
        if len(head) < 4 or at + 4 + size > file.size:
            result.fault("metadata", f"{where} reaches past the end of the file, or is one too many")
            cut = file.read_at(at + 4, size) if kind == 2 and body is None else b""
            body, at = cut[4:] if cut[:4] == b"CPRT" else body, None
            break
        data = file.read_at(at + 4, size) if kind <= 6 else b""
        if kind == 2 and data[:4] == b"CPRT" and body is None:
            body = data[4:]
        elif not tag_is_sound(kind, data) or (kind in (3, 4) and kind in seen):
            result.fault("metadata", where)
        elif kind != 1 or data.count(0) != size:
            changed.append(where)
        seen, at = seen + [kind], at + 4 + size
    if body is None:
        raise Stop("no-seal", "no seal block")
    return first[8:], body, at

def tag_is_sound(kind, data):
    """Any block but the first STREAMINFO and the first seal block."""
    def after(at, order):  # the place after a u32 length and its bytes; past the end if they do not fit
        size = int.from_bytes(data[at:at + 4], order)
        return at + 4 + size if at + 4 <= len(data) else len(data) + 1
    if kind == 3:
        points = [data[at:at + 8] for at in range(0, len(data), 18) if data[at:at + 8] != b"\xff" * 8]
        return len(data) % 18 == 0 and all(a < b for a, b in zip(points, points[1:]))
    if kind == 4:
        at = after(0, "little") + 4
        count = int.from_bytes(data[at - 4:at], "little")
        while count and at <= len(data):
            at, count = after(at, "little"), count - 1
        return at == len(data)
    return {1: True, 2: len(data) >= 4 and data[:4] != b"CPRT", 5: len(data) >= 396 and data[395:396] != b"\0",
            6: after(after(after(4, "big"), "big") + 16, "big") == len(data)}.get(kind, False)

# ---- Section 2, STREAMINFO (without MD5) and frames ------------------------------------------------------------------
def streaminfo_of(header, sizes, total):
    packed = (header.rate << 44 | header.tracks - 1 << 41 | header.bits - 1 << 36) + total
    numbers = ((header.block, 2), (header.block, 2), (sizes[0], 3), (sizes[1], 3), (packed, 12))
    return b"".join(number.to_bytes(size, "big")[-8:] for number, size in numbers)

TABLES = {8: [*range(256)], 16: [byte << 8 for byte in range(256)]}
for _ in range(8):
    TABLES = {bits: [value << 1 ^ (value >> bits - 1) * (1 << bits | {8: 0x07, 16: 0x8005}[bits]) for value in table]
              for bits, table in TABLES.items()}
RATES = [0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000]
BLOCKS = [-1, 192, 576, 1152, 2304, 4608, 0, 0] + [256 << n for n in range(8)]
def crc(data, bits):
    value, mask, table = 0, (1 << bits) - 1, TABLES[bits]
    for byte in data:
        value = (value << 8 & mask) ^ table[value >> bits - 8 ^ byte]
    return value.to_bytes(bits // 8, "big")

def coded(number):
    """A frame number in its shortest form: the scheme of UTF-8, up to 31 bits in 6 bytes."""
    size = (number.bit_length() + 3) // 5 if number > 0x7F else 0
    tail = [0x80 | number >> 6 * n & 0x3F for n in reversed(range(size - 1))]
    return bytes([0xFF00 >> size & 0xFF | number >> 6 * len(tail)] + tail)

def header_layout(frame):
    """Where the coded number, the block size and the header with its CRC end; None if the header is not well-formed."""
    head = frame[:16].ljust(16, b"\0")
    ones = 8 - (head[4] ^ 0xFF).bit_length()
    number, number_end = head[4] & 0x7F >> ones, 4 + max(ones, 1)
    for byte in head[5:number_end]:
        number = number << 6 | byte & 0x3F
    block_end = number_end + {6: 1, 7: 2}.get(head[2] >> 4, 0)
    end = block_end + {12: 1, 13: 2, 14: 2}.get(head[2] & 15, 0) + 1
    good = ones < 7 and head[4:number_end] == coded(number) and crc(head[:end - 1], 8) == head[end - 1:end]
    return (number_end, block_end, end) if good and end + 2 <= len(frame) else None

def header_is_right(frame, header, index, samples):
    number_end, block_end, end = header_layout(frame) or (0, 0, 0)
    if not end:
        return False
    block = BLOCKS[frame[2] >> 4] or int.from_bytes(frame[number_end:block_end], "big") + 1
    rate = (RATES + [1000, 1, 10, 0])[frame[2] & 15] * (int.from_bytes(frame[block_end:end - 1], "big") or 1)
    return (frame[:2] == b"\xff\xf8" and frame[4:number_end] == coded(index) and block == samples
            and rate == header.rate and frame[3] & 15 == {16: 8, 24: 12}[header.bits]
            and frame[3] >> 4 in ((header.tracks - 1,) if header.tracks != 2 else (1, 8, 9, 10)))

def renumbered(frame, number):
    """Section 5.2, WHOLE: the frame with its original number and its checksums made anew; nothing if that cannot be."""
    number_end, _, end = header_layout(frame) or (0, 0, 0)
    if not end or number >= 1 << 31:
        return b""
    head = frame[:4] + coded(number) + frame[number_end:end - 1]
    head += crc(head, 8) + frame[end:-2]
    return head + crc(head, 16)
# ---- Section 3: keys, notes, the header note, checkpoints ------------------------------------------------------------
def open_note(raw):
    """The text and the signature lines as (name, id and signature); ValueError if it is not a note of this page."""
    text, signed = open_lines(raw, 1 << 14)
    if any(len(blob) != 68 for _, blob in signed):
        raise ValueError("a signature of another length")
    return text, signed

def signature_holds(key, name, blob, text):
    return blob[:4] == key_id(key, name, 1) and ed25519_holds(key, blob[4:], text.encode())

BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?"
HEADER_TEXT = (
    rf"counterpart/recording/v1\nnonce: (?P<nonce>{HASH})\nkey: ed25519 (?P<key>{HASH})\n"
    rf"device: (?:none|ed25519 (?P<device>{HASH}) (?P<name>{CLEAN}+))\nsoftware: (?P<software>{CLEAN}+)\n"
    rf"rate: (?P<rate>{DECIMAL})\nbits: (?P<bits>16|24)\ntracks: (?P<tracks>[1-8])\nblock: (?P<block>{DECIMAL})\n"
    rf"segment: (?P<segment>{DECIMAL})\n"
    rf"start: \d{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T{HOUR}:[0-5]\d:(?:[0-5]\d|60)[+-]{HOUR}:[0-5]\d\n"
    + "".join(rf"(?:about: {name} (?P<{name}>[0-9a-f]{{64}})\n)?" for name in FIELDS)
    + rf"checkpoint: (?:none|(?P<checkpoint>{BASE64}))\nprev: (?:none|[0-9a-f]{{64}})\n")
# Section 6, `version`: lines in their places; nothing else of the text has to parse.
STRANGE = (r"(?:.*\n){2}key: (?!ed25519 )|(?:.*\n){3}device: (?!none\n|ed25519 )"
           rf"|(?:.*\n){{11}}(?:about.*\n)*checkpoint: (?!(?:none|{BASE64})\n)")
# about: field number, commitment. seen: a log's checkpoint, not looked at here.
Header = namedtuple("Header", "id key about rate bits tracks block segment seen")
def read_header(raw, result):
    try:
        text, signed = open_note(raw)
        if not text.startswith("counterpart/recording/v1\n") or re.match(STRANGE, text):
            raise Stop("version", "the header note is of another version")
        match = re.fullmatch(HEADER_TEXT, text, re.ASCII)
        key, device = b64(match["key"], 32), match["device"] and b64(match["device"], 32)
        about = {number: bytes.fromhex(match[name]) for name, number in FIELDS.items() if match[name]}
        rate, bits, tracks, block, segment = (int(match[x]) for x in ("rate", "bits", "tracks", "block", "segment"))
        anchor = match["checkpoint"] and b64(match["checkpoint"])
        if (not b64(match["nonce"], 32) or anchor is not None and not 1 <= len(anchor) <= 4096
                or max(len((match[x] or "").encode()) for x in ("software", "name")) > 100
                or not 8000 <= rate <= 48000 or not 16 <= block <= 4608
                or segment % block or not block <= segment <= min(255 * block, rate)
                or [name for name, _ in signed] != [RECORDING] + [DEVICE] * bool(device)
                or not signature_holds(key, *signed[0], text)):
            raise ValueError("out of bounds or not signed by the recording key")
    except (ValueError, TypeError) as error:  # TypeError: the text does not match
        raise Stop("header", f"header note: {error}") from None
    if device and not signature_holds(device, *signed[1], text):
        result.fault("device", "signature of the device key")
    return Header(sha256(text.encode()), key, about, rate, bits, tracks, block, segment, anchor)

def read_checkpoint(raw, header):
    """Text, size and root of a checkpoint of this recording; None if it does not hold."""
    try:
        text, signed = open_note(raw)
        match = re.fullmatch(rf"counterpart/recording/{header.id.hex()}\n({DECIMAL})\n({HASH})\n", text, re.ASCII)
        holds = match and [name for name, _ in signed] == [RECORDING] and signature_holds(header.key, *signed[0], text)
        return (text, int(match[1]), b64(match[2], 32)) if holds else None
    except ValueError:
        return None

def copy_words(text):
    pairs = [line.split() for line in (Path(__file__).parents[1] / "words.txt").read_text("utf-8").splitlines()]
    return " ".join(pairs[byte][n % 2] for n, byte in enumerate(sha256(b"counterpart/words/v1\n", text.encode())[:8]))

# ---- Section 4: the tree ---------------------------------------------------------------------------------------------
def salt_of(seed, index, slot):
    """HKDF-SHA256: extract without salt, expand to one block."""
    secret = hmac.digest(bytes(32), seed, "sha256")
    return hmac.digest(secret, b"counterpart/salt/v1\n" + index.to_bytes(8, "big") + bytes([slot, 1]), "sha256")

def commit(salt, content):
    return sha256(salt, sha256(content))

class Tree:
    """RFC 6962, grown from the left by leaves and by complete subtrees; keeps one hash for each bit of its size."""
    def __init__(self, header):
        self.id, self.parts, self.size = header.id, [], 0
        self.leaf(HEADER, 0, 0, b"")
    def add(self, size, digest):
        self.size += size
        while self.parts and self.parts[-1][0] == size:
            size, digest = size * 2, sha256(b"\x01", self.parts.pop()[1], digest)
        self.parts.append((size, digest))
    def leaf(self, kind, first, count, rest):
        numbers = b"".join(number.to_bytes(8, "big") for number in (self.size, first, count))
        self.add(1, sha256(b"\0counterpart/leaf/v1\n", self.id, bytes([kind]), numbers, rest))
    def root(self):
        digest = self.parts[-1][1]
        for _, left in reversed(self.parts[:-1]):
            digest = sha256(b"\x01", left, digest)
        return digest

# ---- Section 5: the seal body ----------------------------------------------------------------------------------------
class Cursor:  # reads the seal body from front to back
    def __init__(self, data):
        self.data, self.at = data, 0
    def take(self, size):
        self.at += size
        if self.at > len(self.data):
            raise Stop("seal-block", "the body ends too early")
        return self.data[self.at - size:self.at]
    def int(self, size, low=0, high=1 << 64):
        value = int.from_bytes(self.take(size), "big")
        if not low <= value <= high:
            raise Stop("seal-block", f"{value} at byte {self.at - size} of the body")
        return value
    def text(self, pattern="(?s:.*)", limit=65535):
        raw = self.take(self.int(2, 0, limit))
        if not re.fullmatch(pattern, raw.decode("utf-8", "replace")) or raw.decode("utf-8", "ignore").encode() != raw:
            raise Stop("seal-block", f"the text that ends at byte {self.at} of the body")
        return raw

# A leaf, a run of hidden leaves or a checkpoint, as the body lists it. rest: the end of the record; of CHECKPOINT the
# note; of HIDDEN (size, hash) of subtrees. code: END's reason. events: END's number. AUDIO only: sizes of the frames,
# three bytes each; salts by slot (0 of C_frames, t of C_track), as far as they are known; whole, fresh: items 17, 18.
# body: ANCHOR's.
Item = namedtuple("Item", "type index first count rest code events sizes salts whole fresh body",
                  defaults=(0, 0, b"", 0, 0, b"", {}, False, False, b""))
Body = namedtuple("Body", "header full items audio final leaves evidence")

def read_body(raw, result, broken):
    cursor = Cursor(raw)
    if cursor.int(1) != 1 or cursor.int(1) not in (1, 2):
        raise Stop("unfinished" if raw[:2] == b"\1\0" else "version", "version or kind of the seal body")
    header, items, index, position, about = read_header(cursor.take(cursor.int(2)), result), [], 1, 0, [0]
    if broken:
        raise Stop("metadata", "the blocks cannot be walked to the last one")
    seed = cursor.take(32) if raw[1] == 1 else b""
    for _ in range(cursor.int(1)):
        about.append(cursor.int(1, about[-1] + 1, 4))
        salt = salt_of(seed, 0, about[-1]) if seed else cursor.take(32)
        if commit(salt, cursor.text()) != header.about.get(about[-1]):
            result.fault("about", f"field {about[-1]}")
    if seed and about[1:] != list(header.about):
        result.fault("about", "the fields revealed are not those committed to")
    leaves = cursor.int(4, 1)
    while index < leaves:
        items.append(read_item(cursor, index, position, header, seed, leaves))
        if [item.type for item in items[-2:]] in ([HIDDEN] * 2, [CHECKPOINT] * 2):
            raise Stop("seal-block", "HIDDEN next to HIDDEN, or CHECKPOINT to CHECKPOINT")
        position += items[-1].count if items[-1].type == AUDIO else 0
        index += {HIDDEN: items[-1].count, CHECKPOINT: 0}.get(items[-1].type, 1)
    final = cursor.take(cursor.int(2))
    if cursor.int(1):
        raise Stop("version", "co-signatures")
    evidence = [(cursor.int(1), cursor.take(cursor.int(2))) for _ in range(cursor.int(1, 0, 16))]
    if cursor.at != len(raw) or max(sum(item.type == kind for item in items) for kind in (EVENT, ANCHOR)) > 65536:
        raise Stop("seal-block", "bytes after the body, or too many events or anchors")
    return Body(header, bool(seed), items, [item for item in items if item.type == AUDIO], final, leaves, evidence)

def read_item(cursor, index, position, header, seed, leaves):
    """An entry of section 5.1 or an item of section 5.2: salts come from the seed, or stand in the body."""
    def salt(slot):
        return salt_of(seed, index, slot) if seed else cursor.take(32)
    number = cursor.int(1, *((1, 5) if seed else (16, 22)))
    if number == 16:
        count, at, parts = cursor.int(4, 1, leaves - 1 - index), index, []
        while at < index + count:
            size = min(at & -at, 1 << (index + count - at).bit_length() - 1)
            parts.append((size, cursor.take(32)))
            at += size
        return Item(HIDDEN, index, count=count, rest=parts)
    if number == 5:
        return Item(CHECKPOINT, index, rest=cursor.take(cursor.int(2)))
    if number in (1, 17, 18):
        first, count = position if seed else cursor.int(8), cursor.int(4)
        frames = cursor.int(1, 0, header.segment // header.block)
        at, largest = cursor.at, 64 + header.tracks * (16 - (-header.block * (header.bits + 1) // 8))
        for _ in range(frames):
            cursor.int(3, 1, largest)
        rest = cursor.take(32 + 32 * header.tracks)
        shown = cursor.int(1, 0, (1 << header.tracks) - 2) << 1 if number == 18 else (2 << header.tracks) - 1
        salts = {slot: salt(slot) for slot in range(header.tracks + 1) if shown >> slot & 1}
        sizes = cursor.data[at:at + 3 * frames]
        return Item(AUDIO, index, first, count, rest, 0, 0, sizes, salts, number == 17, number == 18)
    if number in (2, 19, 20):
        code, first, count = cursor.int(1, 1, 15), cursor.int(8), cursor.int(8)
        body = cursor.take(32) if number == 20 else commit(salt(0), cursor.text(LINES, 4096))
        return Item(EVENT, index, first, count, bytes([code]) + body)
    if number in (3, 21):
        first, opening, body = cursor.int(8), salt(0), cursor.take(cursor.int(2, 0, 16384))
        return Item(ANCHOR, index, first, rest=commit(opening, body), body=body)
    code, first, events, info = cursor.int(1, 1, 6), cursor.int(8), cursor.int(4), cursor.take(32)
    closing = commit(salt(1), cursor.text(LINES)) if seed or cursor.int(1, 0, 1) else cursor.take(32)
    rest = bytes([code]) + events.to_bytes(4, "big") + info + closing
    return Item(END, index, first, 0, rest, code, events, salts={0: salt(0)} if seed else {})
# ---- Section 6: verification -----------------------------------------------------------------------------------------
def check_tree(body, final, result):
    """Root from the commitments in the body; `final` is None if the final checkpoint does not hold."""
    tree = Tree(body.header)
    for item in body.items:
        if item.type == CHECKPOINT:
            found = read_checkpoint(item.rest, body.header)
            if not found or found[1:] != (tree.size, tree.root()):
                result.fault("two-histories" if found else "checkpoint", f"checkpoint before leaf {item.index}")
        elif item.type == HIDDEN:
            for size, digest in item.rest:
                tree.add(size, digest)
        else:
            tree.leaf(item.type, item.first, item.count, item.rest)
    if not final or final[1:] != (tree.size, tree.root()):
        result.fault("tree" if final else "checkpoint", "the final checkpoint")

def check_end(body, result):
    """Section 4, last paragraphs; section 6, positions in a derived copy."""
    header, position, gap, hidden, events, end = body.header, 0, False, False, 0, body.items[-1] if body.items else None
    if [item for item in body.items if item.type == END] != [end]:
        return result.fault("end", "END is not the last leaf and only there")
    for item in body.items:
        right, after = True, item.first + item.count
        if item.type == HIDDEN:
            gap = hidden = True
        elif item.type in (EVENT, ANCHOR):
            right, events = item.first <= end.first, events + (item.type == EVENT)
        elif item.type == AUDIO:
            right = (item.first == position or (gap and item.first > position)) and after <= end.first
            right &= item.first % header.segment == 0 and len(item.sizes) // 3 == -(-item.count // header.block)
            right &= item.count == header.segment or (0 < item.count < header.segment and after == end.first)
            position, gap = after, False
        if not right:
            result.fault("end", f"leaf {item.index}, at sample {item.first}")
    if (not gap and position != end.first) or events > end.events or (not hidden and events != end.events):
        result.fault("end", "total or number of events")

def check_frames(file, at, body, result):
    """Every segment that is in the file; returns the smallest and the largest frame that the seal lists."""
    index, seen, block = 0, set(), body.header.block
    for item in body.audio:
        sizes = [int.from_bytes(item.sizes[n:n + 3], "big") for n in range(0, len(item.sizes), 3)]
        digest, right, seen = hashlib.sha256(), True, seen | {min(sizes, default=0), max(sizes, default=0)}
        for place, size in enumerate(sizes if at + sum(sizes) <= file.size else ()):
            frame = file.read_at(at + sum(sizes[:place]), size)
            right &= header_is_right(frame, body.header, index + place, min(block, item.count - place * block))
            digest.update(renumbered(frame, item.first // block + place) if item.whole else frame)
        at, index = at + sum(sizes), index + len(sizes)
        if at <= file.size and not item.fresh and sha256(item.salts[0], digest.digest()) != item.rest[:32]:
            result.fault("frames", f"samples from {item.first}")
        elif not right:
            result.fault("frame-header", f"samples from {item.first}")
    if at != file.size:
        result.fault("truncated" if at > file.size else "trailing", f"the last frame ends at byte {at} of {file.size}")
    return min(seen, default=0), max(seen, default=0)

def decode(file, at, header, items):
    """Yields each item with its samples, decoded by `flac` from the frames alone."""
    command = "flac -d --stdout --force-raw-format --endian=little --sign=signed --totally-silent -".split()
    with tempfile.TemporaryFile() as clean:
        clean.write(b"fLaC\x80\0\0\x22" + streaminfo_of(header, (0, 0), 0) + bytes(16))
        for place in range(at, file.size, 1 << 20):
            clean.write(file.read_at(place, 1 << 20))
        clean.seek(0)
        with subprocess.Popen(command, stdin=clean, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as flac:
            for item in items:
                data = flac.stdout.read(item.count * header.tracks * header.bits // 8)
                if len(data) != item.count * header.tracks * header.bits // 8:
                    raise Stop("track", f"frames do not decode, samples from {item.first}")
                yield item, data
            if flac.stdout.read(1) or flac.wait() != 0:
                raise Stop("track", "frames do not decode")

def check_samples(file, at, md5, body, result):
    """The deep check: every frame decodes, C_track opens, what is muted is silent, MD5. Called when all else holds."""
    digest, width, step = hashlib.md5(), body.header.bits // 8, body.header.bits // 8 * body.header.tracks
    for item, data in decode(file, at, body.header, body.audio) if body.audio else ():
        digest.update(data)
        for track in range(1, body.header.tracks + 1):
            samples = bytearray(item.count * width)
            for byte in range(width):
                samples[byte::width] = data[(track - 1) * width + byte::step]
            salt = item.salts.get(track)
            if commit(salt, samples) != item.rest[32 * track:32 * track + 32] if salt else any(samples):
                result.fault("track" if salt else "mute", f"track {track}, samples from {item.first}")
    if digest.digest() != md5:
        result.fault("md5", "MD5 of the samples")

def check(file, deep, policy, result):
    """One file by itself; leaves faults, and verdict and bracket if there are none, in `result`."""
    streaminfo, raw, at = read_metadata(file, result)
    body = read_body(raw, result, at is None)
    final = read_checkpoint(body.final, body.header)
    if final:
        result.words, result.history = copy_words(final[0]), (body.header.key, final[0])
    check_tree(body, final, result)
    check_end(body, result)
    opened = [commit(end.salts[0], streaminfo) == end.rest[5:37] for end in body.items if end.type == END and end.salts]
    sizes = check_frames(file, at, body, result)
    if streaminfo[:18] != streaminfo_of(body.header, sizes, sum(item.count for item in body.audio)) or not all(opened):
        result.fault("streaminfo", "STREAMINFO does not agree with the file or is not the one sealed")
    if not result.faults and (deep or not body.full):  # all that is found here stands below the rest
        check_samples(file, at, streaminfo[18:], body, result)
    if not result.faults:
        describe(body, result)
        result.bracket = bracket(body, final[0], policy)

def describe(body, result):
    """The verdict on a file in which nothing is wrong, and what it does not show."""
    end, fresh = body.items[-1], [item for item in body.audio if item.fresh]
    ranges = [(0, 0)] + [(item.first, item.first + item.count) for item in body.audio] + [(end.first, end.first)]
    result.evidence["removed"] = [(a[1], b[0]) for a, b in zip(ranges, ranges[1:]) if a[1] < b[0]]
    result.evidence["muted"] = [(track, item.first, item.first + item.count) for item in fresh
                                for track in range(1, body.header.tracks + 1) if track not in item.salts]
    whole = "complete" if end.code == 1 else "interrupted"
    result.verdict = whole if body.full else "redacted" if fresh else "excerpt"

def bracket(body, final, policy):
    """log.md, section 4: when a recording in which nothing is wrong was made, by the word of whom `policy` names."""
    notes = (read_checkpoint(item.rest, body.header) for item in body.items if item.type == CHECKPOINT)
    anchors = [(item.index, item.first, item.body) for item in body.items if item.type == ANCHOR]
    sound = [(item.index, item.count) for item in body.audio]
    return log.bracket(log.Copy(body.full, body.header.seen, {size: text for text, size, _ in notes}, anchors, sound,
                                body.items[-1].first, body.header.rate, body.leaves, final, body.evidence), policy)

def check_path(path, deep, policy=log.NOBODY):
    result = Result(path)
    try:
        if not os.path.isfile(path):
            raise OSError("there is no such file")
        with Input(path) as file:
            check(file, deep, policy, result)
    except Exception as error:  # the last net: what cannot be read is not judged
        result.fault(*(error.args if isinstance(error, Stop) else ("unreadable", f"{type(error).__name__}: {error}")))
    return result

def settle(results):
    """Section 6: several files, then for each the reason that stands highest."""
    keys = [key for key, _ in {result.history for result in results if result.history}]
    for result in results:
        if result.history and keys.count(result.history[0]) > 1:
            result.fault("two-histories", "another file shows another history signed by the same key")
        if result.faults:
            result.bracket = None
            result.reason = min((reason for reason, _ in result.faults), key=(CANNOT_SAY + NOT_INTACT).index)
            result.verdict = "cannot say" if result.reason in CANNOT_SAY else "not intact"

def main():
    parser = argparse.ArgumentParser(description="Verifies sealed recordings.")
    parser.add_argument("--deep", action="store_true", help="also decode the sound and open its commitments")
    parser.add_argument("--evidence", action="store_true", help="also say what was found, and what is not shown")
    parser.add_argument("--trust", metavar="FILE", help="a policy: also say when, by the word of whom it names")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()
    try:
        policy = log.read_policy(Path(options.trust).read_bytes()) if options.trust else log.NOBODY
    except (OSError, ValueError) as error:
        parser.error(f"{options.trust}: {error}")
    results = [check_path(path, options.deep, policy) for path in options.files]
    settle(results)
    for result in results:
        line = {"file": result.path, "verdict": result.verdict, "reason": result.reason, "words": result.words}
        line |= {"time": result.bracket} if options.trust or options.evidence else {}
        print(json.dumps(line | {"faults": result.faults} | result.evidence if options.evidence else line), flush=True)
    verdicts = [result.verdict for result in results]
    return 1 if "not intact" in verdicts else 2 if "cannot say" in verdicts else 0

if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError:  # standard output is closed
        os._exit(2)
