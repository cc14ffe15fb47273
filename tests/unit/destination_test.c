// SPDX-License-Identifier: MIT
// Destinations by the sample policy, from facts through level to team, person or hold; each row says facts and where all of it goes.
#include "services/allocation/destination.h"

#include "common/base/civil.h"
#include "services/allocation/outcome.h"
#include "services/triage/level.h"
#include "tests/unit/policy_kit.h"

static struct policy *policy;

static int setup(void **state)
{
    (void)state;
    policy = kit_policy("deploy/policy/luton-2017");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policy_free(&policy);
    return 0;
}

enum {
    SOLO = 1, PARENTING = 2, AT_RISK = 4, OUTSIDE = 8, NO_PLACE = 16, BAD_FIELD = 32, REASON_SAID = 64, VICTIM = 128, PERPETRATOR = 256,
};

struct scenario {
    const char *what;
    const char *members; // see kit_members
    enum kind kind;
    enum consent_service consent;
    unsigned flags, claimed, others; // others: agencies besides the referrer's
    const char *open;                // "taf 2", team and level of the open case; "@flying-start-west": parenting there; "": nothing
    const char *goes;                // see print_job; the lead, then the parts
};

#define EHA KIND_EHA
#define CONTACT KIND_CONTACT
#define GIVEN CONSENT_GIVEN
#define REFUSED CONSENT_REFUSED
#define WITHDRAWN CONSENT_WITHDRAWN
#define UNASKED CONSENT_NOT_SOUGHT
#define UNSAID CONSENT_NONE

static const struct scenario scenarios[] = {
    // the walk through the tables
    {"unborn with I315 only", "u-4(I315) p", EHA, GIVEN, 0, 0, 0, "", "queue fsw INTENSIVE !1"},
    {"unborn, at risk", "u-4 p", EHA, GIVEN, AT_RISK, 0, 0, "", "queue specialist SPECIALIST"},
    {"15, alone, solo, I206, EHA, consent", "c180(I206)", EHA, GIVEN, SOLO, 0, 0, "", "queue tys SOLO_YOUNG_PERSON"},
    {"15, solo flag, mother listed", "c180(I206) p", EHA, GIVEN, SOLO, 0, 0, "", "decide solo_unclear>single-agency SOLO_UNCLEAR"},
    {"9, solo flag, level 3", "c108(I301 I302)", EHA, GIVEN, SOLO, 0, 0, "", "decide solo_unclear>fsw SOLO_UNCLEAR"},
    {"one I2xx, EHA", "c100(I201) p", EHA, GIVEN, 0, 0, 0, "", "queue single-agency SINGLE_AGENCY"},
    {"one I2xx, three agencies, no EHA", "c100(I201) p", CONTACT, GIVEN, 0, 0, 2, "", "hold awaiting_eha>taf AWAITING_EHA"},
    {"level 3 without EHA", "c100(I301 I302) p", CONTACT, GIVEN, 0, 0, 0, "", "queue fsw INTENSIVE + decide eha_missing> EHA_MISSING"},
    {"level 3, child 12, parenting wish", "c144(I301 I302) p", EHA, GIVEN, PARENTING, 0, 0, "", "queue fsw INTENSIVE + queue take3 TAKE_3 #1"},
    {"parenting only at 3", "c36 p", CONTACT, UNSAID, PARENTING, 0, 0, "", "queue flying-start-north FLYING_START_NORTH #1"},
    {"parenting only at 5", "c60 p", CONTACT, UNSAID, PARENTING, 0, 0, "", "queue family-information-service UNIVERSAL_PARENTING #1"},
    {"parenting only at 7", "c84 p", CONTACT, UNSAID, PARENTING, 0, 0, "", "queue family-information-service UNIVERSAL_PARENTING #1"},
    {"parenting only at 13", "c156 p", CONTACT, UNSAID, PARENTING, 0, 0, "", "queue family-information-service UNIVERSAL_PARENTING #1"},
    {"EHA with no needs", "c100 p", EHA, GIVEN, 0, 0, 0, "", "decide universal>universal UNIVERSAL"},
    {"EHA with no needs, claims 2", "c100 p", EHA, GIVEN, 0, 2, 0, "", "queue taf TEAM_AROUND_THE_FAMILY !2"},
    {"claims 4, no needs", "c100 p", EHA, GIVEN, 0, 4, 0, "", "queue specialist SPECIALIST"},
    {"claims 1, two I3xx", "c100(I301 I302) p", EHA, GIVEN, 0, 1, 0, "", "queue fsw INTENSIVE"},
    {"refused at 2", "c100(I201 I202) p", EHA, REFUSED, 0, 0, 0, "", "decide consent_refused>universal CONSENT_REFUSED"},
    {"refused at 3", "c100(I301 I302) p", EHA, REFUSED, 0, 0, 0, "", "decide consent_refused>universal CONSENT_REFUSED"},
    {"refused at 4, reason said", "c100(I401) p", EHA, REFUSED, REASON_SAID, 0, 0, "", "queue specialist SPECIALIST"},
    {"TAF open, new level 3", "c100(I301 I302) p", EHA, GIVEN, 0, 0, 0, "taf 2", "decide step_up>fsw STEP_UP + news taf STEP_UP"},
    {"ASB victim, level 2", "c100(I201 I212) p", CONTACT, GIVEN, VICTIM, 0, 0, "", "queue fsw-asb ASB"},
    {"level 4 with a bad NHS digit", "c100(I401) p", EHA, GIVEN, BAD_FIELD, 0, 0, "", "queue specialist SPECIALIST + decide data_quality> DATA_QUALITY"},

    // level 4 goes whatever else is so
    {"level 4 from another area", "c100(I401)", CONTACT, GIVEN, OUTSIDE, 0, 0, "", "queue specialist SPECIALIST"},
    {"level 4 of an open family", "c100(I401)", CONTACT, GIVEN, 0, 0, 0, "fsw 3", "queue specialist SPECIALIST"},
    {"level 4 alone and solo", "c180(I412)", CONTACT, GIVEN, SOLO, 0, 0, "", "queue specialist SPECIALIST"},
    {"level 4 with a parenting wish: nothing added", "c36(I401) p", EHA, GIVEN, PARENTING, 0, 0, "", "queue specialist SPECIALIST"},
    {"level 4 without a child", "p(I407)", CONTACT, GIVEN, 0, 0, 0, "", "queue specialist SPECIALIST"},
    {"level 4, nobody asked, no reason", "c100(I401)", CONTACT, UNSAID, 0, 0, 0, "", "queue specialist SPECIALIST + decide basis_missing> BASIS_MISSING"},
    {"level 4, not sought, no reason", "c100(I401)", CONTACT, UNASKED, 0, 0, 0, "", "queue specialist SPECIALIST + decide basis_missing> BASIS_MISSING"},
    {"level 4, withdrawn, no reason, bad field", "c100(I401)", CONTACT, WITHDRAWN, BAD_FIELD, 0, 0, "",
     "queue specialist SPECIALIST + decide basis_missing> BASIS_MISSING + decide data_quality> DATA_QUALITY"},

    // cross-border
    {"level 3 from another area", "c100(I301 I302) p", EHA, GIVEN, OUTSIDE, 0, 0, "", "decide cross_border>fsw CROSS_BORDER"},
    {"level 1 from another area", "c36 p", CONTACT, UNSAID, OUTSIDE | PARENTING, 0, 0, "", "decide cross_border>family-information-service CROSS_BORDER"},
    {"open family, moved away", "c100(I201) p", EHA, GIVEN, OUTSIDE, 0, 0, "taf 2", "decide cross_border>taf CROSS_BORDER"},

    {"from another area, with what belongs to where it would go", "c144(I301 I302) c36 p", CONTACT, GIVEN, OUTSIDE | PARENTING, 0, 0, "",
     "decide cross_border>fsw CROSS_BORDER + hold cross_border>take3 TAKE_3 #1 + hold cross_border>hub-decision UNKNOWN_NEIGHBOURHOOD #2"
     " + hold cross_border>hub-decision EHA_MISSING"},
    {"from another area, nobody asked, no EHA", "c144(I201 I202) p", CONTACT, UNSAID, OUTSIDE | PARENTING, 0, 0, "",
     "decide cross_border>taf CROSS_BORDER + hold cross_border>take3 TAKE_3 #1"},
    {"level 1 from another area: the other children's parenting waits", "p c156 c36 c84", CONTACT, UNSAID, OUTSIDE | PARENTING, 0, 0, "",
     "decide cross_border>family-information-service CROSS_BORDER + hold cross_border>hub-decision UNKNOWN_NEIGHBOURHOOD #3"
     " + hold cross_border>family-information-service UNIVERSAL_PARENTING #4"},
    {"from another area, solo unclear, no EHA", "c108(I301 I302)", CONTACT, GIVEN, OUTSIDE | SOLO, 0, 0, "",
     "decide cross_border>fsw CROSS_BORDER + hold cross_border>hub-decision EHA_MISSING"},
    {"from another area, refused: nothing beside", "c36(I301 I302) p", CONTACT, REFUSED, OUTSIDE | PARENTING, 0, 0, "",
     "decide cross_border>universal CROSS_BORDER"},
    {"open family, moved away, parenting wish: that waits, the rest is the case's", "c36(I201) p", CONTACT, GIVEN, OUTSIDE | PARENTING, 0, 0, "taf 2",
     "decide cross_border>taf CROSS_BORDER + hold cross_border>hub-decision UNKNOWN_NEIGHBOURHOOD #1"},
    {"open family, moved away, higher: that waits, the rest is the case's", "c36(I301 I302) p", CONTACT, GIVEN, OUTSIDE | PARENTING, 0, 0, "taf 2",
     "decide cross_border>fsw CROSS_BORDER + hold cross_border>hub-decision UNKNOWN_NEIGHBOURHOOD #1"},
    {"open family, moved away, refused: nothing beside", "c156(I201) p", CONTACT, REFUSED, OUTSIDE | PARENTING, 0, 0, "taf 2",
     "decide cross_border>taf CROSS_BORDER"},

    {"from another area, open lower, nobody asked, solo unclear, no EHA: five things to foresee", "c108(I201 I202)", CONTACT, UNSAID, OUTSIDE | SOLO, 0, 0, "taf 1",
     "decide cross_border>taf CROSS_BORDER"},

    // open families
    {"TAF open, level 2", "c100(I201) p", CONTACT, UNSAID, 0, 0, 0, "taf 2", "news taf OPEN_CASE"},
    {"FSW open, level 2", "c100(I201) p", CONTACT, REFUSED, 0, 0, 0, "fsw 3", "news fsw OPEN_CASE"},
    {"FSW open, level 1 with a parenting wish", "c144 p", CONTACT, GIVEN, PARENTING, 0, 0, "fsw 3", "news fsw OPEN_CASE + queue take3 TAKE_3 #1"},
    {"FSW open, a wish for four children", "c36 c60 c100 p c156", CONTACT, UNSAID, PARENTING, 0, 0, "fsw 3",
     "news fsw OPEN_CASE + queue flying-start-north FLYING_START_NORTH #1 + queue family-information-service UNIVERSAL_PARENTING #2"
     " + queue family-information-service UNIVERSAL_PARENTING #3 + queue take3 TAKE_3 #5"},
    {"single agency open, parenting wish", "c144 p", CONTACT, GIVEN, PARENTING, 0, 0, "single-agency 2",
     "news single-agency OPEN_CASE + queue take3 TAKE_3_OPEN #1"},
    {"open at a team this policy does not know, parenting wish", "c144 p", CONTACT, GIVEN, PARENTING, 0, 0, "old-team 2",
     "news old-team OPEN_CASE + queue take3 TAKE_3_OPEN #1"},
    {"FSW open, level 2 with a parenting wish, nobody asked", "c144(I201) c36 p", EHA, UNSAID, PARENTING, 0, 0, "fsw 3",
     "news fsw OPEN_CASE + hold awaiting_consent>take3 TAKE_3 #1 + hold awaiting_consent>flying-start-north FLYING_START_NORTH #2"},
    {"FSW open, level 2 with a parenting wish, nobody asked, no neighbourhood", "c36(I201) p", EHA, UNSAID, PARENTING | NO_PLACE, 0, 0, "fsw 3",
     "news fsw OPEN_CASE + hold awaiting_consent>hub-decision UNKNOWN_NEIGHBOURHOOD #1"},
    {"FSW open, level 2 with a parenting wish, no EHA: that is not waited for", "c144(I201 I202) p", CONTACT, GIVEN, PARENTING, 0, 0, "fsw 3",
     "news fsw OPEN_CASE + queue take3 TAKE_3 #1"},
    {"FSW open, level 2 with a parenting wish, refused: a person has it", "c144(I201) p", EHA, REFUSED, PARENTING, 0, 0, "fsw 3",
     "news fsw OPEN_CASE + decide consent_refused>universal TAKE_3 #1"},
    {"FSW open, level 4 with a parenting wish: nothing is added", "c144(I402) p", EHA, GIVEN, PARENTING, 0, 0, "fsw 3", "queue specialist SPECIALIST"},
    {"single agency open at 2, claims 3", "c100 p", EHA, GIVEN, 0, 3, 0, "single-agency 2", "decide step_up>fsw STEP_UP !2 + news single-agency STEP_UP"},
    {"TAF open, level 3, nobody asked", "c100(I301 I302)", CONTACT, UNSAID, 0, 0, 0, "taf 2", "decide step_up>fsw STEP_UP + news taf STEP_UP"},
    {"TAF open, level 3, no EHA, parenting wish: that alone is added", "c36(I301 I302) p", CONTACT, GIVEN, PARENTING, 0, 0, "taf 2",
     "decide step_up>fsw STEP_UP + news taf STEP_UP + queue flying-start-north FLYING_START_NORTH #1"},
    {"TAF open, level 3, parenting wish, nobody asked: that waits", "c156(I301 I302) p", EHA, UNSAID, PARENTING, 0, 0, "taf 2",
     "decide step_up>fsw STEP_UP + news taf STEP_UP + hold awaiting_consent>take3 TAKE_3 #1"},
    {"open at a team this policy does not know", "c100(I201) p", EHA, GIVEN, 0, 0, 0, "old-team 2", "news old-team OPEN_CASE"},

    // consent
    {"level 2, withdrawn", "c100(I201) p", EHA, WITHDRAWN, 0, 0, 0, "", "decide consent_refused>universal CONSENT_REFUSED"},
    {"level 2, not sought", "c100(I201) p", EHA, UNASKED, REASON_SAID, 0, 0, "", "hold awaiting_consent>single-agency AWAITING_CONSENT"},
    {"level 2, nobody said", "c100(I201 I202) p", EHA, UNSAID, 0, 0, 0, "", "hold awaiting_consent>taf AWAITING_CONSENT"},
    {"level 2, neither consent nor EHA", "c100(I201 I202) p", CONTACT, UNSAID, 0, 0, 0, "", "hold awaiting_consent>taf AWAITING_CONSENT"},
    {"level 3, nobody said, marked", "c100(I301) p", EHA, UNSAID, 0, 0, 0, "", "hold awaiting_consent>fsw AWAITING_CONSENT !1"},
    {"level 3, no consent, no EHA: the task waits too", "c100(I301 I302) p", CONTACT, UNSAID, 0, 0, 0, "",
     "hold awaiting_consent>fsw AWAITING_CONSENT + hold awaiting_consent>hub-decision EHA_MISSING"},
    {"level 3, no consent, solo unclear", "c108(I301 I302)", EHA, UNSAID, SOLO, 0, 0, "", "hold awaiting_consent>fsw AWAITING_CONSENT"},
    {"level 3, no consent, solo unclear, no EHA, parenting wish: all of it waits", "c144(I301 I302) p", CONTACT, UNSAID, SOLO | PARENTING | BAD_FIELD, 0, 0, "",
     "hold awaiting_consent>fsw AWAITING_CONSENT + hold awaiting_consent>take3 TAKE_3 #1 + hold awaiting_consent>hub-decision EHA_MISSING"
     " + decide data_quality> DATA_QUALITY"},
    {"level 3, no consent, no child", "p(I314 I217)", EHA, UNSAID, 0, 0, 0, "", "hold awaiting_consent>universal AWAITING_CONSENT !1"},
    {"level 1, refused", "c36 p", CONTACT, REFUSED, PARENTING, 0, 0, "", "decide consent_refused>universal CONSENT_REFUSED"},
    {"level 1, not sought, goes on", "c36 p", CONTACT, UNASKED, PARENTING, 0, 0, "", "queue flying-start-north FLYING_START_NORTH #1"},

    // solo support
    {"11 years", "c132(I206)", EHA, GIVEN, SOLO, 0, 0, "", "queue tys SOLO_YOUNG_PERSON"},
    {"a month under 11", "c131(I206)", EHA, GIVEN, SOLO, 0, 0, "", "decide solo_unclear>single-agency SOLO_UNCLEAR"},
    {"a month under 18", "c215(I206)", EHA, GIVEN, SOLO, 0, 0, "", "queue tys SOLO_YOUNG_PERSON"},
    {"18 without SEND", "c216(I206)", EHA, GIVEN, SOLO, 0, 0, "", "decide solo_unclear>universal SOLO_UNCLEAR"},
    {"18 with SEND", "c216+(I206)", EHA, GIVEN, SOLO, 0, 0, "", "queue tys SOLO_YOUNG_PERSON"},
    {"19 with SEND", "c228+(I206)", EHA, GIVEN, SOLO, 0, 0, "", "decide solo_unclear>universal SOLO_UNCLEAR"},
    {"15 with a carer", "c180(I206) r", EHA, GIVEN, SOLO, 0, 0, "", "decide solo_unclear>single-agency SOLO_UNCLEAR"},
    {"15 with another adult", "c180(I206) a", EHA, GIVEN, SOLO, 0, 0, "", "queue tys SOLO_YOUNG_PERSON"},
    {"15 alone at level 1", "c180", CONTACT, UNSAID, SOLO, 0, 0, "", "queue tys SOLO_YOUNG_PERSON"},
    {"15 alone at level 3 without EHA", "c180(I301 I302)", CONTACT, GIVEN, SOLO, 0, 0, "", "queue tys SOLO_YOUNG_PERSON + decide eha_missing> EHA_MISSING"},
    {"15 alone, parenting wish", "c180(I206)", EHA, GIVEN, SOLO | PARENTING, 0, 0, "", "queue tys SOLO_YOUNG_PERSON + queue take3 TAKE_3 #1"},
    {"solo, age unknown", "c(I206)", EHA, GIVEN, SOLO, 0, 0, "", "decide solo_unclear>single-agency SOLO_UNCLEAR"},

    {"solo unclear, no EHA, parenting wish: what belongs to where it would go", "c144(I301 I302) p", CONTACT, GIVEN, SOLO | PARENTING, 0, 0, "",
     "decide solo_unclear>fsw SOLO_UNCLEAR + hold solo_unclear>take3 TAKE_3 #1 + hold solo_unclear>hub-decision EHA_MISSING"},
    {"solo unclear at level 1, parenting wish", "c36 c84 p", CONTACT, UNSAID, SOLO | PARENTING, 0, 0, "",
     "decide solo_unclear>flying-start-north SOLO_UNCLEAR + hold solo_unclear>family-information-service UNIVERSAL_PARENTING #2"},

    // who counts as a child
    {"adults only", "p(I216 I217)", EHA, GIVEN, 0, 0, 0, "", "decide no_child>universal NO_CHILD"},
    {"18 without SEND", "c216(I301 I302) p", EHA, GIVEN, 0, 0, 0, "", "decide no_child>universal NO_CHILD"},
    {"18 with SEND", "c216+(I301 I302) p", EHA, GIVEN, 0, 0, 0, "", "queue fsw INTENSIVE"},
    {"age unknown", "c(I301 I302) p", EHA, GIVEN, 0, 0, 0, "", "queue fsw INTENSIVE"},
    {"only an expected baby", "u p(I216 I217)", EHA, GIVEN, 0, 0, 0, "", "queue taf TEAM_AROUND_THE_FAMILY"},

    // anti-social behaviour
    {"ASB perpetrator, level 3, no EHA", "c180(I301 I311) p", KIND_POLICE_NOTIFICATION, GIVEN, PERPETRATOR, 0, 0, "",
     "queue fsw-asb ASB + decide eha_missing> EHA_MISSING"},
    {"ASB victim, one need", "c100(I212) p", CONTACT, GIVEN, VICTIM, 0, 0, "", "queue fsw-asb ASB"},
    {"ASB at level 1", "c100 p", CONTACT, GIVEN, VICTIM, 0, 0, "", "decide universal>universal UNIVERSAL"},
    {"ASB, nobody asked", "c100(I212) p", KIND_POLICE_NOTIFICATION, UNSAID, VICTIM, 0, 0, "", "hold awaiting_consent>fsw-asb AWAITING_CONSENT"},

    // parenting
    {"unborn", "u-4 p", CONTACT, UNSAID, PARENTING, 0, 0, "", "queue flying-start-north FLYING_START_NORTH #1"},
    {"unborn without a date", "u p", CONTACT, UNSAID, PARENTING, 0, 0, "", "queue flying-start-north FLYING_START_NORTH #1"},
    {"the month before the fifth birthday", "c59 p", CONTACT, UNSAID, PARENTING, 0, 0, "", "queue flying-start-north FLYING_START_NORTH #1"},
    {"5, with Flying Start already", "c60 p", CONTACT, UNSAID, PARENTING, 0, 0, "@flying-start-west", "queue flying-start-west STAYS_WEST #1"},
    {"the month before six, with Flying Start", "c71 p", CONTACT, UNSAID, PARENTING, 0, 0, "@flying-start-west", "queue flying-start-west STAYS_WEST #1"},
    {"six, with Flying Start", "c72 p", CONTACT, UNSAID, PARENTING, 0, 0, "@flying-start-west", "queue family-information-service UNIVERSAL_PARENTING #1"},
    {"unknown neighbourhood", "c36 p", CONTACT, UNSAID, PARENTING | NO_PLACE, 0, 0, "", "decide unknown_neighbourhood>family-information-service UNKNOWN_NEIGHBOURHOOD #1"},
    {"age unknown", "c p", CONTACT, UNSAID, PARENTING, 0, 0, "", "decide data_quality>family-information-service AGE_UNKNOWN #1"},
    {"three children: one leads", "p c36 c144 u-2", CONTACT, UNSAID, PARENTING, 0, 0, "",
     "queue flying-start-north FLYING_START_NORTH #2 + queue family-information-service UNIVERSAL_PARENTING #3 + queue flying-start-north FLYING_START_NORTH #4"},
    {"three children beside the FSW", "c36(I301) c144(I302) c84 p", EHA, GIVEN, PARENTING, 0, 0, "",
     "queue fsw INTENSIVE + queue flying-start-north FLYING_START_NORTH #1 + queue take3 TAKE_3 #2 + queue family-information-service UNIVERSAL_PARENTING #3"},
    {"beside a single agency: not Take 3", "c144(I201) p", EHA, GIVEN, PARENTING, 0, 0, "", "queue single-agency SINGLE_AGENCY + queue family-information-service UNIVERSAL_PARENTING #1"},
    {"beside TAF", "c144(I201 I202) p", EHA, GIVEN, PARENTING, 0, 0, "", "queue taf TEAM_AROUND_THE_FAMILY + queue take3 TAKE_3 #1"},
    {"beside ASB", "c131(I201) c132 p", CONTACT, GIVEN, PARENTING | VICTIM, 0, 0, "",
     "queue fsw-asb ASB + queue family-information-service UNIVERSAL_PARENTING #1 + queue take3 TAKE_3 #2"},
    {"held with the lead", "c144(I201 I202) c36 p", CONTACT, GIVEN, PARENTING, 0, 0, "",
     "hold awaiting_eha>taf AWAITING_EHA + hold awaiting_eha>take3 TAKE_3 #1 + hold awaiting_eha>flying-start-north FLYING_START_NORTH #2"},
    {"held for consent and then for an EHA", "c144(I201 I202) p", CONTACT, UNSAID, PARENTING, 0, 0, "",
     "hold awaiting_consent>taf AWAITING_CONSENT + hold awaiting_consent>take3 TAKE_3 #1"},
    {"not beside a person's decision", "c36(I201) p", EHA, REFUSED, PARENTING, 0, 0, "", "decide consent_refused>universal CONSENT_REFUSED"},
    {"17 years and 11 months beside the FSW", "c215(I301 I302) p", EHA, GIVEN, PARENTING, 0, 0, "", "queue fsw INTENSIVE + queue take3 TAKE_3 #1"},
    {"18 with SEND beside the FSW: new, not Take 3", "c216+(I301 I302) p", EHA, GIVEN, PARENTING, 0, 0, "",
     "queue fsw INTENSIVE + queue family-information-service UNIVERSAL_PARENTING #1"},
    {"no wish, no parts", "c36(I301 I302) p", EHA, GIVEN, 0, 0, 0, "", "queue fsw INTENSIVE"},
};

// ---------------------------------------------------------------- from a row to a destination

static struct facts facts_of(const struct scenario *scenario)
{
    struct facts facts = {
        .kind = (uint8_t)scenario->kind,
        .agency = AGENCY_SCHOOL,
        .level_claimed = scenario->claimed,
        .at_risk_of_harm = (scenario->flags & AT_RISK) != 0,
        .agencies_involved = kit_bits(AGENCY_POLICE, scenario->others),
        .consent = (uint8_t)scenario->consent,
        .consent_reason_given = (scenario->flags & REASON_SAID) != 0,
        .solo_support_requested = (scenario->flags & SOLO) != 0,
        .wants = (scenario->flags & PARENTING) != 0 ? UINT64_C(1) << WANT_PARENTING : 0,
        .border = BORDER_INSIDE,
        .neighbourhood = span_text("north"),
    };

    kit_members(scenario->members, &facts);
    if ((scenario->flags & (VICTIM | PERPETRATOR)) != 0)
        facts.asb = (scenario->flags & VICTIM) != 0 ? ASB_VICTIM : ASB_PERPETRATOR;
    if ((scenario->flags & (OUTSIDE | NO_PLACE)) != 0) {
        facts.border = (scenario->flags & OUTSIDE) != 0 ? BORDER_OUTSIDE : BORDER_UNKNOWN;
        facts.neighbourhood = (struct span){0};
    }
    return facts;
}

static struct triaged triaged_of(const struct facts *facts, unsigned n_problems)
{
    bool urgent = facts->at_risk_of_harm || facts->unsure_about_safety || facts->level_claimed == 4;
    struct level_decision level;

    level_decide(policy, facts, urgent, &level);
    return (struct triaged){.level = level.level, .computed = level.computed, .rule = level.rule, .marks = level.marks,
                            .n_problems = n_problems, .received = INT64_C(1479483000000), .facts = *facts};
}

static struct family_state family_of(const char *open)
{
    struct family_state family = {0};

    if (open[0] == '@')
        family.parenting_team = span_text(open + 1);
    else if (open[0] != '\0') {
        const char *space = strchr(open, ' ');
        family.open = true;
        family.team = span_of(open, (size_t)(space - open));
        family.level = (uint8_t)(space[1] - '0');
        family.opened_ms = INT64_C(1475000000000);
    }
    return family;
}

// "queue TEAM RULE", "decide REASON>PROPOSAL RULE", "hold REASON>PROPOSAL RULE", "news TEAM RULE"; "!m" marks, "#n" the child's place.
static void print_job(const struct destination_job *job, char *text, size_t size)
{
    static const char *const words[] = {"queue", "decide", "hold", "news"};
    bool waits = job->outcome == DESTINATION_DECIDE || job->outcome == DESTINATION_HOLD;
    size_t at = strlen(text);

    if (waits)
        at += (size_t)snprintf(text + at, size - at, "%s %s>%.*s %.*s", words[job->outcome], code_text(LIST_REASON, job->reason),
                               SPAN_ARG(job->proposal), SPAN_ARG(job->rule));
    else
        at += (size_t)snprintf(text + at, size - at, "%s %.*s %.*s", words[job->outcome], SPAN_ARG(job->team), SPAN_ARG(job->rule));
    if (job->marks != 0)
        at += (size_t)snprintf(text + at, size - at, " !%d", __builtin_ctzll(job->marks));
    for (unsigned i = 0; i < job->n_used; i++)
        if (span_is(job->used[i].fact, "member"))
            snprintf(text + at, size - at, " #%d", (int)job->used[i].value);
}

static void print_destination(const struct destination *destination, char *text, size_t size)
{
    text[0] = '\0';
    print_job(&destination->lead, text, size);
    for (unsigned i = 0; i < destination->n_parts; i++) {
        size_t at = strlen(text);
        snprintf(text + at, size - at, " + ");
        print_job(&destination->parts[i], text, size);
    }
}

static void facts_to_destinations(void **state)
{
    unsigned n_failed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const struct scenario *scenario = &scenarios[i];
        struct facts facts = facts_of(scenario);
        struct triaged triaged = triaged_of(&facts, (scenario->flags & BAD_FIELD) != 0);
        struct family_state family = family_of(scenario->open);
        struct destination destination;
        char got[1024];

        destination_decide(policy, &triaged, &family, &destination);
        print_destination(&destination, got, sizeof got);
        if (strcmp(got, scenario->goes) == 0)
            continue;
        n_failed++;
        fprintf(stderr, "%s\n  is %s\n  not %s\n", scenario->what, got, scenario->goes);
    }
    assert_int_equal(n_failed, 0);
}

// ---------------------------------------------------------------- what the table cannot show

static void a_case_opened_before_eighteen_keeps_take_3(void **state)
{
    static const struct {
        const char *opened;
        unsigned months; // of age on 18 November 2016
        const char *rule;
    } rows[] = {
        {"2016-10-17T12:00:00Z", 216, "TAKE_3_STILL_OPEN"},   // 215 then
        {"2016-11-01T12:00:00Z", 216, "UNIVERSAL_PARENTING"}, // 216, or nearly: not known to have been under 18
        {"2016-01-17T12:00:00Z", 225, "TAKE_3_STILL_OPEN"},
        {"2016-10-17T12:00:00Z", 227, "UNIVERSAL_PARENTING"},
        {"2014-01-01T12:00:00Z", 228, "UNIVERSAL_PARENTING"},
        {"2016-10-17T12:00:00Z", 215, "TAKE_3_OPEN"},
        {"2016-10-17T12:00:00Z", 131, "UNIVERSAL_PARENTING"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct facts facts = {.wants = UINT64_C(1) << WANT_PARENTING, .border = BORDER_INSIDE, .n_members = 1};
        struct family_state family = {.open = true, .level = 2, .team = span_text("single-agency")};
        struct destination destination;
        struct triaged triaged;

        facts.members[0].role = MEMBER_CHILD;
        PUT(&facts.members[0], member_facts, months, rows[i].months);
        assert_true(civil_parse_time(span_text(rows[i].opened), &family.opened_ms));
        triaged = triaged_of(&facts, 0);
        destination_decide(policy, &triaged, &family, &destination);
        assert_int_equal(destination.n_parts, 1);
        if (!span_is(destination.parts[0].rule, rows[i].rule))
            fail_msg("%s at %u months: %.*s, not %s", rows[i].opened, rows[i].months, SPAN_ARG(destination.parts[0].rule), rows[i].rule);
    }
}

static void the_facts_used_are_told(void **state)
{
    struct facts facts = {.kind = KIND_EHA, .consent = CONSENT_GIVEN, .border = BORDER_INSIDE};
    struct family_state family = {0};
    struct destination destination;
    struct triaged triaged;

    (void)state;
    kit_members("c100(I201 I202) p", &facts);
    triaged = triaged_of(&facts, 0);
    destination_decide(policy, &triaged, &family, &destination);
    assert_int_equal(destination.lead.n_used, 2);
    assert_true(span_is(destination.lead.used[0].fact, "level"));
    assert_int_equal(destination.lead.used[0].value, 2);
    assert_true(span_is(destination.lead.used[1].fact, "kind"));
    assert_int_equal(destination.lead.used[1].value, KIND_EHA);
    assert_int_equal(destination.lead.team_index, rules_team(policy, span_text("taf")));
}

static const struct {
    const char *what;
    const char *members;
    enum kind kind;
    enum consent_service consent;
    unsigned flags;
    enum basis basis;
    const char *near[TABLE_NEAR_MAX]; // "row fact value from to"
} nearby[] = {
    {"two needs, assessment", "c100(I201 I202) p", EHA, GIVEN, 0, BASIS_PUBLIC_TASK,
     {"CONSENT_REFUSED consent 1 2 2", "AWAITING_CONSENT consent 1 3 3", "ASB asb 0 1 2", "AWAITING_EHA kind 1 2 4"}},
    {"two needs, no assessment", "c100(I201 I202) p", CONTACT, GIVEN, 0, BASIS_PUBLIC_TASK,
     {"CONSENT_REFUSED consent 1 2 2", "AWAITING_CONSENT consent 1 3 3", "ASB asb 0 1 2", "TEAM_AROUND_THE_FAMILY kind 2 1 1"}},
    {"two needs, refused", "c100(I201 I202) p", EHA, REFUSED, 0, BASIS_PUBLIC_TASK,
     {"TEAM_AROUND_THE_FAMILY consent 2 1 1", "AWAITING_CONSENT consent 2 3 3", "CROSS_BORDER border 1 3 3", "OPEN_CASE family_case 0 1 1"}},
    {"15, solo flag, mother listed", "c180(I206) p", EHA, GIVEN, SOLO, BASIS_PUBLIC_TASK,
     {"SOLO_YOUNG_PERSON parent_or_carer 1 0 0", "SINGLE_AGENCY solo_support_requested 1 0 0", "CONSENT_REFUSED consent 1 2 2", "AWAITING_CONSENT consent 1 3 3"}},
    {"level 4, agreed", "c100(I402)", EHA, GIVEN, 0, BASIS_PUBLIC_TASK, {NULL}},
    {"level 4, refused", "c100(I402)", EHA, REFUSED, 0, BASIS_LEGAL_OBLIGATION, {NULL}},
    {"at risk, nobody said", "c100", EHA, UNSAID, AT_RISK, BASIS_VITAL_INTEREST, {NULL}},
};

static void near_misses_and_basis_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof nearby / sizeof nearby[0]; i++) {
        struct scenario scenario = {
            .members = nearby[i].members, .kind = nearby[i].kind, .consent = nearby[i].consent, .flags = nearby[i].flags};
        struct facts facts = facts_of(&scenario);
        struct triaged triaged = triaged_of(&facts, 0);
        struct family_state family = {0};
        struct destination got;
        unsigned n = 0;

        destination_decide(policy, &triaged, &family, &got);
        while (n < TABLE_NEAR_MAX && nearby[i].near[n] != NULL)
            n++;
        for (unsigned k = 0; k < got.lead.n_near; k++) {
            const struct near_row *near = &got.lead.near[k];
            char text[128];
            snprintf(text, sizeof text, "%.*s %.*s %d %d %d", SPAN_ARG(near->row), SPAN_ARG(near->fact), (int)near->value, (int)near->from,
                     (int)near->to);
            if (k >= n || strcmp(text, nearby[i].near[k]) != 0)
                fail_msg("%s: %u: %s", nearby[i].what, k, text);
        }
        assert_int_equal(got.lead.n_near, n);
        assert_int_equal(got.basis, nearby[i].basis);
        for (unsigned part = 0; part < got.n_parts; part++)
            assert_int_equal(got.parts[part].n_near, 0);
    }
}

static void outcomes_are_the_events_records(void **state)
{
    struct scenario scenario = {.members = "c144(I301 I302) p", .kind = CONTACT, .consent = UNASKED, .flags = PARENTING};
    struct facts facts = facts_of(&scenario);
    struct triaged triaged = triaged_of(&facts, 0);
    struct family_state family = {0};
    struct destination to;
    struct held held;
    struct allocated allocated;

    (void)state;
    destination_decide(policy, &triaged, &family, &to);
    assert_int_equal(outcome_state(outcome_job(&to, 0)), STATE_HELD);
    outcome_held(&triaged, &to, 0, 1234, &held);
    assert_true(span_is(held.rule, "AWAITING_CONSENT") && span_is(held.proposal, "fsw") && held.due == 1234 && !HAS(&held, held, part));
    assert_int_equal(held.n_used, 2);
    assert_true(HAS(&held, held, near) && held.n_near == TABLE_NEAR_MAX);
    outcome_held(&triaged, &to, 1, 1234, &held);
    assert_true(span_is(held.rule, "TAKE_3") && HAS(&held, held, part) && held.part == 1 && !HAS(&held, held, near));
    facts.at_risk_of_harm = true;
    triaged = triaged_of(&facts, 0);
    destination_decide(policy, &triaged, &family, &to);
    assert_int_equal(outcome_state(outcome_job(&to, 0)), STATE_QUEUED);
    outcome_allocated(&triaged, &to, 0, 99, &allocated);
    assert_true(span_is(allocated.team, "specialist") && allocated.level == 4 && HAS(&allocated, allocated, basis));
    assert_int_equal(allocated.basis, BASIS_VITAL_INTEREST);
    assert_false(HAS(&allocated, allocated, marks));
    assert_int_equal(outcome_state(outcome_job(&to, 1)), STATE_DECIDING);
    outcome_allocated(&triaged, &to, 1, 99, &allocated);
    assert_int_equal(allocated.reason, REASON_BASIS_MISSING);
    assert_int_equal(allocated.part, 1);
}

static void reasons_of_rows(void **state)
{
    (void)state;
    assert_int_equal(destination_reason(policy, span_text("EHA_MISSING")), REASON_EHA_MISSING);
    assert_int_equal(destination_reason(policy, span_text("UNKNOWN_NEIGHBOURHOOD")), REASON_UNKNOWN_NEIGHBOURHOOD);
    assert_int_equal(destination_reason(policy, span_text("STEP_UP")), REASON_STEP_UP);
    assert_int_equal(destination_reason(policy, span_text("TAKE_3")), REASON_NONE);
    assert_int_equal(destination_reason(policy, span_text("NO_SUCH_ROW")), REASON_NONE);
}

static uint64_t draw(unsigned *seed, unsigned n)
{
    return (uint64_t)((unsigned)rand_r(seed) % n);
}

static struct facts any_facts(unsigned *seed)
{
    struct facts facts = {
        .kind = (uint8_t)draw(seed, code_count(LIST_KIND)),
        .level_claimed = draw(seed, 5),
        .agency = (uint8_t)draw(seed, 27),
        .agencies_involved = (uint64_t)rand_r(seed) & 0x7fffffe,
        .consent = (uint8_t)draw(seed, 5),
        .consent_reason_given = draw(seed, 2) != 0,
        .solo_support_requested = draw(seed, 3) == 0,
        .wants = draw(seed, 16) << 1,
        .asb = (uint8_t)draw(seed, 3),
        .border = (uint8_t)draw(seed, 4),
        .n_members = draw(seed, 17),
    };
    static const char *const places[] = {"", "north", "south", "central", "west", "elsewhere"};

    facts.neighbourhood = span_text(places[draw(seed, 6)]);
    for (unsigned i = 0; i < facts.n_members; i++) {
        struct member_facts *member = &facts.members[i];
        member->role = (uint8_t)draw(seed, 6);
        if (draw(seed, 8) != 0)
            PUT(member, member_facts, months, (int64_t)draw(seed, 260) - 12);
        if (draw(seed, 3) == 0)
            member->needs = UINT64_C(2) << draw(seed, 58);
    }
    return facts;
}

static void check_job(const struct destination_job *job)
{
    const struct team *team = &policy->teams[job->team_index];

    assert_true(job->rule.size > 0);
    assert_true(job->n_used <= TABLE_USED_MAX);
    switch ((enum destination_outcome)job->outcome) {
    case DESTINATION_QUEUE:
        assert_true(job->team_index != 0 && !team->decides && job->team.size > 0);
        break;
    case DESTINATION_DECIDE:
        assert_true(job->team_index != 0 && team->decides && job->reason != REASON_NONE);
        break;
    case DESTINATION_HOLD:
        assert_true(job->reason != REASON_NONE && job->proposal.size > 0);
        break;
    case DESTINATION_NEWS:
        assert_true(job->team.size > 0);
        break;
    }
}

// A part is held with a lead that waits, for the lead's own reason; or, beside what is told to the open case, for the family's answer.
static void check_part(const struct destination_job *lead, const struct destination_job *part)
{
    check_job(part);
    if (part->outcome != DESTINATION_HOLD)
        return;
    if (lead->outcome == DESTINATION_NEWS || lead->reason == REASON_STEP_UP) {
        assert_int_equal(part->reason, REASON_AWAITING_CONSENT);
        return;
    }
    assert_true(lead->outcome == DESTINATION_HOLD || lead->outcome == DESTINATION_DECIDE);
    assert_int_not_equal(lead->reason, REASON_CONSENT_REFUSED);
    assert_int_equal(part->reason, lead->reason);
}

// Whatever the facts: one lead, with an owner; level 4 at specialist; nothing lowered; parts only of known kinds.
static void no_facts_are_left_without_a_destination(void **state)
{
    unsigned seed = 20161101;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        struct facts facts = any_facts(&seed);
        struct triaged triaged = triaged_of(&facts, (unsigned)draw(&seed, 3));
        struct family_state family = family_of(draw(&seed, 3) == 0 ? "fsw 3" : draw(&seed, 3) == 0 ? "taf 2" : "");
        struct destination destination;

        destination_decide(policy, &triaged, &family, &destination);
        check_job(&destination.lead);
        assert_true(destination.n_parts <= DESTINATION_PARTS_MAX);
        for (unsigned i = 0; i < destination.n_parts; i++)
            check_part(&destination.lead, &destination.parts[i]);
        if (triaged.level == 4)
            assert_true(destination.lead.outcome == DESTINATION_QUEUE && span_is(destination.lead.team, "specialist"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_to_destinations),
        cmocka_unit_test(a_case_opened_before_eighteen_keeps_take_3),
        cmocka_unit_test(the_facts_used_are_told),
        cmocka_unit_test(near_misses_and_basis_are_told),
        cmocka_unit_test(outcomes_are_the_events_records),
        cmocka_unit_test(reasons_of_rows),
        cmocka_unit_test(no_facts_are_left_without_a_destination),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
