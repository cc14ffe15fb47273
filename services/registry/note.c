// SPDX-License-Identifier: MIT
// Seals a note and appends note.recorded.
// Used by registry_main's table and registry_take. Must not keep the text, nor tell who may read it: reveal.c does.
#include "services/registry/note.h"

#include "common/base/tag.h"
#include "services/registry/about.h"
#include "services/registry/registry.h"

#include <sodium.h>

static void refuse(const struct peer *peer, enum answer answer, struct effects *effects)
{
    struct note_written reply = {.answer = (uint8_t)answer};

    if (answer == ANSWER_BUSY)
        PUT(&reply, note_written, retry_after_ms, REGISTRY_RETRY_MS);
    effects_reply(effects, peer, &record_note_written, &reply);
}

// The note's place was its own number until the log had told it.
static void complete_reply(void *state, void *record)
{
    const struct registry *registry = state;
    struct note_written *reply = record;

    reply->sequence = runtime_sequence_of(registry->runtime, reply->sequence);
}

static void append(struct registry *registry, const struct write_note *request, uint64_t family, const struct seal_keys *keys,
                   struct effects *effects)
{
    uint8_t commitment[SEAL_HMAC_SIZE];
    char tag[TAG_SIZE + 1] = "";
    struct note_recorded data = {.by = request->by, .family = span_of(tag, TAG_SIZE), .commitment = span_of(commitment, SEAL_HMAC_SIZE)};
    struct effect effect = {.type = EVENT_NOTE_RECORDED, .subject = request->referral, .data = &data};

    tag_print('F', family, tag);
    seal_commitment(keys, request->text, commitment);
    effect.attachment =
        seal_close(keys, (struct seal_owner){data.family, effect.subject}, &registry->sealer, request->text, registry->sealed);
    registry_append(registry, &effect, effects);
}

void note_write(struct registry *registry, const struct peer *peer, const struct write_note *request, struct effects *effects)
{
    struct note_written reply = {.answer = ANSWER_OK};
    struct row_referral row;
    struct seal_keys keys;
    uint64_t referral;
    enum err err = ERR_NOT_FOUND;

    if (tag_parse(request->referral, 'R', &referral))
        err = rows_get_referral(&registry->rows, referral, &row);
    if (err == ERR_NONE)
        err = family_keys(registry->keys, row.family, &keys);
    registry_require(err == ERR_NOT_FOUND ? ERR_NONE : err, "reading a referral's row or a family's key");
    if (err == ERR_NOT_FOUND) {
        refuse(peer, ANSWER_NOT_FOUND, effects);
        return;
    }
    if (runtime_admission(registry->runtime) == ADMISSION_CLOSED) {
        sodium_memzero(&keys, sizeof keys);
        refuse(peer, ANSWER_BUSY, effects);
        return;
    }
    append(registry, request, row.family, &keys, effects);
    sodium_memzero(&keys, sizeof keys);
    PUT(&reply, note_written, sequence, registry->next.next_n - 1);
    effects_reply_completed(effects, peer, &record_note_written, &reply, complete_reply);
}

enum err note_take(struct registry *registry, const struct hub_event *own)
{
    const struct note_recorded *note = own->data;
    struct about_record record = {.kind = ABOUT_NOTE};
    struct registry_pending pending = {.n = own->n};
    enum err err;

    if (!tag_parse(own->head->subject, 'R', &pending.referral) || !tag_parse(note->family, 'F', &pending.family))
        return ERR_BAD_INPUT;
    err = about_add(&registry->rows, pending.referral, &record, &pending.record);
    return err == ERR_NONE ? registry_await(registry, own, &pending) : err;
}
