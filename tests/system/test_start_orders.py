# SPDX-License-Identifier: MIT
"""The daemons may be started in any order: every third of the 120, all with WINDSCREEN_FULL."""
import itertools
import os
import unittest

from hub import DAEMONS, Hub, wait_until
from peers import TAKEN, Partner
from samples import mix
from system_case import assert_balanced, main, settle


STEP = 1 if os.environ.get("WINDSCREEN_FULL") else 3


class StartOrders(unittest.TestCase):
    def test_orders(self):
        for order in itertools.islice(itertools.permutations(DAEMONS), 0, None, STEP):
            with self.subTest(" ".join(order)):
                self.run_in(order)

    def run_in(self, order):
        with Hub(start=False) as hub:
            for name in order:
                hub.start_daemon(name)
                # the next one starts only when this one is really up, or waiting for what it needs
                wait_until(lambda name=name: is_running(hub, name), 30, f"{name} running")
            hub.wait_ready()
            with Partner(hub) as partner:
                receipts = partner.publish_all(mix(12))
            self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)
            fold = settle(hub, [receipt["referral"] for receipt in receipts])
            self.assertEqual(fold.breaches, [])
            assert_balanced(self, hub)


def is_running(hub, name):
    """The program is past its start: it has a thread of ZeroMQ beside its own, or has ended to be tried again."""
    pid = hub.pid(name)
    if pid is None:
        return True
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except FileNotFoundError:
        return True


if __name__ == "__main__":
    main()
