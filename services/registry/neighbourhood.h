// SPDX-License-Identifier: MIT
// The council's table of neighbourhoods: from a postcode to a neighbourhood, by the longest prefix that fits.
// Used by the registry, which of a policy reads this table only. Read once, at start.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"
#include "common/policy/yaml.h"
#include "services/registry/facts.h"

enum { NEIGHBOURHOOD_DIGEST_SIZE = 32 };

struct neighbourhood_table;

// Reads neighbourhoods.yaml of the policy's folder. ERR_BAD_CONFIG: see `complaints`.
CHECKED enum err neighbourhood_open(const char *folder, struct complaints *complaints, struct neighbourhood_table **table);
// The same from a text, which complaints call `name`.
CHECKED enum err neighbourhood_open_text(const char *name, struct span text, struct complaints *complaints,
                                         struct neighbourhood_table **table);
void neighbourhood_close(struct neighbourhood_table **table);

// Lends the SHA-256 of the table's text, NEIGHBOURHOOD_DIGEST_SIZE bytes.
struct span neighbourhood_digest(const struct neighbourhood_table *table);
// Where a postcode, as somebody wrote it, lies; border `unknown` when it is none. The neighbourhood is lent from the table.
struct place neighbourhood_of(const struct neighbourhood_table *table, struct span postcode);
