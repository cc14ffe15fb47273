# SPDX-License-Identifier: MIT
"""The same (source, id) sent any number of times, from anywhere, around kills, makes one referral; other content is a conflict."""
import collections
import copy
import threading

from samples import for_taf
from peers import Partner
from system_case import HubCase, main

SENDERS = 64


class Duplicates(HubCase):
    def received(self, event):
        return [stored for _, stored in self.log().all()
                if stored["type"] == "earlyhelp.referral.received.v1" and stored["data"]["partner_id"] == event["id"]]

    def assert_one(self, event, receipts):
        self.assertEqual(len({receipt["referral"] for receipt in receipts}), 1)
        statuses = collections.Counter(receipt["status"] for receipt in receipts)
        self.assertLessEqual(statuses["accepted"], 1)
        self.assertEqual(statuses["accepted"] + statuses["duplicate"], len(receipts), statuses)
        self.assertEqual(len(self.received(event)), 1)

    def test_at_once_on_two_connections(self):
        for _ in range(20):
            event = for_taf()
            first, second = self.partner(), self.partner("req")
            first.send(event)
            second.send(event)
            receipts = [first.receipt(), second.receipt()]
            self.assertEqual(sorted(receipt["status"] for receipt in receipts), ["accepted", "duplicate"])
            self.assert_one(event, receipts)

    def test_64_senders_at_once(self):
        event = for_taf()
        gate = threading.Barrier(SENDERS)
        receipts = []

        def send():
            with Partner(self.hub) as partner:
                gate.wait()
                receipts.append(partner.publish(event))

        threads = [threading.Thread(target=send) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(receipts), SENDERS)
        self.assert_one(event, receipts)
        self.assertEqual(sum(receipt["status"] == "accepted" for receipt in receipts), 1)

    def test_many_times_on_one_connection_without_waiting(self):
        event = for_taf()
        partner = self.partner()
        for _ in range(50):
            partner.send(event)
        receipts = [partner.receipt() for _ in range(50)]
        self.assert_one(event, [receipt for receipt in receipts if receipt["status"] != "busy"])

    def test_after_a_kill_of_each_daemon(self):
        for name in ("registry", "audit", "intake", "triage", "allocation"):
            with self.subTest(name):
                event = for_taf()
                partner = self.partner()
                first = partner.ask(event)
                self.hub.kill(name)
                again = partner.publish(event)
                self.assertEqual((again["status"], again["referral"]), ("duplicate", first["referral"]))
                self.assertEqual(len(self.received(event)), 1)
                self.hub.wait_ready()

    def test_killed_before_the_receipt(self):
        for name in ("registry", "audit", "intake"):
            with self.subTest(name):
                event = for_taf()
                partner = self.partner()
                partner.send(event)
                self.hub.kill(name)
                receipt = partner.publish(event)
                self.assertIn(receipt["status"], ("accepted", "duplicate"))
                self.assertEqual(len(self.received(event)), 1)
                self.hub.wait_ready()

    def test_a_new_time_or_trace_is_a_duplicate(self):
        event = for_taf()
        first = self.partner().ask(event)
        event["time"] = "2026-11-23T23:59:59+05:00"
        event["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        event["datacontenttype"] = "application/msgpack"
        again = self.partner().ask(event)
        self.assertEqual((again["status"], again["referral"]), ("duplicate", first["referral"]))

    def test_another_order_of_the_keys_is_a_duplicate(self):
        event = for_taf()
        self.partner().ask(event)
        turned = {name: event[name] for name in reversed(event)}
        turned["data"] = {name: event["data"][name] for name in reversed(event["data"])}
        self.assertEqual(self.partner().ask(turned)["status"], "duplicate")

    def test_other_content_is_a_conflict(self):
        changes = {
            "a word": lambda data: data.update(reason="Other."),
            "a need": lambda data: data["members"][0].update(needs=["I201"]),
            "a date": lambda data: data["members"][0].update(born="2016-01-01"),
            "a member less": lambda data: data["members"].pop(),
            "the order of members": lambda data: data["members"].reverse(),
            "an unknown field": lambda data: data.update(house_colour="blue"),
            "an unknown field inside": lambda data: data["members"][0].update(shoe_size=31),
        }
        for name, change in changes.items():
            with self.subTest(name):
                event = for_taf()
                first = self.partner().ask(event)
                other = copy.deepcopy(event)
                change(other["data"])
                receipt = self.partner().ask(other)
                self.assertEqual((receipt["status"], receipt["referral"]), ("conflict", first["referral"]))
                self.assertEqual(self.partner().ask(event)["status"], "duplicate")

    def test_a_changed_unknown_field_is_a_conflict(self):
        event = for_taf()
        event["data"]["house_colour"] = "blue"
        self.partner().ask(event)
        self.assertEqual(self.partner().ask(event)["status"], "duplicate")
        event["data"]["house_colour"] = "red"
        self.assertEqual(self.partner().ask(event)["status"], "conflict")


if __name__ == "__main__":
    main()
