# SPDX-License-Identifier: MIT
"""The destination table, written a second time from its description, to recompute where allocation sent what.

Used by the recompute test. Sees triaged events and what was open for the family; shares nothing with the hub's code or policy files.
"""
OPENS_CASE = {"fsw", "fsw-asb", "taf", "single-agency", "tys"}
WITH_PARENTING = OPENS_CASE
TAKE3_LEADS = {"fsw", "fsw-asb", "taf", "tys"}


class Case:
    """The family's open case."""

    def __init__(self, team, level, opened_before=()):
        self.team = team
        self.level = level


def roles(facts):
    return [member.get("role") for member in facts.get("members", [])]


def is_solo_youth(member):
    months = member.get("months")
    if member.get("role") != "child" or months is None:
        return False
    return 11 * 12 <= months < 18 * 12 or (member.get("send", False) and 18 * 12 <= months < 19 * 12)


def lead(triaged, rule, case):
    """(kind, team or reason, proposal): kind is queue, decide, hold, news or parenting. `rule` is level.py's number."""
    facts, level = triaged["facts"], triaged["level"]
    consent = facts.get("consent")
    if level == 4:
        return "queue", "specialist", None
    if case is not None:
        return ("news", case.team, None) if level <= case.level else ("decide", "step_up", None)
    if facts.get("border") == "outside":
        return "decide", "cross_border", None
    if level >= 2 and consent in ("refused", "withdrawn"):
        return "decide", "consent_refused", "universal"
    if level >= 2 and consent != "given":
        return "hold", "awaiting_consent", None
    if level == 1 and consent in ("refused", "withdrawn"):
        return "decide", "consent_refused", None
    return lead_by_need(facts, level, rule)


def lead_by_need(facts, level, rule):
    named = roles(facts)
    if facts.get("solo_support_requested"):
        alone = not {"parent", "carer"} & set(named) and any(is_solo_youth(member) for member in facts["members"])
        return ("queue", "tys", None) if alone else ("decide", "solo_unclear", None)
    if not {"child", "unborn"} & set(named):
        return "decide", "no_child", None
    if level >= 2 and "asb" in facts:
        return "queue", "fsw-asb", None
    if level == 3:
        return "queue", "fsw", None
    if level == 2 and rule == "6":
        return "queue", "single-agency", None
    if level == 2:
        return ("queue", "taf", None) if facts.get("kind") == "eha" else ("hold", "awaiting_eha", None)
    if "parenting" in facts.get("wants", []):
        return "parenting", None, None
    return "decide", "universal", "universal"


def parenting(member, facts, lead_team, is_open):
    """Where one child's parenting support is."""
    months = member.get("months")
    if member.get("role") == "unborn" or (months is not None and months < 60):
        neighbourhood = facts.get("neighbourhood")
        return f"flying-start-{neighbourhood}" if neighbourhood else "hub-decision"
    if months is not None and 132 <= months <= 215 and (is_open or lead_team in TAKE3_LEADS):
        return "take3"
    return "family-information-service"


def parenting_parts(facts, lead_team, is_open):
    """Teams of the parts, in the order of the children."""
    if "parenting" not in facts.get("wants", []):
        return []
    return [parenting(member, facts, lead_team, is_open)
            for member in facts.get("members", []) if member.get("role") in ("child", "unborn")]
