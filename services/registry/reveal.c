// SPDX-License-Identifier: MIT
// A worker's request to open: waits for the head, then is judged by who holds the referral.
// Used by the registry. Must not show anything before person.opened is durable, nor keep what it showed.
#include "services/registry/reveal.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/registry/holder.h"
#include "services/registry/registry.h"

#include <inttypes.h>
#include <stdlib.h>

#include <sodium.h>

static void refuse(const struct peer *peer, enum answer answer, struct effects *effects)
{
    struct person person = {.answer = (uint8_t)answer};

    effects_reply(effects, peer, &record_person, &person);
}

// ---------------------------------------------------------------- waiting for the head

static void on_head(void *state, uint64_t head)
{
    struct reveal *reveal = &((struct registry *)state)->reveal;

    (void)head;
    reveal->n_ready = reveal->n_asked;
    reveal->n_asked = 0;
}

// One question for all who wait; who comes later waits for the next one.
static void ask_head(struct registry *registry)
{
    struct reveal *reveal = &registry->reveal;

    if (reveal->n_waiting == 0 || reveal->n_asked > 0 || reveal->n_ready > 0)
        return;
    reveal->n_asked = reveal->n_waiting;
    runtime_ask_head(registry->runtime, registry, on_head);
}

void reveal_ask(struct registry *registry, const struct peer *peer, const struct open_person *request, struct effects *effects)
{
    struct reveal *reveal = &registry->reveal;
    struct reveal_request *waiting = &reveal->waiting[reveal->n_waiting];
    uint64_t referral;

    if (!tag_parse(request->referral, 'R', &referral)) {
        refuse(peer, ANSWER_NOT_FOUND, effects);
        return;
    }
    if (reveal->n_waiting == REVEALS_MAX || request->worker.size > sizeof waiting->worker) {
        refuse(peer, ANSWER_BUSY, effects);
        return;
    }
    *waiting = (struct reveal_request){.peer = *peer, .referral = referral, .purpose = request->purpose};
    waiting->has_token = HAS(request, open_person, token);
    waiting->token = waiting->has_token ? request->token : 0;
    waiting->worker_size = (uint8_t)request->worker.size;
    memcpy(waiting->worker, request->worker.at, request->worker.size);
    reveal->n_waiting++;
    ask_head(registry);
}

// ---------------------------------------------------------------- answering

// Opens the attachment of the referral into registry->opened.
static enum err open_sealed(struct registry *registry, uint64_t referral, const struct row_referral *row, size_t *size)
{
    char family_tag[TAG_SIZE + 1], referral_tag[TAG_SIZE + 1];
    struct seal_keys keys;
    uint8_t *sealed = NULL;
    size_t sealed_size = 0;
    enum err err = family_keys(registry->keys, row->family, &keys);

    if (err == ERR_NONE)
        err = runtime_attachment(registry->runtime, row->sequence, &sealed, &sealed_size);
    if (err == ERR_NONE && sealed_size > sizeof registry->opened)
        err = ERR_CRYPTO;
    tag_print('F', row->family, family_tag);
    tag_print('R', referral, referral_tag);
    if (err == ERR_NONE)
        err = seal_open(&keys, (struct seal_owner){span_text(family_tag), span_text(referral_tag)}, span_of(sealed, sealed_size),
                        registry->opened, size);
    sodium_memzero(&keys, sizeof keys);
    free(sealed);
    return err;
}

static void show(struct registry *registry, const struct reveal_request *request, size_t size, struct effects *effects)
{
    struct person_opened opened = {.worker = span_of(request->worker, request->worker_size), .purpose = request->purpose};
    struct person person = {.answer = ANSWER_OK};
    char subject[TAG_SIZE + 1];
    struct effect effect = {.type = EVENT_PERSON_OPENED, .subject = span_of(subject, TAG_SIZE), .data = &opened};

    tag_print('R', request->referral, subject);
    if (request->has_token)
        PUT(&opened, person_opened, token, request->token);
    registry_append(registry, &effect, effects);
    PUT(&person, person, event, span_of(registry->opened, size));
    effects_reply(effects, &request->peer, &record_person, &person);
    sodium_memzero(registry->opened, size);
}

// One damaged attachment must not stop the others' work.
static void tell_damaged(const struct peer *peer, const struct row_referral *row, enum err err, struct effects *effects)
{
    report("attachment-damaged", "the attachment of event %" PRIu64 " does not open: %s", row->sequence, err_text(err));
    refuse(peer, ANSWER_NOT_FOUND, effects);
}

static void answer_one(struct registry *registry, const struct reveal_request *request, struct effects *effects)
{
    struct holder_question question = {.referral = request->referral,
                                       .worker = span_of(request->worker, request->worker_size),
                                       .has_token = request->has_token,
                                       .token = request->token,
                                       .purpose = request->purpose};
    struct row_referral row;
    enum answer answer;
    size_t size;
    enum err err = rows_get_referral(&registry->rows, request->referral, &row);

    if (err == ERR_NOT_FOUND) {
        refuse(&request->peer, ANSWER_NOT_FOUND, effects);
        return;
    }
    registry_require(err, "reading a referral's row");
    registry_require(holder_judge(&registry->rows, &question, &answer), "reading who holds a referral");
    if (answer != ANSWER_OK) {
        refuse(&request->peer, answer, effects);
        return;
    }
    err = open_sealed(registry, request->referral, &row, &size);
    if (err == ERR_NONE)
        show(registry, request, size, effects);
    else if (err == ERR_NOT_FOUND)
        refuse(&request->peer, ANSWER_NOT_FOUND, effects); // erased
    else if (err == ERR_AGAIN)
        refuse(&request->peer, ANSWER_BUSY, effects);
    else
        tell_damaged(&request->peer, &row, err, effects);
}

void reveal_answer(struct registry *registry, struct effects *effects)
{
    struct reveal *reveal = &registry->reveal;
    unsigned n = reveal->n_ready < REVEALS_A_TICK ? reveal->n_ready : REVEALS_A_TICK;

    for (unsigned i = 0; i < n; i++)
        answer_one(registry, &reveal->waiting[i], effects);
    reveal->n_ready -= n;
    reveal->n_waiting -= n;
    memmove(reveal->waiting, reveal->waiting + n, reveal->n_waiting * sizeof reveal->waiting[0]);
    ask_head(registry);
}
