# SPDX-License-Identifier: MIT
"""Far more than the hub can commit: memory stays flat, who floods hears busy, nobody else does, level 4 goes through, nothing accepted is lost."""
import time
import unittest

from load_case import FULL, Flood, GoodPartner, Watch, balanced, figure, lines_said, private_mib
from hub import SLOW, Hub
from peers import Partner, Worker
from samples import for_specialist, for_taf
from system_case import main

SECONDS = 180 if FULL else 8
# MiB of each daemon's own. Allocation's grows by an index of jobs that wait, the registry's with the pages that one commit touches.
BOUNDS = {"intake": 96, "triage": 64, "audit": 160, "registry": 640, "allocation": 128 + SECONDS * 5}
LAG_MOST = 40000  # events not routed: 8,192, and what the registry had begun when it was told to wait
RETRY_LEAST_MS, RETRY_MOST_MS = 20, 10000


class LevelFour(GoodPartner):
    """Urgent events; each must stand at specialist, and how long that took is noted."""

    def __init__(self, hub):
        super().__init__(hub, for_specialist, pause=0.05)
        self.worker = Worker(hub, "W-urgent")
        self.routed = []

    def step(self):
        began = time.monotonic()
        job = self.job_of(super().step()["referral"])
        self.routed.append((job["state"], job["team"], time.monotonic() - began))

    def job_of(self, referral):
        deadline = time.monotonic() + 60 * SLOW
        while True:
            reply = self.worker.call("jobs", seconds=30, again=5.0, referral=referral)
            if reply["answer"] == "ok" or time.monotonic() > deadline:
                return reply["jobs"][0]
            time.sleep(0.002)

    def __exit__(self, *more):
        super().__exit__(*more)
        self.worker.close()


class FloodTest(unittest.TestCase):
    def calm(self, hub):
        with GoodPartner(hub, for_taf) as good:
            time.sleep(2)
        good.assert_all_accepted(self)
        return good.milliseconds()

    def test_many_times_the_rate(self):
        with Hub() as hub:
            calm = self.calm(hub)
            with Watch(hub) as watch, GoodPartner(hub, for_taf) as good, LevelFour(hub) as urgent, Flood(hub, seconds=SECONDS) as flood:
                while flood.is_on():
                    time.sleep(0.1)
            heard = flood.figures
            received = balanced(self, hub)
            figure(flood=heard, calm=calm, good=good.milliseconds(), level_4_at_specialist_worst_ms=round(1000 * max(row[2] for row in urgent.routed)),
                   memory_mib=watch.most(), lag_most=max(watch.lag))
            good.assert_all_accepted(self)
            urgent.assert_all_accepted(self)
            self.assertEqual({row[:2] for row in urgent.routed}, {("queued", "specialist")})
            self.assertGreater(heard["busy"], heard["accepted"] / 10, "this was no flood")  # who floods has no more of the machine than the hub
            self.assertEqual(heard["heard"], heard["sent"], "each event has its receipt")
            self.assertGreaterEqual(received, heard["accepted"] + len(good.receipts) + len(urgent.receipts))
            self.assertGreaterEqual(heard["retry_least_ms"], RETRY_LEAST_MS)
            self.assertLessEqual(heard["retry_most_ms"], RETRY_MOST_MS)
            self.assertGreater(heard["retry_most_ms"], heard["retry_least_ms"], "times grow with the load")
            self.assertLess(max(watch.lag), LAG_MOST)
            watch.assert_within(self, BOUNDS)
            for event_id in ("share-used", "partner-hasty"):
                self.assertIn(len(lines_said(hub, "intake", event_id)), range(1, 2 + SECONDS // 30), event_id)
            self.assertLess(len(lines_said(hub, "audit", "routing-behind")), 2 + SECONDS // 30)
            self.assertEqual(lines_said(hub, "intake", "urgent-busy"), [])

    def test_who_comes_again_when_told_is_served(self):
        with Hub() as hub, Partner(hub) as partner:
            busy = []
            take = partner.receipt
            partner.receipt = lambda seconds: self.noting(take(seconds), busy)
            receipts = partner.publish_all([for_taf() for _ in range(3000)], window=3000, seconds=60)
            self.assertEqual(lines_said(hub, "intake", "partner-hasty"), [])
            self.assertEqual({receipt["status"] for receipt in receipts} - {"duplicate"}, {"accepted"})
            self.assertGreater(len(busy), 100, "nobody was told to come again")

    def noting(self, receipt, busy):
        if receipt is not None and receipt["status"] == "busy":
            self.assertIn(receipt["retry_after_ms"], range(RETRY_LEAST_MS, RETRY_MOST_MS + 1))
            busy.append(receipt)
        return receipt

    def test_a_flood_of_the_largest_events(self):
        event = for_taf()
        event["data"]["unknown"] = "x" * 60000
        with Hub() as hub:
            with Watch(hub) as watch, GoodPartner(hub, for_taf) as good, Flood(hub, event, seconds=SECONDS / 2, connections=16) as flood:
                while flood.is_on():
                    time.sleep(0.1)
            figure(largest=flood.figures, good=good.milliseconds(), memory_mib=watch.most())
            good.assert_all_accepted(self)
            self.assertGreater(flood.figures["busy"], 0)
            watch.assert_within(self, {**BOUNDS, "intake": 256})
            balanced(self, hub)

    def test_partners_that_never_read_their_receipts(self):
        bad = for_taf()
        bad["data"].update({"wants": ["nothing"] * 8, "headline_problems": [99] * 8, "kind": "x", "level_claimed": 77})
        with Hub() as hub:
            with Watch(hub) as watch, GoodPartner(hub, for_taf) as good, Flood(hub, bad, seconds=SECONDS / 2, connections=8, options=["--deaf"]) as flood:
                while flood.is_on():
                    time.sleep(0.1)
            figure(deaf=flood.figures, good=good.milliseconds(), memory_mib=watch.most())
            good.assert_all_accepted(self)
            watch.assert_within(self, {"intake": 256})
            self.assertIn(len(lines_said(hub, "intake", "peer-deaf")), range(1, 2 + SECONDS // 30))
            self.assertIn(len(lines_said(hub, "intake", "refusals-summed")), range(1, 2 + SECONDS // 30))
            balanced(self, hub)

    def test_a_flood_of_urgent_events_leaves_room_for_others(self):
        with Hub() as hub:
            with GoodPartner(hub, for_taf) as good, GoodPartner(hub, for_specialist) as urgent, Flood(hub, for_specialist(), seconds=4) as flood:
                while flood.is_on():
                    time.sleep(0.1)
            figure(urgent_flood=flood.figures, good=good.milliseconds(), good_urgent=urgent.milliseconds(), intake_mib=round(private_mib(hub, "intake")))
            good.assert_all_accepted(self)
            urgent.assert_all_accepted(self)
            self.assertEqual(len(lines_said(hub, "intake", "urgent-busy")), 1, "an alarm, once")
            self.assertLessEqual(flood.figures["retry_most_ms"], 1000)
            balanced(self, hub)


if __name__ == "__main__":
    main()
