# SPDX-License-Identifier: MIT
"""A partner asks over its own connection how its referral stands, and hears the least that serves: never of workers, nor of another's."""
import secrets
import time

import msgpack

from peers import Caller
from samples import challenged, for_hold, for_hub_decision, for_specialist, for_taf, later, referral
from system_case import HubCase, main

FIELDS = {"ref", "answer", "referral", "state", "team", "title", "level", "decided_at", "reason", "outcome", "next", "next_says", "next_due", "challenge",
          "challenge_due", "n_late", "breaches", "retry_after_ms"}


class Status(HubCase):
    def caller(self):
        caller = Caller(self.hub, "intake")
        self.addCleanup(caller.close)
        return caller

    def status(self, event, **fields):
        """Asked as a partner asks: again while the hub is busy."""
        asked = {"source": event["source"], "id": event["id"], **fields}
        caller = self.caller()
        reply = caller.call("status", again=6.0, seconds=30, **asked)
        while reply["answer"] == "busy":
            time.sleep(reply["retry_after_ms"] / 1000)
            reply = caller.call("status", again=6.0, seconds=30, **asked)
        self.assertLessEqual(set(reply), FIELDS)
        return reply

    def sent(self, event):
        [tag] = self.publish(event)
        self.settle(tag)
        return tag

    def test_from_the_queue_to_a_worker(self):
        event = for_taf()
        tag = self.sent(event)
        reply = self.status(event)
        self.assertEqual((reply["answer"], reply["referral"], reply["state"], reply["team"], reply["level"]), ("ok", tag, "with_team", "taf", 2))
        self.assertEqual(reply["title"], "Team around the family")
        self.assertIn("decided_at", reply)
        self.assertIn("next_due", reply)
        worker = self.worker("W-secret")
        taken = None
        while taken != tag:  # other tests leave something in this queue
            for token, job in worker.take_jobs("taf", 1):
                worker.accept(token, job)
                taken = job["referral"]
        reply = self.status(event)
        self.assertEqual(reply["state"], "with_worker")
        self.assertNotIn("W-secret", str(reply))

    def test_what_waits_says_why(self):
        for maker, state, reason in ((for_hold, "waiting", "awaiting_consent"), (for_hub_decision, "deciding", "universal")):
            event = maker()
            self.sent(event)
            reply = self.status(event)
            self.assertEqual((reply["state"], reply["reason"]), (state, reason))
            self.assertNotIn("team", reply)
        event = for_specialist()
        self.sent(event)
        self.assertEqual(self.status(event)["team"], "specialist")

    def test_only_its_own(self):
        event = for_taf()
        self.sent(event)
        for other in ({"source": "/health/visitors"}, {"id": event["id"] + "x"}):
            reply = self.status(event, **other)
            self.assertEqual({**reply, "ref": 0}, {"ref": 0, "answer": "not_found"})
        told = later("decision.challenged", event, why="other", reason="x")
        self.publish(told)
        self.assertEqual(self.status(told)["answer"], "not_found")  # it has sent no referral

    def test_a_bad_request_is_told_where(self):
        for request, fields, path in (("status", {"source": "/s"}, "/id"), ("status", {"id": "1"}, "/source"), ("admit", {}, "/request"),
                                      ("status", {"id": 7, "source": "/s"}, "/id")):
            reply = self.caller().call(request, **fields)
            self.assertEqual((reply["answer"], reply["errors"][0]["path"]), ("bad_request", path))
        self.assertEqual(self.status({"source": "/s", "id": "1"})["answer"], "not_found")

    def test_it_shares_the_connection_with_events(self):
        event = for_taf()
        self.sent(event)
        self.status(event)  # everybody is there
        partner = self.partner()
        other = for_taf()
        partner.send(msgpack.packb({"request": "status", "ref": 77, "source": event["source"], "id": event["id"]}))
        partner.send(other)
        replies = [partner.receipt(), partner.receipt()]
        self.assertEqual({reply.get("status") or reply["answer"] for reply in replies}, {"accepted", "ok"})
        self.assertEqual([reply["ref"] for reply in replies if "answer" in reply], [77])
        asker = self.partner("req")
        self.assertIn(asker.ask({"request": "status", "source": event["source"], "id": event["id"]})["answer"], ("ok", "busy"))

    def test_too_many_at_once_hear_busy_and_events_go_on(self):
        event = for_taf()
        self.sent(event)
        self.hub.halt("registry")
        caller = self.caller()
        refs = [caller.begin("status", source=event["source"], id=event["id"]) for _ in range(12)]
        replies = {}
        while len(replies) < 12:
            reply = msgpack.unpackb(caller.socket.recv()) if caller.socket.poll(20000) else self.fail(f"{len(replies)} of 12 answers")
            replies[reply["ref"]] = reply
        self.assertEqual({replies[ref]["answer"] for ref in refs}, {"busy"})
        self.assertTrue(all(reply["retry_after_ms"] > 0 for reply in replies.values()))
        self.hub.start_daemon("registry")
        self.hub.wait_ready()
        self.assertEqual(self.status(event)["answer"], "ok")

    def test_after_kills_of_all_who_answer(self):
        event = for_taf()
        tag = self.sent(event)
        for name in ("registry", "allocation", "intake"):
            self.hub.kill(name)
            self.hub.wait_ready()
            reply = self.status(event)
            self.assertEqual((reply["answer"], reply["referral"]), ("ok", tag), name)

    def test_no_word_of_the_family(self):
        event = for_taf()
        words = [f"canary{secrets.token_hex(8)}" for _ in range(2)]
        event["data"]["reason"], event["data"]["members"][0]["given_name"] = words
        self.sent(event)
        reply = str(self.status(event))
        self.assertFalse([word for word in words if word in reply])
        self.assertNotRegex(reply, r"\bF0", "the family's tag")


if __name__ == "__main__":
    main()
