// SPDX-License-Identifier: MIT
// Audit: any frames on its three sockets, against a real store. What is appended is read back as it was; bad requests change nothing.
// Input: frames of one byte for the socket, one of flags, and a message; placeholders stand for epoch and number of a producer.
#include "tests/fuzz/fuzz.h"

#include "common/wire/event_wire.h"
#include "services/audit/audit.h"

#include <sys/stat.h>
#include <unistd.h>

enum { RESET_EVERY = 4096, FRAMES_BYTES_MAX = 16384, FRAMES_MAX = 64, MAP_SIZE = 64 << 20, EXIT_AGAIN = 111 };

static struct audit *audit;
static uint64_t n_inputs, n_resets;
static int64_t now_ms = 1000;
static unsigned n_replies;
static uint8_t epoch[9] = {0xcf}, next_n[9] = {0xcf};

static void put_number(uint8_t placeholder[9], uint64_t n)
{
    for (unsigned i = 8; i > 0; i--, n >>= 8)
        placeholder[i] = (uint8_t)n;
}

static uint64_t get_number(const uint8_t placeholder[9])
{
    uint64_t n = 0;

    for (unsigned i = 1; i < 9; i++)
        n = n << 8 | placeholder[i];
    return n;
}

static void on_reply(void *context, const struct peer *peer, struct span body)
{
    struct faults faults = {0};
    struct log_begun begun;
    struct log_appended appended;

    (void)context;
    (void)peer;
    require(body.size > 0 && wire_check(body, &faults));
    n_replies++;
    if (decode(&record_log_begun, body, "", &begun, &faults) && HAS(&begun, log_begun, epoch)) {
        put_number(epoch, begun.epoch);
        put_number(next_n, begun.n + 1);
        return;
    }
    (void)!decode(&record_log_appended, body, "", &appended, &faults);
    if (appended.answer == ANSWER_OK && appended.last > 0)
        put_number(next_n, get_number(next_n) + appended.last - appended.first + 1);
}

static bool is_watched(void *context)
{
    (void)context;
    return true;
}

static void on_publish(void *context, const char *name, uint64_t sequence, struct span event)
{
    (void)context;
    require(name != NULL && sequence > 0 && event.size > 0 && event.size <= EVENT_BYTES_MAX);
    require(event_type_of(event) != EVENT_NONE);
}

static void open_audit(void)
{
    static char directory[128];
    const struct audit_out out = {NULL, on_reply, is_watched, on_publish};

    audit_close(&audit);
    snprintf(directory, sizeof directory, "%s/%llu", fuzz_directory(), (unsigned long long)n_resets++ % 2);
    require(mkdir(directory, 0700) == 0 || true);
    {
        char file[160];

        snprintf(file, sizeof file, "%s/data.mdb", directory);
        (void)remove(file);
    }
    require(audit_open(directory, MAP_SIZE, &out, now_ms, &audit) == ERR_NONE);
    put_number(epoch, 1);
    put_number(next_n, 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    open_audit();
    return 0;
}

static const size_t message_max[AUDIT_SOCKETS] = {AUDIT_LOG_MESSAGE_MAX, AUDIT_OPERATORS_MESSAGE_MAX, AUDIT_CONTROL_MESSAGE_MAX};

// As audit_main does: an error is final, and said.
static void settle(void)
{
    enum err err = audit_settle(audit, now_ms);

    if (err == ERR_NONE)
        return;
    fprintf(stderr, "commit failed: %s\n", err_text(err));
    _exit(EXIT_AGAIN);
}

static void give(unsigned socket, unsigned flags, struct span body)
{
    static uint8_t *exact;
    struct peer peer = {.service = (uint8_t)socket, .id_size = 1, .id = {(uint8_t)(flags & 4)}};

    if (body.size > message_max[socket])
        return;
    free(exact); // so that a look beyond the end is seen
    exact = fuzz_room(body.size);
    fuzz_replace((uint8_t *)(uintptr_t)body.at, body.size,
                 "\xcf"
                 "EEEEEEEE",
                 epoch, sizeof epoch);
    fuzz_replace((uint8_t *)(uintptr_t)body.at, body.size, "\xcfNNNNNNNN", next_n, sizeof next_n);
    if (body.size > 0)
        memcpy(exact, body.at, body.size);
    now_ms += flags & 8 ? 1000 : 1;
    audit_take(audit, &peer, span_of(exact, body.size), (flags & 1) != 0, now_ms);
    if ((flags & 2) == 0) // else more is gathered first
        settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t frames[FRAMES_BYTES_MAX];
    struct span input = span_of(frames, size);
    struct span body;

    if (size > sizeof frames)
        return 0;
    if (++n_inputs % RESET_EVERY == 0)
        open_audit();
    memcpy(frames, data, size);
    for (unsigned n = 0; n < FRAMES_MAX && input.size > 0; n++) {
        unsigned socket = fuzz_take_byte(&input) % AUDIT_SOCKETS;
        unsigned flags = fuzz_take_byte(&input);

        if (!fuzz_take_message(&input, &body))
            break;
        give(socket, flags, body);
    }
    now_ms += 60001; // whoever is parked is answered
    settle();
    return 0;
}
