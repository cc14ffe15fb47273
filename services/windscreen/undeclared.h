// SPDX-License-Identifier: MIT
// Finds keys that a record does not declare: fields that are passed on untouched, and by which nothing is decided.
// Used by commands that foretell what the hub would make of a message. Pure.
#pragma once

#include "proto/proto.h"

enum { UNDECLARED_PATH_MAX = 127 };

// Calls `tell` with the path (JSON Pointer under `path`, signs that are not plain as ?) of each such key, at every depth that is declared.
// `bytes` have passed wire_check. Returns how many.
unsigned undeclared_each(struct span bytes, const struct record_desc *desc, const char *path, void (*tell)(void *context, const char *path),
                         void *context);
