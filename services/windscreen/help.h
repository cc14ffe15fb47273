// SPDX-License-Identifier: MIT
// Pages made from the table of commands: examples first.
// Called by main and `windscreen help`. Prints to standard output.
#pragma once

#include "services/windscreen/command.h"

// All commands, one line each; with a group ("work") only those of the group.
void help_overview(const char *group);

void help_page(const struct command *command);

// Says to standard error that there is no such command, and which one is near. Returns EXIT_BAD_USAGE.
int help_unknown(int argc, char **argv);
