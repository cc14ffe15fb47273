// SPDX-License-Identifier: MIT
// Judges one partner's event: well-formed, complete, urgent, good enough to pass on.
// Called by intake for every frame. Pure: sees bytes, says what is wrong.
#pragma once

#include "common/wire/decode.h"

enum verdict {
    VERDICT_PASS,   // to the registry; faults, if any, go along as problems (urgent events only)
    VERDICT_REJECT, // faults say why
};

struct judgement {
    enum verdict verdict;
    bool urgent;
    struct span id; // lent from the bytes; size 0 where there was none, or none that may be repeated
    struct span source;
    struct faults faults;
};

// Urgent, a referral or an assessment: at_risk_of_harm or unsure_about_safety is true, level_claimed is 4, or a need starts with I4; "yes",
// 1, "4" or "i402" say the same, with a fault. An urgent event is rejected only when it cannot be read, lacks id, source or type, or names
// and describes nobody; its other faults are kept.
void judge(struct span bytes, struct judgement *judgement);
// The same of a message of more frames than one event has: rejected.
void judge_frames(struct judgement *judgement);
