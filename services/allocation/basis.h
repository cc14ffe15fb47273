// SPDX-License-Identifier: MIT
// On what lawful basis a referral goes on when a person decides about it.
// Used by the requests that move a referral. Agreement to be helped is another matter: nothing here stops anything.
#pragma once

#include "services/allocation/allocation.h"

// By the policy's rows, for the referral's facts, the level that it goes with and the family's answer: `answer`, or CONSENT_NONE for the
// one that holds. What was said of the lead stays while level and answer do; else its facts are read again from the log. BASIS_NONE: the
// policy says none.
enum basis basis_now(struct allocation *allocation, uint64_t referral, unsigned level, enum consent_service answer);
