// SPDX-License-Identifier: MIT
// Dates, people, agencies and teams as one says them to a colleague.
// Used by account and its commands. Times are those of Europe/London; nobody is named.
#pragma once

#include "common/policy/rules.h"
#include "services/windscreen/phrase.h"

// "Tuesday 1 December 2026, 17:00"; "1 December 2026".
void plain_add_moment(struct phrase *phrase, int64_t ms);
void plain_add_day(struct phrase *phrase, int64_t ms);

// "a child of 14", "an expected baby", "a child of 7 months", "a parent".
void plain_add_person(struct phrase *phrase, const struct member_facts *member);
// Who of the household, 1 the first: "the child of 14"; where two are alike "the child of 7 (member 3)".
void plain_add_member(struct phrase *phrase, const struct facts *facts, uint64_t member);
// "a child of 14, a child of 7 and a parent"; "nobody" when nobody is named.
void plain_add_household(struct phrase *phrase, const struct facts *facts);

// The team's title, and its code in brackets; the code alone where the policy has no such team, or is NULL.
void plain_add_team(struct phrase *phrase, const struct policy *policy, struct span team);
// Who decided or did something: a staff tag, or the hub itself.
void plain_add_by(struct phrase *phrase, struct span by);
// Why something waits for a person, or is a task; without the word "task".
const char *plain_reason(unsigned reason);
// "a, b and c": the meanings of a set of codes.
void plain_add_set(struct phrase *phrase, enum code_list list, uint64_t set);
