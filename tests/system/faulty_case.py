# SPDX-License-Identifier: MIT
"""A hub under load whose daemons' calls fail: what holds for all of it. Used by test_faulty_calls and test_faulty_starts."""
import os
import unittest

from faults import FaultyHub
from hub import DAEMONS, EXIT_TRY_AGAIN, wait_until
from storm import Load, judge

FULL = bool(os.environ.get("WINDSCREEN_FULL"))
NOT_HERE = {"malloc", "mdb_txn_begin"}  # tests/crash/fault_walk has these


class FaultyCase(unittest.TestCase):
    def run_under_load(self, deeds):
        with FaultyHub() as hub:
            load = Load(hub)
            load.start()
            try:
                faults = deeds(hub, load)
            finally:
                for control in hub.controls.values():
                    control.clear()
                load.stop()
            self.assertEqual(load.errors, [])
            self.check_exits(hub)
            print(f"{faults} faults met; {judge(hub, load)}", flush=True)

    def check_exits(self, hub, what="all"):
        bad = [entry for entry in hub.exits if entry[1] != EXIT_TRY_AGAIN and not entry[2]]
        self.assertEqual(bad, [], f"{what}: a daemon ended in a way that wants a person, or crashed")

    def wait_back(self, hub, what):
        wait_until(lambda: all(hub.is_ready(name) for name in DAEMONS) or self.check_exits(hub, what), 60, f"all daemons back after {what}")
