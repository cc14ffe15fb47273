// SPDX-License-Identifier: MIT
// From a row of scenarios.md to the event that a partner would send.
// Used by scenarios_test.c. The same is written a second time in scenario_table.py, for the running hub.
#pragma once

#include "tests/scenarios/scenario_table.h"

#include <jansson.h>

// The event of a row that came at received_ms. Ends the test when the row cannot be read. Gives.
json_t *scenario_event(const struct scenario_sheet *sheet, const struct scenario *row, int64_t received_ms);
