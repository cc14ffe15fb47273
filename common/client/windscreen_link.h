// SPDX-License-Identifier: MIT
// One DEALER socket to one daemon, and time. Inside the client library only.
// Sends and receives whole maps; what they say is for caller and publisher.
#pragma once

#include "common/base/err.h"
#include "common/base/span.h"

struct windscreen_link;

// Connects; the daemon need not be there yet, and is found again after it went away. ERR_SOCKET for a bad endpoint, ERR_NO_MEMORY.
CHECKED enum err windscreen_link_open(const char *endpoint, struct windscreen_link **link);
void windscreen_link_close(struct windscreen_link **link);

// Sends, copying. ERR_AGAIN when no connection stands within wait_ms.
CHECKED enum err windscreen_link_send(struct windscreen_link *link, struct span body, int64_t wait_ms);

// Takes one message; lends its bytes until the next receive or close. ERR_AGAIN when none comes within wait_ms; ERR_SOCKET, once, when
// the connection broke after the last send: what was sent may be lost with it.
CHECKED enum err windscreen_link_receive(struct windscreen_link *link, int64_t wait_ms, struct span *body);

// Milliseconds of CLOCK_BOOTTIME.
int64_t windscreen_link_now_ms(void);
