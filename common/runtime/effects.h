// SPDX-License-Identifier: MIT
// What a daemon wants to happen: events to append, replies to give once they are durable.
// Handed to decide, tick and request functions; carried out by the runtime. The only way out of a daemon.
#pragma once

#include "common/base/span.h"
#include "proto/proto.h"

struct effects;

enum { PEER_ID_MAX = 255 }; // as ZeroMQ has it

// Where a reply goes. A value: keep a copy to answer later.
struct peer {
    uint8_t service; // index in the daemon's table
    uint8_t id_size;
    bool delimited; // REQ clients: an empty frame stands before the message
    uint8_t id[PEER_ID_MAX];
    uint32_t ref; // of the request, echoed
};

// Copies a peer, and of its id only what there is: that is five bytes mostly.
static inline void peer_copy(struct peer *to, const struct peer *from)
{
    to->service = from->service;
    to->id_size = from->id_size;
    to->delimited = from->delimited;
    to->ref = from->ref;
    bytes_copy(to->id, from->id, from->id_size);
}

struct effect {
    enum event_type type;
    struct span subject;     // referral; size 0: none
    uint64_t cause;          // sequence of the input; 0: none
    struct span traceparent; // size 0: none
    struct span attachment;  // size 0: none; copied
    const void *data;        // record of the type
};

// Appends an event: encodes it, gives it the daemon's next own number, and calls the daemon's `take` with it at once (tentatively,
// sequence 0). Returns that number. Copies everything.
uint64_t effects_append(struct effects *effects, const struct effect *effect);

// Replies once everything appended so far is durable. `record` is copied; its `ref` field is filled in by the runtime.
void effects_reply(struct effects *effects, const struct peer *peer, const struct record_desc *desc, const void *record);

// The same; just before sending, `complete(state, record)` may fill in what only durability tells (runtime_sequence_of).
void effects_reply_completed(struct effects *effects, const struct peer *peer, const struct record_desc *desc, const void *record,
                             void (*complete)(void *state, void *record));

// Sends at once, before anything is durable: only for what promises nothing of this daemon's own (receipts another daemon vouches for,
// refusals) and for passing on. False when the peer or link is gone: whoever waits must ask again.
bool effects_answer_now(struct effects *effects, const struct peer *peer, struct span body);
bool effects_pass_on(struct effects *effects, unsigned link, struct span body);
