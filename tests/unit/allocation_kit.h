// SPDX-License-Identifier: MIT
// What the tests of allocation share: a hub of one daemon under a fake runtime, short ways to refer, take, accept and decide, and the check
// that every job is in exactly one state with one owner and one clock.
#pragma once

#include "fake_runtime.h"
#include "services/allocation/allocation.h"
#include "unit.h"

struct kit {
    char directory[64];
    struct allocation *allocation;
    struct daemon daemon;
    struct service services[2];
    struct fake_runtime *fake;
    struct problem refusal; // what was wrong with the last request that was answered bad_request
};

// A referral in short; what is not given is: level 3, an assessment, consent given, a home inside the area, a parent and a child of 8.
struct kit_referral {
    uint64_t number;
    uint64_t family;
    unsigned level;
    uint64_t marks;
    uint64_t wants;
    enum kind kind;
    enum consent_service consent;
    enum agency agency; // AGENCY_NONE: nobody said
    uint64_t problems;  // headline problems, bit n: problem n
    uint64_t needs;     // of the household
    unsigned child_months;
    unsigned second_child_months; // 0: there is none
    bool without_consent;         // nobody said
    bool outside;                 // lives in another area
    bool elsewhere;               // the family has agreed to another neighbourhood
    bool solo;                    // support for the young person alone is asked
    int64_t received_ms;          // 0: now
};

// With the sample policy adopted.
void kit_open(struct kit *kit);
// A second instance that knows what the first has appended, on a directory of its own.
void kit_open_after(struct kit *kit, const struct kit *first);
// Adopts a policy of deploy/policy.
void kit_adopt(struct kit *kit, const char *name);
// Adopts the sample policy with another text in one of its files, which the prover is not asked about.
void kit_adopt_with(struct kit *kit, const char *file, const char *text);
void kit_close(struct kit *kit);
// Ends and starts again on the same directory; `saved`: what was taken so far is committed before.
void kit_restart(struct kit *kit, bool saved);
void kit_pass(struct kit *kit, int64_t wall_ms, int64_t boot_ms); // then ticks
int64_t kit_moment(const char *time);                             // "2016-11-18T15:00:00Z"
void kit_pass_to(struct kit *kit, int64_t wall_ms);               // the same, to a moment

void kit_refer(struct kit *kit, const struct kit_referral *referral);
void kit_conflict(struct kit *kit, uint64_t referral);

// Asks whether the referral's family is another, and what a person says of two families.
void kit_candidate(struct kit *kit, uint64_t referral, uint64_t family, uint64_t other);
void kit_link(struct kit *kit, uint64_t family, uint64_t other);
void kit_say(struct kit *kit, uint64_t family, uint64_t other, enum family_verdict verdict);

// What partners say later, as the registry records it.
void kit_consent(struct kit *kit, uint64_t referral, enum consent_service consent);
void kit_withdraw(struct kit *kit, uint64_t referral);
void kit_challenged(struct kit *kit, uint64_t referral);

// Requests; each returns the answer, ANSWER_NONE when none has come yet.
uint32_t kit_ask_take(struct kit *kit, const char *team, const char *worker, unsigned max, unsigned wait_ms);
enum answer kit_taken(struct kit *kit, uint32_t ref, struct taken *taken);
enum answer kit_take(struct kit *kit, const char *team, const char *worker, unsigned max, struct taken *taken);
enum answer kit_answer(struct kit *kit, enum work_request request, const char *worker, uint64_t token, uint64_t referral, unsigned part,
                       uint64_t marks);
enum answer kit_decline(struct kit *kit, const char *worker, uint64_t token, uint64_t referral);
enum answer kit_decline_part(struct kit *kit, const char *worker, uint64_t token, uint64_t referral, unsigned part);
// The manager decides: fills in referral, part and by.
enum answer kit_decide(struct kit *kit, uint64_t referral, unsigned part, struct decide decide);
enum answer kit_confirm(struct kit *kit, uint64_t referral, unsigned part);
enum answer kit_override(struct kit *kit, uint64_t referral, unsigned part, const char *team, unsigned level, enum override_why why);

// uphold or dismiss
enum answer kit_settle(struct kit *kit, uint64_t referral, unsigned part, enum decide_action action);
// With token 0: a person at the hub.
enum answer kit_close_job(struct kit *kit, uint64_t referral, unsigned part, const char *by, uint64_t token, enum outcome outcome);
enum answer kit_reopen(struct kit *kit, uint64_t referral, const char *by);
enum answer kit_progress(struct kit *kit, uint64_t referral, const char *worker, uint64_t token, enum progress what);
enum answer kit_challenge(struct kit *kit, uint64_t referral, const char *by);
// With token 0: a person at the hub; `to` may be NULL.
struct kit_step {
    uint64_t referral;
    const char *by;
    uint64_t token;
    unsigned level;
    const char *team, *to;
    enum override_why why; // WHY_NONE: need_higher; WHY_COUNT: nobody says
};
enum answer kit_step(struct kit *kit, const struct kit_step *step);
// Takes the referral's lead at the team and accepts it; gives the token.
uint64_t kit_accept_lead(struct kit *kit, uint64_t referral, const char *team, const char *worker);

// A roster's word: `most` -1: as the policy says; `days` a mask, 0: all.
enum answer kit_roster(struct kit *kit, const char *worker, const char *team, int most, uint64_t days);
enum answer kit_capacity(struct kit *kit, const char *team, enum capacity capacity, int64_t for_ms);
// NULL: anybody may have it again.
enum answer kit_assign(struct kit *kit, uint64_t referral, unsigned part, const char *worker);
// From now on, for so long; 0: back.
enum answer kit_away(struct kit *kit, const char *worker, int64_t for_ms);

// The first open part that waits for the reason; 0: there is none.
unsigned kit_part(struct kit *kit, uint64_t referral, enum decision_reason reason);
// How many events of a type (warned, overdue, escalated) tell of this clock (NULL: of the state's clocks, reminders left out), and the
// last.
uint64_t kit_rung(struct kit *kit, enum event_type type, const char *clock, struct rung *last);

// The row of a job; it must be there.
struct job_row kit_row(struct kit *kit, uint64_t referral, unsigned part);
const char *kit_team(struct kit *kit, uint64_t referral, unsigned part);
void kit_expect(struct kit *kit, uint64_t referral, unsigned part, enum state state, const char *team);

// Commits, then checks every row, every count and every index.
void allocation_check(struct kit *kit);
// Commits both, then compares all tables byte for byte.
void kit_expect_equal(struct kit *a, struct kit *b);
