// SPDX-License-Identifier: MIT
// What the fuzz targets share: properties that end the process, the check of what a refusal says, records made and compared by their rows.
// Used by tests/fuzz only. A target is one file with LLVMFuzzerTestOneInput.
#pragma once

#include "common/wire/decode.h"
#include "common/wire/encode.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

// A property that holds for all bytes; else the process ends, and the fuzzer keeps the input.
#define require(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *condition, const char *file, int line);

// Every path is a JSON Pointer of declared names and places, and every code has a meaning: nothing of the message is quoted.
void fuzz_check_faults(const struct faults *faults);

// True when `inner` lies within `outer`, or is empty.
bool fuzz_is_within(struct span inner, struct span outer);

// What a target itself needs, on the heap and no larger; asked for again where a test lets one allocation fail. Gives: free.
void *fuzz_room(size_t size);

// A record on the heap, exactly as large as it is declared, so that a write beyond it is seen. Gives: free.
void *fuzz_record(const struct record_desc *desc);
// True when both say the same.
bool fuzz_records_equal(const struct record_desc *desc, const void *a, const void *b);
// Requires every field to be there that must, and within what its row declares.
void fuzz_check_bounds(const struct record_desc *desc, const void *record);
// The same; then encodes what was decoded, decodes that, and requires the same record and the same bytes again.
void fuzz_check_round_trip(const struct record_desc *desc, const void *record);

// Cuts a message off the front of the input: two bytes of little-endian length, then so many bytes, or what is left. False when nothing is.
bool fuzz_take_message(struct span *input, struct span *message);
// One byte off the front; 0 when nothing is left.
uint8_t fuzz_take_byte(struct span *input);

// Writes `value` wherever the placeholder of the same width stands.
void fuzz_replace(uint8_t *bytes, size_t size, const void *placeholder, const void *value, size_t width);

// A directory of its own in memory (/dev/shm) or under TMPDIR, removed at exit. Lends the path.
const char *fuzz_directory(void);
