// SPDX-License-Identifier: MIT
// Small words that are the same in every explanation.
// Called by account.c and account_route.c. Decides nothing.
#include "services/windscreen/plain.h"

#include "common/base/bits.h"
#include "common/base/civil.h"

enum { DAY_MS = 86400000, MINUTE_MS = 60000, MONTHS_OF_BABIES = 24 };

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

void plain_add_day(struct phrase *phrase, int64_t ms)
{
    struct civil day = civil_from_days(civil_london_day(ms));

    phrase_add(phrase, "%d %s %d", (int)day.day, months[day.month - 1], (int)day.year);
}

void plain_add_moment(struct phrase *phrase, int64_t ms)
{
    int64_t local = ms + civil_london_offset_minutes(ms) * (int64_t)MINUTE_MS;
    int32_t day = civil_london_day(ms);
    int minute = (int)((local - (int64_t)day * DAY_MS) / MINUTE_MS);

    phrase_add(phrase, "%s ", weekdays[civil_weekday(day)]);
    plain_add_day(phrase, ms);
    phrase_add(phrase, ", %02d:%02d", minute / 60, minute % 60);
}

// ---------------------------------------------------------------- people

static void add_age(struct phrase *phrase, const struct member_facts *member)
{
    if (!HAS(member, member_facts, months))
        phrase_add(phrase, " whose age is not known");
    else if (member->months < MONTHS_OF_BABIES)
        phrase_add(phrase, " of %lld month%s", (long long)member->months, member->months == 1 ? "" : "s");
    else
        phrase_add(phrase, " of %lld", (long long)member->months / 12);
}

static void add_role(struct phrase *phrase, const struct member_facts *member)
{
    switch ((enum member_role)member->role) {
    case MEMBER_CHILD:
        phrase_add(phrase, "child");
        add_age(phrase, member);
        break;
    case MEMBER_UNBORN:
        phrase_add(phrase, "expected baby");
        break;
    case MEMBER_PARENT:
        phrase_add(phrase, "parent");
        break;
    case MEMBER_CARER:
        phrase_add(phrase, "carer");
        break;
    case MEMBER_ADULT:
        phrase_add(phrase, "other adult");
        break;
    default:
        phrase_add(phrase, "person");
        break;
    }
}

void plain_add_person(struct phrase *phrase, const struct member_facts *member)
{
    phrase_add(phrase, member->role == MEMBER_ADULT ? "an" : member->role == MEMBER_UNBORN ? "an " : "a "); // "another adult"
    add_role(phrase, member);
    if (member->send)
        phrase_add(phrase, " with special educational needs or a disability");
}

static bool are_alike(const struct member_facts *a, const struct member_facts *b)
{
    char texts[2][64];
    struct phrase first = phrase_on(texts[0], sizeof texts[0]);
    struct phrase second = phrase_on(texts[1], sizeof texts[1]);

    add_role(&first, a);
    add_role(&second, b);
    return strcmp(texts[0], texts[1]) == 0;
}

void plain_add_member(struct phrase *phrase, const struct facts *facts, uint64_t member)
{
    const struct member_facts *it;
    bool alone = true;

    if (member < 1 || member > facts->n_members) {
        phrase_add(phrase, "member %llu", (unsigned long long)member);
        return;
    }
    it = &facts->members[member - 1];
    for (uint64_t i = 0; i < facts->n_members; i++)
        alone = alone && (i == member - 1 || !are_alike(&facts->members[i], it));
    phrase_add(phrase, "the ");
    add_role(phrase, it);
    if (!alone)
        phrase_add(phrase, " (member %llu)", (unsigned long long)member);
}

// Members that are told alike are told together, where the first of them stands: "2 parents".
static uint64_t count_alike(const struct facts *facts, uint64_t first)
{
    uint64_t n = 0;

    for (uint64_t i = 0; i < facts->n_members; i++)
        if (are_alike(&facts->members[i], &facts->members[first]) && facts->members[i].send == facts->members[first].send) {
            if (i < first)
                return 0;
            n++;
        }
    return n;
}

static void add_several(struct phrase *phrase, uint64_t n, const struct member_facts *member)
{
    static const char *const many[MEMBER_COUNT] = {
        [MEMBER_NONE] = "people",    [MEMBER_CHILD] = "children", [MEMBER_UNBORN] = "expected babies",
        [MEMBER_PARENT] = "parents", [MEMBER_CARER] = "carers",   [MEMBER_ADULT] = "other adults"};

    phrase_add(phrase, "%llu %s", (unsigned long long)n, many[member->role]);
    if (member->role == MEMBER_CHILD)
        add_age(phrase, member);
    if (member->send)
        phrase_add(phrase, " with special educational needs or a disability");
}

void plain_add_household(struct phrase *phrase, const struct facts *facts)
{
    unsigned left = 0;
    const char *between = "";

    for (uint64_t i = 0; i < facts->n_members; i++)
        left += count_alike(facts, i) > 0;
    if (left == 0)
        phrase_add(phrase, "nobody");
    for (uint64_t i = 0; i < facts->n_members; i++) {
        uint64_t n = count_alike(facts, i);

        if (n == 0)
            continue;
        phrase_add(phrase, "%s", between);
        if (n == 1)
            plain_add_person(phrase, &facts->members[i]);
        else
            add_several(phrase, n, &facts->members[i]);
        between = --left == 1 ? " and " : ", ";
    }
}

// ---------------------------------------------------------------- teams and agencies

void plain_add_team(struct phrase *phrase, const struct policy *policy, struct span team)
{
    unsigned place = policy != NULL ? rules_team(policy, team) : 0;

    if (place != 0)
        phrase_add(phrase, "%.*s (%.*s)", SPAN_ARG(policy->teams[place].title), SPAN_ARG(team));
    else
        phrase_add(phrase, "%.*s", SPAN_ARG(team));
}

void plain_add_by(struct phrase *phrase, struct span by)
{
    phrase_add(phrase, "%s%.*s", span_is(by, "hub") ? "the " : "", SPAN_ARG(by));
}

const char *plain_reason(unsigned reason)
{
    const char *meaning = code_meaning(LIST_REASON, reason);

    return strncmp(meaning, "task: ", 6) == 0 ? meaning + 6 : meaning;
}

void plain_add_set(struct phrase *phrase, enum code_list list, uint64_t set)
{
    unsigned left = bits_count(set);
    const char *between = "";

    for (; set != 0; set &= set - 1) {
        phrase_add(phrase, "%s%s", between, code_meaning(list, (unsigned)__builtin_ctzll(set)));
        between = --left == 1 ? " and " : ", ";
    }
}
