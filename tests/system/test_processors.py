# SPDX-License-Identifier: MIT
"""Two processors are divided among the daemons, by the same rule in each; one, or more than two, are not."""
import os
import unittest

from hub import DAEMONS, Hub
from system_case import main

WITH_LOG = {"audit", "allocation"}


def processors_of(hub, name):
    """Of each thread of a daemon; threads may end while they are counted."""
    pid = hub.pid(name)
    found = set()
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            found.add(frozenset(os.sched_getaffinity(int(thread))))
        except ProcessLookupError:
            pass
    return found


class Processors(unittest.TestCase):
    def setUp(self):
        self.addCleanup(os.sched_setaffinity, 0, os.sched_getaffinity(0))

    def two(self):
        two = set(sorted(os.sched_getaffinity(0))[:2])
        if len(two) < 2:
            self.skipTest("this machine has one processor")
        return two

    def started_on(self, processors):
        """Where each daemon of a hub is that was started on these processors."""
        os.sched_setaffinity(0, processors)
        with Hub() as hub:
            return {name: processors_of(hub, name) for name in DAEMONS}

    def test_two_are_divided(self):
        two = self.two()
        where = self.started_on(two)
        log = where["audit"]
        self.assertIn(log, [{frozenset({one})} for one in two])
        for name, places in where.items():
            with self.subTest(name):
                self.assertEqual(places, log if name in WITH_LOG else {frozenset(two) - next(iter(log))})

    def test_who_starts_later_divides_alike(self):
        two = self.two()
        os.sched_setaffinity(0, two)
        with Hub() as hub:
            note = os.path.join(hub.state, "run", "processors")
            with open(note) as file:
                boot, log = file.read().split()
            log = int(log)
            other = (two - {log}).pop()
            self.assertEqual(processors_of(hub, "audit"), {frozenset({log})})
            for said, place in ((f"{boot} {other}", log), (f"{boot[::-1]} {other}", other), (f"{boot} 4711", other), ("", other)):
                with self.subTest(said):
                    with open(note, "w") as file:
                        file.write(said)
                    hub.halt("registry")
                    hub.start_daemon("registry")
                    hub.wait_ready()
                    self.assertEqual(processors_of(hub, "registry"), {frozenset({place})})

    def test_others_are_left(self):
        allowed = sorted(os.sched_getaffinity(0))
        for processors in [{allowed[-1]}] + [set(allowed)] * (len(allowed) > 2):
            with self.subTest(len(processors)):
                for name, places in self.started_on(processors).items():
                    self.assertEqual(places, {frozenset(processors)}, name)


if __name__ == "__main__":
    main()
