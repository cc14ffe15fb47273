// SPDX-License-Identifier: MIT
// An ordered queue of jobs in memory: highest level first, then due time, then sequence. 32 bytes a job.
// Used for the teams' queues and for due times. Only an index: whether a node still holds is the owner's question (lazy deletion).
#pragma once

#include "services/allocation/job.h"

struct job_node {
    int64_t due_ms;
    uint64_t input;
    uint64_t referral;
    uint32_t since_low; // ms since 1970, 48 bits
    uint16_t since_high;
    uint8_t level;
    uint8_t part;
};

struct job_heap {
    struct job_node *at; // NULL: empty
    size_t n;
    size_t room;
    size_t kept; // nodes after the last job_heap_keep
};

struct job_node job_node_of(struct job_key key, const struct job_row *job);
struct job_key job_node_key(const struct job_node *node);
int64_t job_node_since(const struct job_node *node);
// True when `a` comes before `b`.
bool job_node_before(const struct job_node *a, const struct job_node *b);

// ERR_NO_MEMORY.
CHECKED enum err job_heap_push(struct job_heap *heap, struct job_node node);
// Lends the first node; NULL when empty.
const struct job_node *job_heap_top(const struct job_heap *heap);
// Takes the first node off; the heap must not be empty.
void job_heap_pop(struct job_heap *heap);
// True when most nodes can only be stale, `live` being how many jobs there are to index: time for job_heap_keep.
bool job_heap_crowded(const struct job_heap *heap, uint64_t live);
// Keeps only the nodes that `holds` says yes to, each once.
void job_heap_keep(struct job_heap *heap, bool (*holds)(void *context, const struct job_node *node), void *context);
void job_heap_fini(struct job_heap *heap);
