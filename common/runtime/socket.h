// SPDX-License-Identifier: MIT
// The hub's sockets: every option set, every message one map, bounded.
// Used by the runtime and audit. Holds no policy; never blocks.
#pragma once

#include "common/base/err.h"
#include "common/runtime/effects.h"

#include <zmq.h>

struct socket;

// Messages kept on their way to one peer that does not read. More are refused: sends fail, and the peer must ask again.
// Partners and workers: twice what may wait for a receipt. The feed: events are shared by all who watch.
enum { SOCKET_QUEUE_HUB = 1024, SOCKET_QUEUE_PUBLIC = 1024, SOCKET_QUEUE_LARGE = 16, SOCKET_QUEUE_LINK = 64, SOCKET_QUEUE_FEED = 8192 };

// Binds a ROUTER. `endpoint` tcp or ipc; a tcp port `*` picks a free one. Messages over max_bytes disconnect their sender.
CHECKED enum err socket_router(const char *endpoint, int64_t max_bytes, int queue, struct socket **socket);
// Connects a DEALER; the other side need not be there yet, and is found again after it went away. While it is not there sends fail.
CHECKED enum err socket_dealer(const char *endpoint, int64_t max_bytes, int queue, struct socket **socket);
CHECKED enum err socket_publisher(const char *endpoint, struct socket **socket);
void socket_close(struct socket **socket);
// Lends the endpoint as bound (with the port that was picked).
const char *socket_endpoint(const struct socket *socket);
enum { SOCKETS_WAITED_MAX = 16 };

// Waits until something may have come at one of the sockets, or `fd` can be read; `wait_us` (microseconds) at most, below 0: without end.
// True: `fd` can be read.
bool socket_wait(struct socket *const *sockets, unsigned n_sockets, int fd, int64_t wait_us);
// Sees who has anything to say now. What is received goes round among those that were seen; while they go on, ZeroMQ itself looks for
// new ones every hundred frames only. For a socket that was not waited for.
void socket_look(struct socket *socket);

// One message received: initialise with {0}; message_free (or the next receive) gives its bytes back.
struct message {
    struct peer peer; // ROUTER only; ref is not filled in
    zmq_msg_t body;
    bool held;
    bool extra_frames; // more frames than [body] or [empty][body]: answer so, do not read
};

// Takes one waiting message; false when none waits.
bool socket_receive(struct socket *socket, struct message *message);
struct span message_body(const struct message *message); // lends
void message_free(struct message *message);

// Sends, copying. False when the peer is gone or its queue is full: the message is dropped, and the peer must ask again.
bool socket_reply(struct socket *socket, const struct peer *peer, struct span body);
bool socket_send(struct socket *socket, struct span body);
// Somebody has subscribed to something. Asked once a round: what nobody hears need not be said.
bool socket_is_watched(struct socket *socket);
// Sends without copying: takes the message over on success.
bool socket_send_message(struct socket *socket, zmq_msg_t *body);
bool socket_publish(struct socket *socket, const struct span *frames, unsigned n_frames);

// Writes STATE/run/<daemon>.endpoint (aside, then rename): where its public socket is.
CHECKED enum err socket_announce(const char *state_dir, const char *name, const char *endpoint);
