// SPDX-License-Identifier: MIT
// From what a partner sent to what the deciding daemons may know of it.
// Pure policy of the registry: values in, a value out.
#include "services/registry/facts.h"

#include "common/base/civil.h"

enum { MONTHS_LEAST = -12, MONTHS_MOST = 1560, MONTHS_UNBORN = -1 };

static int64_t within(int64_t months, int64_t least, int64_t most)
{
    return months < least ? least : months > most ? most : months;
}

// Age in completed months; an unborn child's lies below zero even when the expected day has passed. False when nothing tells it.
static bool derive_months(const struct member *member, int32_t on_day, int64_t *months)
{
    if (HAS(member, member, born)) {
        *months = within(civil_age_months(member->born, on_day), MONTHS_LEAST, MONTHS_MOST);
        return true;
    }
    if (HAS(member, member, expected)) {
        *months = within(civil_age_months(member->expected, on_day), MONTHS_LEAST, MONTHS_UNBORN);
        return true;
    }
    *months = MONTHS_UNBORN;
    return member->role == MEMBER_UNBORN;
}

// Copies an optional field of the same name.
#define CARRY(to, to_record, from, from_record, field) \
    do {                                               \
        if (HAS(from, from_record, field))             \
            PUT(to, to_record, field, (from)->field);  \
    } while (0)

static void derive_member(const struct member *member, int32_t on_day, struct member_facts *facts)
{
    int64_t months;

    facts->has = 0;
    CARRY(facts, member_facts, member, member, role);
    if (derive_months(member, on_day, &months))
        PUT(facts, member_facts, months, months);
    CARRY(facts, member_facts, member, member, send);
    CARRY(facts, member_facts, member, member, needs);
}

static void derive_members(const struct submitted *submitted, int32_t on_day, struct facts *facts)
{
    if (!HAS(submitted, submitted, members) || submitted->n_members == 0)
        return;
    SET_HAS(facts, facts, members);
    facts->n_members = submitted->n_members;
    for (uint64_t i = 0; i < submitted->n_members; i++)
        derive_member(&submitted->members[i], on_day, &facts->members[i]);
}

static void derive_nested(const struct submitted *submitted, struct facts *facts)
{
    if (HAS(submitted, submitted, referrer) && HAS(&submitted->referrer, referrer, agency))
        PUT(facts, facts, agency, submitted->referrer.agency);
    if (HAS(submitted, submitted, consent) && HAS(&submitted->consent, consent, service))
        PUT(facts, facts, consent, submitted->consent.service);
    if (HAS(submitted, submitted, consent) && HAS(&submitted->consent, consent, reason))
        PUT(facts, facts, consent_reason_given, true);
    if (HAS(submitted, submitted, asb) && HAS(&submitted->asb, asb, role))
        PUT(facts, facts, asb, submitted->asb.role);
    if (HAS(submitted, submitted, household) && HAS(&submitted->household, household, needs))
        PUT(facts, facts, household_needs, submitted->household.needs);
}

void facts_derive(const struct submitted *submitted, struct place place, int32_t on_day, struct facts *facts)
{
    facts->has = 0;
    facts->n_members = 0;
    CARRY(facts, facts, submitted, submitted, kind);
    CARRY(facts, facts, submitted, submitted, level_claimed);
    CARRY(facts, facts, submitted, submitted, at_risk_of_harm);
    CARRY(facts, facts, submitted, submitted, unsure_about_safety);
    CARRY(facts, facts, submitted, submitted, agencies_involved);
    CARRY(facts, facts, submitted, submitted, headline_problems);
    CARRY(facts, facts, submitted, submitted, wants);
    CARRY(facts, facts, submitted, submitted, solo_support_requested);
    CARRY(facts, facts, submitted, submitted, other_neighbourhood_agreed);
    derive_nested(submitted, facts);
    if (place.neighbourhood.size > 0)
        PUT(facts, facts, neighbourhood, place.neighbourhood);
    PUT(facts, facts, border, (uint8_t)place.border);
    derive_members(submitted, on_day, facts);
}
