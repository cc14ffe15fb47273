// SPDX-License-Identifier: MIT
// windscreen audit verify: the log of a state directory proved from its bytes, at rest, as a copy, or beside a running hub.
// Called by main. Asks no daemon.
#include "services/windscreen/given.h"

#include "common/store/log_verify.h"
#include "services/windscreen/command.h"
#include "services/windscreen/screen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct outcome {
    struct log_verdict verdict;
    enum err err;
};

// In a process of its own: LMDB follows what it reads, and what it reads may be damaged.
static bool verify_apart(const char *directory, struct outcome *outcome)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        outcome->err = log_verify(directory, &outcome->verdict);
        _exit(0);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (child > 0 && status != 0 && outcome->verdict.damage == LOG_DAMAGE_NONE) {
        outcome->verdict.damage = LOG_DAMAGE_CHUNK; // it led the reader astray
        outcome->verdict.sequence = outcome->verdict.n_events + 1;
        outcome->err = ERR_NONE;
    }
    return child > 0;
}

static int print_json(const char *directory, const struct log_verdict *verdict)
{
    char root[2 * DIGEST_SIZE + 1] = "";
    bool good = verdict->damage == LOG_DAMAGE_NONE;

    if (good)
        screen_hex(span_of(verdict->root, DIGEST_SIZE), root);
    return screen_json(json_pack("{ss, sb, sI, sI, sI, sI, ss, ss, sI, sI}", "directory", directory, "good", good, "events",
                                 (json_int_t)verdict->n_events, "attachments", (json_int_t)verdict->n_attachments, "sealed",
                                 (json_int_t)verdict->n_sealed, "dropped", (json_int_t)verdict->n_dropped, "root", root, "damage",
                                 good ? "" : log_damage_text(verdict->damage), "sequence", (json_int_t)verdict->sequence, "page",
                                 (json_int_t)verdict->page));
}

static void print_text(const char *directory, const struct log_verdict *verdict)
{
    char root[2 * DIGEST_SIZE + 1];

    if (verdict->damage == LOG_DAMAGE_NONE) {
        screen_hex(span_of(verdict->root, DIGEST_SIZE), root);
        printf("%s is what it was: %" PRIu64 " events, %" PRIu64 " attachments (%" PRIu64 " sealed, %" PRIu64 " dropped)\nroot    %s\n",
               directory, verdict->n_events, verdict->n_attachments, verdict->n_sealed, verdict->n_dropped, root);
        return;
    }
    printf("%s is DAMAGED: %s", directory, log_damage_text(verdict->damage));
    if (verdict->damage == LOG_DAMAGE_PAGE)
        printf(", page %" PRIu64, verdict->page);
    if (verdict->sequence > 0)
        printf(", first at sequence %" PRIu64, verdict->sequence);
    printf("\n%" PRIu64 " events before it are good. Put back a copy of the whole state directory, and verify that first.\n",
           verdict->n_events);
}

static int explain(const char *directory, enum err err)
{
    if (err == ERR_NOT_FOUND) {
        fprintf(stderr, "There is no log in %s.\n", directory);
        return EXIT_NO_INPUT;
    }
    fprintf(stderr, "The log in %s cannot be read: %s. Is this the account that owns it?\n", directory, err_text(err));
    return EXIT_BAD_OUTPUT;
}

int command_audit_verify(const struct given *given)
{
    char directory[STATE_PATH_MAX + sizeof "/audit"];
    struct outcome *outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int code;

    if (outcome == MAP_FAILED)
        return EXIT_NO_MEMORY;
    if (given->n_words > 0)
        snprintf(directory, sizeof directory, "%s", given->words[0]);
    else
        snprintf(directory, sizeof directory, "%s/audit", given->state);
    outcome->err = ERR_NO_MEMORY;
    if (!verify_apart(directory, outcome) || outcome->err != ERR_NONE) {
        code = explain(directory, outcome->err);
    } else {
        code = given->json ? print_json(directory, &outcome->verdict) : 0;
        if (!given->json)
            print_text(directory, &outcome->verdict);
        code = code != 0 ? code : screen_end(outcome->verdict.damage == LOG_DAMAGE_NONE ? 0 : 1);
    }
    munmap(outcome, sizeof *outcome);
    return code;
}
