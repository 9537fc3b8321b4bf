#!/usr/bin/env python3
# Tests of the independent verifier: a minimal writer of the seal, from spec/seal.md alone, and what must become of its
# files when they are whole and when somebody has been at them. Run: python3 spec/reader/test_verify.py
# The writer is naive on purpose (recursive tree, library HKDF, bit-by-bit CRC) and shares no code with verify.py.
# Invariants: keys and sound are fixed, so a run can be repeated; nothing is written outside a temporary folder.
import base64
import hashlib
import json
import math
import subprocess
import sys
import tempfile
import unittest
from io import StringIO
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.dont_write_bytecode = True
import notes
import verify

VERIFY = Path(__file__).with_name("verify.py")
RECORDING, DEVICE = "counterpart/recording", "counterpart/device"


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u(size, value):
    return value.to_bytes(size, "big")


def b64(raw):
    return base64.b64encode(raw).decode()


def sized(raw):
    return u(2, len(raw)) + raw


def crc(data, bits, poly):
    value = 0
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1) ^ (poly | 1 << bits if value >> (bits - 1) else 0)
    return u(bits // 8, value)


def fixed(frame, number):
    """The frame under another (one-byte) number; these tests have fewer than 128 frames a file."""
    extra = {6: 1, 7: 2}.get(frame[2] >> 4, 0) + {12: 1, 13: 2, 14: 2}.get(frame[2] & 15, 0)
    assert frame[4] < 128 and number < 128
    head = frame[:4] + bytes([number]) + frame[5:5 + extra]
    head += crc(head, 8, 0x07) + frame[6 + extra:-2]
    return head + crc(head, 16, 0x8005)


def root_of(leaves):
    """RFC 6962, section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", root_of(leaves[:k]), root_of(leaves[k:]))


class Key:
    def __init__(self, seed, name):
        self.private, self.name = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32), name
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def line(self, text):
        key_id = sha(self.name.encode(), b"\n\1", self.public)[:4]
        return f"— {self.name} {b64(key_id + self.private.sign(text))}\n".encode()


class Recording:
    """A recording made at once; the parts of its files are attributes that a test may change before `full`."""

    def __init__(self, seconds=3.5, rate=8000, bits=16, tracks=2, block=800, segment=8000, reason=1, key=1, nonce=7,
                 device=None, about=(), events=((1, 700, 9, b"why: break\n"),), prev="none", checkpoints=()):
        self.rate, self.bits, self.tracks, self.block, self.segment = rate, bits, tracks, block, segment
        self.seed, self.about, self.reason, self.events = bytes([9]) * 32, dict(about), reason, events
        self.key, self.device = Key(key, RECORDING), device
        self.total = int(seconds * rate)
        self.track_pcm = [self.voice(track) for track in range(tracks)]
        self.frames = self.encode(self.track_pcm)
        self.closing, self.anchor, self.checkpoints = b"house: agreed\n", b"anchor", checkpoints
        lines = ["counterpart/recording/v1", "nonce: " + b64(bytes([nonce]) * 32),
                 "key: ed25519 " + b64(self.key.public),
                 f"device: ed25519 {b64(device.public)} Room 1" if device else "device: none", "software: test 1",
                 f"rate: {rate}", f"bits: {bits}", f"tracks: {tracks}", f"block: {block}", f"segment: {segment}",
                 "start: 2026-11-21T10:00:00+01:00"]
        names = ["parties", "place", "appointment", "agreement"]
        lines += [f"about: {names[f - 1]} {self.c(0, f, value).hex()}" for f, value in sorted(self.about.items())]
        self.text = "\n".join(lines + ["checkpoint: none", f"prev: {prev}", ""]).encode()

    def voice(self, track):
        width, out = self.bits // 8, bytearray()
        for n in range(self.total):
            out += int(3000 * math.sin(n * (track + 2) / 40) + n % 7).to_bytes(width, "little", signed=True)
        return bytes(out)

    def pcm(self, tracks):
        width = self.bits // 8
        return b"".join(track[n:n + width] for n in range(0, len(tracks[0]), width) for track in tracks)

    def encode(self, tracks):
        """All frames of the sound; boundaries are where a checksum closes and the next number follows."""
        if not tracks[0]:
            return []
        data = subprocess.run(
            ["flac", "--totally-silent", "--force-raw-format", "--endian=little", "--sign=signed",
             f"--channels={len(tracks)}",
             f"--bps={self.bits}", f"--sample-rate={self.rate}", f"--blocksize={self.block}", "--lax", "--no-padding",
             "--no-seektable", "-c", "-"], input=self.pcm(tracks), stdout=subprocess.PIPE, check=True).stdout
        at, last = 4, 0
        while not last:
            last, at = data[at] >> 7, at + 4 + int.from_bytes(data[at + 1:at + 4], "big")
        frames, end = [], at
        while at < len(data):
            end = data.find(b"\xff\xf8", end + 1)
            end = len(data) if end < 0 else end
            if (end == len(data) or data[end + 4] == len(frames) + 1) and not any(crc(data[at:end], 16, 0x8005)):
                frames.append(data[at:end])
                at = end
        return frames

    def salt(self, index, slot):
        info = b"counterpart/salt/v1\n" + u(8, index) + u(1, slot)
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(self.seed)

    def c(self, index, slot, content):
        return sha(self.salt(index, slot), sha(content))

    @property
    def id(self):
        return sha(self.text)

    def note(self):
        return self.text + b"\n" + self.key.line(self.text) + (self.device.line(self.text) if self.device else b"")

    def streaminfo(self, frames, pcm):
        sizes, samples = [len(frame) for frame in frames] or [0], len(pcm) // self.tracks // (self.bits // 8)
        packed = self.rate << 44 | self.tracks - 1 << 41 | self.bits - 1 << 36 | samples
        return (u(2, self.block) * 2 + u(3, min(sizes)) + u(3, max(sizes)) + u(8, packed) + hashlib.md5(pcm).digest())

    def segments(self):
        """(first, count, frames, samples of each track)"""
        each, width = self.segment // self.block, self.bits // 8
        for first in range(0, self.total, self.segment):
            count, place = min(self.segment, self.total - first), first // self.segment * each
            yield (first, count, self.frames[place:place + each],
                   [track[first * width:(first + count) * width] for track in self.track_pcm])

    def leaf(self, kind, index, first, count, rest):
        return sha(b"\0counterpart/leaf/v1\n", self.id, u(1, kind), u(8, index), u(8, first), u(8, count), rest)

    def build(self):
        """The leaves' hashes, and for each leaf after HEADER what it was made of."""
        leaves, parts = [self.leaf(0, 0, 0, 0, b"")], []
        for first, count, frames, tracks in self.segments():
            i = len(leaves)
            commits = [self.c(i, 0, b"".join(frames))] + [self.c(i, t + 1, pcm) for t, pcm in enumerate(tracks)]
            leaves.append(self.leaf(1, i, first, count, b"".join(commits)))
            parts.append(("audio", i, first, count, frames, tracks, commits))
        for kind, first, count, body in self.events:
            i = len(leaves)
            leaves.append(self.leaf(2, i, first, count, u(1, kind) + self.c(i, 0, body)))
            parts.append(("event", i, kind, first, count, body))
        i = len(leaves)
        leaves.append(self.leaf(3, i, self.total, 0, self.c(i, 0, self.anchor)))
        parts.append(("anchor", i, self.total, self.anchor))
        i, info = len(leaves), self.streaminfo(self.frames, self.pcm(self.track_pcm))
        rest = u(1, self.reason) + u(4, len(self.events)) + self.c(i, 0, info) + self.c(i, 1, self.closing)
        leaves.append(self.leaf(4, i, self.total, 0, rest))
        parts.append(("end", i, info))
        return leaves, parts

    def checkpoint(self, leaves, key=None):
        text = f"counterpart/recording/{self.id.hex()}\n{len(leaves)}\n{b64(root_of(leaves))}\n".encode()
        return text + b"\n" + (key or self.key).line(text)

    def frame_list(self, frames):
        return u(1, len(frames)) + b"".join(u(3, len(frame)) for frame in frames)

    def full(self, **change):
        """The full copy. `change` replaces a named part (streaminfo, frames, note, final, places, leaves, extra)."""
        leaves, parts = self.build()
        body = b"\1\1" + sized(change.get("note", self.note())) + self.seed + u(1, len(self.about))
        body += b"".join(u(1, f) + sized(value) for f, value in sorted(self.about.items()))
        body += u(4, change.get("leaves", len(leaves)))
        for part in parts:
            if part[1] in self.checkpoints:
                body += b"\5" + sized(change.get("entry", self.checkpoint(leaves[:part[1]])))
            if part[0] == "audio":
                _, _, _, count, frames, _, commits = part
                body += b"\1" + u(4, count) + self.frame_list(frames) + b"".join(commits)
            elif part[0] == "event":
                body += b"\2" + u(1, part[2]) + u(8, part[3]) + u(8, part[4]) + sized(part[5])
            elif part[0] == "anchor":
                body += b"\3" + u(8, part[2]) + sized(part[3])
            else:
                body += b"\4" + u(1, self.reason) + u(8, self.total) + u(4, len(self.events))
                body += self.c(part[1], 0, part[2]) + sized(self.closing)
        body += sized(change.get("final", self.checkpoint(leaves))) + change.get("places", b"\0\0")
        return flac_file(change.get("streaminfo", parts[-1][2]), body + change.get("extra", b""),
                         change.get("frames", self.frames))

    def derived(self, show, hide_events=False, **change):
        """`show`: segment number: None for WHOLE, or the tracks to keep, from 0. Events are shown or withheld."""
        leaves, parts = self.build()
        body = b"\1\2" + sized(self.note()) + u(1, len(self.about))
        for f, value in sorted(self.about.items()):
            body += u(1, f) + self.salt(0, f) + sized(value)
        body += u(4, len(leaves))
        out, pcm, hidden = [], b"", []
        for part in parts:
            if part[0] == "audio" and part[1] - 1 not in show:
                hidden.append(part[1])
                continue
            body += self.hide(leaves, hidden)
            hidden = []
            if part[0] == "audio":
                _, i, first, count, frames, tracks, commits = part
                keep = show[i - 1]
                if keep is None:
                    body += b"\x11" + u(8, first) + u(4, count) + self.frame_list(
                        [fixed(frame, len(out) + n) for n, frame in enumerate(frames)])
                    body += b"".join(commits) + b"".join(self.salt(i, slot) for slot in range(self.tracks + 1))
                else:
                    tracks = [t if n in keep else bytes(len(t)) for n, t in enumerate(tracks)]
                    tracks = change.get("fresh", tracks)
                    frames = self.encode(tracks)
                    body += b"\x12" + u(8, first) + u(4, count) + self.frame_list(frames) + b"".join(commits)
                    body += u(1, sum(1 << n for n in keep)) + b"".join(self.salt(i, n + 1) for n in sorted(keep))
                out += [fixed(frame, len(out) + n) for n, frame in enumerate(frames)]
                pcm += self.pcm(tracks)
            elif part[0] == "event":
                body += (b"\x14" if hide_events else b"\x13") + u(1, part[2]) + u(8, part[3]) + u(8, part[4])
                body += self.c(part[1], 0, part[5]) if hide_events else self.salt(part[1], 0) + sized(part[5])
            elif part[0] == "anchor":
                body += b"\x15" + u(8, part[2]) + self.salt(part[1], 0) + sized(part[3])
            else:
                body += b"\x16" + u(1, self.reason) + u(8, self.total) + u(4, len(self.events))
                body += self.c(part[1], 0, part[2])
                closing = b"\0" + self.c(part[1], 1, self.closing)
                body += closing if hide_events else b"\1" + self.salt(part[1], 1) + sized(self.closing)
        body += sized(self.checkpoint(leaves)) + b"\0\0"
        return flac_file(self.streaminfo(out, pcm), body, out)

    def hide(self, leaves, hidden):
        if not hidden:
            return b""
        at, end, out = hidden[0], hidden[-1] + 1, b""
        while at < end:
            size = max(1 << k for k in range(32) if at % (1 << k) == 0 and at + (1 << k) <= end)
            out += root_of(leaves[at:at + size])
            at += size
        return b"\x10" + u(4, len(hidden)) + out


def flac_file(streaminfo, body, frames):
    seal = b"CPRT" + body
    return b"fLaC\0\0\0\x22" + streaminfo + b"\2" + u(3, len(seal)) + seal + b"\x81\0\0\4\0\0\0\0" + b"".join(frames)


def insert(file, block):
    """A metadata block put between STREAMINFO and the seal block."""
    return file[:42] + block + file[42:]


def replaced(file, old, new):
    assert file.count(old) == 1 and len(old) == len(new), (file.count(old), old)
    return file.replace(old, new)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_verify(self, *files, args=()):
        paths = []
        for number, data in enumerate(files):
            paths.append(Path(self.folder.name) / f"{number}.flac")
            paths[-1].write_bytes(data)
        argv = ["verify.py", *args, *map(str, paths)]
        with mock.patch("sys.argv", argv), mock.patch("sys.stdout", StringIO()) as out:
            code = verify.main()
        return code, [json.loads(line) for line in out.getvalue().splitlines()]

    def check(self, data, verdict, reason="", args=("--deep", "--evidence")):
        code, (line,) = self.run_verify(data, args=args)
        self.assertEqual((line["verdict"], line["reason"]), (verdict, reason), line)
        self.assertEqual(code, {"not intact": 1, "cannot say": 2}.get(verdict, 0))
        return line


class Whole(Case):
    """Files as a writer leaves them."""

    def test_full(self):
        for options in ({}, {"tracks": 1}, {"bits": 24, "tracks": 3}, {"seconds": 0, "events": ()}, {"seconds": 1},
                        {"rate": 44100, "block": 4410, "segment": 44100, "seconds": 1.2}, {"events": ()},
                        {"rate": 8001, "block": 16, "segment": 160, "seconds": 0.1},
                        {"device": Key(2, DEVICE), "about": {1: "A. und Ö.".encode(), 4: b""}, "prev": "0" * 64}):
            with self.subTest(**{key: str(value) for key, value in options.items()}):
                line = self.check(Recording(**options).full(), "complete")
                self.assertEqual(len(line["words"].split()), 8)
                self.assertEqual(line["changed after sealing"], [])
        self.check(Recording(reason=2).full(), "interrupted")
        self.check(Recording(checkpoints=(1, 2, 4)).full(), "complete")

    def test_derived(self):
        recording = Recording(seconds=5.5, about={2: b"Room 1"})
        words = self.check(recording.full(), "complete")["words"]
        for show in ({2: None}, {0: None, 1: None}, {5: None}, {1: None, 4: None}, {n: None for n in range(6)}, {}):
            line = self.check(recording.derived(show), "excerpt")
            self.assertEqual(line["words"], words)
        self.assertEqual(self.check(recording.derived({1: None, 4: None}), "excerpt")["removed"],
                         [[0, 8000], [16000, 32000], [40000, 44000]])
        line = self.check(recording.derived({0: None, 1: {1}, 2: None}), "redacted")
        self.assertEqual(line["muted"], [[1, 8000, 16000]])
        self.check(recording.derived({1: set(), 5: {0}}, hide_events=True), "redacted")

    def test_words(self):
        recording = Recording()
        line = self.check(recording.full(), "complete", args=())
        leaves, _ = recording.build()
        digest = sha(b"counterpart/words/v1\n", recording.checkpoint(leaves).split(b"\n\n")[0] + b"\n")
        lines = (VERIFY.parent.parent / "words.txt").read_text("utf-8").split("\n")
        self.assertEqual(line["words"], " ".join(lines[digest[n]].split(" ")[n % 2] for n in range(8)))
        self.assertEqual(set(line), {"file", "verdict", "reason", "words"})

    def test_tags_do_no_harm(self):
        file = Recording().full()
        picture = u(4, 3) + u(4, 3) + b"a/b" + u(4, 0) + bytes(16) + u(4, 2) + b"xx"
        comment = b"\1\0\0\0v\2\0\0\0\1\0\0\0a\0\0\0\0"
        seek = u(8, 0) + bytes(10) + u(8, 800) + bytes(10) + b"\xff" * 8 + bytes(10)
        for kind, data in ((4, comment), (6, picture), (3, seek), (2, b"abcd"), (5, bytes(395) + b"\1"), (1, b"note")):
            line = self.check(insert(file, u(1, kind) + u(3, len(data)) + data), "complete")
            self.assertEqual(len(line["changed after sealing"]), 1)
        for kind, data in ((4, comment + b"x"), (4, comment[:-1]), (6, picture[:-1]), (3, seek[:-1]), (2, b"abc"),
                           (3, u(8, 5) + bytes(10) + u(8, 5) + bytes(10)), (5, bytes(396)), (5, b"\1" * 395), (7, b""),
                           (2, b"CPRT"), (4, b""), (6, b""), (0, bytes(34))):
            self.check(insert(file, u(1, kind) + u(3, len(data)) + data), "not intact", "metadata")
        self.check(insert(insert(file, b"\4\0\0\x12" + comment), b"\4\0\0\x12" + comment), "not intact", "metadata")


class CannotSay(Case):
    def test_reasons(self):
        recording = Recording()
        file = recording.full()
        body = file.index(b"CPRT") + 4
        self.check(b"", "cannot say", "not-flac")
        self.check(b"hello, this is a text" * 9, "cannot say", "not-flac")
        self.check(file[:41], "cannot say", "not-flac")
        self.check(file[:42], "cannot say", "no-seal")
        self.check(file[:body - 1], "cannot say", "no-seal")
        self.check(file[:body - 1] + b"X" + file[body:], "cannot say", "no-seal")
        self.check(file[:body + 1] + b"\0" + file[body + 2:], "cannot say", "unfinished")
        self.check(file[:body + 1] + b"\3" + file[body + 2:], "cannot say", "version")
        self.check(file[:body] + b"\2" + file[body + 1:], "cannot say", "version")
        self.check(recording.full(places=b"\1\0"), "cannot say", "version")
        self.check(recording.full(places=b"\1\0abc"), "cannot say", "version")
        self.check(recording.full(places=b"\0\1abc"), "not intact", "seal-block")
        for old, new in ((b"recording/v1\n", b"recording/v2\n"), (b"key: ed25519", b"key: ed25518"),
                         (b"device: none", b"device: rsa1"), (b"checkpoint: none", b"checkpoint: so-e")):
            self.check(replaced(file, old, new), "cannot say", "version")
        self.check(replaced(insert(file, b"\7\0\0\0"), b"key: ed25519", b"key: ed25518"), "cannot say", "version")

    def test_unreadable(self):
        done = subprocess.run([sys.executable, VERIFY, self.folder.name, "/nowhere", "a\0b"[:1] + "\udcff"],
                              capture_output=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([line["reason"] for line in lines], ["unreadable"] * 3)
        self.assertEqual((done.returncode, done.stderr), (2, b""))


class NotIntact(Case):
    def bad(self, data, reason, args=("--deep", "--evidence")):
        self.check(data, "not intact", reason, args)

    def test_metadata_and_body(self):
        recording = Recording(checkpoints=(2,))
        file = recording.full()
        seal_end = file.index(b"\x81\0\0\4")
        self.bad(file[:seal_end] + b"\x81\xff\xff\xff" + file[seal_end + 4:], "metadata")
        self.bad(file[:seal_end], "metadata")
        self.bad(file[:seal_end - 9], "metadata")
        self.bad(file[:file.index(b"CPRT") + 4], "metadata")
        self.bad(recording.full(extra=b"x"), "seal-block")
        self.bad(recording.full(leaves=0), "seal-block")
        self.bad(Recording(events=((16, 0, 0, b""),)).full(), "seal-block")
        self.bad(Recording(events=((1, 0, 0, b"Key: v\n"),)).full(), "seal-block")
        self.bad(Recording(events=((1, 0, 0, b"key: v"),)).full(), "seal-block")
        self.bad(Recording(events=((1, 0, 0, b"key: \xc2\x80\n"),)).full(), "seal-block")
        self.bad(Recording(events=((1, 0, 0, b"k: " + b"v" * 4093 + b"\n"),)).full(), "seal-block")
        self.bad(Recording(reason=7).full(), "seal-block")

    def test_header_and_device(self):
        def changed(old, new, **options):
            recording = Recording(**options)
            recording.text = recording.text.replace(old, new)
            return recording.full()
        for old, new in ((b"bits: 16", b"bits: 20"), (b"block: 800", b"block: 0800"), (b"tracks: 2", b"tracks: 9"),
                         (b"rate: 8000", b"rate: 7999"), (b"segment: 8000", b"segment: 8001"),
                         (b"block: 800", b"block: 8"), (b"nonce: ", b"nonce: A"), (b"software: test 1\n", b""),
                         (b"test 1", b"t" * 101), (b"test 1", b"t\xc2\x9f"), (b"prev: none", b"prev: None"),
                         (b"start: 2026", b"start: 26"), (b"start: 2026-11", b"start: 2026-13"),
                         (b"recording/v1", b"recording/v1\x0e"), (b"key: ed25519", b"key: ed2551\xff"),
                         (b"checkpoint: none\n", b"about: x " + b"0" * 64 + b"\n")):
            self.bad(changed(old, new), "header")
        recording, other = Recording(device=Key(2, DEVICE)), Key(3, DEVICE)
        self.bad(recording.full(note=recording.note().replace(b"test 1", b"test 2")), "header")
        self.bad(recording.full(note=recording.text + b"\n" + recording.key.line(recording.text)), "header")
        self.bad(recording.full(note=recording.note() + other.line(recording.text)), "header")
        note = recording.text + b"\n" + recording.key.line(recording.text)
        self.bad(recording.full(note=note + recording.device.line(recording.text + b"x")), "device")
        self.bad(recording.full(note=note + other.line(recording.text)), "device")

    def test_malleable_signatures_and_weak_keys(self):
        recording = Recording()
        leaves, _ = recording.build()
        text, line = recording.checkpoint(leaves).split(b"\n\n")
        raw = base64.b64decode(line.split()[-1])
        s = int.from_bytes(raw[36:], "little") + notes.L
        name = f"— {RECORDING} ".encode()
        for forged in (raw[:36] + s.to_bytes(32, "little"), raw[:4] + b"\1" + bytes(63), b"abcd" + raw[4:]):
            self.bad(recording.full(final=text + b"\n\n" + name + base64.b64encode(forged) + b"\n"), "checkpoint")
        loose = line[:-1].rstrip(b"=")
        loose = loose[:-1] + bytes([loose[-1] + 1]) + b"=" if line.endswith(b"=") else line
        if loose != line:
            self.bad(recording.full(final=text + b"\n\n" + loose + b"\n"), "checkpoint")
        weak = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
                             "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
        small = [weak[:32], weak[32:], bytes(32), b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f",
                 b"\xee" + b"\xff" * 30 + b"\x7f", bytes(31) + b"\x80"]
        self.assertEqual([notes.point_is_strict(point) for point in small], [False] * 7)
        self.assertTrue(notes.point_is_strict(recording.key.public))

    def test_about(self):
        recording = Recording(about={1: b"value one"})
        self.bad(replaced(recording.full(), b"value one", b"value two"), "about")
        self.bad(replaced(recording.derived({0: None}), b"value one", b"value two"), "about")
        recording.about = {}
        self.bad(recording.full(), "about")
        recording.about = {1: b"value one", 2: b"more"}
        self.bad(recording.full(), "about")

    def test_checkpoints(self):
        recording, other = Recording(checkpoints=(2,)), Recording(nonce=8)
        leaves, _ = recording.build()
        self.bad(recording.full(final=b"x"), "checkpoint")
        self.bad(recording.full(final=recording.checkpoint(leaves, Key(5, RECORDING))), "checkpoint")
        self.bad(recording.full(final=other.checkpoint(other.build()[0])), "checkpoint")
        self.bad(recording.full(final=recording.checkpoint(leaves[:-1])), "tree")
        self.bad(recording.full(entry=recording.checkpoint(leaves[:2], Key(5, RECORDING))), "checkpoint")
        self.bad(recording.full(entry=recording.checkpoint(leaves[:3])), "two-histories")
        self.bad(recording.full(entry=recording.checkpoint(leaves[:1] + leaves[2:3])), "two-histories")

    def test_tree_and_end(self):
        recording = Recording()
        self.bad(replaced(recording.full(), b"why: break", b"why: brake"), "tree")
        self.bad(replaced(recording.derived({0: None}), b"why: break", b"why: brake"), "tree")
        recording.total -= 1                       # one sample fewer than the frames hold
        self.bad(recording.full(), "streaminfo")
        self.bad(Recording(events=((1, 28001, 0, b""),)).full(), "end")
        recording = Recording()
        leaves, parts = recording.build()
        end = b"\4" + u(1, 1) + u(8, recording.total) + u(4, 1)
        end += recording.c(len(leaves) - 1, 0, parts[-1][2]) + sized(recording.closing)
        cut = recording.full(leaves=len(leaves) - 1, final=recording.checkpoint(leaves[:-1]))
        self.bad(recording.full(leaves=len(leaves) - 1), "seal-block")
        self.bad(without(cut, end), "end")

    def test_streaminfo(self):
        recording = Recording()
        info = recording.build()[1][-1][2]
        for place in (1, 5, 9, 11, 17):
            wrong = info[:place] + bytes([info[place] ^ 1]) + info[place + 1:]
            self.bad(recording.full(streaminfo=wrong), "streaminfo")
            recording.streaminfo = lambda frames, pcm, wrong=wrong: wrong
            self.bad(recording.full(), "streaminfo")
            self.bad(recording.derived({0: None, 1: None, 2: None, 3: None}), "streaminfo")
            recording = Recording()
        wrong = info[:-1] + bytes([info[-1] ^ 1])
        recording.streaminfo = lambda frames, pcm: wrong
        self.bad(recording.full(), "md5")
        self.check(recording.full(), "complete", args=())

    def test_frames(self):
        recording = Recording()
        file, frames = recording.full(), recording.frames
        flipped = frames[:3] + [frames[3][:50] + bytes([frames[3][50] ^ 1]) + frames[3][51:]]
        flipped += frames[4:]
        self.bad(recording.full(frames=flipped), "frames")
        self.bad(recording.full(frames=frames[10:20] + frames[:10] + frames[20:]), "frames")
        self.bad(file[:-1], "truncated")
        self.bad(file[:file.index(frames[0])], "truncated")
        self.bad(recording.full(frames=flipped)[:-1], "frames")
        self.bad(file + b"\0", "trailing")
        recording.frames = [fixed(frame, 5) if n == 4 else frame for n, frame in enumerate(frames)]
        self.bad(recording.full(), "frame-header")
        recording.frames = flipped                 # a dishonest recorder seals a frame whose checksum is wrong
        self.check(recording.full(), "complete", args=())
        self.bad(recording.full(), "track")

    def test_tracks(self):
        recording = Recording()
        recording.track_pcm.reverse()
        self.check(recording.full(), "complete", args=())
        self.bad(recording.full(), "track")
        self.bad(recording.derived({1: None}), "track")

    def test_derived_frames(self):
        recording = Recording(seconds=5.5)
        file = recording.derived({1: None, 2: {0}})
        self.bad(file + b"x", "trailing")
        self.bad(file[:-1], "truncated")
        for last in (1, 2):                        # checksum, then sound, of the last FRESH frame
            self.bad(file[:-last] + bytes([file[-last] ^ 1]) + file[-last + 1:] if last > 1 else
                     file[:-1] + bytes([file[-1] ^ 1]), "track")
        at = file.index(fixed(recording.frames[10], 0))
        self.bad(file[:at + 60] + bytes([file[at + 60] ^ 1]) + file[at + 61:], "frames")
        self.bad(file[:at + 4] + b"\1" + file[at + 5:], "frames")
        first = fixed(recording.frames[10], 0)
        self.bad(file.replace(first, fixed(first, 1)), "frame-header")

    def test_mute(self):
        recording = Recording(seconds=1)
        loud = list(recording.track_pcm)
        self.bad(recording.derived({0: {0}}, fresh=loud), "mute")
        self.bad(recording.derived({0: {1}}, fresh=[bytes(16000), loud[0]]), "track")
        self.bad(recording.derived({0: {0, 1}}), "seal-block")

    def test_every_length_and_some_flips(self):
        recording = Recording(seconds=0.25, segment=800, about={1: b"x"}, checkpoints=(2,))
        path = Path(self.folder.name) / "changed.flac"
        for file in (recording.full(), recording.derived({0: None, 2: {1}})):
            path.write_bytes(file)
            self.assertIn(self.verdict(path), ("complete", "redacted"))
            for size in range(len(file)):
                path.write_bytes(file[:size])
                self.assertIn(self.verdict(path), ("not intact", "cannot say"), size)
            padding = file.index(b"\x81\0\0\4") + 4
            for place in (place for place in range(len(file)) if not padding <= place < padding + 4):
                path.write_bytes(file[:place] + bytes([file[place] ^ 1 << place % 8]) + file[place + 1:])
                self.assertIn(self.verdict(path), ("not intact", "cannot say"), place)

    def verdict(self, path):
        result = verify.check_path(str(path), True)
        verify.settle([result])
        self.assertFalse([fault for fault in result.faults if fault[0] == "unreadable"], result.faults)
        return result.verdict


class SeveralFiles(Case):
    def reasons(self, *files):
        code, lines = self.run_verify(*files)
        return code, [line["reason"] for line in lines]

    def test_two_histories(self):
        one, same_key, other_end = Recording(), Recording(nonce=8), Recording(reason=2)
        other_key = Recording(key=4, nonce=8)
        self.assertEqual(self.reasons(one.full(), one.full(), one.derived({1: None})), (0, ["", "", ""]))
        self.assertEqual(self.reasons(one.full(), other_key.full()), (0, ["", ""]))
        self.assertEqual(self.reasons(one.full(), same_key.full()), (1, ["two-histories"] * 2))
        self.assertEqual(self.reasons(one.full(), other_key.full(), other_end.full()),
                         (1, ["two-histories", "", "two-histories"]))
        self.assertEqual(self.reasons(b"", one.full()), (2, ["not-flac", ""]))
        self.assertEqual(self.reasons(b"", one.full() + b"x"), (1, ["not-flac", "trailing"]))


def without(file, entry):
    """The file with one entry cut out of the seal body, the block's length put right."""
    assert file.count(entry) == 1
    seal = file.index(b"CPRT")
    size = int.from_bytes(file[seal - 3:seal], "big") - len(entry)
    return (file[:seal - 3] + u(3, size) + file[seal:]).replace(entry, b"")


if __name__ == "__main__":
    unittest.main()
