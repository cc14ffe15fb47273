// SPDX-License-Identifier: MIT
// The council's table of neighbourhoods: from a postcode to a neighbourhood, by the longest prefix that fits.
// Used by the registry, and by `windscreen policy try`. Read once for each policy.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"
#include "common/policy/yaml.h"
#include "services/registry/facts.h"

enum { NEIGHBOURHOOD_DIGEST_SIZE = 32 };

struct neighbourhood_table;

// Reads the text of neighbourhoods.yaml, which complaints call `name`. ERR_BAD_CONFIG: see `complaints`. Gives: neighbourhood_close.
CHECKED enum err neighbourhood_open(const char *name, struct span text, struct complaints *complaints, struct neighbourhood_table **table);
void neighbourhood_close(struct neighbourhood_table **table);

// Lends the SHA-256 of the table's text, NEIGHBOURHOOD_DIGEST_SIZE bytes.
struct span neighbourhood_digest(const struct neighbourhood_table *table);
// Where a postcode, as somebody wrote it, lies; border `unknown` when it is none. The neighbourhood is lent from the table.
struct place neighbourhood_of(const struct neighbourhood_table *table, struct span postcode);
