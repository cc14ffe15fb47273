# SPDX-License-Identifier: MIT
"""The loop to the referrer, over the whole life of a referral, for partners in two languages: what was promised, by when, and what came of it."""
import json
import os
import subprocess
import time
import unittest

from faults import FaultyHub
from hub import ROOT, wait_until
from peers import Partner
from samples import assessment_completed, challenged, consent_changed, referral, withdrawn
from system_case import main
from test_status import FIELDS

DAY_MS = 24 * 3600 * 1000


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
