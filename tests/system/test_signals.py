# SPDX-License-Identifier: MIT
"""Concerns of several agencies about one household: put before a person together, once, and told in plain words. The signals of the whole log
are found again here, by a count of our own."""
import datetime
import itertools
import json
import os
import random
import secrets

import yaml

import projections
from hub import POLICY, wait_until
from samples import child, nhs_number, parent, referral
from system_case import HubCase, main

_stems = itertools.count(secrets.randbelow(900000), 7)
AGENCIES = ("school", "gp", "police", "housing", "family")
NEEDS = {1: [], 2: ["I201", "I206"], 3: ["I301", "I310"], 4: ["I402"]}


def household():
    """The child by whom a family is known again."""
    return child(nhs_number=nhs_number(next(_stems)))


def concern(known, agency, level=2, **data):
    return referral(members=[{**known, "needs": NEEDS[level]}, parent()], referrer={"agency": agency, "name": "Sample Referrer"}, **data)


class Rule:
    """The one row of the sample's signals, read by ourselves."""

    def __init__(self):
        with open(os.path.join(POLICY, "signals.yaml"), encoding="utf-8") as file:
            [row] = yaml.safe_load(file)["signals"]
        least, most = row["levels"].split(" to ")
        self.code, self.levels, self.agencies = row["signal"], range(int(least), int(most) + 1), row["agencies"]
        self.ms, self.news, self.without = int(row["within"].split()[0]) * 86400000, row["news"], set(row["without"])

    def counts(self, one):
        return one["level"] in self.levels and one["agency"] and one["agency"] not in self.without and (self.news or not one["news"])


class Count:
    """What came about each household, and what that raises."""

    def __init__(self, rule):
        self.rule, self.raised, self.told = rule, [], set()
        self.came, self.triaged, self.agency, self.home = {}, {}, {}, {}

    def take(self, sequence, event):
        word, data, subject = event["type"].split(".")[2], event["data"], event.get("subject")
        if word in ("received", "conflicting") and "facts" in data:
            self.agency[subject] = data["facts"].get("agency")
        elif word == "triaged":
            self.triaged.setdefault(subject, (sequence, data))
        elif word in ("allocated", "held") and not data.get("part") and subject not in self.came:
            self.arrive(subject, data)
        elif word == "settled" and data["verdict"] == "same":
            self.join(data["family"], data["other"])

    def arrive(self, referral, data):
        sequence, triaged = self.triaged[referral]
        one = {"referral": referral, "family": data["family"], "agency": self.agency[referral], "level": data["level"],
               "sequence": sequence, "news": "news_of" in data, "at": ms(triaged["received"])}
        self.came[referral] = one
        if one["level"] < 4 and self.rule.counts(one):
            self.weigh(one)

    def join(self, family, other):
        old, new = self.head(family), self.head(other)
        self.home.update({each: new for each in [old, *self.home] if self.head(each) == old})
        members = [one for one in self.came.values() if self.head(one["family"]) == new]
        last = [one for one in members if self.rule.counts(one)]
        if last and max(members, key=lambda one: one["sequence"])["level"] < 4:
            self.weigh(max(last, key=lambda one: (one["at"], one["sequence"])))

    def head(self, family):
        return self.home.get(family, family)

    def weigh(self, latest):
        ours = [one for one in self.came.values() if self.head(one["family"]) == self.head(latest["family"]) and self.rule.counts(one)]
        ours = [one for one in ours[-16:] if one["at"] >= latest["at"] - self.rule.ms]
        agencies = {one["agency"] for one in ours}
        new = agencies - {one["agency"] for one in ours if one["referral"] in self.told}
        if len(agencies) < self.rule.agencies or not new:
            return
        last = [max((one for one in ours if one["agency"] == agency), key=lambda one: (one["at"], one["sequence"])) for agency in agencies]
        last.sort(key=lambda one: (one["at"], one["sequence"]))
        self.told.update(one["referral"] for one in last)
        self.raised.append((latest["referral"], len(ours), [(one["referral"], one["agency"], one["level"], one["sequence"]) for one in last]))


def ms(time):
    """The hub's times all have the same form, with or without a fraction."""
    return round(datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)


class Signals(HubCase):
    def refer(self, *events):
        """One after the other: which came first must be known."""
        tags = []
        for event in events:
            tags += self.publish(event)
            self.settle(tags[-1])
        return tags

    def signals(self, *referrals):
        return [(sequence, event) for sequence, event in self.log().all()
                if event["type"] == "earlyhelp.family.signalled.v1" and (not referrals or event["subject"] in referrals)]

    def told(self, *arguments):
        result = self.hub.windscreen(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_a_person_is_asked_and_answers(self):
        known = household()
        first, second = self.refer(concern(known, "school"), concern(known, "police", level=1))
        [(sequence, event)] = self.signals(first, second)
        data = event["data"]
        self.assertEqual((event["subject"], data["signal"], data["part"], data["concerns"]), (second, "TWO_AGENCIES", 1, 2))
        self.assertEqual([(one["referral"], one["agency"], one["level"]) for one in data["evidence"]], [(first, "school", 2), (second, "police", 1)])
        shown = self.told("show", second)
        self.assertIn("a school", shown)
        self.assertIn("are worried about one household: a step up is suggested (part 1)", shown)
        self.assertIn(str(sequence), self.told("show", first), "also where the other referral is told of")
        explained = json.loads(self.told("explain", second, "--json"))
        [passage] = [one for one in explained["passages"] if one["about"] == "signal"]
        self.assertEqual(passage["row"]["file"], "signals.yaml")
        self.assertEqual([item["agency"] for item in passage["items"]], ["school", "police"])
        self.assertIn("no level has changed by it", " ".join(passage["words"]))
        self.assertIn("What several agencies say together", self.told("explain", second))
        fold = self.settle(second)
        self.assertEqual((fold.jobs[second, 1].state, fold.jobs[first, 0].level, fold.jobs[second, 0].level), ("deciding", 2, 1))
        self.told("decide", f"{second}/1", "dismiss", "--by", "m2")
        self.assertEqual(self.settle(second).jobs[second, 1].state, "closed")

    def test_the_worker_of_the_open_case_is_told(self):
        known = household()
        [first] = self.refer(concern(known, "school", level=3))
        worker = self.worker("anna")
        while True:
            [(token, job)] = worker.take_jobs("fsw", 1)
            worker.accept(token, job)
            if job["referral"] == first:
                break
        [second] = self.refer(concern(known, "gp"))
        part = self.settle(second).jobs[second, 1]
        self.assertEqual((part.state, part.team), ("queued", "fsw"))
        self.assertIn(f"as news of the case {first}", self.told("log", "--referral", second))

    def test_families_that_a_person_joins_count_as_one(self):
        first, second = self.refer(concern(household(), "school"), concern(household(), "housing"))
        self.assertEqual(self.signals(first, second), [])
        self.told("family", "settle", first, second, "same", "--by", "m2")
        wait_until(lambda: self.signals(second), 20, f"a signal of {second}")
        told = json.loads(self.told("family", first, "--json"))
        [signal] = told["signals"]
        self.assertEqual([one["referral"] for one in signal["evidence"]], [first, second])
        self.assertEqual({one["family"] for one in signal["evidence"]}, set(told["families"]))
        self.assertIn("TWO_AGENCIES: a school", self.told("family", second))

    def test_level_4_asks_nobody(self):
        known = household()
        tags = self.refer(concern(known, "school"), concern(known, "police", level=4), concern(known, "family"))
        self.assertEqual(self.signals(*tags), [])

    def test_z_all_of_them_counted_again(self):
        dice = random.Random(5)
        homes = [household() for _ in range(9)]
        self.refer(*(concern(dice.choice(homes), dice.choice(AGENCIES), dice.choice((1, 2, 2, 3, 3, 4))) for _ in range(60)))
        count = Count(Rule())
        for sequence, event in self.log().all():
            count.take(sequence, event)
        raised = [(event["subject"], event["data"]["concerns"],
                   [(one["referral"], one["agency"], one["level"], one["sequence"]) for one in event["data"]["evidence"]])
                  for _, event in self.signals()]
        self.assertGreater(len(raised), 9)
        self.assertEqual(raised, count.raised)
        self.assert_balanced()
        projections.assert_rebuilt_the_same(self, self.hub)


if __name__ == "__main__":
    main()
