// SPDX-License-Identifier: MIT
// Opening the personal part of a referral for a worker: read through to the head, judge, record, and only then show.
// Used by the registry. Nothing is shown that is not recorded durably first.
#pragma once

#include "common/base/err.h"
#include "common/runtime/effects.h"

enum { REVEALS_MAX = 64, REVEALS_A_TICK = 8 };

struct registry;
struct moment;
struct hub_event;
struct open_person;

struct reveal_request {
    struct peer peer;
    uint64_t referral;
    uint64_t token;
    uint64_t sequence; // of the later text that is asked for; 0: the event that sent the referral
    bool has_token;
    uint8_t purpose;
    uint8_t worker_size;
    char worker[64];
};

struct reveal {
    struct reveal_request waiting[REVEALS_MAX];
    unsigned n_waiting;
    unsigned n_asked; // of these, so many came before the head was asked for
    unsigned n_ready; // and for so many everything up to that head is filed
};

// Takes a request in; it is answered by a later reveal_answer. Answers at once what cannot be taken in.
void reveal_ask(struct registry *registry, const struct peer *peer, const struct open_person *request, struct effects *effects);
// What came with an event, and whose it is.
struct sealed_text {
    uint64_t referral;
    uint64_t family;
    uint64_t sequence; // of the event
};

// Opens the attachment into registry->opened, which the caller wipes. ERR_NOT_FOUND: it was erased. ERR_AGAIN: the daemon is
// stopping. ERR_CRYPTO: it is damaged.
CHECKED enum err reveal_open_sealed(struct registry *registry, const struct sealed_text *text, size_t *size);
// Answers what is ready.
void reveal_answer(struct registry *registry, struct moment now, struct effects *effects);
// An own person.opened is true: who has read it is known from then on.
CHECKED enum err reveal_take(struct registry *registry, const struct hub_event *own);
