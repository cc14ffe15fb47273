# SPDX-License-Identifier: MIT
"""The default level algorithm, written a second time from its description, to recompute what triage decided.

Used by the recompute test. Reads routing facts as they stand in the log; shares nothing with the hub's code or policy files.
"""
import itertools

# Domains of the indicators of levels 2 and 3: D child development, P parenting capacity, F family and environment, X beyond the family.
DOMAINS = {
    "D": "I201 I202 I203 I204 I205 I206 I207 I208 I209 I210 I211 I214 I215 "
         "I301 I302 I303 I304 I305 I306 I307 I308 I309",
    "P": "I216 I217 I314 I315",
    "F": "I218 I219 I220 I313 I316 I317 I318 I319",
    "X": "I212 I213 I310 I311 I312",
}
DOMAIN = {code: domain for domain, codes in DOMAINS.items() for code in codes.split()}
CHILDREN = ("child", "unborn")


def holders(facts):
    """(holder, is a child, code) for all that is said: the household is holder "h", members are 0, 1, ..."""
    said = [("h", False, code) for code in facts.get("household_needs", [])]
    for place, member in enumerate(facts.get("members", [])):
        said += [(place, member.get("role") in CHILDREN, code) for code in member.get("needs", [])]
    return sorted(set(said), key=str)


def counted_once(said, digit):
    """Indicators of a level, one code on several children once: [(code, holders it may be of)]."""
    of_children = {}
    others = []
    for holder, is_child, code in said:
        if code[1] != digit:
            continue
        if is_child:
            of_children.setdefault(code, set()).add(holder)
        else:
            others.append((code, {holder}))
    return others + list(of_children.items())


def are_apart(first, second):
    """Two indicators in different domains, or of different members."""
    return DOMAIN[first[0]] != DOMAIN[second[0]] or len(first[1] | second[1]) > 1


def computed_rule(facts, urgent):
    """(number of the rule that fits first, level)."""
    said = holders(facts)
    codes = [code for _, _, code in said]
    small, large = counted_once(said, "2"), counted_once(said, "3")
    agencies = set(facts.get("agencies_involved", [])) - {facts.get("agency")}
    by_claim = facts.get("level_claimed") == 4  # then the claim is the reason, not the urgency
    if (urgent and not by_claim) or facts.get("at_risk_of_harm") or facts.get("unsure_about_safety") or any(code[1] == "4" for code in codes):
        return "1", 4
    if "I315" in codes and any(code != "I315" and DOMAIN.get(code) in ("P", "F") for code in codes):
        return "1b", 4
    if "I319" in codes and any(code != "I319" and code[1] in "23" for code in codes):
        return "2", 3
    if len(large) >= 2 or (len(large) == 1 and any(are_apart(a, b) for a, b in itertools.combinations(small, 2))):
        return "3", 3
    if len(large) == 1:
        return "4", 3
    if len(small) >= 2 or (len(small) == 1 and len(agencies) >= 2):
        return "5", 2
    if len(small) == 1:
        return "6", 2
    return "7", 1


def decide(facts, urgent):
    """{"level", "computed", "rule" (number, or "claimed"), "marks"} of a referral with these facts."""
    rule, computed = computed_rule(facts, urgent)
    claimed = facts.get("level_claimed", 0)
    if claimed > computed:
        return {"level": claimed, "computed": computed, "rule": "claimed", "marks": {"claim_above_computed"}}
    return {"level": computed, "computed": computed, "rule": rule, "marks": {"single_indicator"} if rule == "4" else set()}
