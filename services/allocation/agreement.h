// SPDX-License-Identifier: MIT
// What the family last said of help: told since the referral was judged, or else among its facts.
// Used where a case goes on: to step it, to open it again, to decide about it.
#pragma once

#include "services/allocation/allocation.h"

// CONSENT_NONE: nobody has said. `lead` is the row of a lead.
enum consent_service agreement_of(struct allocation *allocation, const struct job_row *lead);
