// SPDX-License-Identifier: MIT
// One question, one answer, matched by `ref`.
// Used by clients and the log reader. Never asks twice by itself.
#include "common/client/windscreen_caller.h"

#include "common/client/windscreen_link.h"
#include "common/wire/decode.h"
#include "common/wire/encode.h"

#include <stdlib.h>

enum {
    REQUEST_BYTES_MAX = POLICY_BYTES_MAX + 4096, // a policy to adopt, and its envelope; touched only as far as requests really grow
    CONNECT_MS_MAX = 3000,                       // a daemon that is being restarted is back by then
};

struct windscreen_caller {
    struct windscreen_link *link;
    uint32_t ref;
    struct span answer;
    struct faults faults;
    uint8_t buffer[REQUEST_BYTES_MAX];
};

enum err windscreen_caller_open(const char *endpoint, struct windscreen_caller **caller)
{
    struct windscreen_caller *new = calloc(1, sizeof *new);
    enum err err;

    *caller = NULL;
    if (new == NULL)
        return ERR_NO_MEMORY;
    err = windscreen_link_open(endpoint, &new->link);
    if (err != ERR_NONE)
        free(new);
    else
        *caller = new;
    return err;
}

void windscreen_caller_close(struct windscreen_caller **caller)
{
    if (*caller == NULL)
        return;
    windscreen_link_close(&(*caller)->link);
    free(*caller);
    *caller = NULL;
}

struct plain_reply windscreen_caller_refusal(const struct windscreen_caller *caller)
{
    struct plain_reply refusal;
    struct faults faults = {0};

    memset(&refusal, 0, sizeof refusal);
    (void)!decode(&record_plain_reply, caller->answer, "", &refusal, &faults);
    return refusal;
}

struct span windscreen_caller_answer(const struct windscreen_caller *caller)
{
    return caller->answer;
}

// A refusal may lack fields that the full reply must have: it stands as far as it was read.
static enum err read_answer(struct windscreen_caller *caller, const struct record_desc *desc, void *reply)
{
    enum answer answer;

    caller->faults.n = 0;
    if (decode(desc, caller->answer, "", reply, &caller->faults))
        return ERR_NONE;
    answer = (enum answer)windscreen_caller_refusal(caller).answer;
    return answer != ANSWER_NONE && answer != ANSWER_OK ? ERR_NONE : ERR_BAD_INPUT;
}

static bool is_answer_to(struct windscreen_caller *caller, struct span body)
{
    caller->faults.n = 0;
    if (!wire_check(body, &caller->faults))
        return false;
    caller->answer = body;
    return windscreen_caller_refusal(caller).ref == caller->ref;
}

// Answers to questions given up, and connections that broke meanwhile, are no concern of the next question.
static void forget_the_past(struct windscreen_caller *caller)
{
    struct span body;

    while (windscreen_link_receive(caller->link, 0, &body) != ERR_AGAIN)
        ;
}

enum err windscreen_caller_ask(struct windscreen_caller *caller, const struct request_desc *request, const void *record, int64_t wait_ms,
                               void *reply)
{
    int64_t end_ms = windscreen_link_now_ms() + wait_ms;
    struct wire_writer writer = wire_writer_on(caller->buffer, sizeof caller->buffer);
    struct span body;
    enum err err;

    caller->ref++;
    caller->answer = span_of(NULL, 0);
    encode_request(request, caller->ref, record, &writer);
    if (writer.overflow)
        return ERR_NO_ROOM;
    forget_the_past(caller);
    if (windscreen_link_send(caller->link, wire_written(&writer), wait_ms < CONNECT_MS_MAX ? wait_ms : CONNECT_MS_MAX) != ERR_NONE)
        return ERR_SOCKET;
    do { // answers to questions given up may still come: passed over. A connection that broke takes question and answer with it
        err = windscreen_link_receive(caller->link, end_ms - windscreen_link_now_ms(), &body);
        if (err == ERR_NONE && is_answer_to(caller, body))
            return read_answer(caller, request->reply, reply);
        caller->answer = span_of(NULL, 0);
    } while (err != ERR_SOCKET && (err == ERR_NONE || windscreen_link_now_ms() < end_ms));
    return ERR_AGAIN;
}
