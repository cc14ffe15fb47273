// SPDX-License-Identifier: MIT
// Counts refused events by connection and second.
// Used by intake.c. Pure but for its own buckets.
#include "services/intake/refusals.h"

bool refusals_tell(struct refusals *refusals, const struct peer *peer, enum fault code, int64_t boot_ms)
{
    uint32_t hash = 2166136261u; // FNV-1a
    struct refusal_bucket *bucket;

    for (unsigned i = 0; i < peer->id_size; i++)
        hash = (hash ^ peer->id[i]) * 16777619u;
    bucket = &refusals->buckets[hash % REFUSAL_BUCKETS];
    if (bucket->second != boot_ms / 1000 && bucket->summed == 0) {
        bucket->second = boot_ms / 1000;
        bucket->told = 0;
    }
    if (bucket->told < REFUSALS_PER_SECOND && bucket->summed == 0) {
        bucket->told++;
        return true;
    }
    if (bucket->summed++ == 0)
        bucket->code = (uint8_t)code;
    else if (bucket->code != code)
        bucket->code = FAULT_NONE;
    return false;
}

uint64_t refusals_due(struct refusals *refusals, int64_t boot_ms, enum fault *code)
{
    for (unsigned i = 0; i < REFUSAL_BUCKETS; i++) {
        struct refusal_bucket *bucket = &refusals->buckets[i];
        uint64_t summed = bucket->summed;

        if (summed == 0 || bucket->second == boot_ms / 1000)
            continue;
        *code = bucket->code;
        *bucket = (struct refusal_bucket){.second = boot_ms / 1000};
        return summed;
    }
    return 0;
}
