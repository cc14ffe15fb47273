// SPDX-License-Identifier: MIT
// Counts the agencies that are worried about one household.
// Called by suggest for each row of the policy's signals.
#include "services/allocation/weigh.h"

#include "common/base/bits.h"

#define DAY_MS INT64_C(86400000)
#define BIT(code) (UINT64_C(1) << (code))

static bool is_counted(const struct signal_row *row, const struct weigh_concern *concern)
{
    return (row->levels >> concern->level & 1) != 0 && concern->agency != AGENCY_NONE && (row->without & BIT(concern->agency)) == 0 &&
           (row->news || !concern->news);
}

static bool is_later(const struct weigh_concern *concern, const struct weigh_concern *than)
{
    if (than == NULL || concern->came_ms != than->came_ms)
        return than == NULL || concern->came_ms > than->came_ms;
    return concern->sequence > than->sequence;
}

static const struct weigh_concern *last_of(const struct signal_row *row, const struct weigh_concern *concerns, unsigned n)
{
    const struct weigh_concern *last = NULL;

    for (unsigned i = 0; i < n; i++)
        if (is_counted(row, &concerns[i]) && is_later(&concerns[i], last))
            last = &concerns[i];
    return last;
}

static void put_in_order(const struct weigh_concern *const latest[AGENCY_COUNT], struct weigh_evidence *evidence)
{
    for (unsigned agency = 1; agency < AGENCY_COUNT; agency++) {
        unsigned at = evidence->n;

        if (latest[agency] == NULL)
            continue;
        for (; at > 0 && is_later(evidence->at[at - 1], latest[agency]); at--)
            evidence->at[at] = evidence->at[at - 1];
        evidence->at[at] = latest[agency];
        evidence->n++;
    }
}

bool weigh(const struct signal_row *row, const struct weigh_concern *concerns, unsigned n, const struct weigh_concern *latest,
           struct weigh_evidence *evidence)
{
    const struct weigh_concern *of_agency[AGENCY_COUNT] = {NULL};
    uint64_t agencies = 0, signalled = 0;

    *evidence = (struct weigh_evidence){0};
    latest = latest != NULL ? latest : last_of(row, concerns, n);
    if (latest == NULL || !is_counted(row, latest))
        return false;
    for (unsigned i = 0; i < n; i++) {
        const struct weigh_concern *concern = &concerns[i];

        if (!is_counted(row, concern) || concern->came_ms + row->days * DAY_MS < latest->came_ms)
            continue;
        evidence->n_concerns++;
        agencies |= BIT(concern->agency);
        signalled |= concern->signalled ? BIT(concern->agency) : 0;
        if (is_later(concern, of_agency[concern->agency]))
            of_agency[concern->agency] = concern;
    }
    put_in_order(of_agency, evidence);
    return bits_count(agencies) >= row->agencies && (agencies & ~signalled) != 0;
}
