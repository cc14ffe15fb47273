// SPDX-License-Identifier: MIT
// matching.yaml: how alike two families' members must be before a person is asked whether they are one.
// Used by the registry, which of a policy reads this, who may see what and the neighbourhoods, and by the loader, which checks it.
#pragma once

#include "common/policy/yaml.h"
#include "proto/proto.h"

enum { MATCHING_CANDIDATES_MAX = 8 };

struct matching {
    uint8_t least[LIKENESS_COUNT]; // score from which a likeness counts, 1 to 100; 0: it is not looked for
    uint8_t candidates;            // told of one referral, at most
};

// Reads the file's root. Faults are complaints.
void matching_read(struct yaml_item root, struct complaints *complaints, struct matching *matching);
// Reads the file's text. Of size 0: the policy has none, and nothing is looked for. ERR_BAD_CONFIG: see `complaints`.
CHECKED enum err matching_open(struct span text, struct complaints *complaints, struct matching *matching);
