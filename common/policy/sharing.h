// SPDX-License-Identifier: MIT
// sharing.yaml, and the agencies of teams.yaml: which personal fields a team's workers are given of a referral they hold.
// Used by the registry, which asks at every opening, and by the loader, which checks the files. Judges values; opens nothing itself.
#pragma once

#include "common/policy/yaml.h"
#include "proto/proto.h"

enum { SHARING_TEAMS_MAX = 48, SHARING_NAME_MAX = 32 };

struct sharing_team {
    uint8_t agency; // enum agency
    uint8_t size;
    char code[SHARING_NAME_MAX];
};

// Fields are sets of enum personal, agencies sets of enum agency: bit c for code c.
struct sharing {
    uint64_t always[AGENCY_COUNT];  // given to the agency in any case
    uint64_t agreed[AGENCY_COUNT];  // and when the family agrees that it is told
    uint64_t members[AGENCY_COUNT]; // whom an agency's name stands for in the family's answer, itself counted
    uint64_t safeguarding;          // given in any case to who opens it to act on a risk of harm
    unsigned n_teams;
    struct sharing_team teams[SHARING_TEAMS_MAX];
};

// Reads the root of sharing.yaml. Faults are complaints.
void sharing_read(struct yaml_item root, struct complaints *complaints, struct sharing *sharing);
// Reads the texts of both files. ERR_BAD_CONFIG: see `complaints`.
CHECKED enum err sharing_open(struct span text, struct span teams, struct complaints *complaints, struct sharing *sharing);

// The agency of a team; NONE: the policy does not know the team, and nothing personal is for it.
enum agency sharing_agency(const struct sharing *sharing, struct span team);
// Fields for an agency. `share_with`: whom the family has agreed to; what it says is asked only where it matters (sharing_asks).
uint64_t sharing_fields(const struct sharing *sharing, enum agency agency, enum open_purpose purpose, uint64_t share_with);
bool sharing_asks(const struct sharing *sharing, enum agency agency, enum open_purpose purpose);
