// SPDX-License-Identifier: MIT
// Partners' questions how their referrals stand: each goes to the registry, which knows whose referral it is, then to allocation.
// Used by intake.c. Fixed memory; what gets no answer in time hears `busy`, and the partner asks again.
#pragma once

#include "common/runtime/daemon.h"

enum {
    INQUIRIES_MAX = 256,        // under way
    INQUIRIES_PER_PEER_MAX = 8, // of one connection
    INQUIRY_FOR_MS = 5000,
    INQUIRY_RETRY_MS = 1000,
};

struct inquiry {
    struct peer peer;
    uint32_t number; // echoed by who is asked; 0: the slot is free
    int64_t since_boot_ms;
    uint8_t referral_size;
    char referral[16];
};

struct inquiries {
    uint32_t last; // number given out
    unsigned n;
    struct inquiry at[INQUIRIES_MAX]; // by number, modulo
};

// A message that is a request rather than an event.
bool inquiry_is(struct span body);
// Takes the request in and asks the registry over `link`; answers at once what cannot be taken in.
void inquiry_begin(struct inquiries *inquiries, unsigned link, const struct raw_message *message, int64_t boot_ms, struct effects *effects);
// The registry's answer: asks allocation over `link`, or tells the partner that there is no such referral.
void inquiry_located(struct inquiries *inquiries, unsigned link, struct span body, struct effects *effects);
// Allocation's answer goes to the partner.
void inquiry_answered(struct inquiries *inquiries, struct span body, struct effects *effects);
// Those that have waited too long hear `busy`.
void inquiry_tick(struct inquiries *inquiries, int64_t boot_ms, struct effects *effects);
