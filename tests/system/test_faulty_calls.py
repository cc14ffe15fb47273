# SPDX-License-Identifier: MIT
"""One call of one daemon fails, again and again at every place, while it works and while it starts: it goes on or is started again, every
promise is kept, and no person has to do anything."""
import os
import unittest

from faults import CALLS, SHORT, FaultyHub, kind_name
from hub import DAEMONS, EXIT_TRY_AGAIN, wait_until
from storm import Load, judge
from system_case import main

FULL = bool(os.environ.get("WINDSCREEN_FULL"))
WITH_STORES = ("audit", "registry", "allocation")
AT_WORK = CALLS if FULL else ("fdatasync", "write")
PLACES = 8 if FULL else 2
STARTS_MAX = 60
NOT_HERE = {"malloc", "mdb_txn_begin"}  # tests/crash/fault_walk has these


class FaultyCalls(unittest.TestCase):
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

    # ------------------------------------------------------------ while it works

    def test_at_work(self):
        def deeds(hub, load):
            return sum(self.fail_at_work(hub, load, name, call, kind, place)
                       for name in WITH_STORES for call in AT_WORK if call not in NOT_HERE for kind in CALLS[call][1] for place in range(1, PLACES + 1))
        self.run_under_load(deeds)

    def fail_at_work(self, hub, load, name, call, kind, place):
        what = f"{name}: {call} number {place} {kind_name(kind)}"
        control = hub.controls[name]
        done = load.progress()
        control.fail(call, kind, place)
        # a call that work does not need is passed over
        wait_until(lambda: control.failed or load.progress() > done + 200 or load.errors, 60, f"{what}, or the load going on")
        faults = control.failed
        control.clear()
        self.wait_back(hub, what)
        self.assertEqual(load.errors, [], what)
        return faults

    # ------------------------------------------------------------ while it starts

    def test_at_start(self):
        def deeds(hub, _load):
            return sum(self.fail_at_start(hub, name, call, kind)
                       for name in DAEMONS for call in CALLS if call not in NOT_HERE for kind in self.kinds_of(call))
        self.run_under_load(deeds)

    def kinds_of(self, call):
        return [kind for kind in CALLS[call][1] if kind != SHORT][:None if FULL else 1]

    def fail_at_start(self, hub, name, call, kind):
        """The first such call of a start fails, then the second, until a start meets none."""
        control = hub.controls[name]
        for place in range(1, STARTS_MAX):
            what = f"{name} starting: {call} number {place} {kind_name(kind)}"
            pid = wait_until(lambda: hub.is_ready(name) and hub.pid(name), 60, f"{name} ready before {what}")
            control.fail(call, kind, place)
            hub.kill(name)
            wait_until(lambda pid=pid: hub.pid(name) not in (None, pid) and hub.is_ready(name) or self.check_exits(hub, what), 60, f"{name} back after {what}")
            met = control.failed
            control.clear()
            if not met:
                return place - 1
        self.fail(f"{what}: a start never got by")
        return 0


if __name__ == "__main__":
    main()
