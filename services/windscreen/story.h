// SPDX-License-Identifier: MIT
// One referral, folded from the log: where it stands, with whom, until when, and what the decisions were.
// Used by `windscreen show`. Pure; copies what it keeps; the events themselves are the caller's to keep.
#pragma once

#include "common/base/tag.h"
#include "services/windscreen/gist.h"

enum { STORY_PARTS_MAX = 64 };

struct story_part {
    uint8_t part;    // 0: the lead
    uint8_t state;   // enum state
    uint8_t reason;  // enum decision_reason
    uint8_t decline; // enum decline_reason, of the last one
    uint8_t outcome; // enum outcome, when closed
    uint64_t level, attempts, token, marks;
    uint64_t placed_n;    // own number of the event that placed it last
    int64_t due_ms;       // of the state it is in; 0: none
    int64_t queue_due_ms; // of the queue, to which a lease that ends goes back
    char team[33], proposal[33], worker[65], rule[41], news_of[17];
    int64_t kept_ms;     // until then, for the worker below; 0: until it is late
    char for_worker[65]; // who alone might take it when it came to the queue
    bool overruled;      // a person decided otherwise than the policy's row
};

struct story {
    char referral[TAG_TEXT_MAX + 1];
    bool found;
    bool conflicting, urgent;
    int64_t received_ms;
    char source[257], id[129], family[17], conflicts_with[17];
    uint64_t level, computed, marks; // as triaged last; the lead's own level may be another
    bool level_by_person;            // a person has decided on the lead's level since then
    char rule[41];
    uint8_t policy[32]; // that decided last
    bool has_policy;
    unsigned n_parts; // the lead counted
    struct story_part parts[STORY_PARTS_MAX];
};

// Begins the story of a referral.
void story_begin(struct story *story, struct span referral);

// Takes one event of the log, in order; false, and nothing done, when it does not concern this referral.
bool story_take(struct story *story, const struct windscreen_event *event, const struct gist *gist);

// Number of the proposal that a person may decide on now; 0: nothing waits for one.
uint64_t story_seen(const struct story_part *part);

// Lends who has it: a worker, a team, "hub" (routing, held), "hub-decision", "hub-manager" (dead); "" when closed.
const char *story_owner(const struct story_part *part);
