// SPDX-License-Identifier: MIT
// The door: a partner's bytes through the check, the judgement of intake, and the canonical form by which the registry knows them again.
// An independent reader (msgpack-c) must agree with what is let in.
#include "tests/fuzz/fuzz.h"

#include "services/intake/judge.h"
#include "services/registry/canonical.h"
#include "services/registry/redact.h"

#include <msgpack.h>

static uint8_t space[SUBMISSION_BYTES_MAX];

// Writes the canonical form; size 0 when there is none.
static struct span canonical(struct span value, uint8_t *buffer)
{
    struct wire_writer writer = wire_writer_on(buffer, value.size);

    return canonical_write(value, &writer, space) ? wire_written(&writer) : span_of(NULL, 0);
}

// Another sender would write the same value with the pairs of its maps the other way round.
static void turn_maps(msgpack_object *object)
{
    for (uint32_t i = 0; object->type == MSGPACK_OBJECT_ARRAY && i < object->via.array.size; i++)
        turn_maps(&object->via.array.ptr[i]);
    for (uint32_t i = 0; object->type == MSGPACK_OBJECT_MAP && i < object->via.map.size; i++)
        turn_maps(&object->via.map.ptr[i].val);
    for (uint32_t i = 0; object->type == MSGPACK_OBJECT_MAP && i < object->via.map.size / 2; i++) {
        msgpack_object_kv *pairs = object->via.map.ptr;
        msgpack_object_kv kept = pairs[i];

        pairs[i] = pairs[object->via.map.size - 1 - i];
        pairs[object->via.map.size - 1 - i] = kept;
    }
}

static void check_good(struct span bytes)
{
    static uint8_t buffers[3][SUBMISSION_BYTES_MAX];
    struct span once = canonical(bytes, buffers[0]);
    msgpack_unpacked unpacked;
    msgpack_sbuffer packed;
    msgpack_packer packer;
    size_t offset = 0;

    require(once.size > 0 && once.size <= bytes.size);
    require(span_equal(canonical(once, buffers[1]), once));
    msgpack_unpacked_init(&unpacked);
    require(msgpack_unpack_next(&unpacked, (const char *)bytes.at, bytes.size, &offset) == MSGPACK_UNPACK_SUCCESS);
    require(offset == bytes.size);
    turn_maps(&unpacked.data);
    msgpack_sbuffer_init(&packed);
    msgpack_packer_init(&packer, &packed, msgpack_sbuffer_write);
    require(msgpack_pack_object(&packer, unpacked.data) == 0);
    require(span_equal(canonical(span_of(packed.data, packed.size), buffers[2]), once));
    msgpack_sbuffer_destroy(&packed);
    msgpack_unpacked_destroy(&unpacked);
}

// What is left of it for somebody holds no more to leave out, and is still the same event.
static void check_redacted(struct span bytes, const struct judgement *judgement)
{
    static const uint64_t allowed[] = {0, UINT64_C(1) << PERSONAL_NAMES, ~(UINT64_C(1) << PERSONAL_UNKNOWN), UINT64_MAX};
    static uint8_t once[SUBMISSION_BYTES_MAX], twice[SUBMISSION_BYTES_MAX];

    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        struct wire_writer first = wire_writer_on(once, sizeof once), second = wire_writer_on(twice, sizeof twice);
        struct faults faults = {0};
        struct event event;
        uint64_t withheld;

        require(redact_event(bytes, allowed[i], &first, &withheld));
        require((withheld & allowed[i]) == 0 && (withheld != 0) == (first.used > 0));
        if (withheld == 0)
            continue;
        require(wire_written(&first).size < bytes.size);
        require(redact_event(wire_written(&first), allowed[i], &second, &withheld) && withheld == 0);
        (void)!decode(&record_event, wire_written(&first), "", &event, &faults);
        require(span_equal(event.id, judgement->id) && span_equal(event.source, judgement->source));
    }
}

// What the registry relies on when intake passes an event on.
static void check_passed(struct span bytes, const struct judgement *judgement)
{
    static uint8_t buffer[SUBMISSION_BYTES_MAX];
    struct faults faults = {0};
    struct event event;

    require(judgement->id.size > 0 && judgement->id.size <= 128 && judgement->source.size > 0 && judgement->source.size <= 256);
    require(judgement->faults.n == 0 || judgement->urgent);
    (void)!decode(&record_event, bytes, "", &event, &faults);
    require(span_equal(event.id, judgement->id) && span_equal(event.source, judgement->source));
    require(event.data.size > 0 && canonical(event.data, buffer).size > 0);
    check_redacted(bytes, judgement);
    if (judgement->faults.n == 0)
        fuzz_check_round_trip(&record_event, &event);
}

static void check_receipt(const struct judgement *judgement)
{
    struct receipt receipt = {.id = judgement->id, .source = judgement->source, .status = RECEIPT_REJECTED}, read;
    uint8_t buffer[8192]; // as large as intake's
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct faults faults = {0};

    SET_HAS(&receipt, receipt, id); // nil where the bytes had none
    SET_HAS(&receipt, receipt, source);
    SET_HAS(&receipt, receipt, errors);
    for (unsigned i = 0; i < judgement->faults.n; i++)
        receipt.errors[receipt.n_errors++] = fault_problem(&judgement->faults, i);
    encode(&record_receipt, &receipt, &writer);
    require(decode_message(&record_receipt, wire_written(&writer), &read, &faults));
    require(span_equal(read.id, receipt.id) && read.n_errors == receipt.n_errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    struct judgement judgement;
    struct faults faults = {0};
    enum wire_form form = wire_look(bytes, &faults);

    require((form == WIRE_GOOD) == (faults.n == 0));
    fuzz_check_faults(&faults);
    if (form == WIRE_GOOD && size <= SUBMISSION_BYTES_MAX)
        check_good(bytes);
    judge(bytes, &judgement);
    fuzz_check_faults(&judgement.faults);
    require(fuzz_is_within(judgement.id, bytes) && fuzz_is_within(judgement.source, bytes));
    if (judgement.verdict == VERDICT_PASS) {
        require(judgement.faults.n > 0 || form == WIRE_GOOD); // also when the event was judged in one walk
        check_passed(bytes, &judgement);
    } else {
        require(judgement.faults.n > 0);
        check_receipt(&judgement);
    }
    return 0;
}
