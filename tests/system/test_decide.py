# SPDX-License-Identifier: MIT
"""What needs a person waits at hub-decision with a proposal, and moves on when a person confirms or overrides."""
import datetime
import json

from samples import child, for_hold, for_hub_decision, for_taf, parent, referral
from system_case import HubCase, main


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Decide(HubCase):
    def waiting(self, event):
        [(tag, job)] = self.settled_jobs(event)
        return tag, job

    def events_about(self, tag, *words):
        return [event for _, event in self.log().all() if event.get("subject") == tag and event["type"].split(".")[2] in words]

    def test_confirm_follows_the_proposal(self):
        tag, job = self.waiting(for_hub_decision())
        self.assertEqual((job.state, job.proposal), ("deciding", "universal"))
        operator = self.worker("H1")
        self.assertEqual(operator.decide(tag, "confirm")["answer"], "ok")
        after = operator.jobs(tag)[0]
        self.assertEqual((after["state"], after["team"]), ("queued", "universal"))
        [confirmed] = self.events_about(tag, "confirmed")
        self.assertEqual((confirmed["data"]["by"], confirmed["data"]["team"]), ("H1", "universal"))

    def test_override_sends_it_elsewhere_and_says_why(self):
        tag, _ = self.waiting(referral(needs=["I201", "I206"], consent={"service": "refused"}))
        operator = self.worker("H1")
        self.assertEqual(operator.decide(tag, "override", team="taf", level=2, why="consent_obtained")["answer"], "ok")
        self.assertEqual(operator.jobs(tag)[0]["team"], "taf")
        [overridden] = self.events_about(tag, "overridden")
        self.assertEqual((overridden["data"]["why"], overridden["data"]["proposal"]), ("consent_obtained", "universal"))

    def test_override_to_an_unknown_team_is_refused(self):
        tag, _ = self.waiting(for_hub_decision())
        operator = self.worker("H1")
        self.assertNotEqual(operator.decide(tag, "override", team="plumbers", level=2, why="other")["answer"], "ok")
        self.assertEqual(operator.jobs(tag)[0]["state"], "deciding")

    def test_what_is_decided_cannot_be_decided_again(self):
        tag, _ = self.waiting(for_hub_decision())
        operator = self.worker("H1")
        self.assertEqual(operator.decide(tag, "confirm")["answer"], "ok")
        self.assertNotEqual(operator.decide(tag, "override", team="taf", level=2, why="other")["answer"], "ok")
        self.assertEqual(len(self.events_about(tag, "confirmed", "overridden")), 1)

    def test_what_is_queued_cannot_be_decided(self):
        tag, job = self.waiting(for_taf())
        self.assertEqual(job.state, "queued")
        self.assertNotEqual(self.worker("H1").decide(tag, "confirm")["answer"], "ok")

    def test_a_hold_can_be_ended_by_a_person(self):
        tag, job = self.waiting(for_hold())
        self.assertEqual((job.state, job.reason, job.proposal), ("held", "awaiting_consent", "taf"))
        operator = self.worker("H1")
        [error] = operator.decide(tag, "confirm")["errors"]
        self.assertEqual((error["path"], error["code"]), ("/why", "not_yet"), "the family has not agreed")
        self.assertEqual(operator.decide(tag, "override", team="taf", why="consent_obtained")["answer"], "ok")
        self.assertEqual((operator.jobs(tag)[0]["state"], operator.jobs(tag)[0]["team"]), ("queued", "taf"))

    def test_the_line_to_type_is_told_and_ends_a_hold(self):
        tag, _ = self.waiting(for_hold())
        seen = self.worker("H1").jobs(tag)[0]["seen"]
        for told in ("show", "explain"):
            self.assertIn(f"Next: `windscreen decide {tag} confirm --why consent_obtained --seen {seen} --by YOU`", self.hub.windscreen(told, tag).stdout)
        [row] = [line.split() for line in self.hub.windscreen("queue", "hub-decision", "--max", "256").stdout.splitlines() if line.startswith(tag)]
        self.assertIn(str(seen), row)
        self.assertEqual(json.loads(self.hub.windscreen("show", tag, "--json").stdout)["lead"]["seen"], seen)
        older = self.hub.windscreen("decide", tag, "confirm", "--seen", str(seen + 1), "--by", "H1")
        self.assertEqual((older.returncode, older.stderr.split("refused: ")[1]),
                         (1, "--seen: something newer is proposed: look at it again with `windscreen show`\n"))
        misled = self.hub.windscreen("decide", tag, "confirm", "--team", "fsw", "--by", "H1")
        self.assertEqual(misled.returncode, 64, "it goes where it is proposed, not where --team says")
        good = self.hub.windscreen("decide", tag, "--seen", str(seen), "confirm", "--why", "consent_obtained", "--by", "H1")
        self.assertEqual(good.returncode, 0, good.stderr)
        shown = self.hub.windscreen("show", tag).stdout
        self.assertIn("H1 follows the proposal: it goes to taf at level 2, because the family has agreed since", shown)
        self.assertNotIn("Next:", shown)

    def test_a_task_is_a_part_that_a_person_closes(self):
        tag, _ = self.waiting(referral(needs=["I301", "I310"], kind="contact"))
        operator = self.worker("H1")
        jobs = operator.jobs(tag)
        [part] = [part for part, job in jobs.items() if part and job.get("reason") == "eha_missing"]
        self.assertEqual(jobs[part]["state"], "deciding")
        self.assertRegex(self.hub.windscreen("show", tag).stdout, f"Next: `windscreen decide {tag}/{part} confirm --seen [0-9]+ --by YOU` when it is done[.]\n$")
        self.assertEqual(operator.decide(tag, "confirm", part=part)["answer"], "ok")
        self.assertEqual(operator.jobs(tag)[part]["state"], "closed")
        self.assertEqual(operator.jobs(tag)[0]["state"], "queued", "the lead goes its own way")

    def test_what_is_held_beside_a_lead_goes_only_with_it(self):
        tag, job = self.waiting(referral(members=[child(12, needs=["I301", "I310"]), parent()], consent=None, kind="contact", wants=["parenting"]))
        self.assertEqual((job.state, job.reason), ("held", "awaiting_consent"))
        operator = self.worker("H1")
        for asked in ({"action": "confirm"}, {"action": "override", "team": "take3", "why": "consent_obtained"}):
            reply = operator.decide(tag, part=1, **asked)
            [error] = reply["errors"]
            self.assertEqual((reply["answer"], error["path"], error["code"]), ("bad_request", "/part", "out_of_range"))
        self.assertEqual(operator.jobs(tag)[1]["state"], "held")
        self.assertEqual(operator.decide(tag, "override", team="fsw", why="consent_obtained")["answer"], "ok")
        after = operator.jobs(tag)
        self.assertEqual([(after[part]["state"], after[part]["team"]) for part in range(3)],
                         [("queued", "fsw"), ("queued", "take3"), ("deciding", "hub-decision")])

    def test_a_confirmed_proposal_brings_what_stands_beside_it(self):
        household = {"address": "1 Sample Road", "postcode": "MK40 2BH", "needs": []}
        tag, job = self.waiting(referral(members=[child(12, needs=["I301", "I310"]), parent()], household=household, kind="contact", wants=["parenting"]))
        self.assertEqual((job.state, job.reason, job.proposal), ("deciding", "cross_border", "fsw"))
        operator = self.worker("H1")
        self.assertEqual([operator.jobs(tag)[part]["state"] for part in (1, 2)], ["held", "held"])
        self.assertEqual(operator.decide(tag, "confirm")["answer"], "ok")
        after = operator.jobs(tag)
        self.assertEqual([(after[part]["state"], after[part]["team"]) for part in range(3)],
                         [("queued", "fsw"), ("queued", "take3"), ("deciding", "hub-decision")])
        self.assertEqual(after[2]["reason"], "eha_missing")

    def test_what_becomes_level_4_goes_to_specialist_in_four_hours(self):
        tag, _ = self.waiting(referral(needs=["I201", "I206"], consent={"service": "refused"}))
        operator = self.worker("H1")
        reply = operator.decide(tag, "override", team="fsw", level=4, why="need_higher")
        self.assertEqual((reply["answer"], reply["errors"][0]["path"]), ("bad_request", "/team"))
        self.assertEqual(operator.decide(tag, "override", team="specialist", level=4, why="need_higher")["answer"], "ok")
        after = operator.jobs(tag)[0]
        self.assertEqual((after["state"], after["team"], after["level"]), ("queued", "specialist", 4))
        [overridden] = self.events_about(tag, "overridden")
        allocated = self.events_about(tag, "allocated")[-1]
        waits = moment(allocated["data"]["due"]) - moment(overridden["time"])
        self.assertLess(abs(waits - datetime.timedelta(hours=4)), datetime.timedelta(seconds=1))

    def test_an_unknown_referral_is_not_found(self):
        self.assertEqual(self.worker("H1").decide("R0000000000000", "confirm")["answer"], "not_found")

    def test_z_the_whole_run_is_sound(self):
        self.assert_sound(self.settle())
        self.assert_balanced()


if __name__ == "__main__":
    main()
