# SPDX-License-Identifier: MIT
"""The destination table, written a second time from its description, to recompute where allocation sent what.

Used by the recompute test. Sees triaged events and what was open for the family; shares nothing with the hub's code or policy files.
"""
OPENS_CASE = {"fsw", "fsw-asb", "taf", "single-agency", "tys"}
TAKE3_LEADS = {"fsw", "fsw-asb", "taf", "tys"}
# What a lead waits for -> the facts once that has come, or a person has confirmed. A step up goes on as if nothing were open.
AS_IF = {
    "cross_border": {"border": "inside"},
    "step_up": {},
    "awaiting_consent": {"consent": "given"},
    "solo_unclear": {"solo_support_requested": False},
    "awaiting_eha": {"kind": "eha"},
}


class Case:
    """The family's open case."""

    def __init__(self, team, level):
        self.team = team
        self.level = level


def roles(facts):
    return [member.get("role") for member in facts.get("members", [])]


def is_solo_youth(member):
    months = member.get("months")
    if member.get("role") != "child" or months is None:
        return False
    return 11 * 12 <= months < 18 * 12 or (member.get("send", False) and 18 * 12 <= months < 19 * 12)


def is_child(member):
    """Somebody for whom help is asked as a child: under 18, with special needs under 19."""
    months = member.get("months")
    if member.get("role") != "child":
        return member.get("role") == "unborn"
    return months is None or months < 18 * 12 or (member.get("send", False) and months < 19 * 12)


def lead(triaged, rule, case):
    """(kind, team or reason, proposal): kind is queue, decide, hold, news or parenting. `rule` is level.py's number."""
    facts, level = triaged["facts"], triaged["level"]
    consent = facts.get("consent")
    if level == 4:
        return "queue", "specialist", None
    if facts.get("border") == "outside":
        return "decide", "cross_border", None
    if case is not None:
        return ("news", case.team, None) if level <= case.level else ("decide", "step_up", None)
    if consent in ("refused", "withdrawn"):
        return "decide", "consent_refused", "universal"
    if level >= 2 and consent != "given":
        return "hold", "awaiting_consent", None
    return lead_by_need(facts, level, rule)


def lead_by_need(facts, level, rule):
    named = roles(facts)
    if facts.get("solo_support_requested"):
        alone = not {"parent", "carer"} & set(named) and any(is_solo_youth(member) for member in facts["members"])
        return ("queue", "tys", None) if alone else ("decide", "solo_unclear", None)
    if not any(is_child(member) for member in facts.get("members", [])):
        return "decide", "no_child", "universal"
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
    if months is not None and 132 <= months <= 215 and (lead_team in TAKE3_LEADS or is_open):
        return "take3"
    return "family-information-service"


def foreseen(triaged, rule, case):
    """(team proposed, teams of the parts that are held) of a lead that waits: follows it until nothing is waited for any more.

    Beside what a family's open case has to be told of stands parenting support alone, unless the family refuses it.
    """
    facts, opened = triaged["facts"], case
    case_is_told = False
    kind, where, proposal = lead(triaged, rule, case)
    while where in AS_IF:
        facts, case_is_told = {**facts, **AS_IF[where]}, case_is_told or where == "step_up"
        case = None if where == "step_up" else case
        kind, where, proposal = lead({**triaged, "facts": facts}, rule, case)
    if kind == "parenting":
        first, *parts = parenting_parts(facts, None)
        proposal = "family-information-service" if first == "hub-decision" else first  # a person who proposes nobody proposes universal support
    elif kind == "queue":
        task = triaged["level"] == 3 and facts.get("kind") != "eha" and where in ("fsw", "fsw-asb", "tys")
        proposal, parts = where, parenting_parts(facts, where) + (["hub-decision"] if task else [])
    else:
        proposal, parts = where if kind == "news" else proposal, []
    if case_is_told or kind == "news":
        parts = [] if stops(triaged) == "consent_refused" else parts_beside(triaged["facts"], opened)
    return proposal, parts


def stops(triaged):
    """For which reason support that stands beside an open case does not go on at once; None: it does."""
    consent = triaged["facts"].get("consent")
    if consent in ("refused", "withdrawn"):
        return "consent_refused"
    return "awaiting_consent" if triaged["level"] >= 2 and consent != "given" else None


def parts_beside(facts, case):
    return parenting_parts(facts, case.team, True)


def children(facts):
    return [member for member in facts.get("members", []) if member.get("role") in ("child", "unborn")]


def parenting_parts(facts, lead_team, is_open=False):
    """Teams of the parts, in the order of the children."""
    if "parenting" not in facts.get("wants", []):
        return []
    return [parenting(member, facts, lead_team, is_open) for member in children(facts)]
