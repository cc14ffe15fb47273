// SPDX-License-Identifier: MIT
// One row a family: those that it is linked to. Who has their cases is read from the rows of the jobs.
// Called for each job that is about to go to a worker, once there are links at all.
// Must not look at rows of jobs while filing: an input is filed at another moment when rebuilding.
#include "services/allocation/apart.h"

#include "common/base/big_endian.h"
#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/allocation/side_job.h"

enum { FAMILY_LINKS_MAX = 32 };

// ---------------------------------------------------------------- rows

static struct span print_family(uint64_t family, uint8_t key[8])
{
    big_endian_put(key, family, 8);
    return span_of(key, 8);
}

static unsigned read_links(const struct allocation *allocation, uint64_t family, uint64_t links[FAMILY_LINKS_MAX])
{
    uint8_t key[8];
    struct span value;

    if (projection_get(allocation->projection, TABLE_LINK, print_family(family, key), &value) != ERR_NONE ||
        value.size > FAMILY_LINKS_MAX * sizeof links[0])
        return 0;
    memcpy(links, value.at, value.size);
    return (unsigned)(value.size / sizeof links[0]);
}

static enum err add_link(struct allocation *allocation, uint64_t family, uint64_t other)
{
    uint64_t links[FAMILY_LINKS_MAX];
    unsigned n = read_links(allocation, family, links);
    uint8_t key[8];
    char tag[TAG_TEXT_MAX + 1];

    for (unsigned i = 0; i < n; i++)
        if (links[i] == other)
            return ERR_NONE;
    if (n == FAMILY_LINKS_MAX) {
        tag_print('F', family, tag);
        report("links-full", "%s is linked to as many families as may be: a person must see to it that other workers have the rest", tag);
        return ERR_NONE;
    }
    links[n++] = other;
    allocation->n_links++;
    return projection_put(allocation->projection, TABLE_LINK, print_family(family, key), span_of(links, n * sizeof links[0]));
}

static bool read_pair(const struct family_linked *linked, uint64_t *family, uint64_t *other)
{
    return tag_parse(linked->family, 'F', family) && tag_parse(linked->other, 'F', other) && *family != *other;
}

enum err apart_file(struct allocation *allocation, const struct hub_event *input)
{
    uint64_t family, other;
    enum err err;

    if (!read_pair(input->data, &family, &other))
        return ERR_BAD_STORE;
    err = add_link(allocation, family, other);
    return err == ERR_NONE ? add_link(allocation, other, family) : err;
}

// ---------------------------------------------------------------- whom to keep apart

static bool is_of(const struct joined_group *household, uint64_t family)
{
    for (unsigned i = 0; i < household->n; i++)
        if (household->at[i] == family)
            return true;
    return false;
}

static void add_household(const struct allocation *allocation, const struct joined_group *own, uint64_t family,
                          struct apart_families *families)
{
    struct joined_group household;

    if (joined_group(&allocation->families.joined, family, &household) != ERR_NONE)
        return;
    for (unsigned i = 0; i < household.n && families->n < APART_MAX; i++)
        if (!is_of(own, household.at[i]) && !apart_has(families, household.at[i]))
            families->at[families->n++] = household.at[i];
}

void apart_read(const struct allocation *allocation, uint64_t family, struct apart_families *families)
{
    struct joined_group own;

    families->n = 0;
    if (allocation->n_links == 0 || joined_group(&allocation->families.joined, family, &own) != ERR_NONE)
        return;
    for (unsigned i = 0; i < own.n; i++) {
        uint64_t links[FAMILY_LINKS_MAX];
        unsigned n = read_links(allocation, own.at[i], links);

        for (unsigned j = 0; j < n; j++)
            add_household(allocation, &own, links[j], families);
    }
}

bool apart_has(const struct apart_families *families, uint64_t family)
{
    for (unsigned i = 0; i < families->n; i++)
        if (families->at[i] == family)
            return true;
    return false;
}

// ---------------------------------------------------------------- who has their cases

struct holding {
    struct span worker;
    bool shown;
    bool found;
    struct job_key key; // of the first that was found
};

static void look_at(void *context, struct job_key key, const struct job_row *row)
{
    struct holding *holding = context;

    if (holding->found || !span_equal(job_worker(row), holding->worker))
        return;
    holding->found = row->state == STATE_ACCEPTED || (holding->shown && row->state == STATE_LEASED);
    holding->key = key;
}

bool apart_is_held(const struct allocation *allocation, const struct apart_families *families, struct span worker, bool shown)
{
    struct holding holding = {.worker = worker, .shown = shown};

    for (unsigned i = 0; i < families->n && !holding.found; i++)
        family_case_each(&allocation->families, &allocation->jobs, families->at[i], look_at, &holding);
    return holding.found;
}

bool apart_binds(const struct allocation *allocation, uint64_t family, unsigned level, struct span worker)
{
    struct apart_families families;

    if (allocation->n_links == 0 || level >= LEVEL_GUARDED)
        return false;
    apart_read(allocation, family, &families);
    return families.n > 0 && apart_is_held(allocation, &families, worker, true);
}

// ---------------------------------------------------------------- links that come too late

struct linking {
    struct allocation *allocation;
    const struct apart_families *families;
    struct job_key key; // a case whose worker has one of them, too
    bool found;
};

static void find_both(void *context, struct job_key key, const struct job_row *row)
{
    struct linking *linking = context;

    if (linking->found || row->state != STATE_ACCEPTED || row->level >= LEVEL_GUARDED)
        return;
    linking->found = apart_is_held(linking->allocation, linking->families, job_worker(row), false);
    linking->key = key;
}

void apart_decide(struct allocation *allocation, struct effects *effects, const struct hub_event *input)
{
    struct apart_families families;
    struct linking linking = {.allocation = allocation, .families = &families};
    uint64_t family, other;
    struct job_row lead;

    if (!read_pair(input->data, &family, &other))
        return;
    apart_read(allocation, family, &families);
    family_case_each(&allocation->families, &allocation->jobs, family, find_both, &linking);
    if (!linking.found || job_table_get(&allocation->jobs, (struct job_key){.referral = linking.key.referral}, &lead) != ERR_NONE)
        return;
    side_job_task(allocation, effects, linking.key.referral, &lead, REASON_KEPT_APART, input->sequence);
}
