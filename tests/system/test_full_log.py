# SPDX-License-Identifier: MIT
"""A log that fills up: partners hear busy, urgent events and what is already in go on, nothing is lost, it can still be read and restarted."""
import unittest

from hub import Hub, wait_until
from peers import LogReader, Partner, Worker
from samples import for_specialist, for_taf
from system_case import assert_balanced, main, settle

MAP_BYTES = 16 << 20
FILLER = "x" * 15000


def large(event):
    event["data"]["reason"] = FILLER
    return event


class FullLog(unittest.TestCase):
    def fill(self, partner, maker, most):
        """Publishes large events until one is answered busy; the receipts before it."""
        receipts = []
        for _ in range(most):
            event = large(maker())
            receipt = partner.ask(event, 30)
            if receipt["status"] == "busy":
                self.assertGreater(receipt["retry_after_ms"], 0)
                return receipts
            self.assertEqual(receipt["status"], "accepted")
            receipts.append(receipt)
        self.fail(f"{most} large events fit into {MAP_BYTES} bytes")

    def test_busy_for_others_first_then_for_urgent_ones_and_nothing_is_lost(self):
        with Hub(options={"audit": ["--map-size", str(MAP_BYTES)]}) as hub, Partner(hub) as partner:
            receipts = self.fill(partner, for_taf, 2000)
            self.assertGreater(len(receipts), 50)
            urgent = partner.ask(for_specialist(), 30)
            self.assertEqual(urgent["status"], "accepted", "the last part of the map is for urgent ones")
            receipts += [urgent] + self.fill(partner, for_specialist, 2000)
            fold = settle(hub, [receipt["referral"] for receipt in receipts], 60)
            self.assertEqual(fold.breaches, [])
            self.work_goes_on(hub, receipts[0]["referral"])
            assert_balanced(self, hub)
            self.restart(hub, receipts)

    def work_goes_on(self, hub, referral):
        worker = Worker(hub)
        try:
            for token, job in worker.take_jobs("taf", 5):
                self.assertEqual(worker.accept(token, job)["answer"], "ok")
            self.assertEqual(worker.jobs(referral)[0]["state"], "accepted")
        finally:
            worker.close()

    def restart(self, hub, receipts):
        """A hub started with a full log comes up in that state."""
        hub.kill("audit")
        wait_until(lambda: hub.is_ready("audit"), 30, "audit with a full log")
        hub.wait_ready(60)
        log = LogReader(hub)
        try:
            received = {event["subject"] for _, event in log.all() if event["type"] == "earlyhelp.referral.received.v1"}
            self.assertLessEqual({receipt["referral"] for receipt in receipts}, received)
        finally:
            log.close()
        with Partner(hub) as partner:
            self.assertEqual(partner.ask(large(for_taf()), 30)["status"], "busy")


if __name__ == "__main__":
    main()
