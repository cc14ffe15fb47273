// SPDX-License-Identifier: MIT
// Writes the structs of proto.h as MessagePack maps, by their rows.
// Used for everything we send or store. Required fields are always written, optional ones when `has` says so.
#pragma once

#include "common/wire/writer.h"
#include "proto/proto.h"

void encode(const struct record_desc *desc, const void *record, struct wire_writer *writer);

// Writes a request: {request: name, ref: ref, ...fields of the record}. record may be NULL when the request has none.
void encode_request(const struct request_desc *request, uint32_t ref, const void *record, struct wire_writer *writer);
