# SPDX-License-Identifier: MIT
"""kill -9 of each daemon under load, 60 times: every receipt afterwards in exactly one state, no effect twice, every promise kept."""
import os
import unittest

from hub import Hub
from storm import Load, judge, storm
from system_case import main

KILLS = 300 if os.environ.get("WINDSCREEN_FULL") else 60
SEED = 20161117


class KillStorm(unittest.TestCase):
    def test_nothing_is_lost_and_nothing_happens_twice(self):
        with Hub() as hub:
            load = Load(hub)
            load.start()
            stopwatch = storm(hub, load, KILLS, SEED)
            print(judge(hub, load), flush=True)
            for name, figures in stopwatch.report().items():
                print(name, figures, flush=True)


if __name__ == "__main__":
    main()
