# SPDX-License-Identifier: MIT
"""Idle and slow connections at every public port: the good are served, all is given back; scarce descriptors stay the hub's own."""
import os
import resource
import socket
import time
import unittest

import zmq

from load_case import figure, held_connections, lines_said, private_mib
from hub import SLOW, Hub, wait_until
from peers import LogReader, Partner, People, Worker
from samples import for_specialist, for_taf
from system_case import assert_balanced, main, settle

PORTS = {"intake": ("intake",), "allocation": ("allocation", "work"), "registry": ("people", "registry"), "audit": ("audit", "operator_log")}
IDLE, SLOW_ONES = 500, 50
GREETING = bytes([0xff] + [0] * 8 + [0x7f, 3, 0]) + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x05READY" + b"\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER"
READY_FRAME = bytes([4, len(READY)]) + READY
HALF_MESSAGE = bytes([2]) + (60000).to_bytes(8, "big") + b"\x81"  # a long frame announced, one byte of it sent
KEPT = 128  # descriptors that a daemon keeps back
LEFT = 60  # beside its own, in the test of a limit lowered under it
BURST = 6000  # connections, when a daemon has at most 4,096 descriptors; strangers who say nothing are thrown out after two seconds
FEW = 300  # connections that use up what a daemon is allowed in the test of scarce descriptors


def connect(endpoint, first=b"", buffer=None):
    host, port = endpoint[len("tcp://"):].rsplit(":", 1)
    raw = socket.socket()
    if buffer is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    raw.settimeout(5 * SLOW)
    raw.connect((host, int(port)))
    raw.sendall(first)
    return raw


def knock(endpoint):
    """A connection that is begun, whether the door is open or not."""
    host, port = endpoint[len("tcp://"):].rsplit(":", 1)
    raw = socket.socket()
    raw.setblocking(False)
    raw.connect_ex((host, int(port)))
    return raw


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def descriptors_at_rest(pid):
    """How many it has, once those of everybody who has left are given back."""
    def stays():
        n = descriptors(pid)
        time.sleep(0.5)
        return n if descriptors(pid) == n else None
    return wait_until(stays, 30, "nobody comes or goes")


# What a slow peer has said before it falls silent or trickles.
BEGINNINGS = (b"", GREETING[:1], GREETING[:11], GREETING, GREETING + READY_FRAME[:5], GREETING + READY_FRAME, GREETING + READY_FRAME + HALF_MESSAGE)


class Crowd:
    """Idle connections that speak the protocol and say nothing, and slow ones that stop in the middle."""

    def __init__(self, endpoint, idle=IDLE, slow=SLOW_ONES):
        self.context = zmq.Context()
        self.context.max_sockets = idle + 10
        self.idle = [self.context.socket(zmq.DEALER) for _ in range(idle)]
        for one in self.idle:
            one.linger = 0
            one.connect(endpoint)
        self.slow = [connect(endpoint, BEGINNINGS[place % len(BEGINNINGS)], buffer=4096) for place in range(slow)]

    def trickle(self):
        for one in self.slow:
            try:
                one.send(b"\0")
            except OSError:
                pass  # thrown out already

    def leave(self):
        for one in self.slow:
            one.close()
        self.context.destroy(linger=0)


class Connections(unittest.TestCase):
    def serve_all(self, hub):
        """Each public port does its work for somebody who comes now; a log that was away may have sent other daemons through a start. An urgent
        one and a question use what else intake has to others, so that none of it still comes when descriptors are scarce: ZeroMQ ends whom it
        would come to."""
        hub.wait_ready()
        with Partner(hub) as partner, People(hub) as people, Worker(hub) as worker, LogReader(hub) as log:
            event = for_taf()
            receipt = partner.ask(event, 30)
            self.assertEqual(receipt["status"], "accepted")
            self.assertEqual(partner.ask(for_specialist(), 30)["status"], "accepted")
            question = {"request": "status", "ref": 1, "source": event["source"], "id": event["id"]}
            wait_until(lambda: partner.ask(question, 30)["answer"] == "ok", 30, "an answer how it stands")
            settle(hub, [receipt["referral"]])  # allocation is through its start: it has appended since
            [(token, job)] = worker.take_jobs("taf", 1)
            self.assertEqual(people.open(job["referral"], token)["answer"], "ok")
            self.assertEqual(worker.accept(token, job)["answer"], "ok")
            self.assertGreater(log.head(), 3)

    def test_idle_and_slow_ones_at_every_port(self):
        with Hub() as hub:
            self.serve_all(hub)
            wait_until(lambda: not any(held_connections(hub, *names) for names in PORTS.values()), 20, "the first clients gone")
            before = {name: private_mib(hub, name) for name in PORTS}
            crowds = [Crowd(hub.endpoint(*names)) for names in PORTS.values()]
            for names in PORTS.values():
                wait_until(lambda names=names: held_connections(hub, *names) >= IDLE, 30, f"idle connections at {names}")
            for _ in range(5):
                for crowd in crowds:
                    crowd.trickle()
                self.serve_all(hub)
            figure(idle=IDLE, slow=SLOW_ONES, more_mib={name: round(private_mib(hub, name) - before[name]) for name in PORTS})
            for name, names in PORTS.items():
                self.assertLessEqual(held_connections(hub, *names), IDLE + SLOW_ONES + 2)
                self.assertLess(private_mib(hub, name) - before[name], 160)
            for crowd in crowds:
                crowd.leave()
            for names in PORTS.values():
                wait_until(lambda names=names: held_connections(hub, *names) == 0, 30, f"connections given back at {names}")
            self.serve_all(hub)
            assert_balanced(self, hub)

    def test_who_never_finishes_a_handshake_is_thrown_out(self):
        with Hub() as hub:
            slow = [connect(hub.endpoint("intake"), beginning) for beginning in BEGINNINGS[:5]]
            for one in slow:
                one.settimeout(30 * SLOW)
                while one.recv(4096):
                    pass  # the hub's own greeting; then the end
                one.close()
            self.serve_all(hub)

    def test_scarce_descriptors_stay_the_hubs_own(self):
        for name, names in PORTS.items():
            with self.subTest(name), Hub() as hub, Partner(hub) as partner:
                self.assertEqual(partner.ask(for_taf())["status"], "accepted")
                self.serve_all(hub)
                resource.prlimit(hub.pid(name), resource.RLIMIT_NOFILE, (260, 260))
                crowd = Crowd(hub.endpoint(*names), idle=FEW, slow=0)
                wait_until(lambda name=name: lines_said(hub, name, "descriptors-full"), 30, "the daemon says so")
                self.assertEqual(partner.ask(for_taf(), 30)["status"], "accepted", "who is in stays in")
                other = "registry" if name != "registry" else "audit"  # what the daemon is connected to goes and comes back
                self.assertTrue(hub.kill(other))
                wait_until(lambda other=other: hub.is_ready(other), 30, f"{other} is back")
                self.assertEqual(partner.ask(for_taf(), 60)["status"], "accepted", "its own connections find a descriptor")
                self.assertEqual(len(lines_said(hub, name, "descriptors-full")), 1, "said once")
                crowd.leave()
                wait_until(lambda name=name: lines_said(hub, name, "descriptors-free"), 30, "and when it is over")
                self.serve_all(hub)

    def test_a_limit_lowered_beneath_a_running_daemon(self):
        """Fewer descriptors than it holds, and strangers who say nothing take all that are left: they are hung up on, newcomers are served."""
        for name, names in PORTS.items():
            with self.subTest(name), Hub() as hub:
                self.serve_all(hub)
                own = descriptors_at_rest(hub.pid(name)) - KEPT
                resource.prlimit(hub.pid(name), resource.RLIMIT_NOFILE, (own + LEFT, own + LEFT))
                strangers = [knock(hub.endpoint(*names)) for _ in range(2 * LEFT)]
                wait_until(lambda name=name: lines_said(hub, name, "descriptors-full"), 30, "the daemon says so")
                wait_until(lambda name=name: lines_said(hub, name, "descriptors-free"), 60, "and that it is over")
                self.serve_all(hub)
                for stranger in strangers:
                    stranger.close()

    def test_more_strangers_at_once_than_there_may_be_connections(self):
        """More than the door's limit in a burst, while local connections come and go: no daemon ends for want of a descriptor."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertGreater(hard, 2 * BURST, "the system's hard limit of descriptors is too low for this test")
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * BURST, hard))
        for name, names in PORTS.items():
            with self.subTest(name), Hub() as hub, Partner(hub) as partner:
                self.assertEqual(partner.ask(for_taf())["status"], "accepted")
                pid, strangers = hub.pid(name), []
                deadline = time.monotonic() + 60 * SLOW
                while not lines_said(hub, name, "descriptors-full"):
                    self.assertLess(time.monotonic(), deadline, "the daemon does not say that nearly all descriptors are in use")
                    strangers += [knock(hub.endpoint(*names)) for _ in range(100)]
                    while len(strangers) > BURST:
                        strangers.pop(0).close()
                    self.assertIsNotNone(hub.status(name, 30), "a local connection finds a descriptor")
                self.assertEqual(partner.ask(for_taf(), 30)["status"], "accepted", "who is in stays in")
                for stranger in strangers:
                    stranger.close()
                wait_until(lambda name=name: lines_said(hub, name, "descriptors-free"), 60, "and when it is over")
                self.assertEqual(hub.pid(name), pid)
                self.serve_all(hub)

    def test_a_storm_of_partners_that_come_back(self):
        with Hub() as hub:
            context = zmq.Context()
            context.max_sockets = IDLE + 10
            partners = [Partner(hub) for _ in range(IDLE)]
            began = time.monotonic()
            try:
                accepted = self.publish_through(hub, partners)
            finally:
                for partner in partners:
                    partner.close()
                context.destroy(linger=0)
            figure(partners=IDLE, storm_seconds=round(time.monotonic() - began, 1))
            self.assertEqual(accepted, {"accepted"})
            assert_balanced(self, hub, 60)

    def publish_through(self, hub, partners):
        """Every partner sends one event; intake is killed when half have heard; all send until they have a receipt."""
        import msgpack
        events = [msgpack.packb(for_taf()) for _ in partners]
        due = [0.0] * len(partners)
        statuses = {}
        killed = False
        deadline = time.monotonic() + 60 * SLOW
        while len(statuses) < len(partners):
            self.assertLess(time.monotonic(), deadline, f"{len(statuses)} of {len(partners)} have a receipt")
            for place, partner in enumerate(partners):
                if place not in statuses:
                    self.step(place, partner, events, due, statuses)
            if not killed and len(statuses) > len(partners) // 2:
                killed = hub.kill("intake")
                statuses = dict(list(statuses.items())[:len(partners) // 4])  # the others forget, and send again
        return {"accepted" if status == "duplicate" else status for status in statuses.values()}

    def step(self, place, partner, events, due, statuses):
        if due[place] <= time.monotonic():
            due[place] = time.monotonic() + 2
            try:
                partner.socket.send(events[place], zmq.DONTWAIT)
            except zmq.Again:
                pass  # not connected yet
        receipt = partner.receipt(0)
        if receipt is None:
            return
        if receipt["status"] == "busy":
            due[place] = time.monotonic() + receipt["retry_after_ms"] / 1000
        else:
            statuses[place] = receipt["status"]


if __name__ == "__main__":
    main()
