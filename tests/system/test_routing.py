# SPDX-License-Identifier: MIT
"""Each sample referral goes where the table in deploy/samples/README.md says."""
import collections
import datetime
import os
import re

from hub import ROOT
from peers import TAKEN
from samples import SAMPLES, load
from system_case import HubCase, main

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (.+?) \| (.+) \|$")
NAME = re.compile(r"`([a-z0-9-]+)`")
REASON = re.compile(r"\b[A-Z][A-Z_]{5,}\b")


def table():
    """{referral: what the README's second column says}."""
    with open(os.path.join(SAMPLES, "README.md"), encoding="utf-8") as file:
        rows = [ROW.match(line.strip()) for line in file]
    return {row[1]: row[2] for row in rows if row and not row[1].isdigit()}


def reason_in(text):
    found = REASON.search(text)
    return found[0].lower() if found else None


def expected_lead(text):
    """{state, team, reason, proposal, news, marked} of what stands before the first +."""
    names = NAME.findall(text)
    is_held = text.startswith("held")
    team = None if is_held else names[0]
    state = "held" if is_held else "deciding" if team == "hub-decision" else "queued"
    proposal = re.search(r"proposal `([a-z-]+)`", text)
    news = re.search(r"as news of `([a-z0-9-]+)`", text)
    return {"state": state, "team": team, "reason": reason_in(text), "proposal": proposal[1] if proposal else None,
            "news": news[1] if news else None, "marked": "marked" in text}


def expected_parts(text):
    """Counter of (team, reason) of what stands behind a +."""
    parts = collections.Counter()
    for piece in text.split(" + ")[1:]:
        times = 3 if piece.startswith("three") else 1
        if piece.startswith("task"):
            parts["hub-decision", reason_in(piece)] += 1
        for name in NAME.findall(piece):
            parts[name, None] += times
    return parts


def today(events):
    """The events with every date moved by the days since their `time`, so that ages stay."""
    shift = datetime.date.today() - datetime.date.fromisoformat(events[0]["time"][:10])
    def move(value):
        if isinstance(value, dict):
            return {name: moved(inner) if name in ("born", "expected", "at") else move(inner) for name, inner in value.items()}
        return [move(inner) for inner in value] if isinstance(value, list) else value
    def moved(date):
        return (datetime.date.fromisoformat(date) + shift).isoformat()
    return [move(event) for event in events]


class RoutingCase(HubCase):
    def route(self, name):
        """Publishes a sample file; {id: (lead job, parts, tag)}, and the fold."""
        events = today(load(name))
        receipts = self.partner().publish_all(events)
        self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)
        tags = {event["id"]: receipt["referral"] for event, receipt in zip(events, receipts)}
        return tags, self.settle(*tags.values())

    def check(self, tags, fold, identity, says):
        lead, job = expected_lead(says.split(" + ")[0]), fold.jobs[tags[identity], 0]
        told = {"state": job.state, "team": None if job.state == "held" else job.team, "reason": job.reason}
        self.assertEqual(told, {name: lead[name] for name in told}, f"{identity}: the README says {says}")
        if lead["proposal"]:
            self.assertEqual(job.proposal, lead["proposal"], identity)
        self.assertEqual(job.news_of, tags[lead["news"]] if lead["news"] else None, identity)
        self.assertEqual(bool(job.marks), lead["marked"], f"{identity}: marks")
        parts = collections.Counter((part.team, part.reason) for part in fold.parts_of(tags[identity]).values())
        self.assertEqual(parts, expected_parts(says), f"{identity}: the README says {says}")


class Routing(RoutingCase):
    def test_each_sample_goes_where_the_readme_says(self):
        says = table()
        tags, fold = self.route("sample-referrals")
        self.assertEqual(sorted(tags), sorted(name for name in says if name.startswith("sample-")))
        self.assert_sound(fold)
        for identity in tags:
            with self.subTest(identity):
                self.check(tags, fold, identity, says[identity])
        self.assert_balanced()

    def test_every_destination_of_the_policy_is_in_the_table(self):
        text = " ".join(table().values())
        for team in ("specialist", "fsw", "fsw-asb", "taf", "single-agency", "tys", "flying-start-north", "flying-start-west",
                     "flying-start-central", "flying-start-south", "take3", "family-information-service", "universal", "hub-decision"):
            self.assertIn(f"`{team}`", text)
            self.assertTrue(os.path.isdir(os.path.join(ROOT, "deploy", "policy")))


if __name__ == "__main__":
    main()
