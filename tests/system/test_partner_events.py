# SPDX-License-Identifier: MIT
"""What partners send about a referral that is in: the same receipts as a referral has, and a record in the log that names it."""
import projections
from samples import assessment_completed, challenged, consent_changed, for_fsw, for_taf, later, referral, withdrawn
from system_case import HubCase, main

RECORDS = {"referral.withdrawn": "withdrawal.recorded", "consent.changed": "consent.recorded", "assessment.completed": "assessment.recorded",
           "decision.challenged": "challenge.recorded"}


def each_kind(about):
    return [withdrawn(about), consent_changed(about, "refused"), assessment_completed(about, ["I301"]), challenged(about, level_wanted=3)]


class PartnerEvents(HubCase):
    def record(self, receipt):
        """The event that the receipt's sequence names."""
        [(sequence, event)] = [(sequence, event) for sequence, event in self.log().all() if sequence == receipt["sequence"]]
        return event

    def test_each_kind_is_recorded_about_its_referral(self):
        sent = for_taf()
        [tag] = self.publish(sent)
        for event in each_kind(sent):
            with self.subTest(event["type"]):
                receipt = self.partner().publish(event)
                self.assertEqual((receipt["status"], receipt["referral"]), ("accepted", tag))
                self.assertNotIn("retry_after_ms", receipt)
                record = self.record(receipt)
                self.assertEqual(record["type"], f"earlyhelp.{RECORDS[event['type'][10:-3]]}.v1")
                self.assertEqual(record["subject"], tag)
                self.assertEqual((record["data"]["event"]["source"], record["data"]["event"]["id"]), (event["source"], event["id"]))
        [assessment] = [event for _, event in self.log().all() if event["type"] == "earlyhelp.assessment.recorded.v1" and event["subject"] == tag]
        self.assertEqual(assessment["data"]["facts"]["members"][0]["needs"], ["I301"])

    def test_sent_again_it_is_a_duplicate_also_after_a_kill_and_a_rebuild(self):
        sent = for_taf()
        self.publish(sent)
        events = each_kind(sent)
        first = self.partner().publish_all(events)
        for stage in ("at once", "after a kill", "after a rebuild"):
            if stage == "after a kill":
                self.hub.kill("registry")
                self.hub.wait_ready()
            if stage == "after a rebuild":
                projections.assert_rebuilt_the_same(self, self.hub)
            again = self.partner().publish_all(events)
            for before, after in zip(first, again):
                self.assertEqual(after, {**before, "status": "duplicate"}, stage)

    def test_other_content_under_a_known_id_is_a_conflict(self):
        sent = for_taf()
        self.publish(sent)
        consent = consent_changed(sent, "given")
        self.publish(consent)
        consent["data"]["consent"]["service"] = "refused"
        self.assertEqual(self.partner().publish(consent)["status"], "conflict")
        self.assertEqual(self.partner().publish(later("referral.withdrawn", sent, {"id": sent["id"]}, why="sent_in_error"))["status"], "conflict")
        [record] = [event for _, event in self.log().all() if event["type"] == "earlyhelp.consent.recorded.v1" and
                    event["data"]["event"]["id"] == consent["id"]]
        self.assertEqual(record["data"]["consent"], "given")

    def test_another_agency_names_the_referral_itself(self):
        sent = for_taf()
        [tag] = self.publish(sent)
        elsewhere = {"source": "/health/visitors"}
        for event in (consent_changed(sent, "given", tag=tag, envelope=elsewhere),
                      assessment_completed(sent, ["I201"], tag=tag, envelope=elsewhere)):
            self.assertEqual(self.partner().publish(event)["referral"], tag)

    def test_what_names_no_referral_of_this_source_is_refused(self):
        sent = for_taf()
        self.publish(sent)
        never = for_taf()
        for event in each_kind(never) + [{**withdrawn(sent), "source": "/health/visitors"}]:
            receipt = self.partner().publish(event)
            self.assertEqual(receipt["status"], "rejected", event["type"])
            [error] = receipt["errors"]
            self.assertEqual((error["path"], error["code"]), ("/data/about", "unknown_referral"))
            self.assertTrue(error["message"])
        nobody = consent_changed(sent, "given", tag="R0000000000000")
        self.assertEqual(self.partner().publish(nobody)["errors"][0]["path"], "/data/referral")
        told = [event["data"] for _, event in self.log().all() if event["type"] == "earlyhelp.referral.rejected.v1" and
                event["data"].get("code") == "unknown_referral"]
        self.assertTrue(told, "refusals are counted in the log")

    def test_a_refused_event_does_not_use_up_its_id(self):
        sent = for_taf()
        early = consent_changed(sent, "given")
        self.assertEqual(self.partner().publish(early)["status"], "rejected")
        self.publish(sent)
        self.assertEqual(self.partner().publish(early)["status"], "accepted")

    def test_an_urgent_assessment_is_never_lost_for_what_it_names(self):
        never = for_taf()
        receipt = self.partner().publish(assessment_completed(never, ["I402"]))
        self.assertEqual(receipt["status"], "accepted")
        self.assertEqual([(problem["path"], problem["code"]) for problem in receipt["problems"]], [("/data/about", "unknown_referral")])
        job = self.settle(receipt["referral"]).jobs[receipt["referral"], 0]
        self.assertEqual((job.state, job.team, job.level), ("queued", "specialist", 4))

    def test_a_child_found_by_an_assessment_is_known_from_then_on(self):
        sent, other = for_taf(), for_fsw()
        [tag] = self.publish(sent)
        found = other["data"]["members"][0]
        assessment = {"members": sent["data"]["members"] + [{**found, "ref": "m9"}]}
        self.publish(assessment_completed(sent, ["I201"], assessment))
        [again] = self.publish(referral(members=[found], at_risk_of_harm=True))
        fold = self.settle(tag, again)
        self.assertEqual(fold.family[tag], fold.family[again])

    def test_the_balance_holds_whatever_is_told(self):
        sent = for_taf()
        self.publish(sent)
        self.publish(*each_kind(sent))
        self.assert_balanced()
        shown = self.hub.windscreen("show", "--source", sent["source"], "--id", sent["id"])
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for words in ("taken back by /schools/8212999", "asked, and refused", "an assessment is in from", "the need is higher than decided; it sees level 3"):
            self.assertIn(words, shown.stdout)


if __name__ == "__main__":
    main()
