// SPDX-License-Identifier: MIT
// Intake: any frames of partners, of status requests, and of answers that claim to be the registry's.
// One receipt for each event; what is passed on can be read, and is the event itself.
#include "tests/fuzz/stage.h"

#include "services/intake/intake.h"
#include "services/intake/judge.h"

static struct admit passed;
static uint32_t asked[2]; // refs of the last question to the registry and to allocation; 0: none

// A partner's question that goes on.
static bool take_question(struct span body, const struct request_head *head)
{
    struct faults faults = {0};
    struct standing_of standing;
    struct locate locate;

    if (span_is(head->request, "locate")) {
        require(decode(&record_locate, body, "", &locate, &faults));
        asked[0] = (uint32_t)head->ref;
        return true;
    }
    if (!span_is(head->request, "standing"))
        return false;
    require(decode(&record_standing_of, body, "", &standing, &faults));
    asked[1] = (uint32_t)head->ref;
    return true;
}

static void on_pass(struct span body)
{
    struct request_head head;
    struct faults faults = {0};

    require(decode_message(&record_request_head, body, &head, &faults));
    if (take_question(body, &head))
        return;
    require(span_is(head.request, "admit"));
    require(decode(&record_admit, body, "", &passed, &faults));
    require(passed.n_items > 0);
    for (uint64_t i = 0; i < passed.n_items; i++) {
        struct judgement judgement;

        judge(passed.items[i].event, &judgement);
        require(judgement.verdict == VERDICT_PASS);
        require(judgement.urgent == passed.items[i].urgent);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    stage_open(NULL, NULL);
    stage.on_pass = on_pass;
    return 0;
}

// The registry's answers, for those who wait: with the handles that intake gave.
static void answer_all(void)
{
    static struct admitted admitted;
    static uint8_t buffer[1 << 16];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    if (passed.n_items == 0)
        return;
    admitted.n_items = passed.n_items;
    for (uint64_t i = 0; i < passed.n_items; i++) {
        admitted.items[i] = (struct admitted_item){.handle = passed.items[i].handle, .status = RECEIPT_ACCEPTED};
        PUT(&admitted.items[i], admitted_item, referral, span_text("R000000000000Z"));
        PUT(&admitted.items[i], admitted_item, sequence, 1);
    }
    passed.n_items = 0;
    encode(&record_admitted, &admitted, &writer);
    stage.runtime.daemon->links[0].on_message(stage.runtime.daemon->state, &(struct raw_message){.body = wire_written(&writer)},
                                              runtime_now(&stage.runtime), &stage.runtime.effects);
    stage_work();
}

static void give_reply(unsigned link, const struct record_desc *desc, const void *record)
{
    uint8_t buffer[512];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    encode(desc, record, &writer);
    stage.runtime.daemon->links[link].on_message(stage.runtime.daemon->state, &(struct raw_message){.body = wire_written(&writer)},
                                                 runtime_now(&stage.runtime), &stage.runtime.effects);
    stage_work();
}

// The last question is found by the registry and answered by allocation.
static void answer_question(void)
{
    struct located located = {.answer = ANSWER_OK};
    struct standing standing = {.answer = ANSWER_NOT_FOUND};

    PUT(&located, located, ref, asked[0]);
    PUT(&located, located, referral, span_text("R000000000000Z"));
    if (asked[0] != 0)
        give_reply(INTAKE_LOCATE, &record_located, &located);
    PUT(&standing, standing, ref, asked[1]);
    if (asked[1] != 0)
        give_reply(INTAKE_STANDING, &record_standing, &standing);
    asked[0] = asked[1] = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stage_play(span_of(data, size));
    answer_all();
    answer_question();
    return 0;
}
