// SPDX-License-Identifier: MIT
// Writes first inputs for the fuzz targets from the declaration: every record at its largest and at its least, every request of every
// service, every event; and the dictionary of all names and codes.
//
// Usage: fuzz_seeds DIRECTORY. Makes DIRECTORY/TARGET/..., and DIRECTORY/dictionary.
#include "common/wire/encode.h"
#include "common/wire/event_wire.h"
#include "tests/unit/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEED_MAX = 4096, RECORD_MAX = 1 << 18 };

static const char *base;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

// Writes DIRECTORY/target/name: `head`, then `bytes`. Those that are too large for a seed are left out.
static void put(const char *target, const char *name, struct span head, struct span bytes)
{
    char path[512];
    FILE *file;

    if (bytes.size == 0 || bytes.size > SEED_MAX)
        return;
    snprintf(path, sizeof path, "%s/%s", base, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", base, target, name);
    file = fopen(path, "w");
    if (file == NULL || fwrite(head.at, 1, head.size, file) != head.size || fwrite(bytes.at, 1, bytes.size, file) != bytes.size ||
        fclose(file) != 0)
        fail(path);
}

// One frame for a target that takes frames: socket, flags, length, bytes.
static void put_frame(const char *target, const char *name, uint8_t socket, struct span bytes)
{
    const uint8_t head[] = {socket, 0, (uint8_t)bytes.size, (uint8_t)(bytes.size >> 8)};

    put(target, name, span_of(head, sizeof head), bytes);
}

// What must be there, and nothing else.
static void empty_record(const struct record_desc *desc, void *record)
{
    fill_record(desc, record, 1);
    for (unsigned i = 0; i < desc->n_fields; i++)
        if (desc->fields[i].presence == FIELD_OPTIONAL)
            *(uint64_t *)record &= ~(UINT64_C(1) << i);
}

static _Alignas(16) uint8_t record[RECORD_MAX];
static uint8_t buffer[1 << 20];

enum { SHORT = 12, LARGEST = 300 };

// Texts and bytes as short as can be, so that the whole is small; or, with too_long, texts one longer than they may be.
static void shorten(const struct record_desc *desc, uint8_t *at, bool too_long)
{
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const struct field_desc *field = &desc->fields[i];
        struct span *span = (struct span *)(void *)(at + field->offset);

        if (field->kind == FIELD_BYTES && (int64_t)span->size > field->min)
            span->size = (size_t)field->min;
        if (field->kind == FIELD_TEXT && field->rule <= TEXT_RULE && too_long && field->max < LARGEST)
            span->size = (size_t)field->max + 1;
        else if (field->kind == FIELD_TEXT && field->rule <= TEXT_RULE && span->size > SHORT)
            span->size = SHORT;
        if (field->kind == FIELD_NEST)
            shorten(field->record, at + field->offset, too_long);
        for (uint64_t n = 0; (field->kind == FIELD_MANY || field->kind == FIELD_ROWS) && n < *(uint64_t *)(void *)(at + field->count_offset); n++)
            shorten(field->record, at + field->offset + n * field->record->size, too_long);
    }
}

static void seed_records(void)
{
    for (unsigned i = 0; proto_records[i] != NULL; i++) {
        const struct record_desc *desc = proto_records[i];
        uint8_t head = (uint8_t)i;
        char name[64];

        for (enum {LEAST, FULL, TOO_LONG, FORMS} form = LEAST; form < FORMS; form++) {
            struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

            if (form == LEAST)
                empty_record(desc, record);
            else
                fill_record(desc, record, 1);
            shorten(desc, record, form == TOO_LONG);
            encode(desc, record, &writer);
            snprintf(name, sizeof name, "%s_%d", desc->name, (int)form);
            put("records", name, span_of(&head, 1), wire_written(&writer));
        }
    }
}

static void seed_service(const struct request_desc *rows, const char *target, uint8_t socket)
{
    for (const struct request_desc *row = rows; row->name != NULL; row++) {
        struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

        fill_record(row->request, record, 1);
        shorten(row->request, record, false);
        encode_request(row, 1, record, &writer);
        put_frame(target, row->name, socket, wire_written(&writer));
    }
}

// Replies to every request, for the caller; their ref is the placeholder that the target fills in.
static void seed_replies(const struct request_desc *rows, unsigned *choice)
{
    for (const struct request_desc *row = rows; row->name != NULL; row++, (*choice)++) {
        struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
        uint8_t head[4] = {1, (uint8_t)*choice};
        uint64_t ref = 0x52525252; // RRRR

        fill_record(row->reply, record, 1);
        shorten(row->reply, record, false);
        memcpy(record + row->reply->fields[0].offset, &ref, sizeof ref);
        encode(row->reply, record, &writer);
        head[2] = (uint8_t)writer.used;
        head[3] = (uint8_t)(writer.used >> 8);
        put("client", row->name, span_of(head, sizeof head), wire_written(&writer));
    }
}

static struct span event_of(enum event_type type)
{
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct event head = {.specversion = span_text("1.0"), .id = span_text("1.1"), .source = span_text("/hub/x")};

    head.type = span_text(event_desc(type)->type);
    PUT(&head, event, time, INT64_C(1795425120123));
    PUT(&head, event, subject, span_text("R0000000000001"));
    fill_record(event_desc(type)->record, record, 1);
    shorten(event_desc(type)->record, record, false);
    event_encode(&head, type, record, &writer);
    return wire_written(&writer);
}

static void seed_events(void)
{
    static uint8_t event[SEED_MAX], reply[2 * SEED_MAX];
    static struct log_events events;
    const uint8_t as_event = 3;

    for (unsigned type = 1; type < EVENT_COUNT; type++) {
        struct wire_writer writer = wire_writer_on(reply, sizeof reply);
        struct span bytes = event_of((enum event_type)type);
        uint8_t head[3] = {2};

        if (bytes.size > sizeof event)
            continue;
        memcpy(event, bytes.at, bytes.size);
        put("log", event_desc((enum event_type)type)->name, span_of(&as_event, 1), bytes);
        events.answer = ANSWER_OK;
        PUT(&events, log_events, ref, 0x52525252);
        PUT(&events, log_events, head, 1);
        SET_HAS(&events, log_events, events);
        events.n_events = 1;
        events.events[0] = (struct log_event){.sequence = 1, .event = span_of(event, bytes.size)};
        encode(&record_log_events, &events, &writer);
        head[1] = (uint8_t)writer.used;
        head[2] = (uint8_t)(writer.used >> 8);
        put("client", event_desc((enum event_type)type)->name, span_of(head, sizeof head), wire_written(&writer));
    }
}

// ---------------------------------------------------------------- the dictionary

static void put_word(FILE *file, const char *text)
{
    if (strlen(text) > 1)
        fprintf(file, "\"%s\"\n", text);
}

// Names and codes as they stand in a message: with the byte that says how long they are.
static void put_wire_word(FILE *file, const char *text)
{
    if (strlen(text) > 0 && strlen(text) < 32)
        fprintf(file, "\"\\x%02x%s\"\n", 0xa0 | (unsigned)strlen(text), text);
    put_word(file, text);
}

static void write_dictionary(void)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/dictionary", base);
    file = fopen(path, "w");
    if (file == NULL)
        fail(path);
    for (unsigned i = 0; proto_records[i] != NULL; i++)
        for (unsigned f = 0; f < proto_records[i]->n_fields; f++)
            put_wire_word(file, proto_records[i]->fields[f].name);
    for (unsigned list = 0; list < LIST_COUNT; list++)
        for (unsigned code = 1; code < code_count((enum code_list)list); code++)
            put_wire_word(file, code_text((enum code_list)list, code));
    for (unsigned type = 1; type < EVENT_COUNT; type++)
        put_wire_word(file, event_desc((enum event_type)type)->type);
    if (fclose(file) != 0)
        fail(path);
}

int main(int argc, char **argv)
{
    unsigned choice = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: fuzz_seeds DIRECTORY\n");
        return 64;
    }
    base = argv[1];
    mkdir(base, 0777);
    seed_records();
    seed_service(service_log, "audit", 0);
    seed_service(service_operator_log, "audit", 1);
    seed_service(service_control, "audit", 2);
    seed_service(service_registry, "registry", 0);
    seed_service(service_people, "registry", 2);
    seed_service(service_work, "allocation", 0);
    seed_service(service_standing, "allocation", 1);
    seed_service(service_control, "allocation", 2);
    seed_service(service_control, "registry", 3);
    seed_service(service_control, "intake", 5);
    seed_service(service_partners, "intake", 0);
    seed_replies(service_log, &choice);
    seed_replies(service_operator_log, &choice);
    seed_replies(service_people, &choice);
    seed_replies(service_work, &choice);
    seed_replies(service_control, &choice);
    seed_events();
    write_dictionary();
    return 0;
}
