// SPDX-License-Identifier: MIT
// The daemon that faces partners: judges every event, passes good ones to the registry, answers with receipts.
// Used by intake_main.c. Holds nothing that must survive it; never sees stored data or keys.
#pragma once

#include "common/runtime/daemon.h"

// Urgent events have a way of their own: it is read also while the hub's daemons are too far behind for others.
// Partners' questions have others, so that what comes back is told apart.
enum intake_link { INTAKE_URGENT, INTAKE_CALM, INTAKE_LANES, INTAKE_LOCATE = INTAKE_LANES, INTAKE_STANDING, INTAKE_LINKS };

struct intake;

extern struct intake intake;

enum err intake_open(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks);
enum err intake_take(void *state, const struct hub_event *own);
void intake_tick(void *state, struct moment now, struct effects *effects);
void intake_on_event(void *state, const struct raw_message *message, struct moment now, struct effects *effects);
void intake_on_admitted(void *state, const struct raw_message *message, struct moment now, struct effects *effects);
void intake_on_located(void *state, const struct raw_message *message, struct moment now, struct effects *effects);
void intake_on_standing(void *state, const struct raw_message *message, struct moment now, struct effects *effects);
