# SPDX-License-Identifier: MIT
"""A disk that takes two seconds for every flush: answers come later, partners may hear busy, nothing is lost, nobody is restarted."""
import os
import signal
import time
import unittest

from faults import FaultyHub
from hub import DAEMONS, wait_until
from peers import TAKEN, Partner, Worker
from samples import for_specialist, for_taf, mix
from system_case import assert_balanced, main, settle

FLUSH_MS = 2000
FLUSHES = 3  # slow ones that each slow daemon must have lived through
SECONDS = 120
SAVE_SECONDS = 1  # how often a projection is committed at most


class SlowDisk(unittest.TestCase):
    def run_on(self, slow):
        with FaultyHub() as hub, Partner(hub) as partner, Partner(hub) as urgent, Worker(hub) as worker:
            receipts = partner.publish_all([for_taf() for _ in range(20)])
            settle(hub, [receipt["referral"] for receipt in receipts])
            for name in slow:
                hub.controls[name].slow(["fdatasync"], FLUSH_MS)
            while not all(hub.controls[name].failed >= FLUSHES for name in slow):
                receipts += partner.publish_all(mix(60), seconds=SECONDS)
                receipts.append(urgent.publish(for_specialist(), SECONDS))
            for token, job in worker.take_jobs("taf", 5, seconds=SECONDS):
                self.assertEqual(worker.accept(token, job, seconds=SECONDS)["jobs"][0]["answer"], "ok")
            for name in slow:
                hub.controls[name].clear()
            self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)
            self.assertEqual([hub.daemons[name].starts for name in DAEMONS], [1] * len(DAEMONS), "a daemon was restarted")
            fold = settle(hub, [receipt["referral"] for receipt in receipts], 60)
            self.assertEqual(fold.breaches, [])
            assert_balanced(self, hub, 60)

    def test_under_the_log(self):
        self.run_on(["audit"])

    def test_under_projections_and_keys(self):
        self.run_on(["registry", "allocation"])

    def test_decisions_go_on_beside_a_commit(self):
        """A projection's flush that does not end: the next commit is put off, and nobody waits for it."""
        slow = ("registry", "allocation")
        with FaultyHub() as hub, Partner(hub) as partner:
            for name in slow:
                hub.controls[name].slow(["fdatasync"], 1000 * SECONDS, under=name)
            tags = []

            def published():
                tags.extend(receipt["referral"] for receipt in partner.publish_all(mix(20), seconds=30))
                return len(tags)
            wait_until(lambda: published() and all(hub.controls[name].failed for name in slow), 60, "a commit under way in each")
            due = time.monotonic() + 3 * SAVE_SECONDS
            wait_until(lambda: published() and time.monotonic() > due, 60, "the next commits due")
            settle(hub, tags)
            self.assertEqual([hub.controls[name].failed for name in slow], [1, 1], "still the first flush")
            for name in slow:
                hub.controls[name].clear()
            assert_balanced(self, hub)

    def test_a_disk_that_hangs_keeps_nobody_from_ending(self):
        """Neither the commit under way nor the last one can end: the daemon says so and ends, and catches up when it is started again."""
        slow = ("registry", "allocation")
        with FaultyHub() as hub, Partner(hub) as partner:
            tags = [receipt["referral"] for receipt in partner.publish_all(mix(20))]
            settle(hub, tags)
            for name in slow:
                hub.controls[name].slow(["fdatasync"], 1000 * SECONDS, under=name)
            tags += [receipt["referral"] for receipt in partner.publish_all(mix(20))]
            wait_until(lambda: all(hub.controls[name].failed for name in slow), 60, "a commit under way in each")
            pids = {name: hub.pid(name) for name in slow}
            for name in slow:
                self.assertTrue(hub.kill(name, signal.SIGTERM))

            def is_back(name):
                back = hub.pid(name) not in (None, pids[name])
                if back:
                    hub.controls[name].clear()
                return back
            wait_until(lambda: all([is_back(name) for name in slow]), SECONDS / 2, "both end, and are started again")
            for name in slow:
                with open(os.path.join(hub.logs, f"{name}.log")) as file:
                    self.assertEqual(sum(f" {name} stopped-unsaved " in line for line in file), 1)
            hub.wait_ready(60)
            fold = settle(hub, tags)
            self.assertEqual(fold.breaches, [])
            assert_balanced(self, hub)


if __name__ == "__main__":
    main()
