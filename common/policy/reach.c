// SPDX-License-Identifier: MIT
// Indicators that are counted alike are a kind. Kind after kind is added to the combinations so far; of each kind there are `pairs` of
// holder and indicator, and `once` of them when one on several children counts once: any 1 <= once <= pairs can be. Never leaves out a
// combination that can be; of several spread counts it may keep one that cannot, for which then no household is found.
#include "common/policy/reach.h"

#include "common/base/bits.h"
#include "common/policy/count.h"

#include <stdlib.h>

enum {
    KINDS_MAX = TABLE_VALUES_MAX,
    STATES_MAX = 4096,
    BUCKETS = 2 * STATES_MAX,
    DOMAINS_MANY = 255,
    HOLDERS = 4,
};

struct alike {
    uint64_t indicators;
    uint32_t counts; // bit i: count i counts them
    uint8_t domain;  // of all of them, where a spread count counts them
    bool urgent;
    uint8_t most_pairs, most_once; // beyond these no rule tells them apart
};

// What tells combinations apart while kinds are added.
struct sums {
    uint8_t value[POLICY_COUNTS_MAX];   // saturated
    uint8_t domains[POLICY_COUNTS_MAX]; // of a spread count: 0 none yet, domain + 1, or DOMAINS_MANY
    uint16_t loose;                     // bit i: spread count i cannot be all with one holder
    uint16_t urgent;                    // no padding: compared as bytes
};

struct pick {
    uint8_t pairs, once;
};

struct mixture {
    struct sums sums;
    struct pick picks[KINDS_MAX];
};

struct combination {
    uint8_t values[POLICY_COUNTS_MAX];
    bool urgent;
    uint16_t state;
};

struct reach {
    const struct level_rules *levels;
    uint8_t most[POLICY_COUNTS_MAX]; // values saturate here
    unsigned n_kinds, n_states, n;
    struct alike kinds[KINDS_MAX];
    uint32_t *steps;           // left, of the whole proof
    uint16_t buckets[BUCKETS]; // state + 1, by the hash of its sums
    uint16_t met[BUCKETS];     // combination + 1, by the hash of its values
    struct mixture states[STATES_MAX];
    struct combination combinations[STATES_MAX];
};

// ---------------------------------------------------------------- kinds

// One beyond the greatest value that some row tells from the next.
static uint8_t most_of(const struct table *table, unsigned fact)
{
    unsigned most = 0;

    for (unsigned row = 0; row < table->n_rows; row++) {
        uint64_t allow = table->rows[row].allow[fact];
        uint64_t edges = (allow ^ allow >> 1) & ~(UINT64_C(1) << (TABLE_VALUES_MAX - 1));
        unsigned last = edges != 0 ? TABLE_VALUES_MAX - (unsigned)__builtin_clzll(edges) : 0;
        if ((table->rows[row].columns >> fact & 1) != 0 && last > most)
            most = last;
    }
    return (uint8_t)most;
}

static bool is_spread(const struct reach *reach, unsigned count)
{
    return reach->levels->counts[count].how == COUNT_SPREAD;
}

static uint8_t domain_of(const struct level_rules *levels, unsigned code)
{
    for (unsigned domain = 0; domain < levels->n_domains; domain++)
        if ((levels->domains[domain] >> code & 1) != 0)
            return (uint8_t)domain;
    return 0;
}

bool reach_makes_urgent(unsigned indicator)
{
    return strncmp(code_text(LIST_INDICATOR, indicator), "I4", 2) == 0;
}

static struct alike kind_of(const struct reach *reach, unsigned code)
{
    struct alike kind = {.indicators = UINT64_C(1) << code, .urgent = reach_makes_urgent(code)};

    for (unsigned i = 0; i < reach->levels->n_counts; i++) {
        if ((reach->levels->counts[i].indicators >> code & 1) == 0 || reach->most[i] == 0)
            continue;
        kind.counts |= 1U << i;
        if (is_spread(reach, i))
            kind.domain = (uint8_t)(domain_of(reach->levels, code) + 1);
        if (reach->levels->counts[i].how == COUNT_EACH)
            kind.most_pairs = reach->most[i] > kind.most_pairs ? reach->most[i] : kind.most_pairs;
        else
            kind.most_once = reach->most[i] > kind.most_once ? reach->most[i] : kind.most_once;
    }
    return kind;
}

static void add_to_kinds(struct reach *reach, unsigned code)
{
    struct alike kind = kind_of(reach, code);

    if (kind.counts == 0)
        return;
    for (unsigned i = 0; i < reach->n_kinds; i++)
        if (reach->kinds[i].counts == kind.counts && reach->kinds[i].domain == kind.domain && reach->kinds[i].urgent == kind.urgent) {
            reach->kinds[i].indicators |= kind.indicators;
            return;
        }
    reach->kinds[reach->n_kinds++] = kind;
}

// A spread count is yes or no, but what is counted for it saturates at two.
static void find_kinds(struct reach *reach)
{
    for (unsigned i = 0; i < reach->levels->n_counts; i++) {
        reach->most[i] = most_of(&reach->levels->table, LEVEL_FACT_COUNT + i);
        if (is_spread(reach, i) && reach->most[i] > 0)
            reach->most[i] = 2;
    }
    for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++)
        add_to_kinds(reach, code);
}

// ---------------------------------------------------------------- states

static uint32_t first_bucket(const void *key, size_t size)
{
    const uint8_t *bytes = key;
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 16777619U;
    return hash % BUCKETS;
}

// True when a state with these sums is there already, or there is no room for it; else it has its place in the table.
static bool is_known(struct reach *reach, const struct sums *sums)
{
    uint32_t at = first_bucket(sums, sizeof *sums);

    for (; reach->buckets[at] != 0; at = (at + 1) % BUCKETS)
        if (memcmp(&reach->states[reach->buckets[at] - 1].sums, sums, sizeof *sums) == 0)
            return true;
    if (reach->n_states < STATES_MAX)
        reach->buckets[at] = (uint16_t)(reach->n_states + 1);
    return false;
}

static uint8_t saturated(unsigned value, unsigned most)
{
    return (uint8_t)(value < most ? value : most);
}

static struct sums sums_with(const struct reach *reach, const struct sums *before, const struct alike *kind, struct pick pick)
{
    struct sums sums = *before;
    bool loose = pick.pairs != pick.once || pick.once > bits_count(kind->indicators);

    sums.urgent = sums.urgent || kind->urgent;
    for (uint32_t left = kind->counts; left != 0; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctz(left);
        unsigned add = reach->levels->counts[i].how == COUNT_EACH ? pick.pairs : pick.once;
        sums.value[i] = saturated(sums.value[i] + add, reach->most[i]);
        if (!is_spread(reach, i))
            continue;
        sums.domains[i] = sums.domains[i] == 0 || sums.domains[i] == kind->domain ? kind->domain : DOMAINS_MANY;
        sums.loose = (uint16_t)(sums.loose | (unsigned)loose << i);
    }
    return sums;
}

static bool add_state(struct reach *reach, unsigned from, unsigned kind, struct pick pick)
{
    struct sums sums = sums_with(reach, &reach->states[from].sums, &reach->kinds[kind], pick);
    struct mixture *state;

    if (*reach->steps == 0)
        return false;
    --*reach->steps;
    if (is_known(reach, &sums))
        return true;
    if (reach->n_states == STATES_MAX)
        return false;
    state = &reach->states[reach->n_states++];
    *state = reach->states[from];
    state->sums = sums;
    state->picks[kind] = pick;
    return true;
}

static bool add_kind(struct reach *reach, unsigned kind)
{
    unsigned n_before = reach->n_states;
    bool any_once = reach->kinds[kind].most_once == 0; // nobody asks: pairs of different indicators are as good
    unsigned most_once = any_once ? reach->kinds[kind].most_pairs : reach->kinds[kind].most_once;

    for (unsigned once = 1; once <= most_once; once++) {
        unsigned most_pairs = !any_once && reach->kinds[kind].most_pairs > once ? reach->kinds[kind].most_pairs : once;
        for (unsigned pairs = once; pairs <= most_pairs; pairs++)
            for (unsigned from = 0; from < n_before; from++)
                if (!add_state(reach, from, kind, (struct pick){.pairs = (uint8_t)pairs, .once = (uint8_t)once}))
                    return false;
    }
    return true;
}

// ---------------------------------------------------------------- combinations

static bool add_combination(struct reach *reach, const uint8_t *values, unsigned state)
{
    bool urgent = reach->states[state].sums.urgent != 0;
    uint32_t at = first_bucket(values, POLICY_COUNTS_MAX);

    for (; reach->met[at] != 0; at = (at + 1) % BUCKETS) {
        const struct combination *met = &reach->combinations[reach->met[at] - 1];
        if (memcmp(met->values, values, POLICY_COUNTS_MAX) == 0 && met->urgent == urgent)
            return true;
    }
    if (reach->n == STATES_MAX)
        return false;
    reach->met[at] = (uint16_t)(reach->n + 1);
    memcpy(reach->combinations[reach->n].values, values, POLICY_COUNTS_MAX);
    reach->combinations[reach->n].urgent = urgent;
    reach->combinations[reach->n++].state = (uint16_t)state;
    return true;
}

// A state is one combination, or where a spread count may be yes or no, two; from count `i` on.
static bool add_combinations(struct reach *reach, unsigned state, uint8_t *values, unsigned i)
{
    const struct sums *sums = &reach->states[state].sums;

    while (i < reach->levels->n_counts && !is_spread(reach, i))
        i++;
    if (i == reach->levels->n_counts)
        return add_combination(reach, values, state);
    values[i] = 0;
    if ((sums->value[i] < 2 || (sums->domains[i] != DOMAINS_MANY && (sums->loose >> i & 1) == 0)) &&
        !add_combinations(reach, state, values, i + 1))
        return false;
    values[i] = 1;
    return sums->value[i] < 2 || add_combinations(reach, state, values, i + 1);
}

static bool find_combinations(struct reach *reach)
{
    bool room = true;

    for (unsigned state = 0; state < reach->n_states && room; state++) {
        uint8_t values[POLICY_COUNTS_MAX];
        memcpy(values, reach->states[state].sums.value, sizeof values);
        room = add_combinations(reach, state, values, 0);
    }
    return room;
}

enum err reach_new(const struct level_rules *levels, uint32_t *steps, struct reach **reach)
{
    bool room = true;

    *reach = calloc(1, sizeof **reach);
    if (*reach == NULL)
        return ERR_NO_MEMORY;
    (*reach)->levels = levels;
    (*reach)->steps = steps;
    find_kinds(*reach);
    (void)is_known(*reach, &(*reach)->states[0].sums);
    (*reach)->n_states = 1; // nobody needs anything
    for (unsigned kind = 0; kind < (*reach)->n_kinds && room; kind++)
        room = add_kind(*reach, kind);
    if (room && find_combinations(*reach))
        return ERR_NONE;
    reach_free(reach);
    return ERR_NO_ROOM;
}

void reach_free(struct reach **reach)
{
    free(*reach);
    *reach = NULL;
}

unsigned reach_n(const struct reach *reach)
{
    return reach->n;
}

uint8_t reach_most(const struct reach *reach, unsigned count)
{
    return is_spread(reach, count) ? saturated(reach->most[count], 1) : reach->most[count];
}

const uint8_t *reach_values(const struct reach *reach, unsigned i)
{
    return reach->combinations[i].values;
}

bool reach_is_urgent(const struct reach *reach, unsigned i)
{
    return reach->combinations[i].urgent;
}

// ---------------------------------------------------------------- households

// Ways to give needs to holders; each is tried until one shows the counts wanted.
enum placement { ALL_ON_A_CHILD, EACH_ON_ANOTHER, ALL_ON_THE_HOUSEHOLD, KINDS_APART, PLACEMENTS };

enum { PLACE_HOUSEHOLD, PLACE_CHILD, PLACE_PARENT, PLACE_CARER, PLACE_OTHER_CHILD };

static uint64_t *needs_at(struct facts *facts, unsigned place)
{
    static const uint8_t roles[] = {[PLACE_CHILD] = MEMBER_CHILD, [PLACE_PARENT] = MEMBER_PARENT, [PLACE_CARER] = MEMBER_CARER};

    if (place == PLACE_HOUSEHOLD)
        return &facts->household_needs;
    while (facts->n_members < place) {
        struct member_facts *member = &facts->members[facts->n_members++];
        memset(member, 0, sizeof *member);
        member->role = facts->n_members < PLACE_OTHER_CHILD ? roles[facts->n_members] : MEMBER_CHILD;
    }
    return &facts->members[place - 1].needs;
}

// Gives one indicator of the kind to the first holder from `place` on who does not have it; false when all have it.
static bool give(struct facts *facts, uint64_t indicators, unsigned place)
{
    for (unsigned i = 0; i < HOLDERS; i++) {
        uint64_t *needs = needs_at(facts, (place + i) % HOLDERS);
        uint64_t left = indicators & ~*needs;
        if (left == 0)
            continue;
        *needs |= left & (~left + 1);
        return true;
    }
    return false;
}

// The same indicator on further children.
static bool give_again(struct facts *facts, uint64_t indicators, unsigned times)
{
    unsigned place = PLACE_OTHER_CHILD;
    uint64_t first = indicators & *needs_at(facts, PLACE_CHILD);

    first &= ~first + 1;
    for (; times > 0 && place <= 16 && first != 0; place++) {
        uint64_t *needs = needs_at(facts, place);
        times -= (*needs & first) == 0;
        *needs |= first;
    }
    return times == 0;
}

static bool give_all(const struct reach *reach, const struct mixture *state, enum placement placement, struct facts *facts)
{
    static const uint8_t places[] = {PLACE_CHILD, PLACE_HOUSEHOLD, PLACE_PARENT, PLACE_CARER};
    unsigned n = 0;
    bool good = true;

    for (unsigned kind = 0; kind < reach->n_kinds && good; kind++) {
        struct pick pick = state->picks[kind];
        for (unsigned i = 0; i < pick.once && good; i++, n += placement == EACH_ON_ANOTHER)
            good = give(facts, reach->kinds[kind].indicators,
                        placement == ALL_ON_THE_HOUSEHOLD ? (unsigned)PLACE_HOUSEHOLD : (unsigned)places[n % HOLDERS]);
        good = good && give_again(facts, reach->kinds[kind].indicators, pick.pairs - pick.once);
        n += placement == KINDS_APART && pick.pairs > 0;
    }
    return good;
}

static bool shows(const struct reach *reach, const struct combination *wanted, const struct facts *facts)
{
    for (unsigned i = 0; i < reach->levels->n_counts; i++) {
        unsigned most = reach_most(reach, i);
        if (saturated(count_value(reach->levels, &reach->levels->counts[i], facts), most) != saturated(wanted->values[i], most))
            return false;
    }
    return true;
}

bool reach_household(const struct reach *reach, unsigned i, struct facts *facts)
{
    const struct combination *wanted = &reach->combinations[i];

    for (unsigned placement = 0; placement < PLACEMENTS; placement++) {
        memset(facts, 0, sizeof *facts);
        if (give_all(reach, &reach->states[wanted->state], (enum placement)placement, facts) && shows(reach, wanted, facts))
            return true;
    }
    return false;
}
