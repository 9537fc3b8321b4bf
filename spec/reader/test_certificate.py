#!/usr/bin/env python3
# Tests of the second reader of certificates: the cases that the first is held to, and forms of values by a table.
# Run: python3 spec/reader/test_certificate.py
# Invariants: every file of cases.toml is judged as its row says; nothing is written.
import sys
import tomllib
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import certificate
import log

FOLDER = Path(__file__).parents[2] / "crates/seal/tests/certificate"


class Cases(unittest.TestCase):
    def setUp(self):
        self.policy = log.read_policy((FOLDER / "trust.policy").read_bytes())

    def test_every_file_is_what_its_row_says(self):
        cases = tomllib.loads((FOLDER / "cases.toml").read_text())["case"]
        self.assertGreater(len(cases), 10)
        for case in cases:
            with self.subTest(case["file"]):
                outcome, fault, index = certificate.judge((FOLDER / case["file"]).read_bytes(), self.policy)
                self.assertEqual((outcome, fault), (case["outcome"], case.get("fault")))
                self.assertEqual(index, 2 if outcome == "destroyed" else None)

    def test_nobody_is_trusted_by_default(self):
        raw = (FOLDER / "recording.certificate").read_bytes()
        self.assertEqual(certificate.judge(raw, log.NOBODY)[1], "unknown-log")

    def test_no_changed_byte_is_the_same_certificate(self):
        for name in ("recording.certificate", "disc.certificate"):
            raw = (FOLDER / name).read_bytes()
            for at in range(len(raw)):
                changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:]
                self.assertNotEqual(certificate.judge(changed, self.policy)[0], "destroyed", at)

    def test_one_spelling_of_a_value(self):
        table = [
            (certificate.words, "a b", ["", " a", "a ", "a\tb", "a\u202eb", "é" * 101]),
            (certificate.word, "a-1.b_c", ["", "A", "1a", "a b", "a" * 65]),
            (certificate.number, "18446744073709551615", ["", "01", "+1", "-1", "18446744073709551616", "١"]),
            (certificate.moment, "2000-02-29T23:59:59Z", ["2100-02-29T00:00:00Z", "1969-12-31T23:59:59Z",
                                                         "2026-11-22T24:00:00Z", "2026-11-22T09:30:60Z", "2026-11-22"]),
            (certificate.day, "2026-11-22", ["2026-11-31", "2026-1-1", "22-11-2026"]),
            (certificate.ID, "0f" * 16, ["0F" * 16, "0f" * 15, ""]),
            (certificate.store, "folder, here", ["folder", "Folder, here", "folder, "]),
            (certificate.search, "2 stores, nothing found", ["2 stores", "stores, nothing found", "02 stores, nothing found"]),
        ]
        for read, good, bad in table:
            read(good)
            for value in bad:
                with self.subTest(value), self.assertRaises(certificate.Fault):
                    read(value)


if __name__ == "__main__":
    unittest.main()
