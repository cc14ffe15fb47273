// SPDX-License-Identifier: MIT
// Memory runs out: what a message passes allocates nothing; what reads files and texts fails cleanly at every single allocation.
#include "tests/unit/memory.h"

#include "common/policy/policy.h"
#include "common/wire/encode.h"
#include "common/wire/json.h"
#include "services/intake/judge.h"
#include "services/registry/canonical.h"
#include "services/registry/neighbourhood.h"
#include "services/windscreen/fold.h"
#include "services/windscreen/input.h"
#include "tests/unit/fill.h"
#include "tests/unit/unit.h"

#include <fcntl.h>

#define FOLDER "deploy/policy/luton-2017"

// ---------------------------------------------------------------- decoders: none at all

static uint8_t bytes[1 << 20], again[1 << 20], space[1 << 20];

static struct span written(const struct record_desc *desc, const void *record, uint8_t *buffer)
{
    struct wire_writer writer = wire_writer_on(buffer, sizeof bytes);

    encode(desc, record, &writer);
    return wire_written(&writer);
}

static void decoders_allocate_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; proto_records[i] != NULL; i++) {
        const struct record_desc *desc = proto_records[i];
        void *record = malloc(desc->size);
        struct wire_writer writer = wire_writer_on(again, sizeof again);
        struct faults faults = {0};
        struct span message;
        bool good;

        assert_non_null(record);
        fill_record(desc, record, 3);
        memory_fail(1, true);
        message = written(desc, record, bytes);
        good = decode_message(desc, message, record, &faults);
        for (size_t cut = 0; cut < message.size; cut += 1 + message.size / 64) // and of every refusal
            (void)!decode_message(desc, span_of(message.at, cut), record, &faults);
        (void)canonical_write(message, &writer, space);
        assert_false(memory_calm());
        assert_int_equal(memory_count(), 0);
        assert_true(good || faults.n > 0);
        free(record);
    }
}

static void the_door_allocates_nothing(void **state)
{
    static struct submitted submitted;
    struct event event = {.specversion = span_text("1.0"), .id = span_text("e1"), .source = span_text("/s")};
    struct judgement judgement;
    struct wire_writer writer = wire_writer_on(bytes, SUBMISSION_BYTES_MAX);

    (void)state;
    fill_record(&record_submitted, &submitted, 3);
    event.type = span_text("earlyhelp.referral.submitted.v1");
    PUT(&event, event, time, INT64_C(1795425120123));
    event.data = written(&record_submitted, &submitted, again);
    encode(&record_event, &event, &writer);
    memory_fail(1, true);
    judge(wire_written(&writer), &judgement);
    assert_int_equal(judgement.verdict, VERDICT_PASS);
    for (size_t i = 0; i < writer.used; i += 7) { // and when a byte is wrong
        bytes[i] ^= 0x55;
        judge(wire_written(&writer), &judgement);
        bytes[i] ^= 0x55;
    }
    assert_false(memory_calm());
    assert_int_equal(memory_count(), 0);
}

// ---------------------------------------------------------------- at every n

// True when it worked; false when it was refused for want of memory. Anything else ends the test. Leaves nothing behind.
typedef bool (*operation)(void);

// How often an operation allocates; every one of them has failed once, alone and with all behind it.
static uint64_t fail_everywhere(operation attempt)
{
    uint64_t n = 0;

    for (unsigned all_behind = 0; all_behind < 2; all_behind++)
        for (n = 1;; n++) {
            bool worked, failed;

            memory_fail(n, all_behind != 0);
            worked = attempt();
            failed = memory_calm();
            if (memory_live() != 0)
                fail_msg("allocation %llu fails: %llu are not given back", (unsigned long long)n, (unsigned long long)memory_live());
            if (!failed && !worked)
                fail_msg("refused, though allocation %llu did not fail", (unsigned long long)n);
            if (worked && failed && all_behind != 0)
                fail_msg("allocation %llu and all behind it fail, and it claims to have worked", (unsigned long long)n);
            if (!failed)
                break;
            memory_fail(0, false);
            assert_true(attempt()); // nothing half done stands in the way
            memory_calm();
        }
    return n - 1;
}

static bool to_wire(void)
{
    static const char text[] = "{\"specversion\":\"1.0\",\"data\":{\"a\":[1,\"two\",null,true,{\"b\":\"c\"}]}}";
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    char why[160];

    return json_to_wire(span_text(text), &writer, why, sizeof why) == ERR_NONE;
}

static bool from_wire(void)
{
    static const char wire[] = "\x82\xa1"
                               "a\x93\x01\xc0\xa3two\xa1"
                               "b\x81\xa1"
                               "c\xc4\x03xyz";
    json_t *value = json_from_wire(span_of(wire, sizeof wire - 1));
    bool worked = value != NULL;

    json_decref(value);
    return worked;
}

static struct complaints complaints;

static bool yaml(void)
{
    struct yaml *tree = NULL;
    enum err err;

    complaints.n = 0;
    err = yaml_open("a.yaml", span_text("a: {b: [1, two], c: \"three\"}\nd: |\n  e\n"), &complaints, &tree);
    assert_true((err == ERR_NONE) == (tree != NULL));
    assert_true(err == ERR_NONE || err == ERR_NO_MEMORY || complaints.n > 0);
    yaml_close(&tree);
    return err == ERR_NONE;
}

static bool neighbourhoods(void)
{
    struct neighbourhood_table *table = NULL;
    enum err err;

    complaints.n = 0;
    err = neighbourhood_open("n.yaml", span_text("neighbourhoods:\n  - {postcode: LU4, neighbourhood: w, source: s}\ninside: [LU]\n"),
                                  &complaints, &table);
    assert_true((err == ERR_NONE) == (table != NULL));
    neighbourhood_close(&table);
    return err == ERR_NONE;
}

static bool stream(void)
{
    int fd = open("deploy/samples/harrow-case-studies.ndjson", O_RDONLY | O_CLOEXEC);
    struct input *input = input_new(fd);
    struct span event;
    enum err err = input != NULL ? input_next(input, &event) : ERR_NO_MEMORY;

    input_free(&input);
    close(fd);
    assert_true(err == ERR_NONE || err == ERR_NO_MEMORY);
    return err == ERR_NONE;
}

static bool folds(void)
{
    struct fold *fold = fold_new();
    bool worked = fold != NULL;

    fold_free(&fold);
    return worked;
}

static void texts_are_read_or_refused(void **state)
{
    static const struct {
        const char *name;
        operation attempt;
    } rows[] = {{"json to wire", to_wire},
                {"json from wire", from_wire},
                {"yaml", yaml},
                {"neighbourhoods", neighbourhoods},
                {"stream", stream},
                {"fold", folds}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t n = fail_everywhere(rows[i].attempt);

        print_message("%s: %llu allocations\n", rows[i].name, (unsigned long long)n);
        assert_true(n > 0);
    }
}

// ---------------------------------------------------------------- a whole policy

static uint8_t bundle[ATTACHMENT_BYTES_MAX];
static size_t bundle_size;

static bool read_folder(void)
{
    uint8_t *read = NULL;
    size_t size = 0;
    enum err err;

    complaints.n = 0;
    err = policy_read_folder(FOLDER, &complaints, &read, &size);
    assert_true((err == ERR_NONE) == (read != NULL));
    if (err == ERR_NONE)
        memcpy(bundle, read, bundle_size = size);
    free(read);
    return err == ERR_NONE;
}

static bool load_policy(void)
{
    struct policy *policy = NULL;
    enum err err;

    complaints.n = 0;
    err = policy_load(span_of(bundle, bundle_size), &complaints, &policy);
    assert_true((err == ERR_NONE) == (policy != NULL));
    policy_free(&policy);
    return err == ERR_NONE;
}

// A policy of some ten thousand allocations: those at the beginning one by one, then every so often.
static void a_policy_is_loaded_or_refused(void **state)
{
    bool failed = true;

    (void)state;
    assert_true(fail_everywhere(read_folder) > 0);
    for (uint64_t n = 1; failed; n += 1 + n / 40) {
        memory_fail(n, true);
        if (load_policy() && n < memory_count())
            fail_msg("allocation %llu and all behind it fail, and the policy is loaded", (unsigned long long)n);
        failed = memory_calm();
        assert_int_equal(memory_live(), 0);
    }
    assert_true(load_policy());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoders_allocate_nothing),
        cmocka_unit_test(the_door_allocates_nothing),
        cmocka_unit_test(texts_are_read_or_refused),
        cmocka_unit_test(a_policy_is_loaded_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
