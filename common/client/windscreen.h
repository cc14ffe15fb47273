// SPDX-License-Identifier: MIT
// libwindscreen: what a partner's, worker's or operator's program needs to talk to a hub.
// Include this one header. Nothing here prints, ends the process or starts threads of its own; no object may be used by two threads at
// once.
#pragma once

#include "common/client/windscreen_caller.h"    // ask a daemon one thing: take, accept, open, queues, status ...
#include "common/client/windscreen_place.h"     // where the daemons of a hub listen
#include "common/client/windscreen_publisher.h" // send events, get receipts
#include "common/client/windscreen_reader.h"    // read the log, and follow it
#include "common/wire/encode.h"
#include "common/wire/event_wire.h"
