// SPDX-License-Identifier: MIT
// Requests to allocation that are answered job by job, and how their answers are told.
// Used by the commands of workers and of people at the hub.
#pragma once

#include "proto/proto.h"
#include "services/windscreen/given.h"

// Asks, and prints what became of each job: `done` for one that was done. Returns the exit code.
int command_answer_ask(const struct given *given, enum work_request row, const void *record, const char *done);
// Reads a code of a list; NULL: the option was not given. False after a complaint that names them all.
bool command_answer_code(const struct given *given, const char *option, const char *text, enum code_list list, uint8_t *code);
