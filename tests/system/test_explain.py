# SPDX-License-Identifier: MIT
"""`windscreen explain`: what a person is told of every sample, that it is true by the log, and that it says nothing personal."""
import json

from hub import wait_until
from samples import assessment_completed, for_fsw, for_hub_decision, for_specialist, for_taf, load, referral
from system_case import HubCase, main
from test_routing import today

# What a colleague would want to hear, for some of the samples: sentences that must stand there as they are.
SENTENCES = {
    "sample-01-disclosure": ["Any specialist need makes level 4.", "Level 4 goes straight to specialist services. Nothing is asked first."],
    "sample-02-at-risk": ["Nobody has said whether the family agrees.", "The lawful basis for passing it on is somebody's life or safety.",
                          "Part 1: a task for a person at the hub. Level 4 went on without the family's agreement, and no reason was given."],
    "sample-05-refused-but-harm": ["The family refuses help.", "The lawful basis for passing it on is a duty by law."],
    "sample-07-pre-birth-neglect": ["one unborn child who needs a pre-birth assessment (I315)"],
    "sample-08-two-intensive": ["Two or more intensive needs make level 3."],
    "sample-10-single-intensive": ["level 3, with nothing to confirm, if there were 2 or more intensive needs (there is one)",
                                   "Whoever takes it on must confirm: level 3 rests on one indicator."],
    "sample-13-intensive-parenting-teen": ["Part 1: Take 3 parenting programme (Youth Offending Service) (take3), for the child of 12."],
    "sample-16-one-and-agencies": ["3 other agencies with the family", "level 1 if there were no additional needs (there is one)"],
    "sample-17-claims-two": ["By the needs alone it would be level 1."],
    "sample-19-contact-three-agencies": ["Why it waits for an Early Help Assessment", "When that has come it goes to Team around the family (taf).",
                                         "go to Team around the family (taf) if there were an Early Help Assessment"],
    "sample-20-not-asked": ["It waits for the family's agreement. If that has not come by"],
    "sample-21-refused": ["go to Team around the family (taf) if the family agreed to be helped"],
    "sample-24-solo-with-mother": ["go to Targeted Youth Support (tys) if there were no parent or carer in the household"],
    "sample-27-asb-victim": ["The family suffers from anti-social behaviour."],
    "sample-35-parenting-four-ages": ["It is for the child of 3.", "Parts 1, 2, 3: it waits to be taken on by Family Information Service"],
    "sample-36-parenting-no-neighbourhood": ["It is not known in which neighbourhood the family lives."],
    "sample-37-all-well": ["Only a person turns a family away, so a person confirms it."],
    "sample-39-outside": ["The family lives outside the council's area."],
    "sample-43-news": ["The family has an open case already, so this is news for whoever has it."],
    "sample-44-step-up": ["The family has an open case at a lower level, so a person decides whether to step it up."],
}


class Explain(HubCase):
    def explain(self, referral, *arguments):
        result = self.hub.windscreen("explain", referral, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def passages(self, referral):
        account = json.loads(self.explain(referral, "--json"))
        return account, account["passages"]

    def test_every_sample_is_explained_as_it_was_decided(self):
        partner = self.partner()
        personal = set()
        for event in today(load("sample-referrals")):
            [receipt] = partner.publish_all([event])
            referral = receipt["referral"]
            self.settle(referral)
            personal |= {word for member in event["data"]["members"] for word in (member.get("given_name"), member.get("family_name")) if word}
            text = " ".join(self.explain(referral).split())
            for sentence in SENTENCES.get(event["id"], []):
                self.assertIn(" ".join(sentence.split()), text, event["id"])
            self.check_against_the_log(referral, text, personal | {event["data"]["household"].get("address", "no address at all")})

    def check_against_the_log(self, referral, text, personal):
        account, passages = self.passages(referral)
        by = {passage["about"]: passage for passage in passages}
        events = {name: data for name, data in ((event["type"].split(".")[-2], event["data"]) for _, event in self.log().all()
                                                if event.get("subject") == referral) if not data.get("part")}
        triaged = events["triaged"]
        self.assertTrue(by["level"]["same_again"])
        self.assertEqual([by["level"][name] for name in ("level", "computed", "rule")], [triaged[name] for name in ("level", "computed", "rule")])
        self.assertEqual([near["row"] for near in by["level"]["near"]], [row for row, *_ in triaged.get("near", [])])
        lead = events.get("held") or events["allocated"]
        self.assertEqual(by["lead"]["rule"], lead["rule"])
        self.assertEqual([near["row"] for near in by["lead"]["near"]], [row for row, *_ in lead.get("near", [])])
        self.assertEqual(by["policy"]["version"], triaged["policy"] if isinstance(triaged["policy"], str) else triaged["policy"].hex())
        self.assertEqual(account["referral"], referral)
        for passage in passages:
            self.assertTrue(passage["words"] or passage.get("items"), passage)
        for word in personal:
            self.assertNotIn(word, text)
            self.assertNotIn(word, json.dumps(passages))

    def run_well(self, *arguments):
        result = self.hub.windscreen(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def take(self, team, worker, referral):
        """Leases what waits at the team; the token, once the referral is among it."""
        taken = json.loads(self.run_well("work", "take", "--team", team, "--worker", worker, "--max", "64", "--json"))
        self.assertIn(referral, [job["referral"] for job in taken["jobs"]])
        return str(taken["token"])

    def test_what_happened_since_is_told(self):
        event = for_hub_decision()
        [receipt] = self.partner().publish_all([event])
        referral = receipt["referral"]
        self.settle(referral)
        self.run_well("decide", referral, "override", "--by", "m2", "--team", "fsw", "--level", "3", "--why", "need_higher")
        token = self.take("fsw", "w17", referral)
        self.run_well("work", "accept", referral, "--worker", "w17", "--token", token)
        self.assertIn("It is the case of w17, Early Help family support workers (fsw).", " ".join(self.explain(referral).split()))
        self.run_well("challenge", referral, "--by", "m3", "--why", "level_too_low", "--level", "4")
        self.run_well("step", referral, "--by", "m2", "--level", "4", "--team", "specialist")  # nobody said why
        token = self.take("specialist", "w9", referral)
        self.run_well("work", "decline", referral, "--worker", "w9", "--token", token, "--why", "unsafe")
        self.run_well("decide", referral, "confirm", "--by", "m2")
        token = self.take("specialist", "w8", referral)
        self.run_well("work", "accept", referral, "--worker", "w8", "--token", token)
        self.run_well("work", "close", referral, "--worker", "w8", "--token", token, "--outcome", "needs_met")
        self.run_well("reopen", referral, "--by", "m2", "--why", "need_returned")
        self.check_since(referral, (
            "level 1 is proposed",
            "waits for a person: level 1: universal services are proposed; the proposal is Universal services (universal)",
            "m2 decides otherwise: it goes to Early Help family support workers (fsw) at level 3, because the need is higher than the facts show; lawful "
            "basis: the council's public task",
            "goes to Early Help family support workers (fsw); to be taken on by",
            "shown to w17, who is to answer by",
            "taken on by w17; the first review is due by",
            "m3 challenges what was decided (part 1): the need is higher than decided; level 4 is wanted",
            "part 1: waits for a person: a decision is challenged (stage 1 of 3)",
            "m2 takes it up from level 3 to level 4; it goes from w17 of Early Help family support workers (fsw) to Specialist services",
            "waits for a person: something in what was sent or decided is missing or wrong, and wants mending",
            "declined by w9: not safe for this worker; a person decides",
            "m2 follows the proposal: it goes to Specialist services",
            "taken on by w8",
            "closed by w8: the needs are met",
            "opened again by m2: the need is back",
        ))

    def check_since(self, referral, sentences):
        """In this order; the same for show, but for teams' titles; never a token, which would let anybody answer in the worker's name."""
        account, passages = self.passages(referral)
        [since] = [passage for passage in passages if passage["about"] == "since"]
        words = [item["words"] for item in since["items"]]
        place = 0
        for sentence in sentences:
            found = [i for i in range(place, len(words)) if sentence in words[i]]
            self.assertTrue(found, (sentence, words[place:]))
            place = found[0]
        self.assertEqual([item["sequence"] for item in since["items"]], sorted(item["sequence"] for item in since["items"]))
        self.assertRegex(words[0], r"^[A-Z][a-z]+day \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d: ")
        self.assertNotIn("token", json.dumps(account))
        self.assertEqual({item["worker"] for item in since["items"] if item["type"] == "referral.leased"}, {"w17", "w9", "w8"})
        shown = self.run_well("show", referral)
        self.assertIn("declined by w9: not safe for this worker; a person decides", shown)
        self.assertNotIn("token", self.explain(referral))

    def test_a_lower_assessment_leaves_the_level_and_says_so(self):
        """What a machine finds later is told beside the level that holds, never instead of it."""
        sent = [for_specialist(), for_fsw(), referral(needs=["I201", "I206"], kind="contact")]
        tags = [receipt["referral"] for receipt in self.partner().publish_all(sent)]
        self.settle(*tags)
        self.partner().publish_all([assessment_completed(event) for event in sent])
        self.settle(*tags)
        wait_until(lambda: all("from now on the assessment counts" in " ".join(self.explain(tag).split()) for tag in tags), 20, "the assessments are taken in")
        for tag, level in zip(tags, (4, 3, 2)):
            text = " ".join(self.explain(tag).split())
            self.assertTrue(text.startswith(f"{tag}: level {level} "), text)
            for sentence in (f"Level 1 was proposed since; it stays level {level} until a person decides.",
                             f"Looked at again: level 1 No need above level 1 is named, so this is level 1. It stays level {level} all the same: only a person"):
                self.assertIn(sentence, text)
            shown = self.hub.windscreen("show", tag).stdout
            self.assertIn(f"level     {level}, by rule", shown)
            self.assertIn("level 1 by rule NO_NEED; the level stays until a person decides", shown)

    def test_show_says_what_the_values_of_facts_mean(self):
        [receipt] = self.partner().publish_all([referral(needs=["I301", "I310"], consent={"service": "refused", "given_by": "parent"})])
        self.settle(receipt["referral"])
        self.assertIn("consent = 2 (the family refuses help)", " ".join(self.hub.windscreen("show", receipt["referral"]).stdout.split()))

    def test_it_is_found_by_the_partners_id_and_what_is_not_there_is_not(self):
        event = for_taf()
        [receipt] = self.partner().publish_all([event])
        self.settle(receipt["referral"])
        result = self.hub.windscreen("explain", "--source", event["source"], "--id", event["id"], "--json")
        self.assertEqual(json.loads(result.stdout)["referral"], receipt["referral"])
        result = self.hub.windscreen("explain", "R0000000000000")
        self.assertEqual((result.returncode, result.stdout), (66, ""))
        self.assertIn("no such referral", result.stderr)
        self.assertEqual(self.hub.windscreen("explain").returncode, 64)


if __name__ == "__main__":
    main()
