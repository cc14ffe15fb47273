# SPDX-License-Identifier: MIT
"""Each daemon in turn is stopped (SIGSTOP) for longer than every time-out of the others and goes on: nothing is lost, nobody else ends."""
import signal
import time
import unittest

from hub import DAEMONS, SLOW, Hub
from storm import Load, judge
from system_case import main

STOPPED_SECONDS = 10  # longer than a heartbeat's patience (6), a receipt's (5) and the longest wait before an append is sent again (8)


class StoppedDaemons(unittest.TestCase):
    def test_each_in_turn(self):
        with Hub() as hub:
            load = Load(hub)
            load.start()
            try:
                for name in DAEMONS:
                    self.stop_one(hub, load, name)
            finally:
                load.stop()
            self.assertEqual(load.errors, [])
            self.assertEqual([hub.daemons[name].starts for name in DAEMONS], [1] * len(DAEMONS), "a daemon was restarted")
            print(judge(hub, load), flush=True)

    def stop_one(self, hub, load, name):
        pid = hub.pid(name)
        hub.tell(name, signal.SIGSTOP)
        time.sleep(STOPPED_SECONDS * SLOW)  # the fault itself: so long is it stopped
        done = load.progress()
        hub.tell(name, signal.SIGCONT)
        load.wait_for_progress(done)
        self.assertEqual(hub.pid(name), pid)


if __name__ == "__main__":
    main()
