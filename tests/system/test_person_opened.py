# SPDX-License-Identifier: MIT
"""The personal part opens for the worker who holds the referral and for nobody else; each opening is an event."""
import msgpack

from samples import for_taf, referral
from system_case import HubCase, main


class PersonOpened(HubCase):
    def leased(self, **take):
        event = for_taf()
        [tag] = self.publish(event)
        worker = self.worker()
        [(token, job)] = worker.take_jobs("taf", 1, **take)
        self.assertEqual(job["referral"], tag)
        return event, tag, worker, token, job

    def openings(self, tag):
        return [event["data"] for _, event in self.log().all() if event["type"] == "earlyhelp.person.opened.v1" and event["subject"] == tag]

    def test_the_holder_of_the_lease_opens_and_it_is_recorded(self):
        event, tag, _, token, _ = self.leased()
        reply = self.people().open(tag, token)
        self.assertEqual(reply["answer"], "ok")
        self.assertEqual(reply["event"], msgpack.packb(event))
        [opening] = self.openings(tag)
        self.assertEqual((opening["worker"], opening["token"], opening["purpose"]), ("W1", token, "allocated_work"))

    def test_the_worker_who_accepted_may_open_later(self):
        _, tag, worker, token, job = self.leased()
        worker.accept(token, job)
        self.assertEqual(self.people().open(tag, token)["answer"], "ok")

    def test_others_may_not(self):
        _, tag, _, token, _ = self.leased()
        self.assertNotEqual(self.people("W2").open(tag, token)["answer"], "ok")
        self.assertNotEqual(self.people().open(tag, token + 1)["answer"], "ok")
        self.assertNotEqual(self.people().open(tag)["answer"], "ok")
        self.assertEqual(self.openings(tag), [])

    def test_a_hundred_in_a_row_are_all_answered(self):
        _, tag, _, token, _ = self.leased()
        registry = self.hub.pid("registry")
        people, stranger = self.people(), self.people("W2")
        for _ in range(100):
            self.assertEqual(people.open(tag, token)["answer"], "ok")
            self.assertNotEqual(stranger.open(tag, token)["answer"], "ok")
        self.assertEqual(self.hub.pid("registry"), registry, "the registry was started again meanwhile")
        self.assertEqual(len(self.openings(tag)), 100)

    def test_nobody_before_it_is_leased(self):
        [tag] = self.publish(for_taf())
        self.settle(tag)
        self.assertNotEqual(self.people().open(tag, 1)["answer"], "ok")
        worker = self.worker()
        for token, job in worker.take_jobs("taf", 1):
            worker.accept(token, job)

    def test_not_after_release_decline_or_lapse(self):
        for end in ("release", "decline", "lapse"):
            with self.subTest(end):
                _, tag, worker, token, job = self.leased(lease_ms=1000 if end == "lapse" else 600000)
                if end == "release":
                    worker.release(token, job)
                elif end == "decline":
                    worker.decline(token, job)
                else:
                    self.log().follow(lambda _, event: event["type"] == "earlyhelp.referral.lapsed.v1" and event["data"]["token"] == token, 15, "the lapse")
                reply = self.people().open(tag, token)
                self.assertIn(reply["answer"], ("stale", "not_allowed"))
                self.assertNotIn("event", reply)
                for new_token, again in worker.take_jobs("taf", 0 if end == "decline" else 1):
                    worker.accept(new_token, again)

    def test_a_referral_that_nobody_knows(self):
        self.assertEqual(self.people().open("R0000000000000", 1)["answer"], "not_found")

    def test_after_a_kill_of_the_registry(self):
        event, tag, _, token, _ = self.leased()
        self.hub.kill("registry")
        self.hub.wait_ready()
        reply = self.people().open(tag, token)
        self.assertEqual((reply["answer"], reply["event"]), ("ok", msgpack.packb(event)))

    def test_families_are_kept_apart(self):
        first, second = referral(needs=["I201", "I206"]), referral(needs=["I201", "I206"])
        tags = self.publish(first, second)
        self.settle(*tags)
        worker = self.worker()
        held = {job["referral"]: (token, job) for token, job in worker.take_jobs("taf", 2)}
        for tag, event in zip(tags, (first, second)):
            self.assertEqual(self.people().open(tag, held[tag][0])["event"], msgpack.packb(event))
            worker.accept(held[tag][0], held[tag][1])


if __name__ == "__main__":
    main()
