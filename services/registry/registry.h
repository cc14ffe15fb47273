// SPDX-License-Identifier: MIT
// The registry: new, duplicate or conflict; whose family; who may open.
// State and functions of the daemon, for registry_main.c and the registry's own files. The only daemon that knows who anybody is.
#pragma once

#include "common/runtime/daemon.h"
#include "services/registry/compare.h"
#include "services/registry/family.h"
#include "services/registry/reveal.h"
#include "services/registry/rulebook.h"

enum {
    REGISTRY_PENDING_MAX = 8192, // own referrals not yet durable: more than all appends in flight can hold
    REGISTRY_RETRY_MS = 1000,    // what a partner who is too early or too many is told
};

// A referral while it is being appended: what `take` needs and the event does not say. A rebuild finds it in the attachment.
struct arrival {
    struct identity event;                 // of source and id
    uint8_t first_content[SEAL_HMAC_SIZE]; // on conflicting: its content under the first referral's family's key
    struct family_search search;
};

struct registry_pending {
    uint64_t n;
    uint64_t referral;
    uint64_t family;
    uint32_t record; // of an event about the referral: its place among those; 0: the referral itself
    struct traits traits;
};

struct registry {
    struct runtime *runtime;
    struct rows rows;
    struct keys *keys;
    struct rulebook rulebook;
    struct identity_secret secret;
    struct sealer sealer;
    struct row_counter next;                               // own number of the next event, slot of the next family
    const struct arrival *arrival;                         // while a referral is being appended
    struct registry_pending pending[REGISTRY_PENDING_MAX]; // ring, in order of n
    uint64_t pending_first, pending_end;                   // places, ever
    int64_t admitted_boot_ms;                              // when partners' events last came
    int64_t refill_failed_boot_ms;                         // 0: it has not
    struct reveal reveal;
    struct compare compare;
    struct seal_scratch scratch;
    uint8_t opened[ATTACHMENT_BYTES_MAX]; // wiped after use
    uint8_t sealed[ATTACHMENT_BYTES_MAX];
};

// The functions of daemon.h; `state` is a struct registry, zero at first.
CHECKED enum err registry_open(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks);
CHECKED enum err registry_take(void *state, const struct hub_event *own);
CHECKED enum err registry_file(void *state, const struct hub_event *input);
void registry_tick(void *state, struct moment now, struct effects *effects);
void registry_settled(void *state, uint64_t first_n, uint64_t first_sequence, uint64_t count);
CHECKED enum err registry_hold(void *state);
CHECKED enum err registry_save(void *state, struct projection_marks marks);
void registry_close(void *state);

// Ends the process with a line of log: its disk or memory failed, and a restart must settle what is true. No-op when good.
void registry_require(enum err err, const char *what);

// Reads what can be read of a map: of what cannot, intake has told the sender, and an urgent event is stored all the same.
void registry_read(const struct record_desc *desc, struct span bytes, void *record);
// The same of the household that a partner's event describes: a referral's, or an assessment's.
void registry_read_household(const struct event *event, struct submitted *household);

// An own event's row tells its sequence: now, or once the log has told it. Live, the row must be settled by registry_settled.
CHECKED enum err registry_await(struct registry *registry, const struct hub_event *own, const struct registry_pending *pending);

// Appends and sees that it got the number which its tag, if any, was made with.
void registry_append(struct registry *registry, const struct effect *effect, struct effects *effects);
