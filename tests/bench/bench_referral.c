// SPDX-License-Identifier: MIT
// Eight kinds of referrals as rows, and the event that one makes.
// Used by the bench programs. Ages are rows, birth years are reckoned from today, so that the kinds stay what they are.
#include "tests/bench/bench_referral.h"

#include "common/base/civil.h"
#include "common/wire/encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define NEED(code) (UINT64_C(1) << INDICATOR_##code)

static const struct {
    const char *team;
    uint64_t needs; // of the first child
    uint8_t level;
    uint8_t kind;
    uint8_t children;
    uint8_t age; // in years, of the first child; the next are two years older each
    uint8_t area;
    bool is_asb, wants_parenting;
} kinds[BENCH_KINDS] = {
    {"specialist", NEED(I402), 4, KIND_EHA, 1, 8, 1, false, false},
    {"fsw", NEED(I301) | NEED(I310), 3, KIND_EHA, 1, 14, 4, false, false},
    {"fsw-asb", NEED(I212) | NEED(I207), 2, KIND_EHA, 1, 15, 2, true, false},
    {"taf", NEED(I201) | NEED(I207), 2, KIND_EHA, 1, 11, 3, false, false},
    {"single-agency", NEED(I204), 2, KIND_EHA, 1, 4, 1, false, false},
    {"tys", NEED(I206), 2, KIND_EHA, 3, 13, 2, false, false},
    {"flying-start-north", 0, 1, KIND_SELF_REFERRAL, 1, 2, 3, false, true},
    {"family-information-service", 0, 1, KIND_SELF_REFERRAL, 1, 8, 4, false, true},
};

const char *bench_referral_team(unsigned kind)
{
    return kinds[kind].team;
}

static int32_t birth_date(unsigned age, unsigned month_day)
{
    time_t now = time(NULL);
    int32_t year = civil_from_days((int32_t)(now / 86400)).year - (int32_t)age;

    return days_from_civil((struct civil){.year = year, .month = 1 + (int32_t)(month_day / 28) % 12, .day = 1 + (int32_t)(month_day % 28)});
}

static void fill_referrer(const struct bench_referral *referral, struct submitted *data)
{
    data->referrer = (struct referrer){.agency = AGENCY_GP};
    PUT(&data->referrer, referrer, role, span_text("doctor"));
    PUT(&data->referrer, referrer, name, referral->referrer);
    PUT(&data->referrer, referrer, email, referral->email);
    if (referral->phone.size > 0)
        PUT(&data->referrer, referrer, phone, referral->phone);
    SET_HAS(data, submitted, consent);
    data->consent = (struct consent){.service = CONSENT_GIVEN};
    PUT(&data->consent, consent, given_by, GIVEN_BY_PARENT);
}

static void fill_household(const struct bench_referral *referral, struct span postcode, struct submitted *data)
{
    SET_HAS(data, submitted, household);
    PUT(&data->household, household, address, referral->address);
    PUT(&data->household, household, postcode, postcode);
    PUT(&data->household, household, language, referral->language);
}

static void fill_members(const struct bench_referral *referral, struct submitted *data)
{
    static const char *const refs[BENCH_MEMBERS] = {"m1", "m2", "m3"};
    unsigned children = kinds[referral->kind].children;

    data->n_members = BENCH_MEMBERS;
    for (unsigned i = 0; i < BENCH_MEMBERS; i++) {
        struct member *member = &data->members[i];
        bool is_child = i < children;

        member->ref = span_text(refs[i]);
        member->role = is_child ? MEMBER_CHILD : MEMBER_PARENT;
        PUT(member, member, given_name, referral->given_names[i]);
        PUT(member, member, family_name, referral->family_name);
        PUT(member, member, born, birth_date(is_child ? kinds[referral->kind].age + 2 * i : 36 + 3 * i, referral->birth_month_day));
    }
    if (kinds[referral->kind].needs != 0)
        PUT(&data->members[0], member, needs, kinds[referral->kind].needs);
}

struct span bench_referral_compose(const struct bench_referral *referral, uint8_t buffer[BENCH_EVENT_MAX])
{
    struct submitted data = {.kind = kinds[referral->kind].kind, .reason = referral->reason};
    struct event event = {.specversion = span_text("1.0"), .id = referral->id, .source = referral->source};
    uint8_t data_bytes[BENCH_EVENT_MAX];
    struct wire_writer data_writer = wire_writer_on(data_bytes, sizeof data_bytes);
    struct wire_writer writer = wire_writer_on(buffer, BENCH_EVENT_MAX);
    char postcode[16];

    snprintf(postcode, sizeof postcode, "LU%u %.*s", kinds[referral->kind].area, SPAN_ARG(referral->postcode));
    PUT(&data, submitted, level_claimed, kinds[referral->kind].level);
    fill_referrer(referral, &data);
    fill_household(referral, span_text(postcode), &data);
    fill_members(referral, &data);
    if (kinds[referral->kind].is_asb) {
        SET_HAS(&data, submitted, asb);
        data.asb = (struct asb){.role = ASB_VICTIM};
    }
    if (kinds[referral->kind].children == BENCH_MEMBERS)
        PUT(&data, submitted, solo_support_requested, true);
    if (kinds[referral->kind].wants_parenting)
        PUT(&data, submitted, wants, UINT64_C(1) << WANT_PARENTING);
    encode(&record_submitted, &data, &data_writer);
    event.type = span_text(event_desc(EVENT_SUBMITTED)->type);
    PUT(&event, event, time, referral->time_ms);
    event.data = wire_written(&data_writer);
    encode(&record_event, &event, &writer);
    return event.data.size > 0 ? wire_written(&writer) : (struct span){.size = 0};
}

struct span bench_referral_make_up(uint64_t run, uint32_t i, uint8_t buffer[BENCH_EVENT_MAX])
{
    static const char *const names[] = {"Amara", "Bilal", "Chloe", "Dawid", "Esi", "Farah", "Goran", "Hana",
                                        "Imran", "Jade",  "Kofi",  "Lena",  "Mei", "Noor",  "Oluwa", "Petra"};
    struct bench_referral referral = {
        .kind = i % BENCH_KINDS,
        .source = span_text("/bench/practices/82140"),
        .time_ms = (int64_t)time(NULL) * 1000,
        .reason = span_text("Worries about how things are at home and at school; the family asks for help. An earlier contact did not lead "
                            "to a plan; please call back within days, mornings are best."),
        .referrer = span_text("Dr Sample"),
        .email = span_text("sample@practice.example.org"),
        .postcode = span_text("2AB"),
        .language = span_text("en"),
        .birth_month_day = i % 336,
    };
    char id[64], family_name[64], address[64];

    snprintf(id, sizeof id, "%016" PRIx64 "-%08x", run, i);
    snprintf(family_name, sizeof family_name, "Bench-%" PRIx64 "-%u", run & 0xffffff, i);
    snprintf(address, sizeof address, "%u Sample Street, Luton", i % 300 + 1);
    referral.id = span_text(id);
    referral.family_name = span_text(family_name);
    referral.address = span_text(address);
    for (unsigned m = 0; m < BENCH_MEMBERS; m++)
        referral.given_names[m] = span_text(names[(i + 5 * m) % 16]);
    return bench_referral_compose(&referral, buffer);
}
