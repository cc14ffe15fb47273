# SPDX-License-Identifier: MIT
"""`windscreen policy check`: the sample policies are good; each fault of tests/policy/planted.yaml is told with file, line and witness, and a hub refuses it."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import yaml

from hub import BIN, ROOT, SLOW, Hub
from system_case import main

POLICIES = os.path.join(ROOT, "deploy", "policy")
SAMPLES = sorted(os.listdir(POLICIES))
EXIT_BAD_CONFIG = 78

with open(os.path.join(ROOT, "tests", "policy", "planted.yaml"), encoding="utf-8") as table:
    TABLE = yaml.load(table, Loader=yaml.BaseLoader)  # texts as they stand: `no` is no truth value here


def check(folder, *more):
    return subprocess.run([os.path.join(BIN, "windscreen"), "policy", "check", folder, *more], capture_output=True, text=True, timeout=60 * SLOW, check=False)


def replace(folder, change):
    """Makes one change; gives the number of its line."""
    path = os.path.join(folder, change["file"])
    with open(path, encoding="utf-8") as file:
        text = file.read()
    at = text.index(change["from"], text.index(change.get("after", "")))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text[:at] + change["to"] + text[at + len(change["from"]):])
    return text.count("\n", 0, at) + 1


class PolicyCheck(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.mkdtemp(prefix="ws-policy-")
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)

    def planted(self, row):
        """A folder with the fault in it, and the line that was changed first."""
        folder = os.path.join(self.base, "policy")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(os.path.join(POLICIES, row.get("policy", "luton-2017")), folder)
        line = replace(folder, row)
        for change in row.get("also", []):
            replace(folder, change)
        return folder, line

    def is_told(self, row, fault, folder, line):
        if fault["file"] != row.get("told_in", row["file"]) or row["says"] not in fault["text"] or ("witness" in fault) != ("witness" in row):
            return False
        if not fault.get("witness", "").startswith(row.get("witness", "")):
            return False
        with open(os.path.join(folder, fault["file"]), encoding="utf-8") as file:
            told_at = file.read().split("\n")[fault["line"] - 1].strip()
        return told_at.startswith(row["told_at"]) if "told_at" in row else fault["line"] == line

    def test_the_samples_are_good(self):
        self.assertIn("luton-2017", SAMPLES)
        for name in SAMPLES:
            result = check(os.path.join(POLICIES, name))
            self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
            self.assertIn("no faults", result.stdout)
            told = json.loads(check(os.path.join(POLICIES, name), "--json").stdout)
            self.assertEqual((told["good"], told["n_faults"], told["faults"]), (True, 0, []))
            self.assertEqual(len(told["version"]), 64)

    def test_every_planted_fault_is_found(self):
        self.assertGreaterEqual(len(TABLE["planted"]), 30)
        for row in TABLE["planted"]:
            with self.subTest(row["plant"]):
                folder, line = self.planted(row)
                result = check(folder, "--json")
                self.assertEqual(result.returncode, 65)
                told = json.loads(result.stdout)
                self.assertFalse(told["good"])
                self.assertTrue(any(self.is_told(row, fault, folder, line) for fault in told["faults"]), told["faults"])

    def test_what_is_complete_is_taken(self):
        for row in TABLE["good"]:
            with self.subTest(row["plant"]):
                folder, _ = self.planted(row)
                self.assertEqual(check(folder).returncode, 0)

    def test_text_for_people(self):
        row = next(row for row in TABLE["planted"] if row["plant"] == "two intensive needs fall through")
        folder, _ = self.planted(row)
        result = check(folder)
        self.assertEqual(result.returncode, 65)
        [first, example] = result.stdout.splitlines()
        self.assertRegex(first, r"/levels\.yaml:\d+: more need gives a lower level: ")
        self.assertEqual(example.strip(), f"for example: {row['witness']}")
        self.assertIn("1 fault.", result.stderr)

    def test_no_folder(self):
        for name in ("nowhere", os.path.join(POLICIES, SAMPLES[0], "teams.yaml")):
            result = check(name)
            self.assertEqual(result.returncode, 66, result.stdout + result.stderr)
        self.assertEqual(check(self.base).returncode, 65)  # a folder without a policy in it
        self.assertEqual(subprocess.run([os.path.join(BIN, "windscreen"), "policy", "check"], capture_output=True, check=False).returncode, 64)

    def test_a_hub_refuses_it(self):
        row = next(row for row in TABLE["planted"] if row["plant"] == "level 4 held for consent")
        folder, _ = self.planted(row)
        with Hub(policy=folder, start=False) as hub:
            log = os.path.join(self.base, "triage.log")
            with open(log, "wb") as stderr:
                triage = subprocess.Popen(hub.command("triage", None), stdout=stderr, stderr=stderr)
            self.assertEqual(triage.wait(30 * SLOW), EXIT_BAD_CONFIG)
            with open(log, encoding="utf-8") as file:
                text = file.read()
        self.assertIn("destinations.yaml:", text)
        self.assertIn(row["says"], text)
        self.assertIn(row["witness"], text)


if __name__ == "__main__":
    main()
