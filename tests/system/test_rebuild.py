# SPDX-License-Identifier: MIT
"""A projection is deleted and rebuilt from the log: equal byte for byte, marks included, after a run in which all daemons raced."""
import json
import os
import shutil

import lmdb

from peers import Worker
from samples import for_taf, mix
from system_case import HubCase, generate, main, wait_caught_up

PROJECTIONS = {"allocation": "allocation/data.mdb", "registry": "registry/data.mdb"}


def dump(path):
    """{table name: [(key, value)]} of a whole LMDB environment."""
    environment = lmdb.open(path, readonly=True, lock=False, max_dbs=64, subdir=False)
    try:
        with environment.begin() as transaction:
            names = [bytes(key) for key, _ in transaction.cursor()]
        tables = {}
        for name in names:
            try:
                table = environment.open_db(name, create=False)
            except lmdb.Error:  # a plain value of the main table
                continue
            with environment.begin(db=table) as transaction:
                tables[name.decode()] = [(bytes(key), bytes(value)) for key, value in transaction.cursor()]
        with environment.begin() as transaction:
            tables[""] = [(bytes(key), bytes(value)) for key, value in transaction.cursor() if key.decode() not in tables]
        return tables
    finally:
        environment.close()


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

    def path(self, name):
        return os.path.join(self.hub.state, PROJECTIONS[name])

    def rest(self, name):
        """Brings the daemon to rest at the head of the log; the dump of what it then leaves on disk."""
        wait_caught_up(self.hub)
        self.hub.halt(name)
        return dump(self.path(name))

    def remove(self, name):
        shutil.rmtree(os.path.dirname(self.path(name)))  # the whole folder, as the README says one may: no key is in it

    def assert_same_marks(self, before, after, what):
        """(own events taken to, others' filed to). The second may lag behind an own event at the end, of which no read has told yet."""
        [(_, old)], [(_, new)] = before.pop("marks"), after.pop("marks")
        self.assertEqual(old[:8], new[:8], f"{what}: own events taken to")
        if old[:8] == old[8:]:
            self.assertEqual(old, new, f"{what}: marks")

    def assert_same(self, before, after, what):
        self.assert_same_marks(before, after, what)
        self.assertEqual(sorted(before), sorted(after), f"{what}: names of tables")
        for table, rows in before.items():
            self.assertEqual(len(rows), len(after[table]), f"{what}: rows of {table!r}")
            for row, (old, new) in enumerate(zip(rows, after[table])):
                self.assertEqual(old, new, f"{what}: row {row} of {table!r}")

    def test_each_projection(self):
        self.load()
        for name in PROJECTIONS:
            with self.subTest(name):
                before = self.rest(name)
                self.assertGreater(sum(map(len, before.values())), 100)
                self.remove(name)
                self.hub.start_daemon(name)
                self.hub.wait_ready(60)
                after = self.rest(name)
                self.hub.start_daemon(name)
                self.hub.wait_ready(60)
                self.assert_same(before, after, name)

    def test_z_it_goes_on_working(self):
        [(_, job)] = self.settled_jobs(for_taf())
        self.assertEqual((job.state, job.team), ("queued", "taf"))
        self.assert_balanced()


if __name__ == "__main__":
    main()
