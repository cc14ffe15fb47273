// SPDX-License-Identifier: MIT
// Loads a policy: a set of YAML texts in, one checked `struct policy` or a list of complaints out; never half of one.
// Used by triage (from the folder), allocation and tests (from the log's attachment). Judges no referral.
#pragma once

#include "common/policy/rules.h"
#include "common/policy/yaml.h"

// Reads every *.yaml of a folder into a bundle: MessagePack map {file name: text}, sorted by name, at most POLICY_BYTES_MAX.
// This is what policy.adopted has as its attachment; its SHA-256 is the policy's version. ERR_IO or ERR_BAD_CONFIG: see `complaints`.
// Gives: free.
CHECKED enum err policy_read_folder(const char *folder, struct complaints *complaints, uint8_t **bundle, size_t *size);
// The same from texts in memory, in any order.
CHECKED enum err policy_bundle(const struct span *names, const struct span *texts, unsigned n, struct complaints *complaints,
                               uint8_t **bundle, size_t *size);
// Lends the text of one file of a bundle; size 0 when it has none of this name, or is no bundle.
struct span policy_bundle_file(struct span bundle, const char *file);
// Loads a bundle and checks its words, each for itself; copies it. Of the whole see prove.h: only what that finds faultless may judge.
// ERR_BAD_CONFIG: see `complaints`, no policy. ERR_BAD_INPUT: not a bundle. Gives: policy_free.
CHECKED enum err policy_load(struct span bundle, struct complaints *complaints, struct policy **policy);
void policy_free(struct policy **policy);
// Name of file i of a policy; NULL behind the last.
const char *policy_file_name(unsigned i);
// Lends the text of one of its files ("levels.yaml"); size 0 when it has none of this name.
struct span policy_text(const struct policy *policy, const char *file);
// The instant from which the policy may be in force: midnight in London of its effective day.
int64_t policy_effective_ms(const struct policy *policy);
