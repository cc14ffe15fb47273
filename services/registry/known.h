// SPDX-License-Identifier: MIT
// Which identities may have a row: a filter in memory that answers "surely none" without asking the store. Most questions end there.
// Used by rows.c. Keys must be keyed hashes: they are taken as random bits as they are.
#pragma once

#include "services/registry/identity.h"

#include <stddef.h>

struct known;

// Room for about `n` identities at two wrong guesses in a thousand; beyond, guesses only get worse. NULL when out of memory. Gives:
// known_free.
struct known *known_new(size_t n);
void known_free(struct known **known);
void known_add(struct known *known, const struct identity *identity);
// Begins to fetch what a question about it will look at; worth it before several are asked.
void known_fetch(const struct known *known, const struct identity *identity);
// False: it was never added.
bool known_has_perhaps(const struct known *known, const struct identity *identity);
