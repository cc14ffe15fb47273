// SPDX-License-Identifier: MIT
// Adopted policies, as far as they are the registry's, in memory; their rows name the events, the log has the texts.
// Called by the registry at start, when a policy is adopted, and for every decision. Judges nothing itself.
#include "services/registry/rulebook.h"

#include "common/crypto/digest.h"
#include "common/runtime/report.h"

#include <stdlib.h>

enum { ROOM_AT_FIRST = 8 };

// ---------------------------------------------------------------- one edition

static void close_edition(struct edition **edition)
{
    if (*edition == NULL)
        return;
    neighbourhood_close(&(*edition)->neighbourhoods);
    free(*edition);
    *edition = NULL;
}

static enum err read_files(struct span bundle, struct complaints *complaints, struct edition *edition)
{
    static const char neighbourhoods[] = "neighbourhoods.yaml";
    struct span sharing = policy_bundle_file(bundle, "sharing.yaml"), matching = policy_bundle_file(bundle, "matching.yaml");
    enum err err = neighbourhood_open(neighbourhoods, policy_bundle_file(bundle, neighbourhoods), complaints, &edition->neighbourhoods);

    if (err == ERR_NONE)
        err = sharing_open(sharing, policy_bundle_file(bundle, "teams.yaml"), complaints, &edition->sharing);
    if (err == ERR_NONE)
        err = matching_open(matching, complaints, &edition->matching);
    if (err == ERR_NONE && matching.size == 0)
        report("matching-absent", "the policy has no matching.yaml: nobody is told of families that may be known already");
    digest_sha256(&bundle, 1, edition->policy);
    return err;
}

// *edition is NULL after an error. What is wrong with the text has been reported.
static enum err read_edition(struct span bundle, struct edition **edition)
{
    static struct complaints complaints;
    enum err err;

    *edition = calloc(1, sizeof **edition);
    if (*edition == NULL)
        return ERR_NO_MEMORY;
    complaints.n = 0;
    err = read_files(bundle, &complaints, *edition);
    for (unsigned i = 0; i < complaints.n && i < COMPLAINTS_MAX; i++)
        report("policy-bad", "%s:%u: %s", complaints.at[i].file, complaints.at[i].line, complaints.at[i].text);
    if (err != ERR_NONE)
        close_edition(edition);
    return err;
}

// ---------------------------------------------------------------- the folder's

static enum err read_folder(struct rulebook *rulebook, const char *folder)
{
    static struct complaints complaints;
    uint8_t *bundle = NULL;
    size_t size = 0;
    enum err err;

    complaints.n = 0;
    err = policy_read_folder(folder, &complaints, &bundle, &size);
    for (unsigned i = 0; i < complaints.n && i < COMPLAINTS_MAX; i++)
        report("policy-bad", "%s/%s: %s", folder, complaints.at[i].file, complaints.at[i].text);
    if (err == ERR_NONE)
        err = read_edition(span_of(bundle, size), &rulebook->of_folder);
    free(bundle);
    return err == ERR_NONE || err == ERR_NO_MEMORY ? err : ERR_BAD_CONFIG;
}

// ---------------------------------------------------------------- adopted ones

static enum err grow(struct rulebook *rulebook)
{
    unsigned room = rulebook->room == 0 ? ROOM_AT_FIRST : 2 * rulebook->room;
    struct adopted_edition *at;

    if (rulebook->n < rulebook->room)
        return ERR_NONE;
    at = realloc(rulebook->at, room * sizeof *at);
    if (at == NULL)
        return ERR_NO_MEMORY;
    rulebook->at = at;
    rulebook->room = room;
    return ERR_NONE;
}

static enum err add(struct rulebook *rulebook, struct runtime *runtime, uint64_t sequence, int64_t effective_ms)
{
    struct adopted_edition adopted = {.sequence = sequence, .effective_ms = effective_ms};
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum err err = grow(rulebook);

    if (err == ERR_NONE)
        err = runtime_attachment(runtime, sequence, &bytes, &size);
    if (err != ERR_NONE)
        return err;
    err = read_edition(span_of(bytes, size), &adopted.edition);
    free(bytes);
    if (err == ERR_NO_MEMORY)
        return err;
    if (err != ERR_NONE)
        report("policy-passed-over", "the policy adopted in event %llu cannot be read: the one before stays in force",
               (unsigned long long)sequence);
    rulebook->at[rulebook->n++] = adopted;
    return ERR_NONE;
}

// The first that could be read; NULL when there is none.
static const struct edition *first_of(const struct rulebook *rulebook)
{
    for (unsigned i = 0; i < rulebook->n; i++)
        if (rulebook->at[i].edition != NULL)
            return rulebook->at[i].edition;
    return NULL;
}

struct adding {
    struct rulebook *rulebook;
    struct runtime *runtime;
};

static enum err add_row(void *context, uint64_t sequence, int64_t effective_ms)
{
    const struct adding *adding = context;
    enum err err = add(adding->rulebook, adding->runtime, sequence, effective_ms);

    return err == ERR_NOT_FOUND ? ERR_NONE : err; // the log is not the one these rows know: the runtime says so next
}

enum err rulebook_open(struct rulebook *rulebook, struct runtime *runtime, struct rows *rows)
{
    struct adding adding = {.rulebook = rulebook, .runtime = runtime};
    enum err err = rows_each_adopted(rows, add_row, &adding);

    if (err == ERR_NONE)
        err = read_folder(rulebook, runtime_policy_dir(runtime));
    if (err == ERR_BAD_CONFIG && first_of(rulebook) != NULL) {
        report("policy-folder-faulty", "%s is not needed: what was adopted is in force", runtime_policy_dir(runtime));
        err = ERR_NONE;
    }
    return err;
}

enum err rulebook_file(struct rulebook *rulebook, struct runtime *runtime, struct rows *rows, const struct hub_event *input)
{
    const struct policy_adopted *adopted = input->data;
    enum err err = add(rulebook, runtime, input->sequence, adopted->effective);

    return err == ERR_NONE ? rows_put_adopted(rows, input->sequence, adopted->effective) : err;
}

// ---------------------------------------------------------------- in force

static bool has_team(const struct edition *edition, struct span team)
{
    return sharing_agency(&edition->sharing, team) != AGENCY_NONE;
}

// Of those effective by then, and where a team is named that have it, the one effective last; NULL when there is none.
static const struct edition *find_latest(const struct rulebook *rulebook, int64_t ms, struct span team)
{
    const struct adopted_edition *best = NULL;

    for (unsigned i = 0; i < rulebook->n; i++) {
        const struct adopted_edition *adopted = &rulebook->at[i];

        if (adopted->edition != NULL && adopted->effective_ms <= ms && (best == NULL || adopted->effective_ms >= best->effective_ms) &&
            (team.size == 0 || has_team(adopted->edition, team)))
            best = adopted;
    }
    return best != NULL ? best->edition : NULL;
}

const struct edition *rulebook_at(const struct rulebook *rulebook, int64_t ms)
{
    const struct edition *latest = find_latest(rulebook, ms, (struct span){0});

    if (latest == NULL)
        latest = first_of(rulebook);
    return latest != NULL ? latest : rulebook->of_folder;
}

enum agency rulebook_agency(const struct rulebook *rulebook, int64_t ms, struct span team)
{
    const struct edition *latest = find_latest(rulebook, ms, team);

    if (team.size == 0)
        return AGENCY_NONE;
    return sharing_agency(latest != NULL ? &latest->sharing : &rulebook_at(rulebook, ms)->sharing, team);
}

void rulebook_close(struct rulebook *rulebook)
{
    close_edition(&rulebook->of_folder);
    for (unsigned i = 0; i < rulebook->n; i++)
        close_edition(&rulebook->at[i].edition);
    free(rulebook->at);
    *rulebook = (struct rulebook){0};
}
