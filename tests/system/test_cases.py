# SPDX-License-Identifier: MIT
"""What becomes of referrals after they are routed, end to end: consent that comes or goes, assessments, withdrawals, challenges, steps up and
down with a hand-over, closing and opening again; by partners' events, workers' requests and the command line."""
import json
import os

import projections
from hub import wait_until
from samples import (assessment_completed, challenged, child, consent_changed, for_fsw, for_hub_decision, for_taf, parent, referral,
                     withdrawn)
from system_case import HubCase, main


class Cases(HubCase):
    def run_ok(self, *arguments, code=0, **keywords):
        result = self.hub.windscreen(*arguments, **keywords)
        self.assertEqual(result.returncode, code, f"{arguments}: {result.stdout}{result.stderr}")
        return result.stdout + result.stderr

    def publish_one(self, event):
        [tag] = self.publish(event)
        self.settle(tag)
        return tag

    def job(self, tag, part=0):
        return self.worker("reader").jobs(tag).get(part)

    def wait_for(self, tag, part=0, **wanted):
        """Waits until the job is as wanted; gives it."""
        def there():
            job = self.job(tag, part)
            return job if job is not None and all(job.get(name) == value for name, value in wanted.items()) else None
        return wait_until(there, 20, f"{tag}/{part} {wanted}, is {self.job(tag, part)}")

    def part(self, tag, **wanted):
        """The number of the part that is as wanted, once there is one."""
        def there():
            return [part for part, job in self.worker("reader").jobs(tag).items()
                    if part and all(job.get(name) == value for name, value in wanted.items())]
        return wait_until(there, 20, f"a part of {tag} with {wanted}")[0]

    def take(self, team, name, tag, part=0):
        """Takes at the team until the worker is given this job; gives the token."""
        worker = self.worker(name)
        while True:
            [(token, job)] = worker.take_jobs(team, 1)
            if (job["referral"], job.get("part", 0)) == (tag, part):
                return token

    def accept(self, team, name, tag, part=0):
        token = self.take(team, name, tag, part)
        job = {"referral": tag, **({"part": part} if part else {}), "marks": self.marks(tag)}
        self.assertEqual(self.worker(name).accept(token, job)["answer"], "ok")
        return token

    def marks(self, tag):
        marks = [event["data"].get("marks", []) for _, event in self.log().all() if event.get("subject") == tag and
                 event["type"] == "earlyhelp.referral.allocated.v1" and not event["data"].get("part")]
        return marks[-1]

    def events(self, tag, word):
        return [event["data"] for _, event in self.log().all() if event.get("subject") == tag and event["type"] == f"earlyhelp.referral.{word}.v1"]

    def may_open(self, tag, name, token):
        return self.people(name).open(tag, token)["answer"]

    # ------------------------------------------------------------ consent, assessments

    def test_consent_and_then_an_assessment_end_what_waits_for_them(self):
        sent = referral(needs=["I201", "I206"], kind="contact", consent=None)
        tag = self.publish_one(sent)
        self.wait_for(tag, state="held", reason="awaiting_consent")
        self.publish(consent_changed(sent, "given"))
        self.wait_for(tag, state="held", reason="awaiting_eha", proposal="taf")
        self.publish(assessment_completed(sent, ["I201", "I206"], {"kind": "eha"}))
        self.wait_for(tag, state="queued", team="taf")
        self.accept("taf", "W1", tag)
        self.assertEqual(len(self.events(tag, "triaged")), 2)

    def test_refused_it_comes_to_a_person_and_given_again_it_goes_on(self):
        sent = for_fsw()
        tag = self.publish_one(sent)
        token = self.take("fsw", "W1", tag)
        self.publish(consent_changed(sent, "refused"))
        self.wait_for(tag, state="deciding", reason="consent_refused", proposal="universal")
        self.assertEqual(self.worker("W1").accept(token, {"referral": tag})["answer"], "stale")
        self.assertNotEqual(self.may_open(tag, "W1", token), "ok")
        self.publish(consent_changed(sent, "given"))
        self.wait_for(tag, state="queued", team="fsw")
        self.accept("fsw", "W1", tag)

    def test_withdrawn_from_an_open_case_its_worker_and_the_hub_are_told(self):
        sent = referral(members=[child(12, needs=["I301", "I310"]), parent()], wants=["parenting"])
        tag = self.publish_one(sent)
        self.accept("fsw", "W5", tag)
        self.publish(consent_changed(sent, "withdrawn"))
        self.part(tag, state="deciding", reason="consent_withdrawn")
        news = self.part(tag, state="queued", team="fsw")
        self.assertEqual(self.job(tag)["state"], "accepted", "only a person ends it")
        self.assertEqual(self.part(tag, rule=None, team="hub-decision"), 1, "support that nobody has begun waits for a person")
        self.assertEqual(self.worker("W6").take("fsw").get("jobs", []), [])
        self.accept("fsw", "W5", tag, news)

    def test_who_opens_a_case_says_whether_what_was_given_before_is_asked_again(self):
        thirteen, carer, eight = child(13), parent(), child(8, ref="m3")
        early = self.publish_one(referral(members=[thirteen, carer, eight], kind="contact", wants=["parenting"]))
        self.wait_for(early, state="queued", team="family-information-service")
        tag = self.publish_one(referral(members=[{**thirteen, "needs": ["I301", "I310"]}, carer]))
        self.accept("fsw", "W7", tag)
        self.wait_for(early, 2, state="queued", team="fsw", reason="parenting_again", proposal="take3")
        self.assertIn("its child would be given other parenting support), proposed is take3", self.run_ok("show", early))
        self.assertIn(f"news for whoever has the open case {tag}, for", self.run_ok("explain", early))
        taken = ""
        while f"{early}/2" not in taken:
            taken = self.run_ok("work", "take", "--team", "fsw", "--worker", "W7")
        self.assertIn(f"close as referred_on to ask for that, or as done  news of {tag}  beside it 1 more, see `windscreen show {early}`", taken)
        mine = ("--worker", "W7", "--token", taken.split()[1].rstrip(","))
        self.run_ok("work", "accept", f"{early}/2", *mine)
        self.run_ok("work", "close", f"{early}/2", *mine, "--outcome", "referred_on")
        self.wait_for(early, 3, state="queued", team="take3")
        self.assertEqual(self.job(early)["state"], "queued", "what they have is not taken from them")

    def test_level_4_is_never_stopped(self):
        sent = referral(needs=["I402"])
        tag = self.publish_one(sent)
        self.publish(consent_changed(sent, "withdrawn"))
        wait_until(lambda: self.events(tag, "updated"), 20, "the answer is taken in")
        self.assertEqual((self.job(tag)["state"], self.job(tag)["team"]), ("queued", "specialist"))

    def test_an_assessment_takes_a_case_up(self):
        sent, worse = for_taf(), for_taf()
        tag, other = self.publish_one(sent), self.publish_one(worse)
        self.accept("taf", "W1", tag)
        self.accept("taf", "W1", other)
        self.publish(assessment_completed(sent, ["I301", "I310"]))
        part = self.part(tag, state="deciding", reason="step_up", proposal="fsw")
        self.run_ok("decide", f"{tag}/{part}", "confirm", "--by", "M1")
        self.wait_for(tag, part, state="queued", team="fsw", reason="handover")
        self.accept("fsw", "W7", tag, part)
        self.wait_for(tag, state="accepted", team="fsw", worker="W7", level=3)
        self.publish(assessment_completed(worse, ["I402"]))
        self.wait_for(other, state="queued", team="specialist", level=4)

    # ------------------------------------------------------------ withdrawals, challenges

    def test_a_withdrawal_is_a_persons_to_confirm(self):
        sent = for_taf()
        tag = self.publish_one(sent)
        self.publish(withdrawn(sent))
        part = self.part(tag, state="deciding", reason="withdrawn")
        self.assertEqual(self.job(tag)["state"], "queued")
        self.run_ok("decide", f"{tag}/{part}", "confirm", "--by", "M1")
        self.assertEqual((self.job(tag)["state"], self.job(tag, part)["state"]), ("closed", "closed"))
        self.assertEqual(self.events(tag, "closed")[0]["outcome"], "withdrawn")
        self.assertIn("the partner took the referral back", self.run_ok("show", tag))

    def test_a_challenge_is_upheld_or_dismissed(self):
        sent = for_taf()
        tag = self.publish_one(sent)
        self.publish(challenged(sent, level_wanted=3))
        first = self.part(tag, state="deciding", reason="challenged")
        self.assertRegex(self.run_ok("show", tag), f"decide {tag}/{first} uphold --seen [0-9]+ --by YOU`, or dismiss")
        self.run_ok("challenge", tag, "--by", "W9", "--why", "wrong_team", "--note", "-", input="They need another team.")
        [said] = self.events(tag, "challenged")
        self.assertEqual((said["by"], said["why"]), ("W9", "wrong_team"))
        self.assertIn("note", said)
        self.assertIn("uphold", self.run_ok("decide", f"{tag}/{first}", "confirm", "--by", "M1", code=1))
        self.run_ok("decide", f"{tag}/{first}", "dismiss", "--by", "M1")
        self.assertEqual(self.job(tag)["state"], "queued")
        self.run_ok("decide", f"{tag}/{said['part']}", "uphold", "--by", "M1")
        self.wait_for(tag, state="deciding", reason="challenged", proposal="taf")
        self.run_ok("decide", tag, "override", "--by", "M1", "--team", "fsw", "--level", "3", "--why", "need_higher")
        self.wait_for(tag, state="queued", team="fsw", level=3)

    # ------------------------------------------------------------ steps

    def test_to_level_4_at_once(self):
        tag = self.publish_one(for_fsw())
        token = self.accept("fsw", "W1", tag)
        mine = ("--worker", "W1", "--token", str(token))
        self.assertIn("protected", self.run_ok("work", "step", tag, *mine, "--level", "4", "--team", "taf", "--why", "need_higher", code=1))
        self.run_ok("work", "step", tag, *mine, "--level", "4", "--team", "specialist", "--why", "need_higher")
        self.wait_for(tag, state="queued", team="specialist", level=4)
        self.assertNotEqual(self.may_open(tag, "W1", token), "ok", "it is another's now")
        [stepped] = self.events(tag, "stepped")
        self.assertEqual((stepped["from_level"], stepped["from_worker"], stepped["level"]), (3, "W1", 4))
        told = self.part(tag, state="queued", team="fsw")
        self.assertEqual(self.job(tag, told)["worker"], "W1")

    def test_down_to_a_named_worker_who_accepts(self):
        tag = self.publish_one(for_fsw())
        token = self.accept("fsw", "W1", tag)
        mine = ("--worker", "W1", "--token", str(token))
        down = ("work", "step", tag, *mine, "--level", "2", "--team", "taf", "--to", "W2", "--why", "need_lower")
        self.assertIn("plan", self.run_ok(*down, code=1))
        self.run_ok("work", "progress", tag, "plan", *mine)
        note = os.path.join(self.hub.base, "why.txt")
        with open(note, "w", encoding="utf-8") as file:
            file.write("They manage well now.")
        self.run_ok(*down, "--note", note)
        [offered] = self.events(tag, "offered")
        self.assertEqual((offered["to_worker"], offered["why"]), ("W2", "need_lower"))
        part = offered["part"]
        self.assertEqual(self.job(tag)["worker"], "W1", "it stays until the other accepts")
        self.assertEqual(self.worker("W3").take("taf", max=64).get("jobs", []), [], "it is offered to W2 alone")
        given = self.accept("taf", "W2", tag, part)
        self.wait_for(tag, state="accepted", team="taf", worker="W2", level=2)
        self.assertEqual(self.may_open(tag, "W2", given), "ok")
        self.assertNotEqual(self.may_open(tag, "W1", token), "ok")
        self.run_ok("work", "close", tag, *mine, "--outcome", "needs_met", code=1)
        shown = self.run_ok("show", tag)
        for words in ("W1 offers the case to W2 of taf at level 2", "from level 3 to level 2; it goes from W1 of fsw to W2 of taf", "the plan is written"):
            self.assertIn(words, shown)
        self.assertNotIn("manage well", shown)

    def test_a_declined_offer_leaves_the_case_where_it_is(self):
        tag = self.publish_one(for_taf())
        token = self.accept("taf", "W1", tag)
        mine = ("--worker", "W1", "--token", str(token))
        self.run_ok("work", "step", tag, *mine, "--level", "3", "--team", "fsw", "--to", "W2", "--why", "need_higher")
        part = self.part(tag, state="queued", team="fsw", reason="handover")
        offer = self.take("fsw", "W2", tag, part)
        self.run_ok("work", "decline", f"{tag}/{part}", "--worker", "W2", "--token", str(offer), "--why", "no_capacity")
        self.assertEqual((self.job(tag)["worker"], self.job(tag)["team"], self.job(tag)["level"]), ("W1", "taf", 2))
        news = self.part(tag, state="queued", team="taf", reason="handover")
        self.accept("taf", "W1", tag, news)

    # ------------------------------------------------------------ closing and opening again

    def test_closed_and_opened_again(self):
        tag = self.publish_one(for_taf())
        token = self.accept("taf", "W8", tag)
        mine = ("--worker", "W8", "--token", str(token))
        self.run_ok("work", "close", tag, *mine, "--outcome", "cured", code=64)
        self.run_ok("work", "close", tag, *mine, "--outcome", "entered_in_error", code=1)
        self.assertIn("closed", self.run_ok("work", "close", tag, *mine, "--outcome", "needs_met"))
        self.assertNotEqual(self.may_open(tag, "W8", token), "ok")
        self.run_ok("work", "close", tag, *mine, "--outcome", "needs_met")
        self.assertEqual(len(self.events(tag, "closed")), 1, "asked again: the first answer, and no more")
        self.run_ok("work", "close", tag, *mine, "--outcome", "moved_away", code=1)
        answer = json.loads(self.run_ok("reopen", tag, "--by", "M1", "--why", "need_returned", "--json"))
        self.assertEqual(answer["answer"], "ok")
        self.run_ok("reopen", tag, "--by", "M2", "--why", "need_returned", code=1)
        self.assertEqual(self.job(tag)["worker"], "W8")
        self.assertEqual(self.worker("W3").take("taf").get("jobs", []), [], "it waits for W8")
        self.accept("taf", "W8", tag)

    def test_who_asks_again_after_a_kill_has_the_first_answer(self):
        tag = self.publish_one(for_taf())
        token = self.accept("taf", "W9", tag)
        mine = ("--worker", "W9", "--token", str(token))
        requests = (("challenge", tag, "--by", "M1", "--why", "wrong_team"),
                    ("work", "step", tag, *mine, "--level", "2", "--team", "fsw", "--to", "W2", "--why", "other_team_fits"),
                    ("work", "close", tag, *mine, "--outcome", "needs_met"), ("reopen", tag, "--by", "M1", "--why", "need_returned"))
        for request in requests:
            self.run_ok(*request)
            self.hub.kill("allocation")
            self.hub.wait_ready()
            self.run_ok(*request)
        self.assertEqual([len(self.events(tag, word)) for word in ("challenged", "offered", "reopened")], [1, 1, 1])

    def test_a_person_ends_what_waits_or_was_an_error(self):
        tag, other = self.publish_one(for_hub_decision()), self.publish_one(for_fsw())
        self.run_ok("close", tag, "--by", "M1", "--outcome", "advice_given")
        self.assertEqual(self.job(tag)["state"], "closed")
        self.run_ok("close", other, "--by", "M1", "--outcome", "advice_given", code=1)
        self.run_ok("close", other, "--by", "M1", "--outcome", "entered_in_error")
        self.assertEqual(self.job(other)["state"], "closed")
        self.run_ok("reopen", tag, "--by", "M1", "--why", "new_information")
        self.wait_for(tag, state="deciding", reason="reopened", proposal="universal")

    def test_z_the_whole_run_is_sound(self):
        self.assert_sound(self.settle())
        self.assert_balanced()
        projections.assert_rebuilt_the_same(self, self.hub)


if __name__ == "__main__":
    main()
