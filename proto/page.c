// SPDX-License-Identifier: MIT
// windscreen-page: prints the reference page from the tables; `windscreen-page FILE` puts the prose of FILE first.
// Run by hand after a change of a row (see PROTOCOL.md's last line); a test compares. Writes nothing but standard output.
#include "proto/proto.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const kinds[] = {
    [FIELD_BOOL] = "boolean",      [FIELD_UINT] = "integer",      [FIELD_INT] = "integer",
    [FIELD_CODE] = "code",         [FIELD_SET] = "list of codes", [FIELD_NUMBERS] = "list of integers",
    [FIELD_TEXT] = "text",         [FIELD_BYTES] = "bytes",       [FIELD_DATE] = "date",
    [FIELD_TIME] = "time",         [FIELD_NEST] = "record",       [FIELD_MANY] = "list of records",
    [FIELD_ROWS] = "list of rows", [FIELD_RAW] = "any",
};

static const char *const rules[] = {
#define TEXT_RULE(SYMBOL, meaning) [TEXT_##SYMBOL] = meaning,
#include "proto/text_rules.def"
#undef TEXT_RULE
};

static void print_bounds(const struct field_desc *field)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_UINT:
    case FIELD_INT:
    case FIELD_NUMBERS:
        if (field->max == INT64_MAX)
            printf("from %" PRId64, field->min);
        else
            printf("%" PRId64 " to %" PRId64, field->min, field->max);
        break;
    case FIELD_TEXT:
        printf("at most %" PRId64 " bytes; %s", field->max, rules[field->rule]);
        break;
    case FIELD_BYTES:
        if (field->min == field->max)
            printf("%" PRId64 " bytes", field->max);
        else
            printf("%" PRId64 " to %" PRId64 " bytes", field->min, field->max);
        break;
    case FIELD_CODE:
        printf("[%s](#codes-%s)", code_list_name(field->list), code_list_name(field->list));
        break;
    case FIELD_SET:
        printf("[%s](#codes-%s), at most %" PRId64, code_list_name(field->list), code_list_name(field->list), field->max);
        break;
    case FIELD_NEST:
        printf("[%s](#%s)", field->record->name, field->record->name);
        break;
    case FIELD_MANY:
    case FIELD_ROWS:
        printf("[%s](#%s), at most %" PRId64, field->record->name, field->record->name, field->max);
        break;
    default:
        break;
    }
}

static void print_record(const struct record_desc *desc)
{
    printf("\n### %s\n\n%s.\n\n| field | type | bounds | | meaning |\n|---|---|---|---|---|\n", desc->name, desc->meaning);
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const struct field_desc *field = &desc->fields[i];

        printf("| `%s` | %s | ", field->name, kinds[field->kind]);
        print_bounds(field);
        printf(" | %s%s | %s |\n", field->presence == FIELD_REQUIRED ? "required" : "", field->part == PART_PERSON ? "personal" : "",
               field->meaning);
    }
}

static void print_events(void)
{
    printf("\n## Events\n\n| type | from | data | meaning | state afterwards |\n|---|---|---|---|---|\n");
    for (unsigned type = 1; type < EVENT_COUNT; type++) {
        const struct event_desc *desc = event_desc((enum event_type)type);

        printf("| `%s` | %s | [%s](#%s) | %s | %s |\n", desc->type,
               desc->producer != 0 ? code_text(LIST_PRODUCER, desc->producer) : "partners", desc->record->name, desc->record->name,
               desc->meaning, code_text(LIST_STATE, desc->state));
    }
}

static void print_service(const char *name, const char *meaning, const struct request_desc *rows)
{
    printf("\n### Service %s\n\n%s.\n\n| request | record | reply | meaning |\n|---|---|---|---|\n", name, meaning);
    for (; rows->name != NULL; rows++)
        printf("| `%s` | [%s](#%s) | [%s](#%s) | %s |\n", rows->name, rows->request->name, rows->request->name, rows->reply->name,
               rows->reply->name, rows->meaning);
}

static void print_codes(enum code_list list)
{
    printf("\n### Codes %s\n\n%s.\n\n| code | meaning |\n|---|---|\n", code_list_name(list), code_list_meaning(list));
    for (unsigned code = 1; code < code_count(list); code++)
        printf("| `%s` | %s |\n", code_text(list, code), code_meaning(list, code));
}

static int copy_file(const char *path)
{
    char buffer[4096];
    FILE *file = fopen(path, "r");
    size_t size;

    if (file == NULL) {
        perror(path);
        return 66;
    }
    while ((size = fread(buffer, 1, sizeof buffer, file)) > 0)
        fwrite(buffer, 1, size, stdout);
    fclose(file);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        fprintf(stderr, "Usage: windscreen-page [PROSE-FILE]\n");
        return 64;
    }
    if (argc == 2 && copy_file(argv[1]) != 0)
        return 66;
    print_events();
    printf("\n## Requests\n");
#define SERVICE(name, SYMBOL, meaning) print_service(#name, meaning, service_##name);
#define REQUEST(SERVICE, SYMBOL, text, record, reply, meaning)
#define SERVICE_END(name)
#include "proto/services.def"
    printf("\n## Records\n");
    for (unsigned i = 0; proto_records[i] != NULL; i++)
        print_record(proto_records[i]);
    printf("\n## Codes\n");
    for (unsigned list = 0; list < LIST_COUNT; list++)
        print_codes((enum code_list)list);
    printf("\nMade from the tables in this folder: `build/bin/windscreen-page proto/protocol_intro.md > proto/PROTOCOL.md`.\n");
    return 0;
}
