# SPDX-License-Identifier: MIT
"""What all system tests share: a hub for each class, and waiting until everything published has settled.

Used by every test_*.py. A class that fails keeps its state directory and prints the daemons' last lines.
"""
import subprocess
import time
import unittest

from fold import Fold
from hub import POLICY, SLOW, Hub, wait_until
from peers import TAKEN, LogReader, Partner, People, Worker


class HubCase(unittest.TestCase):
    options = {}  # more arguments of daemons
    policy = POLICY
    failed = False

    @classmethod
    def setUpClass(cls):
        cls.hub = Hub(cls.options, policy=cls.policy)
        cls.hub.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.hub.__exit__(AssertionError if cls.failed else None, None, None)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result is not None else 0
        super().run(result)
        if result is not None and len(result.failures) + len(result.errors) > before:
            type(self).failed = True

    def partner(self, kind="dealer"):
        partner = Partner(self.hub, kind)
        self.addCleanup(partner.close)
        return partner

    def worker(self, name="W1"):
        worker = Worker(self.hub, name)
        self.addCleanup(worker.close)
        return worker

    def people(self, name="W1"):
        people = People(self.hub, name)
        self.addCleanup(people.close)
        return people

    def log(self):
        log = LogReader(self.hub)
        self.addCleanup(log.close)
        return log

    def publish(self, *events, **keywords):
        """Publishes and gives the referrals' tags; all must be taken."""
        receipts = self.partner().publish_all(events, **keywords)
        for receipt in receipts:
            self.assertIn(receipt["status"], TAKEN, receipt)
        return [receipt["referral"] for receipt in receipts]

    def settle(self, *referrals, seconds=30):
        return settle(self.hub, referrals, seconds)

    def settled_jobs(self, *events):
        """Publishes events; gives for each the fold's lead job, once none is being routed."""
        referrals = self.publish(*events)
        fold = self.settle(*referrals)
        return [(referral, fold.jobs[referral, 0]) for referral in referrals]

    def assert_sound(self, fold):
        self.assertEqual(fold.breaches, [])

    def assert_balanced(self, seconds=20):
        assert_balanced(self, self.hub, seconds)


def settle(hub, referrals, seconds=30, fold=None):
    """Reads the log until each of the referrals stands somewhere else than in routing; the fold of it."""
    wanted = set(referrals)
    log = LogReader(hub)
    fold = Fold() if fold is None else fold
    try:
        deadline = time.monotonic() + seconds * SLOW
        while any(referral not in fold.received or fold.jobs[referral, 0].state == "routing" for referral in wanted):
            assert time.monotonic() < deadline, f"still in routing: {[r for r in wanted if fold.jobs[r, 0].state in (None, 'routing')][:5]}"
            fold.take_all(log.more(wait_ms=300))
        return read_on(fold, log)
    finally:
        log.close()


def read_on(fold, log):
    """Takes what stands between the fold and the log's head of now."""
    head = log.head()
    while log.next <= head:
        fold.take_all(log.more())
    return fold


def wait_caught_up(hub, seconds=30):
    """Every daemon has read the log to its end."""
    def caught_up():
        statuses = [hub.status(name) for name in ("audit", "registry", "triage", "allocation", "intake")]
        if any(status is None or not status["ready"] for status in statuses):
            return False
        head = max(status["head"] for status in statuses)
        return all(status["read_to"] >= head for status in statuses[1:4])
    wait_until(caught_up, seconds, "all daemons at the head of the log")


def assert_balanced(test, hub, seconds=20):
    """`windscreen balance` agrees, and so does our own fold with what allocation reports."""
    wait_caught_up(hub, seconds)
    result = hub.windscreen("balance")
    test.assertEqual(result.returncode, 0, result.stdout + result.stderr)
    worker, log = Worker(hub), LogReader(hub)
    try:
        counts = worker.counts()
        fold = Fold()
        fold.take_all((sequence, event) for sequence, event in log.all() if sequence <= counts["sequence"])
        reported = {row["state"]: [row["leads"], row["parts"]] for row in counts["states"] if row["leads"] or row["parts"]}
        test.assertEqual(fold.counts(), reported)
        test.assertEqual(sum(leads for leads, _ in reported.values()), len(fold.received))
    finally:
        worker.close()
        log.close()


def generate(hub, count, seed=1, *more):
    """Lines of `windscreen generate`."""
    import os
    from hub import BIN
    command = [os.path.join(BIN, "windscreen"), "generate", "--seed", str(seed), "--count", str(count), *more]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def main():
    unittest.main(verbosity=2)
