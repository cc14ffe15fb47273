# SPDX-License-Identifier: MIT
"""The policy harrow-2013, written a second time from its description, to recompute what a hub under it decided.

Used by the harrow test. Reads routing facts as they stand in the log; shares nothing with the hub's code, nor with luton-2017.
"""
LEVELS = {"I203": 3, "I212": 3, "I219": 3, "I303": 2, "I305": 2, "I315": 4}  # other than the digit of the code says
OPENS_CASE = {"families-first", "early-intervention", "asb-team", "youth-offending"}
TEAMS = OPENS_CASE | {"specialist", "parent-support", "mothers-against-gangs", "childrens-centre-central", "childrens-centre-east", "childrens-centre-west",
                      "information", "universal", "hub-decision"}


def level_of(code):
    return LEVELS.get(code, int(code[1]))


def computed(facts, urgent):
    """(level, marks) by needs, problems and agencies: every holder of an indicator counts."""
    said = list(facts.get("household_needs", [])) + [code for member in facts.get("members", []) for code in member.get("needs", [])]
    large, small = (sum(level_of(code) == level for code in said) for level in (3, 2))
    problems = len(facts.get("headline_problems", []))
    others = set(facts.get("agencies_involved", [])) - {facts.get("agency")}
    unclaimed = urgent and facts.get("level_claimed", 0) < 4
    if unclaimed or facts.get("at_risk_of_harm") or facts.get("unsure_about_safety") or any(level_of(code) == 4 for code in said):
        return 4, set()
    if problems >= 3 or large >= 2 or (large == 1 and small >= 2):
        return 3, set()
    if large == 1:
        return 2, {"single_indicator"}
    if problems == 2 or small >= 3 or (small >= 1 and others):
        return 2, set()
    return 1, set()


def level(facts, urgent):
    """(level, marks): the higher of computed and claimed."""
    by_needs, marks = computed(facts, urgent)
    claimed = facts.get("level_claimed", 0)
    return (claimed, {"claim_above_computed"}) if claimed > by_needs else (by_needs, marks)


def is_child(member):
    return member.get("role") == "unborn" or (member.get("role") == "child" and member.get("months", 0) < 228)


def lead(data, case):
    """(what, where): queue, decide, hold, news or parenting. `case`: (team, level) that is open, or None."""
    facts, now = data["facts"], data["level"]
    members, consent = facts.get("members", []), facts.get("consent")
    if now == 4:
        return "queue", "specialist"
    if case:
        return ("news", case[0]) if now <= case[1] else ("decide", "step_up")
    if facts.get("border") == "outside":
        return "decide", "cross_border"
    if now >= 2 and consent in ("refused", "withdrawn"):
        return "decide", "consent_refused"
    if now == 2 and consent != "given":
        return "hold", "awaiting_consent"
    if facts.get("solo_support_requested"):
        return "decide", "solo_unclear"
    if not any(is_child(member) for member in members):
        return "decide", "no_child"
    if now >= 2 and "asb" in facts:
        return "queue", "asb-team"
    if now == 3:
        return "queue", "families-first"
    teenager = any(member.get("role") == "child" and 132 <= member.get("months", 0) <= 227 for member in members)
    if now == 2:
        return "queue", "youth-offending" if facts.get("kind") == "police-notification" and teenager else "early-intervention"
    if "parenting" in facts.get("wants", []):
        return "parenting", None
    return ("queue", "information") if "information" in facts.get("wants", []) else ("decide", "universal")


def parenting(member, facts, lead_team):
    months = member.get("months", -1 if member.get("role") == "unborn" else None)
    if months is None:
        return "hub-decision"
    if months < 60:
        return f"childrens-centre-{facts['neighbourhood']}" if "neighbourhood" in facts else "hub-decision"
    return "mothers-against-gangs" if months >= 132 and lead_team in ("asb-team", "youth-offending") else "parent-support"


def parts(facts, lead_team):
    if "parenting" not in facts.get("wants", []) or lead_team not in OPENS_CASE | {None}:
        return []
    return [parenting(member, facts, lead_team) for member in facts.get("members", []) if is_child(member)]
