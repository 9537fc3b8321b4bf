#!/usr/bin/env python3
# Tests of the second reader of evidence of time: keys, checkpoints, proofs, policies and the judgement by tables, with a
# log and witnesses made here from spec/log.md alone. Run: python3 spec/reader/test_log.py
# What whole files prove is held against vectors/manifest.toml by `cargo xtask vectors --check`.
# Invariants: keys and times are fixed, so a run can be repeated; nothing is written.
import random
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import log
from test_verify import Key, b64, root_of, sha, u

NAMES, ORIGIN, T = ("a", "b", "c", "stranger"), "log.example", 1_000_000
LOG_KEY, WITNESS_KEYS = Key(1, ORIGIN), [Key(9 - n, f"{name}.example") for n, name in enumerate(NAMES)]


def key_text(key, kind):
    key_id = sha(key.name.encode(), b"\n", u(1, kind), key.public)[:4]
    return f"{key.name}+{key_id.hex()}+{b64(u(1, kind) + key.public)}"


def policy(quorum="group two 2 a b c\nquorum two"):
    lines = [f"log {key_text(LOG_KEY, 1)}", f"witness a {key_text(WITNESS_KEYS[0], 4)} https://a.example"]
    lines += [f"witness {name} {key_text(WITNESS_KEYS[n], 4)}" for n, name in ((1, "b"), (2, "c"))]
    return "\n".join(["# whom to trust", "", *lines, quorum, ""]).encode()


def cosignature(key, text, time):
    message = b"cosignature/v1\ntime %d\n" % time + text
    blob = sha(key.name.encode(), b"\n\4", key.public)[:4] + u(8, time) + key.private.sign(message)
    return f"— {key.name} {b64(blob)}\n".encode()


def path_of(index, leaves):
    """RFC 6962, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return path_of(index, leaves[:k]) + [root_of(leaves[k:])]
    return path_of(index - k, leaves[k:]) + [root_of(leaves[:k])]


class Log:
    def __init__(self, entries=10):
        self.leaves = [sha(u(2, n)) for n in range(entries)]

    def signed(self, *times, key=LOG_KEY):
        """The newest checkpoint; a time for each witness, or None."""
        text = f"{ORIGIN}\n{len(self.leaves)}\n{b64(root_of(self.leaves))}\n".encode()
        lines = [cosignature(WITNESS_KEYS[n], text, time) for n, time in enumerate(times) if time is not None]
        return text + b"\n" + key.line(text) + b"".join(lines)

    def anchor(self, size, text, *times):
        blind, index = sha(text), len(self.leaves)
        self.leaves.append(sha(b"\0\1\1", sha(b"counterpart/anchor/v1\n", blind, text)))
        self.leaves.append(bytes(32))
        hashes = "".join(b64(digest) + "\n" for digest in path_of(index, self.leaves))
        head = f"counterpart/anchor/v1\nsize: {size}\nblind: {b64(blind)}\nc2sp.org/tlog-proof@v1\nindex {index}\n"
        return f"{head}{hashes}\n".encode() + self.signed(*times)


def copy(seen=None, anchors=(), evidence=(), texts=None, full=True):
    """Ten segments of 100 samples at 10 Hz, an ANCHOR after each of the last ones; `texts` are checkpoints by size."""
    sound = [(leaf, 100) for leaf in range(1, 11)]
    return log.Copy(full, seen, {n: f"state {n}" for n in texts or ()}, list(anchors), sound, 1000, 10, 14, "end", evidence)


def judged(made, text=policy()):
    return log.bracket(made, log.read_policy(text))


class Pieces(unittest.TestCase):
    def test_keys(self):
        text = key_text(LOG_KEY, 1)
        self.assertEqual(log.Key(text, 1).public, LOG_KEY.public)
        name, digits, rest = text.split("+", 2)
        y = (2).to_bytes(32, "little")  # no point of the curve has it
        off = sha(b"x\n\1", y)[:4].hex()
        for bad in (f"+{digits}+{rest}", f"{name}+00000000+{rest}", f"{name}+{digits.upper()}x+{rest}", f"{text}=",
                    f"{name}+{digits}", f"x+{off}+{b64(u(1, 1) + y)}", key_text(Key(1, "a b"), 1), key_text(LOG_KEY, 4)):
            with self.assertRaises(ValueError, msg=bad):
                log.Key(bad, 1)

    def test_checkpoints(self):
        good = Log().signed(T, T, T)
        self.assertEqual(log.read_signed(good).size, 10)
        line = "— x QUJDREVG\n".encode()
        self.assertEqual(len(log.read_signed(good + line * 60).lines), 64)
        for bad in (good[:-1], good + b"\n", good + line * 61, good.replace(b"\n10\n", b"\n010\n"), b"", b"\n\n",
                    good.replace(b"\n10\n", b"\n18446744073709551616\n"), good.replace(b"=\n\n", b"\n\n"),
                    good.replace(b"=\n\n", b"=\nmore\n\n\n"), good.replace(ORIGIN.encode(), b"", 1), b"\xff" + good,
                    good + "— x QUJDRA==\n".encode(), good + "— x y QUJDREVG\n".encode(), good + b"- x QUJDREVG\n",
                    good + "— x\xa0 QUJDREVG\n".encode(), good + b"\r\n", good + line.replace(b"x", b"x" * 16000)):
            with self.assertRaises(ValueError, msg=bad):
                log.read_signed(bad)

    def test_proofs(self):
        for size in range(1, 18):
            leaves = [sha(u(2, n)) for n in range(size)]
            for index in range(size):
                path = path_of(index, leaves)
                self.assertEqual(log.root_from(leaves[index], index, size, path), root_of(leaves))
                self.assertNotEqual(log.root_from(leaves[index], index + 1, size, path), root_of(leaves))
                self.assertIsNone(log.root_from(leaves[index], index, size, path + [bytes(32)]))
                self.assertFalse(path and log.root_from(leaves[index], index, size, path[:-1]) == root_of(leaves))
        self.assertIsNone(log.root_from(bytes(32), 0, 0, []))
        body = Log().anchor(1, b"x", T, T, T)
        proof = body[body.index(b"c2sp"):]
        self.assertEqual(log.read_proof(proof.replace(b"index ", b"extra \nindex ")).index, 10)
        for bad in (proof[1:], proof.replace(b"index 10", b"index 010"), proof.replace(b"index ", b"extra\nindex "),
                    proof.replace(b"index 10\n", b"index 10\n" + b64(bytes(32)).encode() * 2 + b"\n"), b"",
                    proof.replace(b"index 10\n", b"index 10\n" + (b64(bytes(32)) + "\n").encode() * 63),
                    proof.replace(b"@v1\n", b"@v1\nextra !\n"), proof.replace(b"\n\n", b"\n", 1)):
            with self.assertRaises(ValueError, msg=bad):
                log.read_proof(bad)

    def test_policies(self):
        self.assertEqual(len(log.read_policy(policy()).witnesses), 3)
        self.assertEqual(log.read_policy(b" \t# x\n\tquorum  none \t").quorum, "none")
        again = f"witness d {key_text(WITNESS_KEYS[0], 4)}\nquorum a"
        for bad in ("", "quorum none\nquorum none", "quorum d", "quorum", "group g 4 a b c\nquorum g", "group g 0 a\nquorum g",
                    "group g 01 a\nquorum g", "group g any a a\nquorum g", "group g any\nquorum g", "group g\nquorum g",
                    "group g any a\ngroup h any a\nquorum g", "group none any a\nquorum a", "group a any b\nquorum a",
                    "group g any g\nquorum g", "quorum a\r", "quorum a\x7f", "trust a\nquorum a", again, "Quorum a",
                    f"log {key_text(LOG_KEY, 1)}\nquorum a", f"log {key_text(Key(1, 'other'), 1)}\nquorum a",
                    "authority x !\nquorum a", "authority x MAA=\nquorum a", "quorum a b"):
            with self.assertRaises(ValueError, msg=bad):
                log.read_policy(policy(bad))

    def test_any_bytes_are_refused_quietly(self):
        chance, log_ = random.Random(6962), Log()
        whole = (log_.signed(T, T), log_.anchor(1, b"x", T, T), policy())
        for read, good in ((log.read_signed, whole[0]), (log.read_proof, whole[1]), (log.read_policy, whole[2])):
            for _ in range(400):
                bad = bytearray(good)
                for _ in range(chance.randrange(1, 4)):
                    at = chance.randrange(len(bad))
                    bad[at:at + chance.randrange(3)] = bytes(chance.choices(b"\n \t+=A0\x80\xe2", k=chance.randrange(3)))
                try:
                    read(bytes(bad))
                except ValueError:
                    pass


class Judgement(unittest.TestCase):
    def test_quorums(self):
        for quorum, times, limit in (
                ("group g 2 a b c\nquorum g", (T, T + 5, T + 9), T + 5), ("quorum b", (T, T + 5, T + 9), T + 5),
                ("group g any a b c\nquorum g", (T, T + 5, T + 9), T + 9), ("group g all a b c\nquorum g", (T, T + 5, T + 9), T),
                ("group g 2 a b c\nquorum g", (T, None, 5), 5), ("group g any b c\ngroup h all a g\nquorum h", (T, 7, 9), 9),
                ("group g 2 a b c\nquorum g", (T, None, None, T), None), ("quorum none", (T, T, T), None),
                ("quorum b", (T, None, T), None)):
            found = judged(copy(seen=Log().signed(*times)), policy(quorum))
            self.assertEqual(found["no_earlier"] and found["no_earlier"]["time_s"], limit, (quorum, times))
            self.assertEqual(found["refused"], [] if limit is not None else ["header unwitnessed"])

    def test_without_a_policy_nothing_is_known(self):
        made = copy(seen=Log().signed(T, T, T), evidence=[(1, b"x"), (2, Log().anchor(14, b"end", T, T, T)), (9, b"")])
        found = log.bracket(made, log.NOBODY)
        self.assertEqual(found["refused"], ["header unknown-log", "end 1 malformed", "end 2 unknown-log", "end 3 unknown-kind"])
        self.assertEqual((found["no_earlier"], found["no_later"], found["longest"]), (None, None, None))

    def test_no_bit_of_an_anchor_can_change(self):
        good = Log().anchor(14, b"end", T, T + 1)
        at = judged(copy(evidence=[(2, good)]))["no_later"]["time_s"]
        self.assertEqual(at, T + 1)
        for place in range(len(good)):
            bad = good[:place] + bytes([good[place] ^ 1 << place % 7]) + good[place + 1:]
            found = judged(copy(evidence=[(2, bad)]))
            self.assertIsNone(found["no_later"], (place, bad))
            self.assertEqual(len(found["refused"]), 1)

    def test_live(self):
        log_ = Log()
        bodies = [log_.anchor(n, f"state {n}".encode(), T + t, T + t) for n, t in ((3, 20), (8, 70))]
        anchors = [(4, 300, bodies[0]), (9, 800, bodies[1])]
        made = copy(Log().signed(T, T), anchors, texts=(3, 8))
        found = judged(made)
        self.assertEqual((found["anchors_held"], found["longest"], found["longest_s"]), (2, (200, 700), 50))
        self.assertEqual((found["too_much"], found["refused"]), (None, []))
        part = judged(made._replace(full=False, texts={}))
        self.assertEqual((part["anchors"], part["anchors_held"], part["longest"]), (2, 0, None))
        early = judged(made._replace(anchors=[(2, 300, bodies[0])]))
        self.assertEqual(early["refused"], ["anchor 300 size"])
        for total, limit in ((10, None), (9, (0, 700))):  # in time: 700 samples, 40 s of time and 30 of clocks
            fast = judged(made._replace(anchors=anchors[1:], rate=total, seen=Log().signed(T + 30, T + 30)))
            self.assertEqual(fast["too_much"], limit)


if __name__ == "__main__":
    unittest.main()
