# SPDX-License-Identifier: MIT
"""The decision on every referral of a run is recomputed from the log: level, marks, destination and parts, by code of our own."""
import collections
import datetime
import json

import destination
import level
from fold import name_of
from peers import TAKEN
from samples import child, load, parent, referral
from system_case import HubCase, generate, main
from test_routing import today

COUNT = 600


def with_parts_that_wait():
    """Referrals that wait for a person, with what stands beside the team that is proposed."""
    wish = {"kind": "contact", "wants": ["parenting"]}
    elsewhere = {"address": "1 Sample Road", "postcode": "MK40 2BH", "needs": []}
    return [
        referral(members=[child(12, needs=["I301", "I310"]), parent()], solo_support_requested=True, **wish),
        referral(members=[child(12, needs=["I301", "I310"]), child(3, "m3"), parent()], household=elsewhere, **wish),
        referral(members=[child(12, needs=["I201", "I206"]), parent()], household=elsewhere, consent=None, **wish),
        referral(members=[child(3), child(8, "m3"), parent()], household=elsewhere, **wish),
        referral(members=[child(3), child(8, "m3"), parent()], solo_support_requested=True, **wish),
        referral(needs=["I301", "I310"], household=elsewhere, consent={"service": "refused"}, **wish),
    ]


class Recompute(HubCase):
    events = None

    def setUp(self):
        if type(self).events is None:
            lines = generate(self.hub, COUNT, 2017, "--duplicates", "0")
            receipts = self.partner().publish_all([json.loads(line) for line in lines] + today(load("sample-referrals")) + with_parts_that_wait())
            self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)
            self.settle(*(receipt["referral"] for receipt in receipts))
            type(self).events = self.log().all()

    def named(self, name):
        return [(sequence, event) for sequence, event in self.events if name_of(event) == name]

    def test_facts_carry_no_more_than_routing_facts(self):
        for _, event in self.named("referral.triaged"):
            self.assertLessEqual(set(event["data"]["facts"]), {
                "kind", "level_claimed", "at_risk_of_harm", "unsure_about_safety", "agency", "agencies_involved", "consent", "consent_reason_given",
                "headline_problems", "wants", "solo_support_requested", "asb", "neighbourhood", "border", "household_needs", "members"})

    def test_every_level(self):
        rules = collections.defaultdict(set)  # name that the policy gives -> our rules
        seen = collections.Counter()
        for sequence, event in self.named("referral.triaged"):
            data = event["data"]
            mine = level.decide(data["facts"], data.get("urgent", False))
            theirs = {"level": data["level"], "computed": data["computed"], "marks": set(data.get("marks", []))}
            self.assertEqual(theirs, {name: mine[name] for name in theirs}, f"#{sequence} {data['rule']}: {data['facts']}")
            rules[data["rule"]].add(mine["rule"])
            seen[data["level"]] += 1
        self.assertEqual(set(seen), {1, 2, 3, 4})
        self.assertEqual((rules["CLAIMED"], rules["PRE_BIRTH"]), ({"claimed"}, {"1b"}))
        for name, mine in rules.items():
            self.assertEqual(len(mine), 1, f"{name} stands for our rules {mine}")
        used = {rule for mine in rules.values() for rule in mine}
        self.assertEqual(used, {"1", "1b", "2", "3", "4", "5", "6", "7", "claimed"}, "every rule was used")

    def test_triaged_carries_the_facts_of_received_and_names_the_policy_in_force(self):
        received = {event["subject"]: (sequence, event) for sequence, event in self.events
                    if name_of(event) in ("referral.received", "referral.conflicting")}
        [policy] = {event["data"]["policy"] for _, event in self.named("policy.adopted")}
        for _, event in self.named("referral.triaged"):
            sequence, origin = received[event["subject"]]
            self.assertEqual(event["cause"], sequence)
            self.assertEqual(event["data"]["facts"], origin["data"]["facts"])
            self.assertEqual(event["data"]["family"], origin["data"]["family"])
            self.assertEqual(event["data"]["policy"], policy)

    def test_every_destination(self):
        """Follows allocation's own events in their order, with what was open for each family then."""
        triaged = {sequence: event for sequence, event in self.named("referral.triaged")}
        opened = {}  # family -> destination.Case
        groups = {cause: events for cause, events in self.allocations().items() if cause in triaged}  # not what a look-alike family asks
        seen = set()
        for cause, events in groups.items():
            event = triaged[cause]
            self.check_destination(event, events, opened.get(event["data"]["family"]))
            self.open_case(event, events, opened)
            seen |= {data["team"] for _, data in events if "team" in data}
        self.assertLessEqual({"specialist", "fsw", "fsw-asb", "taf", "single-agency", "tys", "flying-start-north", "flying-start-west",
                              "flying-start-central", "flying-start-south", "take3", "family-information-service", "hub-decision"}, seen)
        held = {data["reason"] for events in groups.values() for name, data in events if name == "referral.held" and data.get("part")}
        self.assertEqual(held, {"awaiting_consent", "awaiting_eha", "cross_border", "solo_unclear"})

    def allocations(self):
        """{sequence of triaged: [(name, data)]} in the order of the log."""
        groups = {}
        for _, event in self.events:
            if name_of(event) in ("referral.allocated", "referral.held") and "cause" in event:
                groups.setdefault(event["cause"], []).append((name_of(event), event["data"]))
        return groups

    def check_destination(self, event, events, case):
        data = event["data"]
        rule = level.decide(data["facts"], data.get("urgent", False))["rule"]
        kind, where, _ = destination.lead(data, rule, case)
        proposal, waiting = destination.foreseen(data, rule, case) if kind in ("hold", "decide") else (None, [])
        name, lead = events[0]
        what = f"{event['subject']}: {data['level']} {data['rule']} {data['facts']}"
        parts = [part["team"] for word, part in events[1:]
                 if word.endswith("allocated") and part.get("reason") in (None, "unknown_neighbourhood") and "news_of" not in part]
        held = [part["proposal"] for word, part in events[1:] if word.endswith("held")]
        if kind == "news" or where == "step_up":
            self.check_beside_case(event, case, {None: parts, "awaiting_consent": held, "consent_refused": self.refused(events[1:])}, what)
        else:
            self.assertEqual(held, waiting, what)
            self.assertLessEqual({part["reason"] for word, part in events[1:] if word.endswith("held")}, {lead.get("reason")}, what)
        if kind == "hold":
            self.assertEqual((name, lead["reason"], lead["proposal"]), ("referral.held", where, proposal), what)
        elif kind == "decide":
            self.assertEqual((lead["team"], lead.get("reason"), lead.get("proposal")), ("hub-decision", where, proposal), what)
        elif kind == "news":
            self.assertEqual(lead["team"], where, what)
            self.assertIn("news_of", lead, what)
        elif kind == "parenting":
            teams = destination.parenting_parts(data["facts"], None)
            self.assertEqual([lead["team"]] + parts, teams, what)
        else:
            self.assertEqual(lead["team"], where, what)
            self.assertEqual(parts, [] if where == "specialist" else destination.parenting_parts(data["facts"], where), what)

    def refused(self, parts):
        return [part["proposal"] for _, part in parts if part.get("reason") == "consent_refused"]

    def check_beside_case(self, event, case, parts, what):
        """`parts`: what the family has to say to each -> teams."""
        teams = destination.parts_beside(event["data"]["facts"], case)
        stop = destination.stops(event["data"])
        expected = {answer: teams if answer == stop else [] for answer in parts}
        if stop == "consent_refused":
            expected[stop] = ["universal"] * len(teams)
        self.assertEqual(parts, expected, what)

    def open_case(self, event, events, opened):
        name, lead = events[0]
        if name == "referral.allocated" and lead.get("team") in destination.OPENS_CASE and "news_of" not in lead:
            opened[event["data"]["family"]] = destination.Case(lead["team"], lead["level"])

    def test_ages_are_completed_months_on_the_day_of_receipt(self):
        """Published today with known birth dates; the day in London is that of the receipt."""
        born = {event["id"]: event for event in today(load("sample-referrals"))}
        for _, event in self.named("referral.received"):
            if event["data"]["partner_id"] not in born:
                continue
            day = datetime.date.fromisoformat(event["time"][:10])
            for sent, fact in zip(born[event["data"]["partner_id"]]["data"]["members"], event["data"]["facts"]["members"]):
                if sent["role"] == "child":
                    date = datetime.date.fromisoformat(sent["born"])
                    months = (day.year - date.year) * 12 + day.month - date.month - (day.day < date.day)
                    self.assertEqual(fact["months"], months, sent["ref"])


if __name__ == "__main__":
    main()
