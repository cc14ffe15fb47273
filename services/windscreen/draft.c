// SPDX-License-Identifier: MIT
// Makes referrals from numbers: about whom, by whom, with which needs.
// Called by generate.c. Prints nothing, keeps nothing between calls.
#include "services/windscreen/draft.h"

#include "proto/proto.h"

#include <stdio.h>

enum {
    STREAM_PLACE = 11,
    STREAM_REFERRAL = 12,
    STREAM_FAMILY_OF = 13,
    BACK_MAX = 200,    // a duplicate follows its first within so many referrals
    REPEAT_MAX = 2000, // a family comes back within so many
    DAY_MS = 86400000,
};

#define COUNT(array) (uint32_t)(sizeof array / sizeof array[0])

// ---------------------------------------------------------------- figures

enum profile {
#define PROFILE(SYMBOL, weight, source) PROFILE_##SYMBOL,
#include "services/windscreen/generate.def"
};
static const uint16_t profile_weights[] = {
#define PROFILE(SYMBOL, weight, source) weight,
#include "services/windscreen/generate.def"
};
static const struct sender {
    uint8_t agency;
    const char *source;
    const char *role;
} senders[] = {
#define SENDER(AGENCY, source, role, weight, why) {AGENCY_##AGENCY, source, role},
#include "services/windscreen/generate.def"
};
static const uint16_t sender_weights[] = {
#define SENDER(AGENCY, source, role, weight, why) weight,
#include "services/windscreen/generate.def"
};
static const uint8_t consents[] = {
#define CONSENT_MIX(CODE, weight, source) CONSENT_##CODE,
#include "services/windscreen/generate.def"
};
static const uint16_t consent_weights[] = {
#define CONSENT_MIX(CODE, weight, source) weight,
#include "services/windscreen/generate.def"
};
static const uint8_t claims[] = {
#define CLAIM_MIX(level, weight, source) level,
#include "services/windscreen/generate.def"
};
static const uint16_t claim_weights[] = {
#define CLAIM_MIX(level, weight, source) weight,
#include "services/windscreen/generate.def"
};
static const uint8_t kinds[] = {
#define KIND_MIX(CODE, weight, source) KIND_##CODE,
#include "services/windscreen/generate.def"
};
static const uint16_t kind_weights[] = {
#define KIND_MIX(CODE, weight, source) weight,
#include "services/windscreen/generate.def"
};

enum whom { WHOM_NOBODY, WHOM_CHILD, WHOM_UNBORN, WHOM_HOUSEHOLD };

static const struct fit {
    uint8_t whom, from, to;
} fits[] = {
#define FITS(indicator, WHOM, from, to) [INDICATOR_##indicator] = {WHOM_##WHOM, from, to},
#include "services/windscreen/generate.def"
};

static const char *const sentences[] = {
    [PROFILE_NOTHING] = "The family asked to be known to the hub. Nothing is needed today.",
    [PROFILE_ON_TRACK] = "All is well at home and at school; the assessment closes an earlier question.",
    [PROFILE_PARENTING_ONLY] = "The parents would like a course on routines and boundaries.",
    [PROFILE_ONE_SMALL] = "One thing has changed lately and the school cannot put it right alone.",
    [PROFILE_SMALL_AND_AGENCIES] = "Several of us see the family already and would like one plan.",
    [PROFILE_SMALLS] = "Two or more small worries have come together since the last term.",
    [PROFILE_ONE_LARGE] = "One worry has become serious although the rest of the family manages.",
    [PROFILE_LARGE_AND_SMALLS] = "A serious worry, and smaller ones about other members of the household.",
    [PROFILE_LARGES] = "Things have been getting worse for months and the family is exhausted.",
    [PROFILE_RISING] = "The team around the family has met for half a year and the need is still rising.",
    [PROFILE_PRE_BIRTH] = "A baby is expected and we would like to plan for the birth.",
    [PROFILE_HARM] = "We believe that somebody in this household may come to harm.",
};

// ---------------------------------------------------------------- needs

static bool fits_resident(const struct fit *fit, const struct resident *resident)
{
    if (fit->whom == WHOM_UNBORN)
        return resident->role == MEMBER_UNBORN;
    return fit->whom == WHOM_CHILD && resident->role == MEMBER_CHILD && resident->years >= fit->from && resident->years <= fit->to;
}

// Says `indicator` of somebody whom it fits; false when it fits nobody, or was said already.
static bool say(struct dice *dice, unsigned indicator, struct draft *draft)
{
    const struct population_family *family = &draft->family;
    uint64_t bit = UINT64_C(1) << indicator;
    uint32_t first = dice_below(dice, family->n_members);

    if (fits[indicator].whom == WHOM_HOUSEHOLD) {
        bool said = (draft->household_needs & bit) != 0;

        draft->household_needs |= bit;
        return !said;
    }
    for (unsigned i = 0; i < family->n_members; i++) {
        unsigned at = (first + i) % family->n_members;

        if (!fits_resident(&fits[indicator], &family->members[at]) || (draft->member_needs[at] & bit) != 0)
            continue;
        draft->member_needs[at] |= bit;
        return true;
    }
    return false;
}

// Says up to `n` indicators of the run first .. last.
static void say_some(struct dice *dice, unsigned first, unsigned last, unsigned n, struct draft *draft)
{
    for (unsigned tries = 0; n > 0 && tries < 40; tries++)
        n -= say(dice, first + dice_below(dice, last - first + 1), draft);
}

static void say_small(struct dice *dice, unsigned n, struct draft *draft)
{
    say_some(dice, INDICATOR_I201, INDICATOR_I220, n, draft);
}

static void say_large(struct dice *dice, unsigned n, struct draft *draft)
{
    say_some(dice, INDICATOR_I301, INDICATOR_I318, n, draft);
}

static void involve(struct dice *dice, unsigned n, struct draft *draft)
{
    static const uint8_t usual[] = {AGENCY_SCHOOL,        AGENCY_SCHOOL_NURSE,      AGENCY_HEALTH_VISITOR, AGENCY_GP,       AGENCY_HOUSING,
                                    AGENCY_MENTAL_HEALTH, AGENCY_EDUCATION_WELFARE, AGENCY_VOLUNTARY,      AGENCY_JOBCENTRE};

    for (unsigned tries = 0; n > 0 && tries < 40; tries++) {
        uint8_t agency = usual[dice_below(dice, COUNT(usual))];

        if (agency == draft->agency || (draft->agencies_involved >> agency & 1) != 0)
            continue;
        draft->agencies_involved |= UINT64_C(1) << agency;
        n--;
    }
}

static void say_harm(struct dice *dice, struct draft *draft)
{
    draft->at_risk_of_harm = dice_chance(dice, 400);
    if (!draft->at_risk_of_harm)
        say_some(dice, INDICATOR_I401, INDICATOR_I413, 1, draft);
    say_small(dice, dice_below(dice, 3), draft);
}

static void say_needs(struct dice *dice, enum profile profile, struct draft *draft)
{
    switch (profile) {
    case PROFILE_NOTHING:
        break;
    case PROFILE_ON_TRACK:
        say_some(dice, INDICATOR_I101, INDICATOR_I106, 2, draft);
        break;
    case PROFILE_PARENTING_ONLY:
        draft->wants |= UINT64_C(1) << WANT_PARENTING;
        break;
    case PROFILE_ONE_SMALL:
        say_small(dice, 1, draft);
        break;
    case PROFILE_SMALL_AND_AGENCIES:
        say_small(dice, 1, draft);
        involve(dice, 2 + dice_below(dice, 2), draft);
        break;
    case PROFILE_SMALLS:
        say_small(dice, 2 + dice_below(dice, 3), draft);
        break;
    case PROFILE_ONE_LARGE:
        say_large(dice, 1, draft);
        break;
    case PROFILE_LARGE_AND_SMALLS:
        say_large(dice, 1, draft);
        say_small(dice, 2 + dice_below(dice, 2), draft);
        break;
    case PROFILE_LARGES:
        say_large(dice, 2 + dice_below(dice, 2), draft);
        say_small(dice, dice_below(dice, 3), draft);
        break;
    case PROFILE_RISING:
        (void)say(dice, INDICATOR_I319, draft);
        say_small(dice, 1, draft);
        break;
    case PROFILE_PRE_BIRTH:
        (void)say(dice, INDICATOR_I315, draft);
        say_small(dice, dice_below(dice, 2), draft);
        break;
    case PROFILE_HARM:
        say_harm(dice, draft);
        break;
    }
}

// ---------------------------------------------------------------- who is named

// Keeps the members that `keep` picks, in their order.
static void keep_members(struct population_family *family, bool (*keep)(const struct resident *))
{
    unsigned n = 0;

    for (unsigned i = 0; i < family->n_members; i++)
        if (keep(&family->members[i]))
            family->members[n++] = family->members[i];
    family->n_members = n;
}

static bool is_adult(const struct resident *resident)
{
    return resident->role != MEMBER_CHILD && resident->role != MEMBER_UNBORN;
}

static bool is_youth(const struct resident *resident)
{
    return resident->role == MEMBER_CHILD && resident->years >= 11 && resident->years <= 17;
}

static bool has_youth(const struct population_family *family)
{
    for (unsigned i = 0; i < family->n_members; i++)
        if (is_youth(&family->members[i]))
            return true;
    return false;
}

static void expect_baby(struct dice *dice, int32_t on, struct population_family *family)
{
    if (family->n_members < POPULATION_MEMBERS_MAX)
        family->members[family->n_members++] = (struct resident){.role = MEMBER_UNBORN, .born = on + 14 + (int32_t)dice_below(dice, 200)};
}

static bool chance_of(struct dice *dice, enum chance chance)
{
    return dice_chance(dice, population_per_mille(chance));
}

static void name_members(struct dice *dice, const struct draft_population *population, enum profile profile, struct draft *draft)
{
    bool solo = chance_of(dice, CHANCE_SOLO);
    bool alone = chance_of(dice, CHANCE_SOLO_ALONE);
    bool no_child = chance_of(dice, CHANCE_NO_CHILD);

    if (profile == PROFILE_PRE_BIRTH)
        expect_baby(dice, population->on, &draft->family);
    else if (solo && alone && has_youth(&draft->family))
        keep_members(&draft->family, is_youth);
    else if (no_child)
        keep_members(&draft->family, is_adult);
    draft->solo_support_requested = solo;
}

// ---------------------------------------------------------------- who says it

static void send_by(struct dice *dice, struct draft *draft)
{
    const struct sender *sender = &senders[dice_pick(dice, sender_weights, COUNT(senders))];
    uint32_t number = dice_below(dice, 40);

    draft->agency = sender->agency;
    draft->role = sender->role;
    (void)snprintf(draft->source, sizeof draft->source, "%s%u", sender->source, 2001 + number);
    draft->kind = kinds[dice_pick(dice, kind_weights, COUNT(kinds))];
    if (sender->agency == AGENCY_POLICE)
        draft->kind = KIND_POLICE_NOTIFICATION;
    else if (sender->agency == AGENCY_FAMILY)
        draft->kind = KIND_SELF_REFERRAL;
    draft->consent = consents[dice_pick(dice, consent_weights, COUNT(consents))];
    draft->with_email = chance_of(dice, CHANCE_EMAIL);
}

static void add_wishes(struct dice *dice, struct draft *draft)
{
    static const uint8_t wishes[] = {WANT_FAMILY_SUPPORT, WANT_YOUTH_SUPPORT, WANT_INFORMATION};

    if (chance_of(dice, CHANCE_PARENTING))
        draft->wants |= UINT64_C(1) << WANT_PARENTING;
    if (dice_chance(dice, 300))
        draft->wants |= UINT64_C(1) << wishes[dice_below(dice, COUNT(wishes))];
    if (chance_of(dice, CHANCE_ASB))
        draft->asb = chance_of(dice, CHANCE_ASB_VICTIM) ? ASB_VICTIM : ASB_PERPETRATOR;
    for (unsigned problem = 1; problem <= 6; problem++)
        if (dice_chance(dice, 180))
            draft->headline_problems |= UINT64_C(1) << problem;
    draft->unsure_about_safety = chance_of(dice, CHANCE_UNSURE);
}

static void forget_numbers(struct population_family *family)
{
    for (unsigned i = 0; i < family->n_members; i++)
        family->members[i].nhs_number[0] = family->members[i].upn[0] = '\0';
}

// ---------------------------------------------------------------- which referral stands at a place

enum copy { COPY_NONE, COPY_SAME, COPY_RETIMED, COPY_ALTERED };

static enum copy copied_from(const struct draft_population *population, uint64_t place, uint64_t *origin)
{
    struct dice dice = dice_for(population->seed, STREAM_PLACE, place);
    uint32_t what = dice_below(&dice, 1000);
    uint32_t back = 1 + dice_below(&dice, BACK_MAX);
    bool retimed = dice_chance(&dice, 500);

    if (place == 0 || what >= population->duplicates_per_mille + population->conflicts_per_mille)
        return COPY_NONE;
    *origin = place - (back > place ? place : back);
    if (what >= population->duplicates_per_mille)
        return COPY_ALTERED;
    return retimed ? COPY_RETIMED : COPY_SAME;
}

// The family's number is the place of its first referral.
static uint64_t family_at(uint64_t seed, uint64_t place, bool *again)
{
    uint64_t at = place;

    for (;;) {
        struct dice dice = dice_for(seed, STREAM_FAMILY_OF, at);

        if (at == 0 || !chance_of(&dice, CHANCE_REPEAT))
            break;
        at -= 1 + dice_below(&dice, (uint32_t)(at < REPEAT_MAX ? at : REPEAT_MAX));
    }
    *again = at != place;
    return at;
}

static void write_draft(const struct draft_population *population, uint64_t index, struct draft *draft)
{
    struct dice dice = dice_for(population->seed, STREAM_REFERRAL, index);
    enum profile profile = (enum profile)dice_pick(&dice, profile_weights, COUNT(profile_weights));
    bool again = false;
    uint64_t number = family_at(population->seed, index, &again);

    *draft = (struct draft){.index = index, .reason = sentences[profile]};
    population_family(population->seed, number, population->on, again && chance_of(&dice, CHANCE_MOVED), &draft->family);
    if (again && chance_of(&dice, CHANCE_NO_NUMBERS))
        forget_numbers(&draft->family);
    send_by(&dice, draft);
    name_members(&dice, population, profile, draft);
    say_needs(&dice, profile, draft);
    add_wishes(&dice, draft);
    if (dice_chance(&dice, 250))
        involve(&dice, 1, draft);
    draft->level_claimed = claims[dice_pick(&dice, claim_weights, COUNT(claims))];
    // Between 07:00 and 19:00 of the day.
    draft->time_ms = (int64_t)population->on * DAY_MS + 7 * 3600000 + (int64_t)dice_below(&dice, 12 * 3600) * 1000;
}

void draft_referral(const struct draft_population *population, uint64_t place, struct draft *draft)
{
    uint64_t index = place;
    uint64_t origin = 0;
    enum copy copy = copied_from(population, index, &origin);
    enum copy first = copy;

    while (copy != COPY_NONE) {
        index = origin;
        copy = copied_from(population, index, &origin);
    }
    write_draft(population, index, draft);
    draft->retimed = first == COPY_RETIMED;
    draft->altered = first == COPY_ALTERED;
    if (draft->retimed)
        draft->time_ms += 90000;
}
