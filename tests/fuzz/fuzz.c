// SPDX-License-Identifier: MIT
// The properties that every decoder shares.
// Linked into all fuzz targets.
#include "tests/fuzz/fuzz.h"

#include "proto/text_rule.h"

#include <ftw.h>
#include <stdarg.h>
#include <unistd.h>

enum { ROUND_TRIP_BYTES_MAX = 8 << 20 };

void fuzz_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

// Whatever ends the process early is a finding: no bytes may do that. The linker sends _exit here.
_Noreturn void __wrap__exit(int code);
_Noreturn void __wrap__exit(int code)
{
    fprintf(stderr, "these bytes end the process with %d\n", code);
    abort();
}

// Log lines: put together, so that a wrong argument shows, and not written.
void __wrap_report(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));
void __wrap_report(const char *id, const char *format, ...)
{
    char line[1024];
    va_list arguments;

    (void)id;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments); // a wrong argument shows here
    va_end(arguments);
}

// ---------------------------------------------------------------- faults

static bool is_declared(const char *name, size_t size)
{
    for (unsigned r = 0; proto_records[r] != NULL; r++)
        for (unsigned f = 0; f < proto_records[r]->n_fields; f++)
            if (proto_records[r]->fields[f].name_size == size && memcmp(proto_records[r]->fields[f].name, name, size) == 0)
                return true;
    return false;
}

static bool is_place(const char *name, size_t size)
{
    size_t digits = strspn(name, "0123456789");

    return size > 0 && size <= 4 && digits >= size && (size == 1 || name[0] != '0');
}

static void check_path(const char *path)
{
    require(strlen(path) <= FAULT_PATH_MAX);
    while (*path != '\0') {
        size_t size;

        require(*path == '/');
        size = strcspn(++path, "/");
        require(is_place(path, size) || is_declared(path, size));
        path += size;
    }
}

void fuzz_check_faults(const struct faults *faults)
{
    require(faults->n <= FAULTS_MAX);
    for (unsigned i = 0; i < faults->n; i++) {
        require(faults->at[i].code > FAULT_NONE && faults->at[i].code < FAULT_COUNT);
        check_path(faults->at[i].path);
    }
}

bool fuzz_is_within(struct span inner, struct span outer)
{
    return inner.size == 0 || (inner.at >= outer.at && inner.at + inner.size <= outer.at + outer.size);
}

// ---------------------------------------------------------------- records

void *fuzz_room(size_t size)
{
    void *room = malloc(size > 0 ? size : 1);

    if (room == NULL)
        room = malloc(size > 0 ? size : 1);
    require(room != NULL);
    return room;
}

void *fuzz_record(const struct record_desc *desc)
{
    return fuzz_room(desc->size);
}

static size_t value_size(enum field_kind kind)
{
    switch (kind) {
    case FIELD_BOOL:
        return sizeof(bool);
    case FIELD_CODE:
        return sizeof(uint8_t);
    case FIELD_DATE:
        return sizeof(int32_t);
    default:
        return sizeof(uint64_t);
    }
}

static bool are_items_equal(const struct field_desc *field, const uint8_t *a, const uint8_t *b)
{
    uint64_t n_a, n_b;

    memcpy(&n_a, a + field->count_offset, sizeof n_a);
    memcpy(&n_b, b + field->count_offset, sizeof n_b);
    require(n_a <= (uint64_t)field->max);
    for (uint64_t i = 0; n_a == n_b && i < n_a; i++)
        if (!fuzz_records_equal(field->record, a + field->offset + i * field->record->size, b + field->offset + i * field->record->size))
            return false;
    return n_a == n_b;
}

static bool are_values_equal(const struct field_desc *field, const uint8_t *a, const uint8_t *b)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES:
    case FIELD_RAW:
        return span_equal(*(const struct span *)(const void *)(a + field->offset), *(const struct span *)(const void *)(b + field->offset));
    case FIELD_NEST:
        return fuzz_records_equal(field->record, a + field->offset, b + field->offset);
    case FIELD_MANY:
    case FIELD_ROWS:
        return are_items_equal(field, a, b);
    default:
        return memcmp(a + field->offset, b + field->offset, value_size(field->kind)) == 0;
    }
}

bool fuzz_records_equal(const struct record_desc *desc, const void *a, const void *b)
{
    if (memcmp(a, b, sizeof(uint64_t)) != 0) // which fields are there
        return false;
    for (unsigned i = 0; i < desc->n_fields; i++)
        if (!are_values_equal(&desc->fields[i], a, b))
            return false;
    return true;
}

static void check_value(const struct field_desc *field, const uint8_t *record)
{
    const uint8_t *value = record + field->offset;
    const struct span *span = (const struct span *)(const void *)value;
    uint64_t number;

    memcpy(&number, value, field->kind == FIELD_CODE || field->kind == FIELD_BOOL ? 0 : field->kind == FIELD_DATE ? 4 : sizeof number);
    switch ((enum field_kind)field->kind) {
    case FIELD_UINT:
        require(number >= (uint64_t)field->min && number <= (uint64_t)field->max);
        break;
    case FIELD_INT:
        require((int64_t)number >= field->min && (int64_t)number <= field->max);
        break;
    case FIELD_CODE:
        require(*value > 0 && *value < code_count(field->list));
        break;
    case FIELD_SET:
        require(__builtin_popcountll(number) <= field->max && (number & 1) == 0 && number >> (code_count(field->list) - 1) <= 1);
        break;
    case FIELD_NUMBERS:
        require((number & ((UINT64_C(1) << field->min) - 1)) == 0 && (field->max == 63 || number >> field->max <= 1));
        break;
    case FIELD_TEXT:
        require(span->size > 0 && span->size <= (uint64_t)field->max && text_rule_check(field->rule, *span) == FAULT_NONE);
        break;
    case FIELD_BYTES:
        require(span->size >= (uint64_t)field->min && span->size <= (uint64_t)field->max);
        break;
    case FIELD_NEST:
        fuzz_check_bounds(field->record, value);
        break;
    case FIELD_MANY:
    case FIELD_ROWS:
        memcpy(&number, record + field->count_offset, sizeof number);
        require(number <= (uint64_t)field->max);
        for (uint64_t i = 0; i < number; i++)
            fuzz_check_bounds(field->record, value + i * field->record->size);
        break;
    default:
        break;
    }
}

void fuzz_check_bounds(const struct record_desc *desc, const void *record)
{
    uint64_t has;

    memcpy(&has, record, sizeof has);
    for (unsigned i = 0; i < desc->n_fields; i++) {
        require(desc->fields[i].presence == FIELD_OPTIONAL || (has >> i & 1) != 0);
        if ((has >> i & 1) != 0)
            check_value(&desc->fields[i], record);
    }
}

void fuzz_check_round_trip(const struct record_desc *desc, const void *record)
{
    static uint8_t buffers[2][ROUND_TRIP_BYTES_MAX];
    struct wire_writer first = wire_writer_on(buffers[0], sizeof buffers[0]);
    struct wire_writer second = wire_writer_on(buffers[1], sizeof buffers[1]);
    struct faults faults = {0};
    void *again = fuzz_record(desc);

    fuzz_check_bounds(desc, record);
    encode(desc, record, &first);
    require(!first.overflow);
    require(decode_message(desc, wire_written(&first), again, &faults));
    require(faults.n == 0);
    require(fuzz_records_equal(desc, record, again));
    encode(desc, again, &second);
    require(span_equal(wire_written(&first), wire_written(&second)));
    free(again);
}

// ---------------------------------------------------------------- inputs

uint8_t fuzz_take_byte(struct span *input)
{
    uint8_t byte;

    if (input->size == 0)
        return 0;
    byte = input->at[0];
    *input = span_of(input->at + 1, input->size - 1);
    return byte;
}

bool fuzz_take_message(struct span *input, struct span *message)
{
    size_t size;

    if (input->size < 2)
        return false;
    size = (size_t)(input->at[0] | input->at[1] << 8);
    *input = span_of(input->at + 2, input->size - 2);
    *message = span_of(input->at, size < input->size ? size : input->size);
    *input = span_of(input->at + message->size, input->size - message->size);
    return true;
}

void fuzz_replace(uint8_t *bytes, size_t size, const void *placeholder, const void *value, size_t width)
{
    uint8_t *at = bytes;

    while ((at = memmem(at, size - (size_t)(at - bytes), placeholder, width)) != NULL) {
        memcpy(at, value, width);
        at += width;
    }
}

// ---------------------------------------------------------------- a directory

static char directory[64];

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_directory(void)
{
    (void)nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_directory(void)
{
    const char *under = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");

    if (directory[0] != '\0')
        return directory;
    snprintf(directory, sizeof directory, "%.40s/ws-fuzz-XXXXXX", under != NULL ? under : "/tmp");
    require(mkdtemp(directory) != NULL);
    atexit(remove_directory);
    return directory;
}
