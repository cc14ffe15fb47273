// SPDX-License-Identifier: MIT
// Parenting support that a row gave which says `again_when_open`: whoever opens a case of the family is told what the rows would give now.
// Used by on_answer, handover and household (a case has a worker, or is another family's too), and by on_close (the worker has decided).
#pragma once

#include "services/allocation/compose.h"

enum { PARENTING_AGAIN_MAX = 16 }; // told for one case; what is beyond is told when the family is opened again

// If the lead is a case that a worker has: appends news for that worker beside each such support, of earlier referrals of the household,
// which waits, goes on, or ended within `previous_worker`; once for each, unless nobody has read it. Returns how many.
unsigned parenting_again_tell(struct allocation *allocation, struct effects *effects, uint64_t referral);
// The support goes where the rows say now, as a part of its own. False: they give none beside a case, or there is no room for parts.
bool parenting_again_go(struct allocation *allocation, struct effects *effects, struct job_key news, const struct job_row *row);
