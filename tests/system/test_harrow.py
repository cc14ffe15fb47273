# SPDX-License-Identifier: MIT
"""A hub under another council's policy, harrow-2013: a day of referrals goes where that policy says, and nothing of luton-2017 is left in the code."""
import collections
import datetime
import json
import os
import re

import harrow
from fold import name_of
from hub import POLICY, ROOT
from peers import TAKEN
from samples import child, load, parent, referral
from system_case import HubCase, generate, main
from test_routing import today

COUNT = 400
HOUR_MS = 3600 * 1000
DISTRICTS = {"LU1": "HA1", "LU2": "HA2", "LU3": "HA3", "LU4": "HA7"}  # those of the sample that have a neighbourhood; the others stay, outside


def moved(event):
    """The same referral, of a family in Harrow."""
    text = json.dumps(event)
    return json.loads(re.sub(r'("postcode": "|\\b)(LU[1-4])(?= ?\d)', lambda found: found.group(1) + DISTRICTS[found.group(2)], text))


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def at_home(**data):
    return {"household": {"address": "1 Sample Road", "postcode": data.pop("postcode", "HA1 1AA"), "needs": []}, **data}


CASES = [  # what; the referral; where its lead goes, or why it waits; teams of its parts
    ("one intensive need: level 2 here", referral(needs=["I301"], **at_home()), "early-intervention", []),
    ("two intensive needs", referral(needs=["I301", "I302"], **at_home()), "families-first", []),
    ("three problems, no need named", referral(headline_problems=[1, 2, 4], **at_home()), "families-first", []),
    ("two problems", referral(headline_problems=[2, 4], **at_home()), "early-intervention", []),
    ("level 3 does not wait for consent, but is asked why", referral(needs=["I301", "I302"], consent=None, **at_home()), "families-first", ["hub-decision"]),
    ("level 2 does", referral(needs=["I301"], consent=None, **at_home()), "awaiting_consent", []),
    ("level 2 without an assessment goes on", referral(needs=["I301"], kind="contact", **at_home()), "early-intervention", ["hub-decision"]),
    ("a young person alone is a person's decision", referral(members=[child(16, needs=["I301", "I302"])], solo_support_requested=True, **at_home()), "solo_unclear", []),
    ("anti-social behaviour", referral(needs=["I301"], asb={"role": "victim"}, **at_home()), "asb-team", []),
    ("the police tell of a teenager", referral(members=[child(15, needs=["I212"]), parent()], kind="police-notification", **at_home()), "youth-offending", ["hub-decision"]),
    ("worries about gangs", referral(members=[child(15, needs=["I212"]), parent()], asb={"role": "perpetrator"}, wants=["parenting"], **at_home()), "asb-team",
     ["mothers-against-gangs"]),
    ("parenting for three ages", referral(members=[child(3), child(7, "m3"), child(17, "m4"), parent()], wants=["parenting"], **at_home(postcode="HA3 7AA")),
     "childrens-centre-east", ["parent-support", "parent-support"]),
    ("a sector goes before its district", referral(members=[child(3), parent()], wants=["parenting"], **at_home(postcode="HA3 5AA")), "childrens-centre-central", []),
    ("information goes to a team", referral(wants=["information"], **at_home()), "information", []),
    ("Luton is outside", referral(needs=["I301"], **at_home(postcode="LU4 9QT")), "cross_border", []),
    ("the MASH", referral(needs=["I315"], **at_home()), "specialist", []),
]


class Harrow(HubCase):
    policy = os.path.join(ROOT, "deploy", "policy", "harrow-2013")
    events = None
    tags = None

    def setUp(self):
        if type(self).events is None:
            lines = generate(self.hub, COUNT, 2013, "--duplicates", "0")
            day = [moved(event) for event in [json.loads(line) for line in lines] + today(load("harrow-case-studies"))]
            receipts = self.partner().publish_all(day + [event for _, event, _, _ in CASES])
            self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)
            tags = [receipt["referral"] for receipt in receipts]
            self.settle(*tags)
            type(self).tags = tags[len(day):]
            type(self).events = self.log().all()

    def named(self, name):
        return [(sequence, event) for sequence, event in self.events if name_of(event) == name]

    def allocations(self):
        """{sequence of triaged: [(name, data)]} in the order of the log."""
        groups = {}
        for _, event in self.events:
            if name_of(event) in ("referral.allocated", "referral.held") and "cause" in event:
                groups.setdefault(event["cause"], []).append((name_of(event), event["data"]))
        return groups

    def test_the_policy_in_force_is_the_one_that_was_checked(self):
        result = self.hub.windscreen("policy", "check", self.policy, "--json")
        self.assertEqual(result.returncode, 0, result.stdout)
        [adopted] = [event["data"] for _, event in self.named("policy.adopted")]
        self.assertEqual((adopted["name"], adopted["policy"].hex()), ("harrow-2013", json.loads(result.stdout)["version"]))

    def test_every_level(self):
        seen = collections.Counter()
        for sequence, event in self.named("referral.triaged"):
            data = event["data"]
            mine = harrow.level(data["facts"], data.get("urgent", False))
            self.assertEqual((data["level"], set(data.get("marks", []))), mine, f"#{sequence} {data['rule']}: {data['facts']}")
            seen[data["level"]] += 1
        self.assertEqual(set(seen), {1, 2, 3, 4})

    def test_every_destination(self):
        triaged = {sequence: event for sequence, event in self.named("referral.triaged")}
        opened, teams = {}, set()
        for cause, events in self.allocations().items():
            data = triaged[cause]["data"]
            what, where = harrow.lead(data, opened.get(data["family"]))
            name, lead = events[0]
            self.check_lead(what, where, name, lead, data)
            if what == "queue":
                parts = [part["team"] for _, part in events[1:] if part.get("reason") in (None, "unknown_neighbourhood")]
                self.assertEqual(parts, harrow.parts(data["facts"], where), f"#{cause} {data['facts']}")
            if what == "queue" and where in harrow.OPENS_CASE:
                opened[data["family"]] = (where, data["level"])
            teams |= {part["team"] for _, part in events if "team" in part}
        self.assertEqual(teams, harrow.TEAMS - {"universal"}, "every team had something, and there is no other; universal is only proposed")

    def check_lead(self, what, where, name, lead, data):
        told = f"{data['level']} {data['rule']} {data['facts']}: {lead}"
        if what == "hold":
            self.assertEqual((name, lead["reason"]), ("referral.held", where), told)
        elif what == "decide":
            self.assertEqual((lead["team"], lead["reason"]), ("hub-decision", where), told)
        elif what == "parenting":
            self.assertEqual(lead["team"], harrow.parts(data["facts"], None)[0], told)
        else:
            self.assertEqual((lead["team"], "news_of" in lead), (where, what == "news"), told)

    def test_cases(self):
        fold = self.settle(*self.tags)
        for tag, (what, _, goes, parts) in zip(self.tags, CASES):
            with self.subTest(what):
                job = fold.jobs[tag, 0]
                self.assertIn(goes, (job.team, job.reason))
                self.assertEqual(sorted(fold.jobs[tag, part].team for part in range(1, 1 + len(parts))), sorted(parts))
        self.assert_sound(fold)

    def test_no_word_of_luton(self):
        with open(os.path.join(POLICY, "teams.yaml"), encoding="utf-8") as file:
            theirs = set(re.findall(r"team: ([a-z0-9-]+)", file.read())) - harrow.TEAMS
        self.assertIn("flying-start-north", theirs)
        for sequence, event in self.events:
            if name_of(event) == "policy.adopted":
                continue
            said = json.dumps(event, default=str)
            for team in theirs:
                self.assertNotIn(f'"{team}"', said, f"#{sequence}")

    def test_work_by_its_leases_and_clocks(self):
        worker = self.worker("kw1")
        taken = worker.take("families-first", max_jobs=1)
        self.assertEqual(taken["answer"], "ok")
        [leased] = [event["data"] for _, event in self.log().all() if name_of(event) == "referral.leased"]
        self.assertEqual(leased["lease_ms"], 2 * HOUR_MS)
        received = {event["subject"]: instant(event["data"]["received"]) for _, event in self.named("referral.triaged")}
        dues = {instant(event["data"]["due"]) - received[event["subject"]] for _, event in self.named("referral.allocated")
                if event["data"]["team"] == "specialist" and not event["data"].get("part")}
        self.assertEqual(dues, {datetime.timedelta(hours=2)})

    def test_nothing_is_lost(self):
        self.assert_balanced()


if __name__ == "__main__":
    main()
