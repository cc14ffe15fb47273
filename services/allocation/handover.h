// SPDX-License-Identifier: MIT
// Cases that go from one worker to another: offered as a part, they stay where they are until somebody accepts.
// Used by on_step and settle (offers), on_answer (accepted, declined) and give_back (nobody wants it).
#pragma once

#include "services/allocation/compose.h"

// Who changes a case, why, and on what lawful basis it goes on.
struct handover_why {
    struct span by;
    enum override_why why; // WHY_NONE: it stands elsewhere, or nobody said
    uint64_t note;         // 0: none
    enum basis basis;      // BASIS_NONE: the policy says none
};

// The part that offers the case and that nobody has answered, and its row; 0: there is none.
uint8_t handover_find(const struct allocation *allocation, uint64_t referral, struct job_row *offer);
// Appends closed for its open offers.
void handover_end_offers(struct allocation *allocation, struct effects *effects, uint64_t referral, struct span by);

// An offer was accepted, and is the worker's by now: so is the case. Appends stepped, and closed for the offer.
void handover_accepted(struct allocation *allocation, struct effects *effects, struct job_key offer);
// An offer was declined, or nobody took it: appends closed for it, and tells the case's worker.
void handover_refused(struct allocation *allocation, struct effects *effects, struct job_key offer, struct span by);

// The worker is away from now on: what is offered to that worker alone, and not shown yet, is as if it were declined.
void handover_away(struct allocation *allocation, struct effects *effects, struct span worker, struct span by);

// The lead has a new team or worker: news of it that nobody has taken goes there too, and that of other referrals is judged again. What is
// kept for one worker stays.
void handover_move_news(struct allocation *allocation, struct effects *effects, uint64_t referral);

// Appends stepped: the case stays with its worker, at another level.
void handover_relevel(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead, unsigned level,
                      const struct handover_why *why);
// Appends stepped for a lead that goes to another level and team at once, for an allocated to follow. The worker who has it is told, and
// offers of it end.
void handover_at_once(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead, unsigned level,
                      struct span team, const struct handover_why *why);
