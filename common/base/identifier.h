// SPDX-License-Identifier: MIT
// National identifiers: is it one, and how it is written when two are compared.
// Pure; used at the door and by the registry. Says nothing about whose it is.
#pragma once

#include "common/base/span.h"

// True for an NHS number: 10 digits (spaces and hyphens ignored) with a right check digit, not all the same. Writes digits and a NUL.
bool identifier_nhs_number(struct span text, char digits[11]);

// True for a unique pupil number, permanent or temporary, with a right check letter. Writes it in upper case, and a NUL.
bool identifier_upn(struct span text, char upn[14]);

// True for a United Kingdom postcode, with or without spaces before its last three characters. Writes "LU4 9QT" in upper case, and a NUL.
bool identifier_postcode(struct span text, char postcode[9]);
