# SPDX-License-Identifier: MIT
"""One call of one daemon fails, again and again at every place, while it works: it goes on or is started again, every promise is kept, and
no person has to do anything."""
import errno
import os
import subprocess

from faults import CALLS, FaultyHub, kind_name
from faulty_case import FULL, NOT_HERE, FaultyCase
from hub import wait_until
from system_case import main

WITH_STORES = ("audit", "registry", "allocation")
AT_WORK = CALLS if FULL else ("fdatasync", "write")
PLACES = 8 if FULL else 2


class FaultyCalls(FaultyCase):
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

    def test_no_commit_is_blamed(self):
        """The flush that fails is of room prepared for the log; where it is written ahead."""
        with FaultyHub(start=False, options={"audit": ["--map-size", "16777216"]}) as hub:
            if subprocess.run(["stat", "-f", "-c", "%t", hub.base], capture_output=True, text=True, check=True).stdout.strip() != "ef53":
                self.skipTest("not on ext4")
            hub.start_daemon("audit")
            hub.wait_ready()
            hub.halt("audit")
            hub.options.clear()  # a larger log wants more room
            hub.controls["audit"].fail("fdatasync", errno.EIO)
            hub.start_daemon("audit")
            wait_until(lambda: hub.daemons["audit"].starts == 3, 30, "audit has ended over it, and is started again")
            hub.wait_ready()
            with open(os.path.join(hub.logs, "audit.log")) as file:
                said = [line.split()[2] for line in file]
        self.assertIn("prepare-failed", said)
        self.assertNotIn("commit-failed", said)


if __name__ == "__main__":
    main()
