// SPDX-License-Identifier: MIT
// Adopted tables of neighbourhoods in memory; their rows name the events, the log has the texts.
// Called by the registry at start and when a policy is adopted. Judges no postcode.
#include "services/registry/places.h"

#include "common/policy/policy.h"
#include "common/runtime/report.h"

#include <stdlib.h>

enum { ROOM_AT_FIRST = 8 };

static const char file_name[] = "neighbourhoods.yaml";

static void report_complaints(const struct complaints *complaints)
{
    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++)
        report("policy-bad", "%s:%u: %s", complaints->at[i].file, complaints->at[i].line, complaints->at[i].text);
}

static enum err grow(struct places *places)
{
    unsigned room = places->room == 0 ? ROOM_AT_FIRST : 2 * places->room;
    struct adopted_place *at;

    if (places->n < places->room)
        return ERR_NONE;
    at = realloc(places->at, room * sizeof *at);
    if (at == NULL)
        return ERR_NO_MEMORY;
    places->at = at;
    places->room = room;
    return ERR_NONE;
}

// NULL after a report.
static struct neighbourhood_table *read_table(struct span bundle)
{
    static struct complaints complaints;
    struct neighbourhood_table *table = NULL;

    complaints.n = 0;
    if (neighbourhood_open_text(file_name, policy_bundle_file(bundle, file_name), &complaints, &table) != ERR_NONE)
        report_complaints(&complaints);
    return table;
}

static enum err add(struct places *places, struct runtime *runtime, uint64_t sequence, int64_t effective_ms)
{
    struct adopted_place place = {.sequence = sequence, .effective_ms = effective_ms};
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum err err = grow(places);

    if (err == ERR_NONE)
        err = runtime_attachment(runtime, sequence, &bytes, &size);
    if (err == ERR_NONE)
        place.table = read_table(span_of(bytes, size));
    free(bytes);
    if (err == ERR_NONE && place.table == NULL)
        report("policy-passed-over", "the neighbourhoods adopted in event %llu cannot be read: those before stay in force",
               (unsigned long long)sequence);
    if (err == ERR_NONE)
        places->at[places->n++] = place;
    return err;
}

struct adding {
    struct places *places;
    struct runtime *runtime;
};

static enum err add_row(void *context, uint64_t sequence, int64_t effective_ms)
{
    const struct adding *adding = context;
    enum err err = add(adding->places, adding->runtime, sequence, effective_ms);

    return err == ERR_NOT_FOUND ? ERR_NONE : err; // the log is not the one these rows know: the runtime says so next
}

enum err places_open(struct places *places, struct runtime *runtime, struct rows *rows)
{
    static struct complaints complaints;
    struct adding adding = {.places = places, .runtime = runtime};
    enum err err;

    complaints.n = 0;
    err = neighbourhood_open(runtime_policy_dir(runtime), &complaints, &places->of_folder);
    report_complaints(&complaints);
    return err == ERR_NONE ? rows_each_adopted(rows, add_row, &adding) : err;
}

enum err places_file(struct places *places, struct runtime *runtime, struct rows *rows, const struct hub_event *input)
{
    const struct policy_adopted *adopted = input->data;
    enum err err = add(places, runtime, input->sequence, adopted->effective);

    return err == ERR_NONE ? rows_put_adopted(rows, input->sequence, adopted->effective) : err;
}

const struct neighbourhood_table *places_at(const struct places *places, int64_t ms)
{
    const struct adopted_place *best = NULL;

    for (unsigned i = 0; i < places->n; i++) {
        const struct adopted_place *place = &places->at[i];

        if (place->table != NULL && place->effective_ms <= ms && (best == NULL || place->effective_ms >= best->effective_ms))
            best = place;
    }
    if (best == NULL && places->n > 0 && places->at[0].table != NULL)
        best = &places->at[0];
    return best != NULL ? best->table : places->of_folder;
}

void places_close(struct places *places)
{
    neighbourhood_close(&places->of_folder);
    for (unsigned i = 0; i < places->n; i++)
        neighbourhood_close(&places->at[i].table);
    free(places->at);
    *places = (struct places){0};
}
