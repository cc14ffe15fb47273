// SPDX-License-Identifier: MIT
// A producer's row: a ring of its last batches, and bytes.
// Called by log_store.
// Must not judge an append by anything but what stands in the row.
//
// row:  epoch u64 | n u64 | decided_to u64 | newest u8 | 16 times (n u64, first u64, count u32, digest 32) | check 8
#include "common/store/log_producer.h"

#include "common/base/big_endian.h"
#include "common/store/log_chunk.h"

const struct log_seen *log_producer_seen(const struct log_producer *producer, uint64_t n, const uint8_t digest[DIGEST_SIZE])
{
    for (unsigned i = 0; i < LOG_SEEN_MAX; i++)
        if (producer->seen[i].n == n && memcmp(producer->seen[i].digest, digest, DIGEST_SIZE) == 0)
            return &producer->seen[i];
    return NULL;
}

void log_producer_note(struct log_producer *producer, const struct log_seen *batch)
{
    producer->newest = (uint8_t)((producer->newest + 1) % LOG_SEEN_MAX);
    producer->seen[producer->newest] = *batch;
    producer->n += batch->count;
}

// Of all that stands before it: nothing else in the log says what the row says.
static void make_check(const uint8_t row[LOG_PRODUCER_SIZE], uint8_t check[DIGEST_SIZE])
{
    digest_sha256(&(struct span){row, LOG_PRODUCER_SIZE - LOG_PRODUCER_CHECK}, 1, check);
}

static uint8_t *put_uint64(uint8_t *at, uint64_t value)
{
    chunk_key(value, at);
    return at + 8;
}

void log_producer_write(const struct log_producer *producer, uint8_t row[LOG_PRODUCER_SIZE])
{
    uint8_t check[DIGEST_SIZE];
    uint8_t *at = put_uint64(put_uint64(put_uint64(row, producer->epoch), producer->n), producer->decided_to);

    *at++ = producer->newest;
    for (unsigned i = 0; i < LOG_SEEN_MAX; i++) {
        const struct log_seen *seen = &producer->seen[i];
        uint8_t count[8];

        at = put_uint64(put_uint64(at, seen->n), seen->first);
        chunk_key(seen->count, count);
        memcpy(at, count + 4, 4);
        memcpy(at + 4, seen->digest, DIGEST_SIZE);
        at += 4 + DIGEST_SIZE;
    }
    make_check(row, check);
    memcpy(at, check, LOG_PRODUCER_CHECK);
}

bool log_producer_read(struct span row, struct log_producer *producer)
{
    const uint8_t *at = row.at;
    uint8_t check[DIGEST_SIZE];

    if (row.size != LOG_PRODUCER_SIZE || at[24] >= LOG_SEEN_MAX)
        return false;
    make_check(at, check);
    if (memcmp(at + LOG_PRODUCER_SIZE - LOG_PRODUCER_CHECK, check, LOG_PRODUCER_CHECK) != 0)
        return false;
    *producer = (struct log_producer){
        .epoch = big_endian_get(at, 8), .n = big_endian_get(at + 8, 8), .decided_to = big_endian_get(at + 16, 8), .newest = at[24]};
    at += 25;
    for (unsigned i = 0; i < LOG_SEEN_MAX; i++, at += LOG_SEEN_SIZE) {
        struct log_seen *seen = &producer->seen[i];

        *seen = (struct log_seen){
            .n = big_endian_get(at, 8), .first = big_endian_get(at + 8, 8), .count = (uint32_t)big_endian_get(at + 16, 4)};
        memcpy(seen->digest, at + 20, DIGEST_SIZE);
    }
    return true;
}
