// SPDX-License-Identifier: MIT
// What is known of pairs of families: asked about, one household or two, linked; and whose household a family is of.
// Used by the registry's own files. Rows depend only on own events, so a rebuild makes the same bytes.
#pragma once

#include "common/store/joined.h"
#include "services/registry/rows.h"

// Bits of a pair; stored, so a bit stays what it means.
enum kin_bit { KIN_ASKED = 1, KIN_SAME = 2, KIN_DIFFERENT = 4, KIN_LINKED = 8 };

// The bits of a pair, in either order; 0: nothing is known of it.
CHECKED enum err kin_get(struct rows *rows, uint64_t family, uint64_t other, unsigned *bits);
// Notes that a person is asked about the pair, or that it is linked.
CHECKED enum err kin_note(struct rows *rows, uint64_t family, uint64_t other, enum kin_bit bit);
// A person has said that the two are one household, or are not. ERR_NO_ROOM: one household would be of more than JOINED_MAX families.
CHECKED enum err kin_settle(struct rows *rows, uint64_t family, uint64_t other, enum family_verdict verdict);

// The family that speaks for the household: the oldest of it.
CHECKED enum err kin_head(const struct rows *rows, uint64_t family, uint64_t *head);
CHECKED enum err kin_household(const struct rows *rows, uint64_t family, struct joined_group *household);
// The two would be one household without what was said of them.
CHECKED enum err kin_are_one_otherwise(const struct rows *rows, uint64_t family, uint64_t other, bool *otherwise);

enum { KIN_LINKS_MAX = 8 };

// Families that have the same reference. Beyond KIN_LINKS_MAX the latest are not kept.
struct kin_links {
    unsigned n;
    uint64_t families[KIN_LINKS_MAX];
};

CHECKED enum err kin_get_links(struct rows *rows, const struct identity *reference, struct kin_links *links);
CHECKED enum err kin_add_link(struct rows *rows, const struct identity *reference, uint64_t family);
