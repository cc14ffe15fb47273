# SPDX-License-Identifier: MIT
"""A worker in a process of its own, to be stopped by a signal between taking a job and accepting it.

Started by test_leases.py: stopped_worker.py ENDPOINT TEAM LEASE_MS. Prints "taken", waits for a line, accepts, prints the answer.
"""
import sys

import msgpack
import zmq

endpoint, team, lease_ms = sys.argv[1], sys.argv[2], int(sys.argv[3])
socket = zmq.Context().socket(zmq.DEALER)
socket.connect(endpoint)


def call(request, **fields):
    socket.send(msgpack.packb({"request": request, "ref": 1, "worker": "W-stopped", **fields}))
    return msgpack.unpackb(socket.recv())


taken = call("take", team=team, wait_ms=10000, lease_ms=lease_ms)
job = taken["jobs"][0]
print("taken", job["referral"], flush=True)
sys.stdin.readline()
print(call("accept", token=taken["token"], jobs=[{"referral": job["referral"]}])["jobs"][0]["answer"], flush=True)
