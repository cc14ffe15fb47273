# SPDX-License-Identifier: MIT
"""Partners, workers and operators as strangers would write them: python3-zmq and python3-msgpack, no code of ours.

Used by the system tests. Every wait has a deadline; what gets no answer is sent again, as the protocol tells clients to.
"""
import time

import msgpack
import zmq

from hub import SLOW

RESEND_SECONDS = 2.0
TAKEN = {"accepted", "duplicate"}  # the second of what had been sent again: the first receipt came late, or was lost


class Partner:
    """One connection to intake. `kind`: "dealer" (many events under way) or "req" (one at a time)."""

    def __init__(self, hub, kind="dealer"):
        self.endpoint = hub.endpoint("intake")
        self.context = hub.context
        self.kind = kind
        self.connect()

    def connect(self):
        self.socket = self.context.socket(zmq.DEALER if self.kind == "dealer" else zmq.REQ)
        self.socket.linger = 0
        self.socket.sndhwm = self.socket.rcvhwm = 100000
        self.socket.connect(self.endpoint)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, event):
        self.socket.send(event if isinstance(event, bytes) else msgpack.packb(event))

    def send_frames(self, *frames):
        self.socket.send_multipart(frames)

    def receipt(self, seconds=10):
        """The next receipt, None when there is none in time."""
        if not self.socket.poll(max(0.0, seconds * SLOW * 1000)):
            return None
        return msgpack.unpackb(self.socket.recv_multipart()[-1])

    def ask(self, event, seconds=10):
        """Sends once and gives the receipt."""
        self.send(event)
        receipt = self.receipt(seconds)
        assert receipt is not None, "no receipt in time"
        return receipt

    def publish(self, event, seconds=30):
        """Sends until there is a receipt that is not `busy`: the contract of a partner."""
        return self.publish_all([event], seconds=seconds)[0]

    def publish_all(self, events, window=256, seconds=60, on_receipt=None):
        """Publishes all, resending what hears nothing or `busy`. Gives the receipts in the order of the events.

        Two events with one (source, id) may not be in one call.
        """
        flight = Flight(self, events, on_receipt)
        deadline = time.monotonic() + seconds * SLOW
        while not flight.is_done():
            assert time.monotonic() < deadline, f"{flight.n_open()} of {len(events)} events without a receipt"
            flight.send_some(window)
            flight.take_receipts(0.05)
        return flight.receipts


class Flight:
    """Events under way on one connection."""

    def __init__(self, partner, events, on_receipt):
        self.partner = partner
        self.bytes = [event if isinstance(event, bytes) else msgpack.packb(event) for event in events]
        self.places = {}
        for place, packed in enumerate(self.bytes):
            event = msgpack.unpackb(packed)
            self.places[(event["source"], event["id"])] = place
        assert len(self.places) == len(self.bytes), "two events with one id in one call"
        self.receipts = [None] * len(self.bytes)
        self.on_receipt = on_receipt
        self.next = 0
        self.due = {}  # place -> when to send again

    def n_open(self):
        return sum(receipt is None for receipt in self.receipts)

    def is_done(self):
        return self.next == len(self.bytes) and not self.due

    def send_one(self, place):
        self.due[place] = time.monotonic() + RESEND_SECONDS
        try:
            self.partner.socket.send(self.bytes[place], zmq.DONTWAIT)
        except zmq.Again:
            pass  # the connection is down or its queue full; sent again when due

    def send_some(self, window):
        now = time.monotonic()
        for place, due in list(self.due.items()):
            if due <= now:
                self.send_one(place)
        while self.next < len(self.bytes) and len(self.due) < window:
            self.send_one(self.next)
            self.next += 1

    def take_receipts(self, seconds):
        while True:
            receipt = self.partner.receipt(seconds)
            if receipt is None:
                return
            seconds = 0
            self.take(receipt)

    def take(self, receipt):
        place = self.places.get((receipt.get("source"), receipt.get("id")))
        if place is None or self.receipts[place] is not None:
            return
        if receipt["status"] == "busy":
            self.due[place] = time.monotonic() + receipt["retry_after_ms"] / 1000
            return
        self.receipts[place] = receipt
        self.due.pop(place, None)
        if self.on_receipt is not None:
            self.on_receipt(place, receipt)


class Caller:
    """Requests to one service and their replies."""

    def __init__(self, hub, *names):
        self.socket = hub.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(hub.endpoint(*names))
        self.ref = 0

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def begin(self, request, **fields):
        """Sends a request; its number."""
        self.ref += 1
        self.socket.send(msgpack.packb({"request": request, "ref": self.ref, **fields}))
        return self.ref

    def reply(self, ref, seconds=10):
        """The reply to request `ref`, None when there is none in time. Replies to older requests are dropped."""
        deadline = time.monotonic() + seconds * SLOW
        while True:
            left = deadline - time.monotonic()
            if not self.socket.poll(max(0.0, left * 1000)):
                return None
            reply = msgpack.unpackb(self.socket.recv())
            if reply.get("ref") == ref:
                return reply

    def call(self, request, seconds=10, again=0.0, **fields):
        """Gives the reply. With `again`, asks again each so many seconds: for requests that may be repeated."""
        deadline = time.monotonic() + seconds * SLOW
        while True:
            left = deadline - time.monotonic()
            reply = self.reply(self.begin(request, **fields), min(again, left) if again else left)
            if reply is not None:
                return reply
            assert again and time.monotonic() < deadline, f"no reply to {request} in time"


class Worker(Caller):
    """A worker of a team, or an operator, at allocation."""

    def __init__(self, hub, name="W1"):
        super().__init__(hub, "allocation", "work")
        self.name = name

    def take(self, team, seconds=10, **fields):
        return self.call("take", seconds=seconds + fields.get("wait_ms", 0) / 1000, team=team, worker=self.name, **fields)

    def take_jobs(self, team, n, seconds=20, **fields):
        """Takes until there are n jobs: [(token, job)]."""
        jobs = []
        deadline = time.monotonic() + seconds * SLOW
        while len(jobs) < n:
            assert time.monotonic() < deadline, f"{len(jobs)} of {n} jobs at {team}"
            taken = self.take(team, max=min(64, n - len(jobs)), wait_ms=1000, **fields)
            jobs += [(taken["token"], job) for job in taken.get("jobs", [])]
        return jobs

    def accept(self, token, *jobs, **fields):
        return self.call("accept", worker=self.name, token=token, jobs=[answering(job) for job in jobs], **fields)

    def extend(self, token, *jobs, **fields):
        return self.call("extend", worker=self.name, token=token, jobs=[naming(job) for job in jobs], **fields)

    def release(self, token, *jobs, **fields):
        return self.call("release", worker=self.name, token=token, jobs=[naming(job) for job in jobs], **fields)

    def decline(self, token, job, reason="no_capacity"):
        return self.call("decline", worker=self.name, token=token, reason=reason, **naming(job))

    def decide(self, referral, action, **fields):
        return self.call("decide", referral=referral, action=action, by=self.name, **fields)

    def jobs(self, referral, seconds=10):
        """The jobs of a referral by part, as allocation has them."""
        reply = self.call("jobs", seconds=seconds, again=2.0, referral=referral)
        assert reply["answer"] == "ok", reply
        return {job.get("part", 0): job for job in reply["jobs"]}

    def counts(self):
        return self.call("counts", again=2.0)


def naming(job):
    """A job of a reply as a later request names it."""
    return {name: job[name] for name in ("referral", "part") if name in job}


def answering(job):
    """The same, with each mark answered."""
    return {**naming(job), **({"answers": job["marks"]} if job.get("marks") else {})}


class People(Caller):
    """A worker at the registry."""

    def __init__(self, hub, name="W1"):
        super().__init__(hub, "people", "registry")
        self.name = name

    def open(self, referral, token=None, purpose="allocated_work", worker=None, **fields):
        if token is not None:
            fields["token"] = token
        return self.call("open", again=3.0, referral=referral, worker=worker or self.name, purpose=purpose, **fields)

    def note(self, referral, text):
        return self.call("note", referral=referral, by=self.name, text=text)


class LogReader(Caller):
    """An operator who reads the log."""

    def __init__(self, hub):
        super().__init__(hub, "audit", "operator_log")
        self.next = 1

    def head(self):
        return self.call("head", again=2.0)["head"]

    def read(self, start, wait_ms=0, **fields):
        return self.call("read", seconds=20 + wait_ms / 1000, again=5.0 + wait_ms / 1000, **{"from": start}, wait_ms=wait_ms, **fields)

    def more(self, wait_ms=0):
        """Events not given before, oldest first: (sequence, event)."""
        reply = self.read(self.next, wait_ms)
        self.next = reply.get("next", self.next)
        return [(entry["sequence"], msgpack.unpackb(entry["event"])) for entry in reply.get("events", [])]

    def all(self):
        """Every event up to the head of now."""
        head = self.head()
        events = []
        start = 1
        while start <= head:
            reply = self.read(start)
            events += [(entry["sequence"], msgpack.unpackb(entry["event"])) for entry in reply.get("events", [])]
            start = reply["next"]
        return events

    def follow(self, take, seconds, what):
        """Hands (sequence, event) to take() until it gives something true; that."""
        deadline = time.monotonic() + seconds * SLOW
        while True:
            for sequence, event in self.more(wait_ms=500):
                value = take(sequence, event)
                if value:
                    return value
            assert time.monotonic() < deadline, f"the log did not show in time: {what}"
