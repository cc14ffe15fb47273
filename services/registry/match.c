// SPDX-License-Identifier: MIT
// The choice of a family among matches.
// Pure policy of the registry: values in, a value out.
#include "services/registry/match.h"

#include <stddef.h>

// The strongest identity that is known decides for its member.
static const struct match_hit *first_hit(const struct match_member *member)
{
    for (unsigned kind = 0; kind < MATCH_KINDS; kind++)
        if (member->hits[kind].found)
            return &member->hits[kind];
    return NULL;
}

static const struct match_hit *choose(const struct match_member *members, unsigned n_members)
{
    const struct match_hit *any = NULL;

    for (unsigned i = 0; i < n_members; i++) {
        const struct match_hit *hit = first_hit(&members[i]);

        if (hit != NULL && members[i].is_child)
            return hit;
        if (any == NULL)
            any = hit;
    }
    return any;
}

static bool has_conflict(const struct match_member *members, unsigned n_members)
{
    for (unsigned i = 0; i < n_members; i++)
        for (unsigned kind = 0; kind < MATCH_KINDS; kind++)
            if (members[i].hits[kind].found && members[i].hits[kind].born_differs)
                return true;
    return false;
}

static void add_other(struct match *match, uint64_t family)
{
    if (!match->is_new && family == match->family)
        return;
    for (unsigned i = 0; i < match->n_others; i++)
        if (match->others[i] == family)
            return;
    if (match->n_others < MATCH_OTHERS_MAX)
        match->others[match->n_others++] = family;
}

void match_family(const struct match_member *members, unsigned n_members, struct match *match)
{
    const struct match_hit *chosen = has_conflict(members, n_members) ? NULL : choose(members, n_members);

    match->is_new = chosen == NULL;
    match->family = chosen == NULL ? 0 : chosen->family;
    match->n_others = 0;
    for (unsigned i = 0; i < n_members; i++)
        for (unsigned kind = 0; kind < MATCH_KINDS; kind++)
            if (members[i].hits[kind].found)
                add_other(match, members[i].hits[kind].family);
}
