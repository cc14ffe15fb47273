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
                                         "go to Team around the family (taf) if an Early Help Assessment were there"],
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
        self.assertEqual([near["row"] for near in by["level"]["near"]], [near["row"] for near in triaged.get("near", [])])
        lead = events.get("held") or events["allocated"]
        self.assertEqual(by["lead"]["rule"], lead["rule"])
        self.assertEqual([near["row"] for near in by["lead"]["near"]], [near["row"] for near in lead.get("near", [])])
        self.assertEqual(by["policy"]["version"], triaged["policy"] if isinstance(triaged["policy"], str) else triaged["policy"].hex())
        self.assertEqual(account["referral"], referral)
        for passage in passages:
            self.assertTrue(passage["words"] or passage.get("items"), passage)
        for word in personal:
            self.assertNotIn(word, text)
            self.assertNotIn(word, json.dumps(passages))

    def test_what_happened_since_is_told(self):
        [receipt] = self.partner().publish_all([for_hub_decision()])
        referral = receipt["referral"]
        self.settle(referral)
        result = self.hub.windscreen("decide", referral, "override", "--by", "m2", "--team", "fsw", "--level", "3", "--why", "need_higher")
        self.assertEqual(result.returncode, 0, result.stderr)
        taken = json.loads(self.hub.windscreen("work", "take", "--team", "fsw", "--worker", "w17", "--max", "64", "--json").stdout)
        self.hub.windscreen("work", "accept", referral, "--worker", "w17", "--token", str(taken["token"]))
        text = " ".join(self.explain(referral).split())
        for sentence in ("It is the case of w17, Early Help family support workers (fsw).", "a person decided that it is level 3.",
                         "m2 decides otherwise: fsw, the need is higher than the facts show", ": taken on by w17"):
            self.assertIn(sentence, text)

    def test_a_lower_assessment_leaves_the_level_and_says_so(self):
        """What a machine finds later is told beside the level that holds, never instead of it."""
        sent = [for_specialist(), for_fsw(), referral(needs=["I201", "I206"], kind="contact")]
        tags = [receipt["referral"] for receipt in self.partner().publish_all(sent)]
        self.settle(*tags)
        self.partner().publish_all([assessment_completed(event) for event in sent])
        self.settle(*tags)
        wait_until(lambda: all("assessed" in self.explain(tag) for tag in tags), 20, "the assessments are taken in")
        for tag, level in zip(tags, (4, 3, 2)):
            text = " ".join(self.explain(tag).split())
            self.assertTrue(text.startswith(f"{tag}: level {level} "), text)
            for sentence in (f"Level 1 was proposed since; it stays level {level} until a person decides.",
                             f"Looked at again: level 1 No need above level 1 is named, so this is level 1. It stays level {level} all the same: only a person"):
                self.assertIn(sentence, text)
            shown = self.hub.windscreen("show", tag).stdout
            self.assertIn(f"level     {level}, by rule", shown)
            self.assertIn("level 1 by rule NO_NEED; the level stays until a person decides", shown)

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
