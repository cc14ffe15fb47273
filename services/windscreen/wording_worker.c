// SPDX-License-Identifier: MIT
// Rosters, times away, who was named, and why work went to one worker and not to another, in words.
// Called by wording.c. Knows no event but these.
#include "services/windscreen/wording_worker.h"

#include "services/windscreen/plain.h"

#define MEANS(list, code) code_meaning(LIST_##list, code)

static void add_time(struct phrase *phrase, const char *words, int64_t ms)
{
    phrase_add(phrase, "%s", words);
    plain_add_moment(phrase, ms);
}

void wording_worker_choice(struct phrase *phrase, const struct leased *leased)
{
    if (leased->because != BECAUSE_NONE)
        phrase_add(phrase, ": %s", MEANS(BECAUSE, leased->because));
    else if (leased->n_passed_over == 0)
        phrase_add(phrase, ": nobody else was waiting for work there");
    for (uint64_t i = 0; i < leased->n_passed_over; i++)
        phrase_add(phrase, "; %s%.*s, who %s", i == 0 ? "not to " : "nor to ", SPAN_ARG(leased->passed_over[i].worker),
                   MEANS(PASSED, leased->passed_over[i].why));
}

void wording_worker_named(struct phrase *phrase, const struct assigned *assigned)
{
    if (assigned->worker.size > 0)
        phrase_add(phrase, "%.*s names %.*s for it", SPAN_ARG(assigned->by), SPAN_ARG(assigned->worker));
    else
        phrase_add(phrase, "%.*s lets anybody have it", SPAN_ARG(assigned->by));
}

void wording_worker_roster(struct phrase *phrase, const struct worker_rostered *rostered)
{
    phrase_add(phrase, "%.*s says that %.*s works at %.*s", SPAN_ARG(rostered->by), SPAN_ARG(rostered->worker), SPAN_ARG(rostered->team));
    if (HAS(rostered, worker_rostered, most))
        phrase_add(phrase, ", with cases of weight %llu at most", (unsigned long long)rostered->most);
    for (unsigned day = WEEKDAY_MONDAY; rostered->days != 0 && day < WEEKDAY_COUNT; day++)
        if ((rostered->days >> day & 1) != 0)
            phrase_add(phrase, ", %s", MEANS(WEEKDAY, day));
    if (rostered->from != 0)
        add_time(phrase, ", from ", rostered->from);
    if (rostered->until != 0)
        add_time(phrase, ", until ", rostered->until);
}

void wording_worker_away(struct phrase *phrase, const struct worker_away *away)
{
    phrase_add(phrase, "%.*s says that %.*s is %s", SPAN_ARG(away->by), SPAN_ARG(away->worker), away->from < away->until ? "away" : "back");
    if (away->from < away->until) {
        add_time(phrase, ", from ", away->from);
        add_time(phrase, ", until ", away->until);
    }
}

void wording_worker_capacity(struct phrase *phrase, const struct queue_capacity *capacity)
{
    phrase_add(phrase, "%.*s says of %.*s: %s", SPAN_ARG(capacity->by), SPAN_ARG(capacity->team), MEANS(CAPACITY, capacity->capacity));
    if (capacity->until != 0)
        add_time(phrase, ", until ", capacity->until);
}
