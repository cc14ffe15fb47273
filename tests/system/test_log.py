# SPDX-License-Identifier: MIT
"""The log's protocol from outside: fencing, retries, gaps, filters, parked reads, what operators may not, and its tree's root recomputed."""
import hashlib
import time

import msgpack
import zmq

from hub import SLOW
from peers import Caller
from samples import for_taf, mix
from system_case import HubCase, main


def leaf(event):
    return hashlib.sha256(b"\x00" + event).digest()


def root_of(leaves):
    """RFC 6962 tree head, straight from its definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


class Producer(Caller):
    """A daemon as the log sees it: stands in for intake, which has no state, while that is down."""

    def __init__(self, hub):
        self.socket = hub.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect("ipc://" + hub.run_file("audit.ipc"))
        self.ref = 0

    def start(self):
        begun = self.call("begin", producer="intake")
        self.epoch, self.n, self.decided_to = begun["epoch"], begun["n"], begun["decided_to"]
        return begun

    def rejected(self, n, count=1):
        return msgpack.packb({"specversion": "1.0", "id": f"{self.epoch}.{n}", "source": "/hub/intake", "type": "earlyhelp.referral.rejected.v1",
                              "time": "2026-11-23T09:12:00.000Z", "data": {"count": count, "code": "missing"}})

    def append(self, n, *events, epoch=None, decided_to=None):
        return self.call("append", producer="intake", epoch=epoch or self.epoch, n=n, decided_to=self.decided_to if decided_to is None else decided_to,
                         events=[{"event": event} for event in events])


class Log(HubCase):
    def test_the_root_is_that_of_the_events(self):
        self.settle(*self.publish(*mix(40)))
        log = self.log()
        head = log.call("root")
        leaves = []
        while len(leaves) < head["head"]:
            reply = log.read(len(leaves) + 1)
            leaves += [leaf(entry["event"]) for entry in reply["events"]]
        self.assertEqual(root_of(leaves[:head["head"]]), head["root"])

    def test_read_filters_by_type(self):
        self.settle(*self.publish(for_taf()))
        reply = self.log().read(1, types=["referral.triaged"])
        types = {msgpack.unpackb(entry["event"])["type"] for entry in reply["events"]}
        self.assertEqual(types, {"earlyhelp.referral.triaged.v1"})
        self.assertGreater(reply["next"], reply["events"][-1]["sequence"])

    def test_a_read_with_nothing_to_give_is_parked(self):
        log = self.log()
        start = log.head() + 1
        started = time.monotonic()
        self.assertEqual(log.read(start, wait_ms=600).get("events", []), [])
        self.assertGreaterEqual(time.monotonic() - started, 0.5)
        ref = log.begin("read", **{"from": start}, wait_ms=60000)
        self.assertIsNone(log.reply(ref, 0.3 / SLOW))
        self.publish(for_taf())
        self.assertEqual(log.reply(ref, 30)["events"][0]["sequence"], start)

    def test_bounds_of_a_read(self):
        self.settle(*self.publish(*mix(6)))
        log = self.log()
        self.assertEqual(len(log.read(1, max_events=2)["events"]), 2)
        self.assertEqual(len(log.read(1, max_bytes=1)["events"]), 1)
        self.assertEqual(log.call("read", **{"from": 0})["answer"], "bad_request")
        self.assertEqual(log.call("read", **{"from": 1}, types=["nonsense"])["answer"], "bad_request")

    def test_operators_can_only_read(self):
        log = self.log()
        sealed = self.partner().publish(for_taf())["sequence"]
        for request, fields in (("begin", {"producer": "registry"}), ("append", {"producer": "registry", "epoch": 1, "n": 1, "decided_to": 0}),
                                ("drop", {"producer": "registry", "epoch": 1, "sequences": [{"sequence": 1}]}), ("attachment", {"sequence": sealed}),
                                ("read", {"from": 1, "attachments": True})):
            with self.subTest(request):
                reply = log.call(request, **fields)
                self.assertIn(reply["answer"], ("not_allowed", "bad_request"), reply)
        self.assertEqual([event for _, event in log.all() if "attachment" in event], [])

    def test_nonsense_is_answered(self):
        socket = self.log().socket
        for nonsense in (b"\xc1", b"\x80", msgpack.packb({"request": "dance"}), msgpack.packb({"request": "read"})):
            socket.send(nonsense)
            self.assertTrue(socket.poll(10000))
            self.assertIn(msgpack.unpackb(socket.recv())["answer"], ("bad_request", "not_allowed"))

    def test_fencing_retries_and_gaps(self):
        self.hub.halt("intake")
        try:
            self.fence()
        finally:
            self.hub.start_daemon("intake")
            self.hub.wait_ready()
        self.settle(*self.publish(for_taf()))

    def fence(self):
        first, second = Producer(self.hub), Producer(self.hub)
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        first.start()
        n = first.n + 1
        events = [first.rejected(n), first.rejected(n + 1)]
        answer = first.append(n, *events)
        self.assertEqual((answer["answer"], answer["last"] - answer["first"]), ("ok", 1))
        again = first.append(n, *events)
        self.assertEqual([again[name] for name in ("answer", "first", "last")], [answer[name] for name in ("answer", "first", "last")], "a retry")
        self.assertEqual(first.append(n, first.rejected(n, 7), first.rejected(n + 1))["answer"], "stale", "the same number, other content")
        gap = first.append(n + 5, first.rejected(n + 5))
        self.assertEqual((gap["answer"], gap["n"]), ("gap", n + 2))
        begun = second.start()
        self.assertEqual(begun["epoch"], first.epoch + 1)
        self.assertEqual(begun["n"], n + 1)
        self.assertEqual(first.append(n + 2, first.rejected(n + 2))["answer"], "stale", "a newer epoch is in force")
        self.assertEqual(second.append(n + 2, second.rejected(n + 2))["answer"], "ok")
        self.assertEqual(first.append(n, *events)["answer"], "stale")


if __name__ == "__main__":
    main()
