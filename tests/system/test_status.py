# SPDX-License-Identifier: MIT
"""A partner asks over its own connection how its referral stands, and hears the least that serves: never of workers, nor of another's."""
import json
import os
import secrets
import subprocess
import time
import unittest

import msgpack

from faults import FaultyHub
from hub import ROOT, wait_until
from peers import Caller, Partner
from samples import assessment_completed, challenged, consent_changed, for_hold, for_hub_decision, for_specialist, for_taf, later, referral, withdrawn
from system_case import HubCase, main

FIELDS = {"ref", "answer", "referral", "state", "team", "title", "level", "decided_at", "reason", "outcome", "next", "next_says", "next_due", "challenge",
          "challenge_due", "n_late", "breaches", "retry_after_ms"}
DAY_MS = 24 * 3600 * 1000


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


class PythonPartner:
    """The partner of tests/node/loop.mjs, in Python."""

    def __init__(self, hub):
        self.partner = Partner(hub)
        self.sent = referral(needs=["I201", "I206"], kind="contact", consent=None)

    def close(self):
        self.partner.close()

    def step(self, name):
        status = {"request": "status", "ref": 7, "source": self.sent["source"], "id": self.sent["id"]}
        steps = {"refer": lambda: self.sent, "agree": lambda: consent_changed(self.sent, "given"),
                 "assess": lambda: assessment_completed(self.sent, ["I201", "I206"], {"kind": "eha", "consent": {"service": "given"}}),
                 "challenge": lambda: challenged(self.sent, level_wanted=3), "withdraw": lambda: withdrawn(self.sent, "helped_elsewhere"),
                 "status": lambda: status, "foreign": lambda: {**status, "source": "/nurseries/17"}}
        message = steps[name]()
        while (reply := self.partner.ask(message, 60)).get("status", reply.get("answer")) == "busy":
            time.sleep(reply["retry_after_ms"] / 1000)
        return reply


class NodePartner:
    def __init__(self, hub):
        folder = os.path.join(ROOT, "tests", "node")
        self.process = subprocess.Popen(["node", os.path.join(folder, "loop.mjs"), hub.endpoint("intake")], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def step(self, name):
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Loop(unittest.TestCase):
    """The loop to the referrer, over the whole life of a referral, for partners in two languages."""

    def wait_status(self, partner, **wanted):
        def reached():
            reply = partner.step("status")
            return reply if {name: reply.get(name) for name in wanted} == wanted else None

        reply = wait_until(reached, 30, wanted)
        self.assertLessEqual(set(reply), FIELDS)
        return reply

    def decide(self, hub, *arguments):
        result = hub.windscreen("decide", *arguments, "--by", "m2")
        self.assertEqual(result.returncode, 0, result.stderr)

    def tell(self, partner, step, tag):
        receipt = partner.step(step)
        self.assertEqual((receipt["status"], receipt["referral"]), ("accepted", tag))

    def begin(self, hub, partner):
        """From the referral to the answer to a challenge of what was decided."""
        receipt = partner.step("refer")
        self.assertEqual(receipt["status"], "accepted")
        tag = receipt["referral"]
        reply = self.wait_status(partner, state="waiting", reason="awaiting_consent")
        self.assertEqual((reply["ref"], reply["referral"], reply["next_says"]), (7, tag, "the decision where it goes"))
        self.assertNotIn("team", reply)
        self.assertEqual(partner.step("foreign"), {"ref": 7, "answer": "not_found"})
        self.tell(partner, "agree", tag)
        self.wait_status(partner, state="waiting", reason="awaiting_eha")
        self.tell(partner, "assess", tag)
        reply = self.wait_status(partner, state="with_team", team="taf", level=2)
        self.assertEqual((reply["title"], reply.get("n_late", 0)), ("Team around the family", 0))
        self.assertTrue(reply["decided_at"])
        self.tell(partner, "challenge", tag)
        wait_until(lambda: "challenge_due" in partner.step("status"), 30, "the challenge is open")
        self.decide(hub, f"{tag}/1", "dismiss")
        self.assertNotIn("challenge_due", self.wait_status(partner, challenge="dismissed"))
        return tag

    def end(self, hub, partner, tag):
        """A promise was not kept; the referral is taken back."""
        promise = ("tell_referrer", "telling the referrer the outcome")
        wait_until(lambda: promise in {(breach["clock"], breach["says"]) for breach in partner.step("status").get("breaches", [])}, 30,
                   "the breach is told")
        late = partner.step("status")
        self.assertEqual(late["n_late"], len(late["breaches"]))
        self.tell(partner, "withdraw", tag)
        wait_until(lambda: hub.windscreen("decide", f"{tag}/2", "confirm", "--by", "m2").returncode == 0, 30, "the withdrawal waits for a person")
        self.wait_status(partner, state="closed", outcome="withdrawn")

    def test_the_loop_to_the_referrer(self):
        with FaultyHub() as hub:
            partners = [PythonPartner(hub), NodePartner(hub)]
            for partner in partners:
                self.addCleanup(partner.close)
            tags = [self.begin(hub, partner) for partner in partners]
            hub.shift_clocks(14 * DAY_MS)  # 5 working days, whatever holidays there are
            for partner, tag in zip(partners, tags):
                self.end(hub, partner, tag)


if __name__ == "__main__":
    main()
