#!/usr/bin/env python3
# Tests of the independent reader of time stamps: the tokens and the table of crates/seal/tests/timestamp, which the
# product's own tests read too, and changes to those tokens. Run: python3 spec/reader/test_timestamp.py
# Invariants: changes come from a fixed seed, so a run can be repeated; nothing is written.
import random
import sys
import tomllib
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import timestamp

FOLDER = Path(__file__).parents[2] / "crates/seal/tests/timestamp"
TABLE = tomllib.loads((FOLDER / "cases.toml").read_text())
STAMPED = TABLE["stamped"].encode()


def authorities(case):
    return [(name, (FOLDER / f"{name}.cer").read_bytes()) for name in case["trust"]]


def token(case):
    return (FOLDER / f"{case['token']}.token").read_bytes()


def judged(data, over, trusted):
    try:
        return timestamp.verify(data, over, trusted)
    except timestamp.Fault as fault:
        return fault.args[0]


class Table(unittest.TestCase):
    def test_every_case(self):
        first, last = map(int, (FOLDER / "made.txt").read_text().split())
        for case in TABLE["case"]:
            with self.subTest(token=case["token"], trust=case["trust"]):
                found = judged(token(case), case.get("over", TABLE["stamped"]).encode(), authorities(case))
                if "reason" in case:
                    self.assertEqual(found, case["reason"])
                    continue
                self.assertIsInstance(found, timestamp.Stamp)
                self.assertIn(found.time, [case["time_s"]] if "time_s" in case else range(first, last + 1))
                self.assertIn(found.authority, case["trust"])
                self.assertIn(found.policy, ("1.2.3.4.5", "1.2.3.4.6"))
                if "widened_s" in case:
                    before, after = case["widened_s"]
                    self.assertEqual((found.earliest, found.latest), (found.time - before, found.time + after))

    def test_every_reason_has_a_case(self):
        self.assertEqual({case.get("reason") for case in TABLE["case"]}, {None, *timestamp.REASONS})


class Changes(unittest.TestCase):
    def test_a_changed_token_gives_the_same_stamp_or_a_reason(self):
        chance = random.Random(3161)
        for case in TABLE["case"]:
            if "reason" in case:
                continue
            whole, trusted = token(case), authorities(case)
            stamp = judged(whole, STAMPED, trusted)
            for _ in range(60):
                bad = bytearray(whole)
                at, how = chance.randrange(len(bad)), chance.randrange(3)
                bad[at:at + (how != 2)] = [] if how == 1 else [chance.randrange(256)]
                found = judged(bytes(bad), STAMPED, trusted)
                self.assertTrue(found == stamp or found in timestamp.REASONS, (case["token"], at, found))

    def test_any_bytes_are_malformed(self):
        chance = random.Random(5652)
        for size in (*range(40), 4000, 70000):
            self.assertEqual(judged(chance.randbytes(size), STAMPED, []), "malformed")


if __name__ == "__main__":
    unittest.main()
