# SPDX-License-Identifier: MIT
"""A second instance of a daemon on the same state: one of the two gives way, nothing is lost and nothing happens twice."""
from hub import ANY_PORT, DAEMONS, EXIT_TRY_AGAIN, SLOW, wait_until
from peers import TAKEN
from samples import mix
from system_case import HubCase, main


class TwoInstances(HubCase):
    def exits_of(self, name):
        return [code for daemon, code, _ in self.hub.exits if daemon == name]

    def test_each_daemon(self):
        for name in DAEMONS:
            with self.subTest(name):
                self.run_beside(name)

    def run_beside(self, name):
        before = len(self.exits_of(name))
        second = self.hub.spawn(name, ANY_PORT, f"{name}-second.log")
        try:
            partner = self.partner()
            events = mix(60)
            receipts = partner.publish_all(events[:30])
            wait_until(lambda: second.poll() is not None or len(self.exits_of(name)) > before, 30, f"one {name} gives way")
            receipts += partner.publish_all(events[30:])
        finally:
            if second.poll() is None:
                second.terminate()
            code = second.wait(15 * SLOW)
        self.assertIn(code, (0, EXIT_TRY_AGAIN))
        self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)
        self.hub.wait_ready()
        fold = self.settle(*(receipt["referral"] for receipt in receipts))
        self.assert_sound(fold)
        self.assertEqual(len({receipt["referral"] for receipt in receipts}), 60)
        self.assert_balanced()


if __name__ == "__main__":
    main()
