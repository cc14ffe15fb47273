// SPDX-License-Identifier: MIT
// Each map becomes one referral about one family, with the same people, place and words; its neighbourhood number chooses the kind.
// Used by windscreen-peer. What has no place in our protocol (house numbers aside, the other system's urgency and risk) is left out.
#include "tests/bench/peer_input.h"

#include "tests/bench/bench_map.h"
#include "tests/bench/bench_referral.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PARENTS = 2 };

struct map_values {
    struct span id, received, source, first, last, born, hood, postcode, street, house, city, phone, email, lang, gp, reason, family;
};

#define FIELD(name)                              \
    {                                            \
#name, offsetof(struct map_values, name) \
    }
static const struct bench_map_field map_fields[] = {
    FIELD(id),    FIELD(received), FIELD(source), FIELD(first), FIELD(last), FIELD(born), FIELD(hood),   FIELD(postcode), FIELD(street),
    FIELD(house), FIELD(city),     FIELD(phone),  FIELD(email), FIELD(lang), FIELD(gp),   FIELD(reason), FIELD(family),
};
#undef FIELD

static const struct bench_map_field person_fields[] = {{"name", 0}};

enum { MAP_FIELDS = sizeof map_fields / sizeof map_fields[0] };

static const char *missing_field(const struct map_values *values)
{
    for (size_t i = 0; i < MAP_FIELDS; i++) {
        struct span value;

        memcpy(&value, (const uint8_t *)values + map_fields[i].offset, sizeof value);
        if (value.size == 0)
            return map_fields[i].key;
    }
    return NULL;
}

static bool read_parents(struct span family, struct span names[PARENTS])
{
    if (bench_map_array(&family) < PARENTS)
        return false;
    for (unsigned i = 0; i < PARENTS; i++) {
        struct span name;

        if (!bench_map_read(&family, person_fields, 1, &name))
            return false;
        names[i] = bench_map_text(name);
    }
    return true;
}

// The inward part of a postcode of ours, as like theirs as the alphabet allows.
static void print_inward(struct span postcode, char inward[4])
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
    uint8_t digit = postcode.size > 0 ? postcode.at[0] : 0;
    uint8_t first = postcode.size > 1 ? postcode.at[postcode.size - 2] : 0;
    uint8_t second = postcode.size > 1 ? postcode.at[postcode.size - 1] : 0;

    inward[0] = (char)('0' + digit % 10);
    inward[1] = letters[first % 20];
    inward[2] = letters[second % 20];
    inward[3] = '\0';
}

static unsigned month_day_of(struct span born)
{
    unsigned month = 1, day = 1;
    char text[11] = "";

    if (born.size == 10)
        memcpy(text, born.at, 10);
    if (sscanf(text, "%*4u-%2u-%2u", &month, &day) != 2)
        return 0;
    return ((month - 1) % 12) * 28 + (day - 1) % 28;
}

// Names of families must differ, or the registry would see one family in many referrals; the map's own number does that.
static struct span rewrite(const struct map_values *values, uint32_t i, uint8_t buffer[BENCH_EVENT_MAX])
{
    char id[160], source[128], family_name[96], address[192], inward[4];
    struct bench_referral referral = {
        .kind = (unsigned)(bench_map_uint(values->hood) % BENCH_KINDS),
        .time_ms = (int64_t)bench_map_uint(values->received),
        .reason = bench_map_text(values->reason),
        .referrer = bench_map_text(values->gp),
        .email = bench_map_text(values->email),
        .phone = bench_map_text(values->phone),
        .postcode = span_of(inward, 3),
        .language = bench_map_text(values->lang),
        .given_names = {bench_map_text(values->first)},
        .birth_month_day = month_day_of(bench_map_text(values->born)),
    };

    if (!read_parents(values->family, referral.given_names + 1))
        return (struct span){.size = 0};
    snprintf(id, sizeof id, "%.*s-%08" PRIx32, SPAN_ARG(bench_map_text(values->id)), i);
    snprintf(source, sizeof source, "/%.*s", SPAN_ARG(bench_map_text(values->source)));
    snprintf(family_name, sizeof family_name, "%.*s-%08" PRIx32, SPAN_ARG(bench_map_text(values->last)), i);
    snprintf(address, sizeof address, "%" PRIu64 " %.*s, %.*s", bench_map_uint(values->house), SPAN_ARG(bench_map_text(values->street)),
             SPAN_ARG(bench_map_text(values->city)));
    print_inward(bench_map_text(values->postcode), inward);
    referral.id = span_text(id);
    referral.source = span_text(source);
    referral.family_name = span_text(family_name);
    referral.address = span_text(address);
    return bench_referral_compose(&referral, buffer);
}

static enum err refuse(const char *path, uint32_t i, const char *what)
{
    fprintf(stderr, "windscreen-peer: %s: map %" PRIu32 " %s\n", path, i, what);
    return ERR_BAD_INPUT;
}

static enum err add(struct peer_input *input, struct span event)
{
    uint8_t *copy = malloc(event.size);

    if (copy == NULL)
        return ERR_NO_MEMORY;
    memcpy(copy, event.at, event.size);
    input->events[input->n++] = span_of(copy, event.size);
    input->bytes += event.size;
    return ERR_NONE;
}

static enum err take_map(const char *path, struct span map, struct peer_input *input)
{
    struct map_values values;
    uint8_t buffer[BENCH_EVENT_MAX];
    struct span event;
    char lack[64];

    if (!bench_map_read(&map, map_fields, MAP_FIELDS, &values))
        return refuse(path, input->n, "is no MessagePack map with text keys");
    if (missing_field(&values) != NULL) {
        snprintf(lack, sizeof lack, "has no `%s`", missing_field(&values));
        return refuse(path, input->n, lack);
    }
    event = rewrite(&values, input->n, buffer);
    return event.size > 0 ? add(input, event) : refuse(path, input->n, "has a family of fewer than two, or does not fit into an event");
}

static enum err take_all(const char *path, struct span rest, uint32_t most, struct peer_input *input)
{
    while (input->n < most && rest.size > 0) {
        uint32_t size = 0;
        enum err err;

        if (rest.size >= 4) // little-endian
            size = (uint32_t)rest.at[0] | (uint32_t)rest.at[1] << 8 | (uint32_t)rest.at[2] << 16 | (uint32_t)rest.at[3] << 24;
        if (rest.size < 4 || size > rest.size - 4)
            return refuse(path, input->n, "is cut");
        err = take_map(path, span_of(rest.at + 4, size), input);
        if (err != ERR_NONE)
            return err;
        rest = span_of(rest.at + 4 + size, rest.size - 4 - size);
    }
    if (input->n == 0)
        return refuse(path, 0, "is not there: the file is empty");
    if (input->n < most)
        fprintf(stderr, "windscreen-peer: %s has only %" PRIu32 " maps; going on with those\n", path, input->n);
    return ERR_NONE;
}

// Gives the file's bytes (free).
static enum err read_file(const char *path, struct span *bytes)
{
    FILE *file = fopen(path, "rb");
    struct stat facts;
    uint8_t *at = NULL;
    bool good = file != NULL && fstat(fileno(file), &facts) == 0 && (at = malloc((size_t)facts.st_size + 1)) != NULL &&
                fread(at, 1, (size_t)facts.st_size, file) == (size_t)facts.st_size;

    if (!good)
        fprintf(stderr, "windscreen-peer: cannot read %s: %s\n", path, strerror(errno));
    if (file != NULL)
        fclose(file);
    *bytes = span_of(at, good ? (size_t)facts.st_size : 0);
    return good ? ERR_NONE : ERR_IO;
}

enum err peer_input_read(const char *path, uint32_t most, struct peer_input *input)
{
    struct span bytes;
    enum err err = read_file(path, &bytes);

    *input = (struct peer_input){.events = calloc(most, sizeof *input->events)};
    if (err == ERR_NONE)
        err = input->events != NULL ? take_all(path, bytes, most, input) : ERR_NO_MEMORY;
    free((void *)(uintptr_t)bytes.at);
    return err;
}

void peer_input_free(struct peer_input *input)
{
    for (uint32_t i = 0; i < input->n; i++)
        free((void *)(uintptr_t)input->events[i].at);
    free(input->events);
    *input = (struct peer_input){.n = 0};
}
