# SPDX-License-Identifier: MIT
"""Somebody who watches the feed, in a process of its own, to be stopped by a signal: reads what it missed from the log.

Started by test_stopped.py: watcher.py FEED LOG FIRST LAST. Prints how many events it saw from FIRST to LAST, how many of them it had to
read because the feed had a gap, and whether each came once and in order.
"""
import sys

import msgpack
import zmq

feed_endpoint, log_endpoint, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
context = zmq.Context()
feed = context.socket(zmq.SUB)
feed.subscribe("")
feed.connect(feed_endpoint)
log = context.socket(zmq.DEALER)
log.connect(log_endpoint)


def read(start):
    """Asks until an answer comes: one who was stopped amid a handshake is cut off, and what it sends before it knows that is lost."""
    request = msgpack.packb({"request": "read", "ref": start % 2**32, "from": start})
    reply = {}
    while reply.get("ref") != start % 2**32:  # an answer to what was asked before may still come
        log.send(request)
        if log.poll(5000):
            reply = msgpack.unpackb(log.recv())
    sequences = [entry["sequence"] for entry in reply.get("events", []) if entry["sequence"] <= last]
    return sequences, min(reply["next"], last + 1)


seen, missed, is_ordered = 0, 0, True
wanted = first
print("watching", flush=True)
while wanted <= last:
    if not feed.poll(1000):
        sequence = last + 1  # nothing more comes: what is left is read
    else:
        sequence = int.from_bytes(feed.recv_multipart()[1], "big")
    while wanted < sequence and wanted <= last:  # a gap
        sequences, following = read(wanted)
        is_ordered = is_ordered and sequences == list(range(wanted, following))
        seen, missed, wanted = seen + len(sequences), missed + len(sequences), following
    if sequence == wanted and wanted <= last:
        seen, wanted = seen + 1, wanted + 1
print(seen, missed, is_ordered, flush=True)
