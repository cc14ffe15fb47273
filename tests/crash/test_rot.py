# SPDX-License-Identifier: MIT
"""Bits rot in the log, one at a time and anywhere: `windscreen audit verify` finds each that means anything, and names the event where it
can; what it calls good is, value by value, what was written. Only of a sealed attachment it cannot tell: that one does not open."""
import collections
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest

import lmdb

from hub import BIN, SLOW, Hub, real_directory, wait_until
from peers import Partner, Worker
from projections import dump
from samples import mix
from system_case import main, settle, wait_caught_up

FLIPS = 6000 if os.environ.get("WINDSCREEN_FULL") else 600
PAGE = 4096
HEAD = 32  # of a page: its header, and where its first values are
EXIT_DAMAGED, EXIT_NO_LOG, EXIT_CONFIG = 1, 66, 78


def verify(*words):
    command = [os.path.join(BIN, "windscreen"), "audit", "verify", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 * SLOW, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def flip(path, at, bit):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


def differing(before, after):
    """Names of the tables that are not the same."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


class Rot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A hub that has worked and rests; its log, copied."""
        cls.base = tempfile.mkdtemp(prefix="ws-rot-", dir=real_directory())
        cls.state = os.path.join(cls.base, "state")
        with Hub() as hub, Partner(hub) as partner, Worker(hub) as worker:
            receipts = partner.publish_all(mix(120))
            settle(hub, [receipt["referral"] for receipt in receipts])
            for token, job in worker.take_jobs("taf", 10):
                worker.accept(token, job)
            wait_caught_up(hub)
            cls.live = verify("--state", hub.state)
            cls.root = json.loads(hub.windscreen("audit", "root", "--json").stdout)
            hub.stop()
            for name in ("audit", "keys", "credentials"):
                shutil.copytree(os.path.join(hub.state, name), os.path.join(cls.state, name))
        cls.audit = os.path.join(cls.state, "audit")
        cls.path = os.path.join(cls.audit, "data.mdb")
        with lmdb.open(cls.path, subdir=False, readonly=True, lock=False) as environment:
            cls.used = (environment.info()["last_pgno"] + 1) * PAGE
        cls.written = dump(cls.path)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.base)

    def test_beside_its_hub_and_at_rest(self):
        for code, told in (self.live, verify(self.audit), verify("--state", self.state)):
            self.assertEqual((code, told["good"], told["damage"]), (0, True, ""))
            self.assertEqual((told["events"], told["root"]), (self.root["size"], self.root["root"]))
            self.assertGreaterEqual(told["attachments"], 121)  # the referrals' and the policy's text
            self.assertEqual(told["sealed"], told["attachments"] - 1)

    def test_no_log(self):
        code, said = verify(os.path.join(self.base, "nothing"))
        self.assertEqual(code, EXIT_NO_LOG)
        self.assertIn("no log", said)

    def place(self, dice):
        """Anywhere, in one of the two first pages, or in the head of any page."""
        kind = dice.randrange(4)
        if kind == 0:
            return dice.randrange(2 * PAGE)
        if kind == 1:
            return dice.randrange(self.used // PAGE) * PAGE + dice.randrange(HEAD)
        return dice.randrange(self.used)

    def judge(self, told):
        """What a flipped bit has done."""
        code, verdict = told
        if code == EXIT_DAMAGED:
            return "detected" + (", event named" if verdict["sequence"] else "")
        self.assertEqual(code, 0, verdict)
        rotten = differing(self.written, dump(self.path))
        if not rotten:
            return "harmless"
        self.assertEqual(rotten, {"attachments"})
        return "sealed"

    def test_every_flipped_bit_is_found_or_harmless(self):
        dice = random.Random(20261126)
        counts = collections.Counter()
        sealed = None
        for _ in range(FLIPS):
            at, bit = self.place(dice), dice.randrange(8)
            flip(self.path, at, bit)
            with self.subTest(f"bit {bit} of byte {at}"):
                done = self.judge(verify(self.audit))
                counts[done] += 1
                if done == "sealed":
                    sealed = at, bit
            flip(self.path, at, bit)
        print("figure", json.dumps(counts), flush=True)
        self.assertGreater(counts["detected"] + counts["detected, event named"], FLIPS / 10)
        self.assertEqual(verify(self.audit)[0], 0, "each was flipped back")
        self.assertIsNotNone(sealed)
        flip(self.path, *sealed)
        self.assert_does_not_open()
        flip(self.path, *sealed)

    def assert_does_not_open(self):
        """The registry, whose projection is to be rebuilt, refuses to go on without what does not open, and says whose it is."""
        with Hub(start=False) as hub:
            for name in ("audit", "keys", "credentials"):
                shutil.copytree(os.path.join(self.state, name), os.path.join(hub.state, name), dirs_exist_ok=True)
            hub.start_daemon("audit")
            hub.start_daemon("registry")
            wait_until(lambda: ("registry", EXIT_CONFIG, False) in hub.exits, 60, "the registry refuses to start")
            hub.exits.clear()
            with open(os.path.join(hub.logs, "registry.log")) as file:
                self.assertRegex(file.read(), r"attachment-damaged .* R[0-9A-Z]{13} ")

    def test_an_event_is_named(self):
        """Some events, found by their own bytes in the file: one copy of them is the log's, others may be in pages that it has given up."""
        with open(self.path, "rb") as file:
            whole = file.read(self.used)
        for sequence in (1, 57, self.root["size"]):
            event = self.event(sequence)
            copies = [match.start() for match in re.finditer(re.escape(event), whole)]
            told = [self.verify_with(at + len(event) // 2, 3) for at in copies]
            named = [(code, verdict["sequence"], verdict["events"]) for code, verdict in told if code]
            self.assertEqual(named, [(EXIT_DAMAGED, sequence, sequence - 1)])

    def test_every_bit_of_the_rows_beside_the_events(self):
        """A row and its name, found by their own bytes: any bit of the copy that is the log's."""
        with open(self.path, "rb") as file:
            whole = file.read(self.used)
        for table in ("types", "producers"):
            name, row = self.written[table][0]
            done = [{self.judge_with(at, bit) for at in range(copy.start(), copy.end(), 1 + len(row) // 32) for bit in range(8)}
                    for copy in re.finditer(re.escape(name + row), whole)]
            self.assertEqual(done.count({"detected"}), 1, f"{table}: {done}")
            self.assertEqual(done.count({"harmless"}), len(done) - 1, f"{table}: {done}")

    def judge_with(self, at, bit):
        flip(self.path, at, bit)
        try:
            return self.judge(verify(self.audit))
        finally:
            flip(self.path, at, bit)

    def verify_with(self, at, bit):
        flip(self.path, at, bit)
        try:
            return verify(self.audit)
        finally:
            flip(self.path, at, bit)

    def event(self, sequence):
        """By the log's own format: a key of 8 bytes, then mask, count, rows of 8 bytes, events."""
        key, value = max((key, value) for key, value in self.written["events"] if int.from_bytes(key, "big") <= sequence)
        count = int.from_bytes(value[8:12], "big")
        sizes = [int.from_bytes(value[12 + 8 * i:14 + 8 * i], "big") for i in range(count)]
        place = sequence - int.from_bytes(key, "big")
        at = 12 + 8 * count + sum(sizes[:place])
        return value[at:at + sizes[place]]


if __name__ == "__main__":
    main()
