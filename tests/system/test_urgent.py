# SPDX-License-Identifier: MIT
"""Level 4 is never blocked: an urgent event with faults is stored with `problems`, an urgent conflict is stored and queued."""
import copy

from bad_inputs import full
from samples import child, for_specialist, parent, referral
from system_case import HubCase, main

URGENT_BY = {
    "at_risk_of_harm": {"at_risk_of_harm": True},
    "unsure_about_safety": {"unsure_about_safety": True},
    "level_claimed 4": {"level_claimed": 4},
    "a need of level 4": {"members": [child(3, needs=["I402"]), parent()]},
    "a need of level 4 of the household": {"household": {"postcode": "LU1 1AA", "needs": ["I408"]}},
    "at_risk_of_harm in words": {"at_risk_of_harm": "yes"},
    "level_claimed 4 in words": {"level_claimed": "4"},
    "a need of level 4 that this hub does not know": {"members": [child(3, needs=["I499"]), parent()]},
}
# What is wrong with an urgent event that is stored all the same: (path, code, change of the event)
FAULTS = {
    ("/data/members/0/nhs_number", "bad_nhs_number"): lambda event: event["data"]["members"][0].update(nhs_number="9990000010"),
    ("/data/members/0/upn", "bad_upn"): lambda event: event["data"]["members"][0].update(upn="A821200015001"),
    ("/data/members/0/born", "bad_date"): lambda event: event["data"]["members"][0].update(born="2026-02-30"),
    ("/data/household/postcode", "bad_postcode"): lambda event: event["data"]["household"].update(postcode="nowhere"),
    ("/data/consent/service", "unknown_code"): lambda event: event["data"]["consent"].update(service="perhaps"),
    ("/data/kind", "unknown_code"): lambda event: event["data"].update(kind="letter"),
    ("/data/reason", "missing"): lambda event: event["data"].pop("reason"),
    ("/data/reason", "too_long"): lambda event: event["data"].update(reason="x" * 16001),
    ("/data/referrer", "missing"): lambda event: event["data"].pop("referrer"),
    ("/data/agencies_involved/0", "unknown_code"): lambda event: event["data"].update(agencies_involved=["wizards"]),
    ("/time", "missing"): lambda event: event.pop("time"),
    ("/time", "bad_time"): lambda event: event.update(time="this morning"),
    ("/specversion", "unsupported_version"): lambda event: event.update(specversion="0.3"),
    ("/data/headline_problems/0", "out_of_range"): lambda event: event["data"].update(headline_problems=[9]),
    ("/data/members/1/role", "missing"): lambda event: event["data"]["members"][1].pop("role"),
    ("/data/members", "too_many"): lambda event: event["data"]["members"].extend(child(ref=f"x{i}") for i in range(20)),
}


class Urgent(HubCase):
    def assert_at_specialist(self, referral_tag):
        fold = self.settle(referral_tag)
        job = fold.jobs[referral_tag, 0]
        self.assertEqual((job.state, job.team, job.level), ("queued", "specialist", 4))
        return fold

    def test_each_way_of_being_urgent_goes_to_specialist(self):
        for name, fields in URGENT_BY.items():
            with self.subTest(name):
                receipt = self.partner().ask(referral(**copy.deepcopy(fields)))
                self.assertEqual(receipt["status"], "accepted", receipt)
                self.assert_at_specialist(receipt["referral"])

    def test_each_fault_is_kept_as_a_problem(self):
        for (path, code), break_it in FAULTS.items():
            with self.subTest(f"{code} at {path}"):
                event = for_specialist()
                event["data"]["at_risk_of_harm"] = True
                break_it(event)
                receipt = self.partner().ask(event)
                self.assertEqual(receipt["status"], "accepted", receipt)
                told = [(problem["path"], problem["code"]) for problem in receipt["problems"]]
                self.assertIn((path, code), told)
                self.assertEqual(len(told), 1, told)
                fold = self.assert_at_specialist(receipt["referral"])
                tasks = [part for part in fold.parts_of(receipt["referral"]).values() if part.reason == "data_quality"]
                self.assertEqual([(task.state, task.team) for task in tasks], [("deciding", "hub-decision")])

    def test_the_same_faults_without_urgency_are_refused(self):
        for (path, code), break_it in FAULTS.items():
            with self.subTest(f"{code} at {path}"):
                event = referral(needs=["I201"])
                break_it(event)
                receipt = self.partner().ask(event)
                self.assertEqual(receipt["status"], "rejected")
                self.assertIn((path, code), [(error["path"], error["code"]) for error in receipt["errors"]])

    def test_what_is_refused_even_when_urgent(self):
        def without(name):
            event = full()
            event["data"]["at_risk_of_harm"] = True
            del event[name]
            return event
        nobody = referral(members=[{"ref": "m1", "role": "child", "needs": ["I402"]}], household={"language": "en"})
        for name, event, code in (("id", without("id"), "missing"), ("source", without("source"), "missing"), ("type", without("type"), "missing"),
                                  ("nobody", nobody, "nobody")):
            with self.subTest(name):
                receipt = self.partner().ask(event)
                self.assertEqual(receipt["status"], "rejected")
                self.assertIn(code, [error["code"] for error in receipt["errors"]])

    def test_an_urgent_conflict_is_answered_conflict_and_stored(self):
        quiet = referral(needs=["I206"])
        first = self.partner().ask(quiet)
        urgent = copy.deepcopy(quiet)
        urgent["data"]["at_risk_of_harm"] = True
        receipt = self.partner().ask(urgent)
        self.assertEqual(receipt["status"], "conflict")
        log = self.log()
        stored = log.follow(lambda _, event: event if event["type"] == "earlyhelp.referral.conflicting.v1" and
                            event["data"]["partner_id"] == quiet["id"] else None, 15, "referral.conflicting")
        self.assertEqual(stored["data"]["conflicts_with"], first["referral"])
        self.assertNotEqual(stored["subject"], first["referral"])
        self.assertEqual(receipt["referral"], stored["subject"], "the sender hears where the urgent one went")
        fold = self.assert_at_specialist(stored["subject"])
        self.assertEqual(fold.jobs[first["referral"], 0].team, "single-agency", "the first stays as it was")

    def test_an_urgent_conflict_sent_again_is_stored_once(self):
        quiet = referral(needs=["I206"])
        self.partner().ask(quiet)
        urgent = copy.deepcopy(quiet)
        urgent["data"]["members"][0]["needs"] = ["I402"]
        for _ in range(3):
            self.assertEqual(self.partner().ask(urgent)["status"], "conflict")
        [(_, job)] = self.settled_jobs(for_specialist())
        self.assertEqual(job.team, "specialist")
        stored = [event for _, event in self.log().all() if event["type"] == "earlyhelp.referral.conflicting.v1" and
                  event["data"]["partner_id"] == quiet["id"]]
        self.assertEqual(len(stored), 1)

    def test_a_quiet_conflict_is_not_stored(self):
        quiet = referral(needs=["I206"])
        self.partner().ask(quiet)
        other = copy.deepcopy(quiet)
        other["data"]["reason"] = "Something else."
        self.assertEqual(self.partner().ask(other)["status"], "conflict")
        self.assertEqual([event for _, event in self.log().all() if event["type"] == "earlyhelp.referral.conflicting.v1" and
                          event["data"]["partner_id"] == quiet["id"]], [])


if __name__ == "__main__":
    main()
