# SPDX-License-Identifier: MIT
"""A projection is deleted and rebuilt from the log: equal byte for byte, marks included, after a run in which all daemons raced."""
import json
import os
import shutil

import projections
from hub import DAEMONS, wait_until
from samples import for_taf, mix
from system_case import HubCase, generate, main


class Rebuild(HubCase):
    def load(self):
        events = [json.loads(line) for line in generate(self.hub, 400, 11, "--duplicates", "0")] + mix(60)
        receipts = self.partner().publish_all(events)
        self.settle(*(receipt["referral"] for receipt in receipts))
        worker = self.worker()
        for team in ("taf", "fsw", "single-agency", "specialist"):
            taken = worker.take(team, max=16, wait_ms=1000)
            jobs = taken.get("jobs", [])
            if jobs:
                worker.accept(taken["token"], *jobs[:6])
                worker.release(taken["token"], *jobs[6:9])
                worker.decline(taken["token"], jobs[9] if len(jobs) > 9 else jobs[-1])
        people = self.people()
        [(token, job)] = worker.take_jobs("taf", 1)
        people.open(job["referral"], token)

    def test_each_projection(self):
        self.load()
        for name in projections.NAMES:
            with self.subTest(name):
                before = projections.rest(self.hub, name)
                self.assertGreater(sum(map(len, before.values())), 100)
                after = projections.rebuild(self.hub, name)
                self.hub.start_daemon(name)
                self.hub.wait_ready(60)
                projections.assert_same(self, before, after, name)

    def test_one_deleted_under_a_running_daemon(self):
        """It goes on with the file that has no name any more; the next one rebuilds."""
        starts = [self.hub.daemons[name].starts for name in DAEMONS]
        for name in projections.NAMES:
            shutil.rmtree(os.path.join(self.hub.state, name))
        self.settled_jobs(*mix(60))
        self.assertEqual([self.hub.daemons[name].starts for name in DAEMONS], starts, "a daemon was restarted")
        for name in projections.NAMES:
            pid = self.hub.pid(name)
            self.hub.kill(name)
            wait_until(lambda name=name, pid=pid: self.hub.pid(name) not in (None, pid) and self.hub.is_ready(name), 60, f"{name} rebuilt")
        self.settled_jobs(*mix(12))
        self.assert_balanced()
        projections.assert_rebuilt_the_same(self, self.hub)

    def test_z_it_goes_on_working(self):
        [(_, job)] = self.settled_jobs(for_taf())
        self.assertEqual((job.state, job.team), ("queued", "taf"))
        self.assert_balanced()


if __name__ == "__main__":
    main()
