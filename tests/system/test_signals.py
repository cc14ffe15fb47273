# SPDX-License-Identifier: MIT
"""What is known of a household by all its referrals: concerns of several agencies, put before a person together, once; problems that programmes
count. Both are told in plain words, and found again in the whole log by a count of our own."""
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


class Programmes:
    """Which households become eligible for which programmes of the sample, by which referral."""

    def __init__(self):
        with open(os.path.join(POLICY, "programmes.yaml"), encoding="utf-8") as file:
            rows = yaml.safe_load(file)["programmes"]
        self.rows = [(row["programme"], row["at_least"], [(problem["problem"], listed(problem.get("headline")), listed(problem.get("needs")))
                                                          for problem in row["problems"]]) for row in rows]
        self.facts, self.told, self.eligible, self.home = {}, set(), [], {}

    def take(self, event):
        word, data = event["type"].split(".")[2], event["data"]
        if word == "settled" and data["verdict"] == "same":
            old, new = self.head(data["family"]), self.head(data["other"])
            self.home.update({each: new for each in [old, *self.home] if self.head(each) == old})
        elif word == "triaged":
            facts = data["facts"]
            needs = {need for one in [facts.get("household_needs", []), *(member.get("needs", []) for member in facts.get("members", []))] for need in one}
            ours = self.facts.setdefault(self.head(data["family"]), (set(), set()))
            ours[0].update(facts.get("headline_problems", []))
            ours[1].update(needs)
            if facts.get("headline_problems") or needs:
                self.judge(event["subject"], self.head(data["family"]))

    def head(self, family):
        return self.home.get(family, family)

    def judge(self, referral, family):
        for name, at_least, problems in self.rows:
            n = count(problems, *self.facts[family])
            if n >= at_least and (family, name) not in self.told:
                self.told.add((family, name))
                self.eligible.append((referral, name, n))


def listed(value):
    return set() if value is None else set(value) if isinstance(value, list) else {value}


def count(problems, headlines, needs):
    places = {headline: [problem for problem, shown_by, _ in problems if headline in shown_by] for headline in headlines}
    shown = {problem for problem, _, by_need in problems if by_need & needs} | {of[0] for of in places.values() if len(of) == 1}
    return len(shown) + sum(bool(of) and not shown.intersection(of) for of in places.values())


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

    def test_programmes_count_each_household(self):
        known = household()
        first, second = self.refer(concern(known, "school", 1, headline_problems=[2]), concern(household(), "school", 1, headline_problems=[5]))
        told = json.loads(self.told("family", first, "--json"))["programmes"]
        self.assertEqual([(one["programme"], one["counted"], one["missing"], one["eligible"], one["told"]) for one in told],
                         [("stronger-families", 1, 1, False, None), ("supporting-families", 1, 2, False, None)])
        [third] = self.refer(concern(known, "gp", 1, headline_problems=[2, 6]))
        [(sequence, event)] = [(sequence, event) for sequence, event in self.log().all()
                               if event["type"] == "earlyhelp.family.eligible.v1" and event["subject"] in (first, second, third)]
        self.assertEqual((event["subject"], event["data"]["programme"], event["data"]["counted"]), (third, "stronger-families", 2))
        self.assertEqual([(one["problem"], one["referral"]) for one in event["data"]["shown"]], [("school_attendance", first), ("health", third)])
        six, ten = json.loads(self.told("family", first, "--json"))["programmes"]
        self.assertEqual((six["eligible"], six["told"], ten["missing"]), (True, sequence, 1))
        self.assertEqual({one["problem"]: one["referral"] for one in six["problems"] if one["shown"]}, {"school_attendance": first, "health": third})
        self.assertEqual([(one["headline"], one["problems"]) for one in ten["one_of"]], [(6, ["mental_and_physical_health", "substance_use"])])
        text = self.told("family", first)
        self.assertIn(f"programme stronger-families: 2 of at least 2 problems, eligible, told at sequence {sequence}", text)
        self.assertIn("programme supporting-families: 2 of at least 3 problems, 1 missing", text)
        self.assertIn("it is eligible; school_attendance by", self.told("show", third))
        self.assertIn("it is eligible; school_attendance by", self.told("explain", third))

    def test_z_all_of_them_counted_again(self):
        dice = random.Random(5)
        homes = [household() for _ in range(9)]
        self.refer(*(concern(dice.choice(homes), dice.choice(AGENCIES), dice.choice((1, 2, 2, 3, 3, 4)),
                             headline_problems=dice.sample(range(1, 7), dice.choice((0, 0, 1, 2))) or None,
                             household={"postcode": "LU4 9QT", "needs": dice.sample(["I219", "I313", "I206", "I220"], dice.choice((0, 0, 1)))})
                     for _ in range(60)))
        count, programmes = Count(Rule()), Programmes()
        for sequence, event in self.log().all():
            count.take(sequence, event)
            programmes.take(event)
        eligible = [(event["subject"], event["data"]["programme"], event["data"]["counted"]) for _, event in self.log().all()
                    if event["type"] == "earlyhelp.family.eligible.v1"]
        self.assertEqual(eligible, programmes.eligible)
        self.assertGreater(len({name for _, name, _ in eligible}), 1)
        raised = [(event["subject"], event["data"]["concerns"],
                   [(one["referral"], one["agency"], one["level"], one["sequence"]) for one in event["data"]["evidence"]])
                  for _, event in self.signals()]
        self.assertGreater(len(raised), 9)
        self.assertEqual(raised, count.raised)
        self.assert_balanced()
        projections.assert_rebuilt_the_same(self, self.hub)


if __name__ == "__main__":
    main()
