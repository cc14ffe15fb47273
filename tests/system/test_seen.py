# SPDX-License-Identifier: MIT
"""Who has read what: told by the withdrawal of consent in the log, and by `windscreen seen` of all."""
import json

import projections
from samples import consent_changed, for_taf, referral
from system_case import HubCase, main


class Seen(HubCase):
    def opened_by(self, sent, *workers):
        """A TAF referral whose personal part these workers have read in turn; its tag."""
        [tag] = self.publish(sent)
        self.settle(tag)
        for place, name in enumerate(workers):
            worker = self.worker(name)
            token, job = self.take(worker, tag)
            self.assertEqual(self.people(name).open(tag, token)["answer"], "ok")
            worker.accept(token, job) if place == len(workers) - 1 else worker.release(token, job)
        return tag

    def take(self, worker, tag):
        """The referral's lead, from a queue in which other tests may have left something."""
        while True:
            [(token, job)] = worker.take_jobs("taf", 1)
            if (job["referral"], job.get("part", 0)) == (tag, 0):
                return token, job
            worker.accept(token, job)

    def consent(self, tag):
        return [event["data"] for _, event in self.log().all() if event["type"] == "earlyhelp.consent.recorded.v1" and event["subject"] == tag][-1]

    def seen(self, *arguments):
        done = self.hub.windscreen("seen", *arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_withdrawal_of_consent_lists_who_has_read_it(self):
        sent = for_taf()
        tag = self.opened_by(sent, "W1", "W2")
        self.publish(consent_changed(sent, "given"))
        self.assertNotIn("readers", self.consent(tag))
        self.publish(consent_changed(sent, "withdrawn"))
        consent = self.consent(tag)
        self.assertEqual((consent["readers"], [reader["worker"] for reader in consent["seen"]]), (2, ["W2", "W1"]))
        self.hub.kill("registry")
        self.hub.wait_ready()
        projections.assert_rebuilt_the_same(self, self.hub)
        self.publish(consent_changed(sent, "withdrawn"))
        self.assertEqual(self.consent(tag)["seen"], consent["seen"])

    def test_nobody_has_read_it(self):
        sent = for_taf()
        [tag] = self.publish(sent)
        self.publish(consent_changed(sent, "refused"))
        self.assertEqual((self.consent(tag)["readers"], self.consent(tag).get("seen", [])), (0, []))
        self.assertEqual(self.seen(tag), [])

    def test_of_a_referral_and_of_a_family(self):
        sent = for_taf()
        tag = self.opened_by(sent, "W1", "W2")
        note = self.people("W2").note(tag, "x")["sequence"]
        self.people("W2").open(tag, sequence=note)
        again = referral(members=sent["data"]["members"], at_risk_of_harm=True)
        [other] = self.publish(again)
        fold = self.settle(other)
        worker = self.worker("W3")
        [(token, job)] = worker.take_jobs("specialist", 1)
        self.assertEqual(self.people("W3").open(other, token, "safeguarding")["answer"], "ok")
        worker.accept(token, job)
        lines = self.seen(tag)
        self.assertEqual([(line["worker"], line["purpose"], line.get("text")) for line in lines],
                         [("W1", "allocated_work", None), ("W2", "allocated_work", None), ("W2", "allocated_work", note)])
        family = self.seen("--family", fold.family[other])
        self.assertEqual(family[:3], lines)
        self.assertEqual([(line["referral"], line["worker"], line["purpose"]) for line in family[3:]], [(other, "W3", "safeguarding")])
        told = self.hub.windscreen("seen", tag)
        self.assertEqual((told.returncode, len(told.stdout.splitlines())), (0, 3))

    def test_of_families_that_are_one_until_a_person_says_otherwise(self):
        tag = self.opened_by(for_taf(), "W1")
        [other] = self.publish(for_taf())
        family = self.settle(other).family[other]
        for verdict, workers in (("same", ["W1"]), ("different", []), ("same", ["W1"])):
            done = self.hub.windscreen("family", "settle", tag, other, verdict, "--by", "M1")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([line["worker"] for line in self.seen("--family", family)], workers, verdict)

    def test_what_is_not_there(self):
        self.assertEqual(self.hub.windscreen("seen", "R0000000000000").returncode, 66)
        self.assertEqual(self.hub.windscreen("seen", "--family", "F0000000000000").returncode, 66)
        for arguments in ((), ("R1",), ("--family", "R0000000000000"), ("R0000000000000", "--family", "F0000000000000")):
            self.assertEqual(self.hub.windscreen("seen", *arguments).returncode, 64, arguments)


if __name__ == "__main__":
    main()
