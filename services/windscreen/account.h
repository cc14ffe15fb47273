// SPDX-License-Identifier: MIT
// Why a referral is where it is, said as a colleague would: passages of plain sentences, each with the facts behind it as data.
// Used by `windscreen explain` and `windscreen policy try`. A passage is a JSON object with `about`, `title`, `words` (sentences) and data;
// its text is made from that object alone, so that people and programs are told the same.
#pragma once

#include "common/policy/rules.h"
#include "services/windscreen/phrase.h"
#include "services/windscreen/story.h"

#include <jansson.h>

enum { ACCOUNT_TEXT_MAX = 1023 };

// A job as allocated or held tells it; lends from the record.
struct account_job {
    uint64_t part, level, marks, n_used, n_near;
    uint8_t state;  // enum state: queued, deciding or held
    uint8_t reason; // enum decision_reason
    uint8_t basis;  // enum basis
    bool judged;    // by the rows of the policy, not moved by a person
    int64_t due_ms;
    int64_t kept_until_ms; // for one worker; 0: until it is late, or for nobody
    uint8_t because;       // enum because: why for that worker
    struct span team, proposal, rule, news_of, instead_of, for_worker;
    const struct fact_used *used;
    const struct near_row *near;
};
struct account_job account_job_allocated(const struct allocated *allocated);
struct account_job account_job_held(const struct held *held);

// Each gives a passage; NULL when out of memory.
// What came: who sent it, who is in the household, what each needs.
json_t *account_came(const struct policy *policy, const struct received *received, int64_t received_ms);
// Which level, by which rule, what it rests on, and what would have made it another. `before`: the level it had when it was looked at
// again; 0: it was new.
json_t *account_level(const struct policy *policy, const struct triaged *triaged, uint64_t before);
// Where the lead went, and what would have sent it elsewhere.
json_t *account_lead(const struct policy *policy, const struct facts *facts, const struct account_job *job);
// One part beside the lead: an item of the passage `beside`.
json_t *account_part(const struct policy *policy, const struct facts *facts, const struct account_job *job);
// What happened: an item of the passage `since`, with its time, who, why, and what else it says; never a token. Its sentence is wording's.
json_t *account_since(const struct policy *policy, const struct windscreen_event *event, const struct gist *gist);
// Why several agencies' concerns about one household were put before a person together.
json_t *account_signal(const struct policy *policy, const struct family_signalled *signalled);
// Where all of it stands, and who acts next.
json_t *account_now(const struct policy *policy, const struct story *story, int64_t now_ms);
// Which policy decided, and since when it is in force.
json_t *account_policy(const struct policy *policy, int64_t effective_ms);

// Begins a passage with empty `words`.
json_t *account_passage(const char *about, const char *title);
// Adds a sentence: first letter upper case, a full stop where there is none. Nothing for an empty one.
void account_say(json_t *passage, const struct phrase *phrase);
// What a row says of itself; where it says nothing, the facts it used.
void account_say_rule(json_t *passage, const struct policy *policy, struct span says, const struct fact_used *used, uint64_t n_used);
void account_put(json_t *passage, const char *key, json_t *value);
json_t *account_span(struct span text);
// Where a row stands: {"file", "line", "source", "note"}.
json_t *account_origin(const struct origin *origin);

// Prints passages (an array) as text.
void account_print(const json_t *passages);
