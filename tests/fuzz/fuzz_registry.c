// SPDX-License-Identifier: MIT
// The registry: any frames of intake and of workers, and every event that the door lets in, passed on as intake does.
// An event that was let in is stored, known, or told to wait; refused only when it is about a referral that is not there; never the end of
// the process.
#include "tests/fuzz/stage.h"

#include "services/intake/judge.h"
#include "services/registry/registry.h"

#include <sys/stat.h>

enum { RESET_EVERY = 2048, AS_EVENT = 0xff };

static uint64_t n_inputs;
static char folder[128];

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[192];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    require(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0 && chmod(path, mode) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    snprintf(folder, sizeof folder, "%s/given", fuzz_directory());
    require(mkdir(folder, 0700) == 0);
    write_file("kek", "thirty-two bytes of wrapping key", 0400);
    write_file("neighbourhoods.yaml", "neighbourhoods:\n  - {postcode: LU4, neighbourhood: west, source: sample}\ninside: [LU]\n", 0600);
    write_file("teams.yaml", "teams:\n  - {team: fsw, agency: early-help}\n", 0600);
    write_file("sharing.yaml", "sharing:\n  - {agency: early-help, with: agreement, fields: [names, notes], source: sample}\n", 0600);
    stage_open(folder, folder);
    return 0;
}

static void zero(void *state)
{
    memset(state, 0, sizeof(struct registry));
}

static enum receipt_status pass_on(struct span bytes, const struct judgement *judgement)
{
    static struct admit admit;
    static struct admitted admitted;
    static uint8_t buffer[SUBMISSION_BYTES_MAX + 8192];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct faults faults = {0};

    admit.n_items = 1;
    admit.items[0] = (struct admission_item){.handle = 7, .event = bytes};
    if (judgement->urgent)
        PUT(&admit.items[0], admission_item, urgent, true);
    if (judgement->faults.n > 0)
        SET_HAS(&admit.items[0], admission_item, problems);
    for (unsigned i = 0; i < judgement->faults.n && i < PROBLEMS_MAX; i++) {
        struct kept_problem *problem = &admit.items[0].problems[admit.items[0].n_problems++];

        *problem = (struct kept_problem){.code = (uint8_t)judgement->faults.at[i].code};
        PUT(problem, kept_problem, path, span_text(judgement->faults.at[i].path));
    }
    encode_request(&service_registry[REGISTRY_ADMIT], 1, &admit, &writer);
    stage_serve(0, 0, wire_written(&writer));
    require(stage.n_replies == 1);
    require(decode_message(&record_admitted, stage.reply, &admitted, &faults));
    require(admitted.n_items == 1 && admitted.items[0].handle == 7);
    if (admitted.items[0].status == RECEIPT_REJECTED)
        require(!judgement->urgent && admitted.items[0].fault == FAULT_UNKNOWN_REFERRAL);
    return (enum receipt_status)admitted.items[0].status;
}

static void take_event(struct span bytes)
{
    struct judgement judgement;
    enum receipt_status first, second;

    judge(bytes, &judgement);
    if (judgement.verdict != VERDICT_PASS)
        return;
    first = pass_on(bytes, &judgement);
    require(first == RECEIPT_ACCEPTED || first == RECEIPT_DUPLICATE || first == RECEIPT_CONFLICT || first == RECEIPT_REJECTED);
    second = pass_on(bytes, &judgement);
    require(first != RECEIPT_ACCEPTED || second == RECEIPT_DUPLICATE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of(data, size);

    if (++n_inputs % RESET_EVERY == 0)
        stage_reset(zero);
    if (size > 0 && data[0] == AS_EVENT) {
        fuzz_take_byte(&input);
        take_event(input);
    } else {
        stage_play(input);
    }
    return 0;
}
