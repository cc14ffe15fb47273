# SPDX-License-Identifier: MIT
"""Every bad message of bad_inputs.py is answered with what is wrong and where; none grows memory or stops a daemon."""
import bad_inputs
from hub import DAEMONS, SLOW
from samples import for_specialist, for_taf
from system_case import HubCase, main

MANY_FAULTS = {"an empty map", "data is an empty map"}
GROWTH_KIB = 6 * 1024 * SLOW  # sanitizers keep for a while what was freed
REPEATS = 3


class BadInputs(HubCase):
    def ask(self, partner, row):
        partner.send_frames(*row[1])
        receipt = partner.receipt(10)
        self.assertIsNotNone(receipt, f"{row[0]}: no receipt")
        return receipt

    def check(self, row, receipt):
        name, _, codes, path = row
        self.assertEqual(receipt["status"], "rejected", name)
        told = [(error["code"], error["path"]) for error in receipt["errors"]]
        self.assertTrue(any(code in codes and path in (at, None) for code, at in told), f"{name}: {codes} at {path} wanted, told {told}")
        if name not in MANY_FAULTS:
            self.assertEqual(len(told), 1, f"{name}: {told}")
        for error in receipt["errors"]:
            self.assertTrue(error["message"], name)

    def test_1_there_are_at_least_300(self):
        self.assertGreaterEqual(len(bad_inputs.ROWS), 300)
        self.assertEqual(self.partner().ask(bad_inputs.GOOD)["status"], "accepted", "what they were made from is good")

    def test_2_each_is_refused_with_its_code_and_path(self):
        partner = self.partner()
        for row in bad_inputs.ROWS:
            with self.subTest(row[0]):
                self.check(row, self.ask(partner, row))

    def test_3_none_grows_memory(self):
        partner = self.partner()
        pids = {name: self.hub.pid(name) for name in DAEMONS}
        for row in bad_inputs.ROWS:
            self.ask(partner, row)
        before = self.hub.resident_kib("intake")
        for _ in range(REPEATS):
            for row in bad_inputs.ROWS:
                self.ask(partner, row)
        self.assertLess(self.hub.resident_kib("intake") - before, GROWTH_KIB)
        self.assertEqual({name: self.hub.pid(name) for name in DAEMONS}, pids, "a daemon was restarted")

    def test_4_a_message_far_too_large_costs_its_sender_the_connection_only(self):
        before = self.hub.resident_kib("intake")
        for _ in range(3):
            partner = self.partner()
            partner.send(bytes(64 << 20))
            partner.receipt(1)
        self.assertLess(self.hub.resident_kib("intake") - before, GROWTH_KIB)

    def test_5_the_hub_still_routes(self):
        for event, team in ((for_taf(), "taf"), (for_specialist(), "specialist")):
            [(_, job)] = self.settled_jobs(event)
            self.assertEqual((job.state, job.team), ("queued", team))
        self.assert_balanced()


if __name__ == "__main__":
    main()
