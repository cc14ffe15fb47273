# SPDX-License-Identifier: MIT
"""What partners hear: accepted, duplicate, conflict, rejected, busy; over REQ and over DEALER."""
import copy
import re

import msgpack

from peers import TAKEN
from samples import for_specialist, for_taf, referral
from system_case import HubCase, main

TAG = re.compile(r"^R[0-9A-HJKMNP-TV-Z]{13}$")


class Receipts(HubCase):
    def check_accepted(self, event, receipt):
        self.assertEqual((receipt["id"], receipt["source"]), (event["id"], event["source"]))
        self.assertEqual(receipt["status"], "accepted")
        self.assertRegex(receipt["referral"], TAG)
        self.assertGreaterEqual(receipt["sequence"], 1)
        self.assertFalse(receipt.get("errors") or receipt.get("problems") or receipt.get("retry_after_ms"))

    def test_accepted_over_dealer_and_req(self):
        for kind in ("dealer", "req"):
            with self.subTest(kind):
                event = for_taf()
                self.check_accepted(event, self.partner(kind).ask(event))

    def test_a_req_partner_sends_many_one_after_the_other(self):
        partner = self.partner("req")
        for _ in range(20):
            event = for_taf()
            self.check_accepted(event, partner.ask(event))

    def test_a_dealer_that_sends_a_delimiter_gets_one_back(self):
        partner = self.partner()
        event = for_taf()
        partner.send_frames(b"", msgpack.packb(event))
        self.assertTrue(partner.socket.poll(10000))
        frames = partner.socket.recv_multipart()
        self.assertEqual((len(frames), frames[0]), (2, b""))
        self.check_accepted(event, msgpack.unpackb(frames[1]))

    def test_the_sequence_is_where_it_stands_in_the_log(self):
        event = for_taf()
        receipt = self.partner().ask(event)
        entry = self.log().read(receipt["sequence"], max_events=1)["events"][0]
        stored = msgpack.unpackb(entry["event"])
        self.assertEqual(entry["sequence"], receipt["sequence"])
        self.assertEqual((stored["type"], stored["subject"]), ("earlyhelp.referral.received.v1", receipt["referral"]))
        self.assertEqual((stored["data"]["partner_source"], stored["data"]["partner_id"]), (event["source"], event["id"]))

    def test_duplicate(self):
        event = for_taf()
        first = self.partner().ask(event)
        again = self.partner("req").ask(event)
        self.assertEqual(again["status"], "duplicate")
        self.assertEqual((again["referral"], again["sequence"]), (first["referral"], first["sequence"]))

    def test_conflict(self):
        event = for_taf()
        partner = self.partner()
        first = partner.ask(event)
        other = copy.deepcopy(event)
        other["data"]["reason"] = "Another reason altogether."
        receipt = partner.ask(other)
        self.assertEqual((receipt["status"], receipt["referral"]), ("conflict", first["referral"]))
        self.assertEqual(partner.ask(event)["status"], "duplicate", "the first content stands")

    def test_the_same_id_of_another_source_is_another_referral(self):
        event = for_taf()
        other = copy.deepcopy(event)
        other["source"] = "/gps/e81777"
        first, second = self.partner().ask(event), self.partner().ask(other)
        self.assertEqual(second["status"], "accepted")
        self.assertNotEqual(first["referral"], second["referral"])

    def test_rejected_says_what_where_and_what_to_do_and_keeps_the_id_free(self):
        event = referral(needs=["I201"])
        mended = copy.deepcopy(event)
        event["data"]["members"][0]["born"] = "2026-02-30"
        event["data"]["level_claimed"] = 7
        partner = self.partner()
        receipt = partner.ask(event)
        self.assertEqual((receipt["status"], receipt["id"], receipt.get("referral")), ("rejected", event["id"], None))
        self.assertEqual({(error["path"], error["code"]) for error in receipt["errors"]},
                         {("/data/members/0/born", "bad_date"), ("/data/level_claimed", "out_of_range")})
        for error in receipt["errors"]:
            self.assertGreater(len(error["message"]), 10)
            self.assertNotIn("2026-02-30", error["message"])
        self.assertEqual(partner.ask(mended)["status"], "accepted")

    def test_bytes_without_an_id_get_a_receipt_without_one(self):
        receipt = self.partner().ask(b"\x80")
        self.assertEqual((receipt["status"], receipt["id"], receipt["source"]), ("rejected", None, None))
        receipt = self.partner("req").ask(b"\xc1nonsense")
        self.assertEqual((receipt["status"], receipt["id"], receipt["source"]), ("rejected", None, None))

    def test_rejections_are_counted_in_the_log(self):
        log = self.log()
        partner = self.partner()
        start = log.head() + 1
        for _ in range(30):  # at once: one by one they might take longer than the second that is counted
            partner.send(b"\x80")
        self.assertEqual({partner.receipt()["status"] for _ in range(30)}, {"rejected"})
        log.next = start
        counted = []

        def count(_, event):
            if event["type"] == "earlyhelp.referral.rejected.v1":
                counted.append(event["data"]["count"])
            return sum(counted) >= 30

        log.follow(count, 15, "thirty rejections")
        self.assertEqual(sum(counted), 30)
        self.assertLess(len(counted), 30, "beyond ten a second they are summed")


class Busy(HubCase):
    def test_busy_while_the_registry_is_away_and_accepted_afterwards(self):
        self.hub.halt("registry")
        event = for_taf()
        partner = self.partner()
        receipt = partner.ask(event, seconds=30)
        self.assertEqual((receipt["status"], receipt["id"]), ("busy", event["id"]))
        self.assertGreater(receipt["retry_after_ms"], 0)
        self.hub.start_daemon("registry")
        receipt = partner.publish(event)
        self.assertIn(receipt["status"], ("accepted", "duplicate"), "what waited for the registry may have got there on its own")
        received = [stored for _, stored in self.log().all() if stored["data"].get("partner_id") == event["id"]]
        self.assertEqual([stored["subject"] for stored in received if "received" in stored["type"]], [receipt["referral"]])

    def test_urgent_events_wait_for_the_registry_as_long_as_there_are_credits(self):
        self.hub.halt("registry")
        partner = self.partner()
        events = [for_specialist() for _ in range(400)]  # more than one message to the registry holds
        for event in events:
            partner.send(event)
        self.hub.start_daemon("registry")
        receipts = [partner.receipt(20) for _ in events]
        self.assertEqual({receipt["status"] for receipt in receipts}, {"accepted"})
        self.assertEqual({receipt["id"] for receipt in receipts}, {event["id"] for event in events})

    def test_more_than_the_credits_of_one_connection_is_answered_not_dropped(self):
        events = [for_taf() for _ in range(3000)]
        partner = self.partner()
        for event in events:
            partner.send(event)
        statuses = {}
        while len(statuses) < len(events):
            receipt = partner.receipt(20)
            self.assertIsNotNone(receipt, f"only {len(statuses)} of {len(events)} answers")
            statuses[receipt["id"]] = receipt["status"]
        self.assertLessEqual(set(statuses.values()), {"accepted", "busy"})
        receipts = self.partner().publish_all(events)
        self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)


if __name__ == "__main__":
    main()
