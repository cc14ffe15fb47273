// SPDX-License-Identifier: MIT
// due: what comes due and what is late, the earliest first.
// Called for each request by the runtime.
// Must not look at more jobs than a moment allows: what it leaves out it says.
#include "common/base/tag.h"
#include "services/allocation/compose.h"
#include "services/allocation/ring.h"
#include "services/allocation/work_requests.h"

enum { CLOCKS_MAX = 256, CLOCKS_DEFAULT = 64, LOOKS_MAX = 16384, DAY_MS = 86400000 };

// A clock of the answer, and what its texts are lent from.
struct told_clock {
    struct job_key key;
    struct job_row row;
    int64_t due_ms;
    const struct clock_rule *rule; // NULL: the policy has none
    bool beside;
};

struct due_asking {
    struct allocation *allocation;
    int64_t until_ms;
    uint16_t team; // NAME_NONE: any
    bool whole;    // of one referral: all clocks, those for information too
    unsigned max;
    bool more;
    unsigned n;
    struct told_clock told[CLOCKS_MAX + 1]; // by due time; equal ones by referral and part
};

static int order(const struct told_clock *a, const struct told_clock *b)
{
    if (a->due_ms != b->due_ms)
        return a->due_ms < b->due_ms ? -1 : 1;
    if (a->key.referral != b->key.referral)
        return a->key.referral < b->key.referral ? -1 : 1;
    if (a->key.part != b->key.part)
        return a->key.part < b->key.part ? -1 : 1;
    return a->rule == b->rule ? 0 : a->rule < b->rule ? -1 : 1;
}

// Puts it in its place; beyond `max` the latest falls out. A job that two indexes name is told once.
static void add(struct due_asking *asking, const struct told_clock *clock)
{
    unsigned low = 0, high = asking->n;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        int before = order(&asking->told[middle], clock);

        if (before == 0)
            return;
        if (before < 0)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(&asking->told[low + 1], &asking->told[low], (asking->n - low) * sizeof asking->told[0]);
    asking->told[low] = *clock;
    asking->more = asking->more || asking->n == asking->max;
    asking->n += asking->n < asking->max;
}

static void consider(struct due_asking *asking, struct told_clock *clock, const struct clock_rule *rule, bool beside, int64_t due_ms)
{
    if (due_ms > asking->until_ms && !asking->whole)
        return;
    clock->rule = rule;
    clock->beside = beside;
    clock->due_ms = due_ms;
    add(asking, clock);
}

static void look_at(struct due_asking *asking, struct job_key key)
{
    struct allocation *allocation = asking->allocation;
    const struct policy *policy;
    struct told_clock clock = {.key = key};
    struct alarm_subject subject;
    int64_t due_ms;

    if (job_table_get(&allocation->jobs, key, &clock.row) != ERR_NONE || !job_is_open(&clock.row) ||
        (asking->team != NAME_NONE && clock.row.team != asking->team))
        return;
    policy = compose_policy(allocation, &clock.row);
    ring_subject(allocation, key, &clock.row, &subject);
    consider(asking, &clock, alarm_rule(policy, &subject), false, clock.row.due_ms);
    for (unsigned i = 0; policy != NULL && i < policy->n_clocks; i++) {
        const struct clock_rule *rule = &policy->clocks[i];

        if (rule->starts != 0 && (asking->whole || !rule->information) && alarm_runs(policy, rule, &subject, &due_ms))
            consider(asking, &clock, rule, true, due_ms);
    }
}

// The nodes of a heap up to a time, from its top downwards: what stands below a later one is later.
static void look_into(struct due_asking *asking, const struct job_heap *heap, int64_t until_ms)
{
    static size_t places[LOOKS_MAX]; // of the heap, to be looked at
    size_t n = heap->n > 0 && heap->at[0].due_ms <= until_ms ? 1 : 0;

    places[0] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t below = 2 * places[i] + 1;

        look_at(asking, job_node_key(&heap->at[places[i]]));
        for (size_t child = below; child < below + 2 && child < heap->n; child++) {
            bool early = heap->at[child].due_ms <= until_ms;

            asking->more = asking->more || (early && n == LOOKS_MAX);
            if (early && n < LOOKS_MAX)
                places[n++] = child;
        }
    }
}

static bool look_at_referral(struct due_asking *asking, uint64_t referral)
{
    struct job_key key = {.referral = referral};

    asking->whole = true;
    while (key.part <= JOB_PARTS_MAX && job_table_has(&asking->allocation->jobs, key)) {
        look_at(asking, key);
        key.part++;
    }
    return key.part > 0;
}

static void tell(const struct allocation *allocation, const struct told_clock *clock, char tag[16], struct due_clock *told)
{
    *told = (struct due_clock){.state = clock->row.state, .level = clock->row.level, .due = clock->due_ms};
    tag_print('R', clock->key.referral, tag);
    told->referral = span_text(tag);
    told->team = name_table_text(allocation->names, clock->row.team);
    if (clock->key.part > 0)
        PUT(told, due_clock, part, clock->key.part);
    if (clock->row.worker_size > 0)
        PUT(told, due_clock, worker, job_worker(&clock->row));
    if (clock->rule != NULL)
        PUT(told, due_clock, clock, clock->rule->name);
    if (clock->rule != NULL && clock->rule->says.size > 0)
        PUT(told, due_clock, says, clock->rule->says);
    if (clock->beside)
        PUT(told, due_clock, beside, true);
    if (clock->rule != NULL && clock->rule->information)
        PUT(told, due_clock, information, true);
    if (!clock->beside && clock->row.rung != STAGE_NONE)
        PUT(told, due_clock, stage, clock->row.rung);
}

void on_due(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    static struct due_asking asking; // too large for a stack
    static char tags[CLOCKS_MAX][16];
    struct allocation *allocation = state;
    const struct due_of *asked = request->record;
    struct due_list *list = &allocation->reply.due;
    uint64_t referral;

    allocation->now = now;
    *list = (struct due_list){.answer = ANSWER_OK};
    SET_HAS(list, due_list, clocks);
    asking = (struct due_asking){.allocation = allocation, .max = HAS(asked, due_of, max) ? (unsigned)asked->max : CLOCKS_DEFAULT};
    asking.until_ms = now.wall_ms + (HAS(asked, due_of, within_ms) ? (int64_t)asked->within_ms : DAY_MS);
    asking.team = HAS(asked, due_of, team) ? name_table_find(allocation->names, asked->team) : NAME_NONE;
    if (HAS(asked, due_of, referral)) {
        if (!tag_parse(asked->referral, 'R', &referral) || !look_at_referral(&asking, referral))
            list->answer = ANSWER_NOT_FOUND;
    } else if (!HAS(asked, due_of, team) || asking.team != NAME_NONE) {
        look_into(&asking, &allocation->late, INT64_MAX);
        look_into(&asking, &allocation->due, asking.until_ms);
    }
    for (unsigned i = 0; i < asking.n; i++)
        tell(allocation, &asking.told[i], tags[i], &list->clocks[list->n_clocks++]);
    if (asking.more)
        PUT(list, due_list, more, true);
    effects_reply(effects, &request->peer, &record_due_list, list);
}
