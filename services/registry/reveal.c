// SPDX-License-Identifier: MIT
// A worker's request to open: waits for the head, then is judged by who holds the referral.
// Used by the registry. Must not show anything before person.opened is durable, nor keep what it showed.
#include "services/registry/reveal.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"
#include "services/registry/about.h"
#include "services/registry/holder.h"
#include "services/registry/redact.h"
#include "services/registry/registry.h"

#include <inttypes.h>
#include <stdlib.h>

#include <sodium.h>

enum { LATER_MAX = 64 }; // as person.later says

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
    waiting->sequence = HAS(request, open_person, sequence) ? request->sequence : 0;
    waiting->worker_size = (uint8_t)request->worker.size;
    memcpy(waiting->worker, request->worker.at, request->worker.size);
    reveal->n_waiting++;
    ask_head(registry);
}

// ---------------------------------------------------------------- answering

// What is to be opened.
struct opening {
    const struct reveal_request *request;
    uint64_t family;
    const struct edition *edition; // of the policy, in force now
    uint64_t sequence;             // of its event
    enum event_type type;          // of a later text; NONE: the event that sent the referral
    size_t size;                   // once it is in registry->opened
    uint64_t allowed;              // kinds of personal fields for this worker
    uint64_t withheld;             // and those that were there and are not
    int64_t at_ms;
};

// ERR_NOT_FOUND: no such referral, or the text is not one of it.
static enum err find_text(struct registry *registry, const struct reveal_request *request, struct opening *opening)
{
    struct row_referral row;
    struct about_record record;
    enum err err = rows_get_referral(&registry->rows, request->referral, &row);

    *opening = (struct opening){.request = request};
    if (err != ERR_NONE)
        return err;
    opening->family = row.family;
    opening->sequence = row.sequence;
    if (request->sequence == 0 || request->sequence == row.sequence)
        return ERR_NONE;
    err = about_find(&registry->rows, request->referral, request->sequence, &record);
    opening->sequence = record.sequence;
    opening->type = about_type(record.kind);
    return err;
}

enum err reveal_open_sealed(struct registry *registry, const struct sealed_text *text, size_t *size)
{
    char family_tag[TAG_SIZE + 1], referral_tag[TAG_SIZE + 1];
    struct seal_keys keys;
    uint8_t *sealed = NULL;
    size_t sealed_size = 0;
    enum err err = family_keys(registry->keys, text->family, &keys);

    if (err == ERR_NONE)
        err = runtime_attachment(registry->runtime, text->sequence, &sealed, &sealed_size);
    if (err == ERR_NONE && sealed_size > sizeof registry->opened)
        err = ERR_CRYPTO;
    tag_print('F', text->family, family_tag);
    tag_print('R', text->referral, referral_tag);
    if (err == ERR_NONE)
        err = seal_open(&keys, (struct seal_owner){span_text(family_tag), span_text(referral_tag)}, span_of(sealed, sealed_size),
                        registry->opened, size);
    sodium_memzero(&keys, sizeof keys);
    free(sealed);
    return err;
}

// ---------------------------------------------------------------- what is for this worker

// Whom the family has agreed to, as it answered last; nobody when it has refused, withdrawn, or named nobody.
static uint64_t agreed_with(const struct event *event)
{
    static struct submitted household;
    static struct consent_changed changed;
    const struct consent *consent = &household.consent;

    household.consent = (struct consent){0};
    if (event_type_parse(event->type) == EVENT_CONSENT_CHANGED) {
        registry_read(&record_consent_changed, event->data, &changed);
        consent = &changed.consent;
    } else {
        registry_read_household(event, &household);
    }
    return consent->service == CONSENT_GIVEN ? consent->share_with : 0;
}

// Opens the last answer to see; what was opened is wiped at once.
static enum err read_agreed(struct registry *registry, const struct opening *asked, uint64_t *share_with)
{
    struct sealed_text text = {.referral = asked->request->referral, .family = asked->family};
    struct about_record record = {0};
    struct row_referral row;
    struct about_head head;
    struct event event;
    size_t size;
    enum err err = about_get_head(&registry->rows, asked->request->referral, &head);

    *share_with = 0;
    if (err == ERR_NONE && head.last_consent != 0)
        err = about_get(&registry->rows, asked->request->referral, head.last_consent, &record);
    if (err == ERR_NONE)
        err = rows_get_referral(&registry->rows, asked->request->referral, &row);
    if (err != ERR_NONE || (head.last_consent != 0 && record.sequence == 0))
        return err; // an answer that is on its way to the disk agrees to nobody yet
    text.sequence = head.last_consent != 0 ? record.sequence : row.sequence;
    err = reveal_open_sealed(registry, &text, &size);
    if (err != ERR_NONE)
        return err;
    registry_read(&record_event, span_of(registry->opened, size), &event);
    *share_with = agreed_with(&event);
    sodium_memzero(registry->opened, size);
    return ERR_NONE;
}

static enum err find_allowed(struct registry *registry, const struct holder_grant *grant, struct opening *opening)
{
    const struct sharing *sharing = &opening->edition->sharing;
    enum open_purpose purpose = (enum open_purpose)opening->request->purpose;
    enum agency agencies[HOLDER_TEAMS_MAX];
    uint64_t share_with = 0;
    bool asks = false;
    enum err err = ERR_NONE;

    opening->allowed = grant->decides ? UINT64_MAX : 0;
    for (unsigned i = 0; i < grant->n_teams; i++) {
        agencies[i] = rulebook_agency(&registry->rulebook, opening->at_ms, span_of(grant->teams[i].code, grant->teams[i].size));
        asks = sharing_asks(sharing, agencies[i], purpose) || asks;
    }
    if (asks && !grant->decides)
        err = read_agreed(registry, opening, &share_with);
    for (unsigned i = 0; i < grant->n_teams; i++)
        opening->allowed |= sharing_fields(sharing, agencies[i], purpose, share_with);
    return err;
}

// What is shown, in registry->sealed when something is withheld. ERR_CRYPTO: it cannot be told what is in it.
static enum err redact(struct registry *registry, struct opening *opening, struct span *text)
{
    struct wire_writer writer = wire_writer_on(registry->sealed, sizeof registry->sealed);

    *text = span_of(registry->opened, opening->size);
    if (opening->allowed == UINT64_MAX || opening->type == EVENT_NOTE_RECORDED)
        return ERR_NONE;
    if (!redact_event(*text, opening->allowed, &writer, &opening->withheld))
        return ERR_CRYPTO;
    if (opening->withheld != 0)
        *text = wire_written(&writer);
    return ERR_NONE;
}

// ---------------------------------------------------------------- showing

static void append_opened(struct registry *registry, const struct opening *opening, struct effects *effects)
{
    const struct reveal_request *request = opening->request;
    struct person_opened opened = {.worker = span_of(request->worker, request->worker_size), .purpose = request->purpose};
    char subject[TAG_SIZE + 1];
    struct effect effect = {.type = EVENT_PERSON_OPENED, .subject = span_of(subject, TAG_SIZE), .data = &opened};

    tag_print('R', request->referral, subject);
    if (request->has_token)
        PUT(&opened, person_opened, token, request->token);
    if (opening->withheld != 0)
        PUT(&opened, person_opened, limited, true);
    PUT(&opened, person_opened, policy, span_of(opening->edition->policy, POLICY_VERSION_SIZE));
    if (opening->type != EVENT_NONE)
        PUT(&opened, person_opened, text, opening->sequence);
    registry_append(registry, &effect, effects);
}

// The last of what came since; what is not yet durable is told the next time.
static void list_later(struct registry *registry, uint64_t referral, struct person *person)
{
    struct about_head head;
    struct about_record record;

    registry_require(about_get_head(&registry->rows, referral, &head), "reading what came about a referral");
    for (uint32_t i = head.n_records > LATER_MAX ? head.n_records - LATER_MAX + 1 : 1; i <= head.n_records; i++) {
        registry_require(about_get(&registry->rows, referral, i, &record), "reading what came about a referral");
        if (record.sequence == 0)
            return;
        SET_HAS(person, person, later);
        person->later[person->n_later++] = (struct later_text){.sequence = record.sequence, .type = (uint8_t)about_type(record.kind)};
    }
}

static void show(struct registry *registry, const struct opening *opening, struct span text, struct effects *effects)
{
    struct person person = {.answer = ANSWER_OK};

    append_opened(registry, opening, effects);
    if (opening->type == EVENT_NOTE_RECORDED)
        PUT(&person, person, note, text);
    else
        PUT(&person, person, event, text);
    if (opening->withheld != 0)
        PUT(&person, person, withheld, opening->withheld);
    list_later(registry, opening->request->referral, &person);
    effects_reply(effects, &opening->request->peer, &record_person, &person);
    sodium_memzero(registry->opened, opening->size);
    if (opening->withheld != 0)
        sodium_memzero(registry->sealed, text.size);
}

// One damaged attachment must not stop the others' work.
static void tell_damaged(const struct opening *opening, enum err err, struct effects *effects)
{
    report("attachment-damaged", "the attachment of event %" PRIu64 " does not open: %s", opening->sequence, err_text(err));
    refuse(&opening->request->peer, ANSWER_NOT_FOUND, effects);
}

static void open_text(struct registry *registry, struct opening *opening, const struct holder_grant *grant, struct effects *effects)
{
    struct span text;
    enum err err = find_allowed(registry, grant, opening);

    if (err == ERR_NONE && opening->type == EVENT_NOTE_RECORDED && (opening->allowed >> PERSONAL_NOTES & 1) == 0) {
        refuse(&opening->request->peer, ANSWER_NOT_ALLOWED, effects);
        return;
    }
    if (err == ERR_NONE)
        err = reveal_open_sealed(registry, &(struct sealed_text){opening->request->referral, opening->family, opening->sequence},
                                 &opening->size);
    if (err == ERR_NONE)
        err = redact(registry, opening, &text);
    if (err == ERR_NONE)
        show(registry, opening, text, effects);
    else if (err == ERR_NOT_FOUND)
        refuse(&opening->request->peer, ANSWER_NOT_FOUND, effects); // erased
    else if (err == ERR_AGAIN)
        refuse(&opening->request->peer, ANSWER_BUSY, effects);
    else
        tell_damaged(opening, err, effects);
}

static void answer_one(struct registry *registry, const struct reveal_request *request, int64_t now_ms, struct effects *effects)
{
    struct holder_question question = {.referral = request->referral,
                                       .worker = span_of(request->worker, request->worker_size),
                                       .has_token = request->has_token,
                                       .token = request->token,
                                       .purpose = request->purpose};
    struct holder_grant grant;
    struct opening opening;
    enum answer answer;
    enum err err = find_text(registry, request, &opening);

    if (err == ERR_NOT_FOUND) {
        refuse(&request->peer, ANSWER_NOT_FOUND, effects);
        return;
    }
    registry_require(err, "reading a referral's row");
    registry_require(holder_judge(&registry->rows, &question, &answer, &grant), "reading who holds a referral");
    opening.at_ms = now_ms;
    opening.edition = rulebook_at(&registry->rulebook, now_ms);
    if (answer == ANSWER_OK)
        open_text(registry, &opening, &grant, effects);
    else
        refuse(&request->peer, answer, effects);
}

void reveal_answer(struct registry *registry, struct moment now, struct effects *effects)
{
    struct reveal *reveal = &registry->reveal;
    unsigned n = reveal->n_ready < REVEALS_A_TICK ? reveal->n_ready : REVEALS_A_TICK;

    for (unsigned i = 0; i < n; i++)
        answer_one(registry, &reveal->waiting[i], now.wall_ms, effects);
    reveal->n_ready -= n;
    reveal->n_waiting -= n;
    memmove(reveal->waiting, reveal->waiting + n, reveal->n_waiting * sizeof reveal->waiting[0]);
    ask_head(registry);
}

enum err reveal_take(struct registry *registry, const struct hub_event *own)
{
    const struct person_opened *opened = own->data;
    struct about_reader reader = {.at_ms = own->head->time, .purpose = opened->purpose, .worker_size = (uint8_t)opened->worker.size};
    uint64_t referral;

    if (!tag_parse(own->head->subject, 'R', &referral) || opened->worker.size > sizeof reader.worker)
        return ERR_BAD_INPUT;
    memcpy(reader.worker, opened->worker.at, opened->worker.size);
    return about_read(&registry->rows, referral, &reader);
}
