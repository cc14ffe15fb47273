# SPDX-License-Identifier: MIT
"""A hub that works under the write recorder, from its first start on, and what it promised to anybody while it did.

Used by power-cut. Everything that a partner, a worker or a reader was told goes into the trace behind the writes that made it true.
"""
import fcntl
import hashlib
import itertools
import json
import os
import random
import struct
import subprocess
import threading
import time

import msgpack

from hub import BIN, DAEMONS, Hub, wait_until
from peers import LogReader, Partner, People, Worker, answering
from samples import mix
from system_case import generate, settle, wait_caught_up

RECEIPT, SEEN, ACCEPTED, OPENED = range(32, 36)  # as trace.h numbers them
HEAD = struct.Struct("<IBBHIIQQQ")
MAGIC = 0x31435057
MAP_SIZE = 32 << 20  # as check_hub.c knows it
TEAMS = ("specialist", "fsw", "taf", "single-agency", "family-information-service", "flying-start-west")
BATCH = 8
PATIENCE = 300  # seconds that the load may take for what takes one: the machine may be busy with something else
KILLED = ("registry", "allocation", "audit", "triage", "intake", "audit")  # while the load runs, one after the other


class Trace:
    """The file that the recorder writes and we write between."""

    def __init__(self, directory, name):
        self.path = os.path.join(directory, f"{name}.trace")
        self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.n_promises = 0

    def close(self):
        os.close(self.file)

    def environment(self, root):
        return {"LD_PRELOAD": os.path.join(BIN, "crash_recorder.so"), "WINDSCREEN_TRACE": self.path, "WINDSCREEN_TRACE_ROOT": root}

    def promise(self, op, path="", offset=0, data=b""):
        path = path.encode()
        record = HEAD.pack(MAGIC, op, 0, len(path), 0, len(data), 0, offset, 0) + path + data
        assert os.write(self.file, record) == len(record)
        self.n_promises += 1

    def hold(self):
        """While the result is open, no recorded call is under way: the moment to kill somebody."""
        lock = open(f"{self.path}.lock", "a")
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock


def records(path):
    """(place, op, path, offset, data) of every record."""
    with open(path, "rb") as file:
        for place in itertools.count():
            head = file.read(HEAD.size)
            if not head:
                return
            _, op, _, path_size, _, data_size, _, offset, _ = HEAD.unpack(head)
            name = file.read(path_size).decode()
            yield place, op, name, offset, file.read(data_size)


class Load:
    """A partner, a worker for each team who also opens what they get, and a reader of the log."""

    def __init__(self, hub, trace, n_referrals):
        self.hub = hub
        self.trace = trace
        self.events = [json.loads(line) for line in generate(hub, n_referrals - n_referrals // 4, 5, "--duplicates", "0")] + mix(n_referrals // 4)
        self.published = []
        self.stopping = threading.Event()
        self.errors = []
        self.threads = [threading.Thread(target=self.guard, args=(self.work, team)) for team in TEAMS]
        self.threads.append(threading.Thread(target=self.guard, args=(self.read,)))

    def guard(self, run, *arguments):
        try:
            run(*arguments)
        except BaseException as error:  # told at the end, whatever it was
            self.errors.append(f"{run.__name__}{arguments}: {error!r}")

    def run(self):
        for thread in self.threads:
            thread.start()
        try:
            self.publish()
            settle(self.hub, [receipt["referral"] for _, receipt in self.published], PATIENCE)
        finally:
            self.stopping.set()
            for thread in self.threads:
                thread.join(60)
        assert not self.errors, self.errors

    # ------------------------------------------------------------ the partner

    def publish(self):
        """In small batches, so that many commits carry a little each; between them daemons are killed, and projections find time to save."""
        batches = [self.events[start:start + BATCH] for start in range(0, len(self.events), BATCH)]
        kill_at = {len(batches) * (place + 1) // (len(KILLED) + 1): name for place, name in enumerate(KILLED) if len(batches) > len(KILLED)}
        with Partner(self.hub) as partner:
            for place, batch in enumerate(batches):
                self.publish_batch(partner, batch)
                time.sleep(0.15)
                if place in kill_at:
                    self.kill(kill_at[place])

    def publish_batch(self, partner, batch):
        packed = [msgpack.packb(event) for event in batch]

        def on_receipt(place, receipt):
            assert receipt["status"] in ("accepted", "duplicate"), receipt  # duplicate: the first receipt was lost with a daemon
            self.trace.promise(RECEIPT, receipt["referral"], receipt["sequence"], packed[place])
            self.published.append((packed[place], receipt))

        partner.publish_all(packed, window=BATCH, seconds=PATIENCE, on_receipt=on_receipt)

    def kill(self, name):
        """Between two recorded calls of anybody, also in the middle of a commit."""
        with self.trace.hold():
            process = self.hub.daemons[name].process
            assert self.hub.kill(name)
            process.wait(10)

    # ------------------------------------------------------------ workers and readers

    def work(self, team):
        worker, people = Worker(self.hub, f"W-{team}"), People(self.hub, f"W-{team}")
        try:
            while not self.stopping.is_set():
                taken = worker.reply(worker.begin("take", team=team, worker=worker.name, max=4, wait_ms=300, lease_ms=5000), 3)
                if taken is not None and taken.get("jobs"):
                    self.open_and_accept(worker, people, taken)
        finally:
            worker.close()
            people.close()

    def open_and_accept(self, worker, people, taken):
        first = taken["jobs"][0]["referral"]
        opened = people.reply(people.begin("open", referral=first, worker=people.name, purpose="allocated_work", token=taken["token"]), 3)
        if opened is not None and opened["answer"] == "ok":
            self.trace.promise(OPENED, first)
        jobs = [answering(job) for job in taken["jobs"][::2]]  # the others are left to lapse
        reply = worker.reply(worker.begin("accept", worker=worker.name, token=taken["token"], jobs=jobs), 3)
        for job in (reply or {}).get("jobs", []):
            if job["answer"] == "ok":
                self.trace.promise(ACCEPTED, job["referral"], job.get("part", 0))

    def read(self):
        reader = LogReader(self.hub)
        try:
            while not self.stopping.is_set():
                reply = reader.reply(reader.begin("read", **{"from": reader.next}, wait_ms=500), 3)
                for entry in (reply or {}).get("events", []):
                    self.trace.promise(SEEN, offset=entry["sequence"], data=hashlib.sha256(b"\0" + entry["event"]).digest())
                reader.next = (reply or {}).get("next", reader.next)
        finally:
            reader.close()


def new_hub(kek, **keywords):
    """A hub, not yet started, with this key-encryption key and a log whose map check_hub.c can open."""
    hub = Hub({"audit": ["--map-size", str(MAP_SIZE)]}, start=False, **keywords)
    copy(kek, os.path.join(hub.credentials, "kek"))
    return hub


def record_hub(directory, name, n_referrals, order=DAEMONS):
    """Leaves NAME.trace in the directory, where `kek` is, and NAME.state, the state directory as it was at the end."""
    trace = Trace(directory, name)
    with new_hub(os.path.join(directory, "kek"), order=order) as hub:
        hub.environment.update(trace.environment(hub.state))
        for daemon in order:  # each alone at first: what one leaves unsynced, no other syncs for it
            hub.start_daemon(daemon)
            wait_until(lambda daemon=daemon: os.path.exists(hub.run_file(f"{daemon}.lock")) or daemon == "audit", PATIENCE, f"{daemon} starts")
        hub.wait_ready(PATIENCE)
        Load(hub, trace, n_referrals).run()
        hub.wait_ready(PATIENCE)
        wait_caught_up(hub, PATIENCE)
        hub.stop()
        subprocess.run(["cp", "-a", "--sparse=always", hub.state, os.path.join(directory, f"{name}.state")], check=True)
    trace.close()


def record_keys(directory):
    """Leaves keys.trace and keys.state: a key store filled and destroyed slot by slot, without the rest of the hub."""
    trace = Trace(directory, "keys")
    state = os.path.join(directory, "keys.state")
    os.mkdir(state, 0o700)
    subprocess.run([os.path.join(BIN, "keys_load"), state, trace.path, os.path.join(directory, "kek")], check=True,
                   env={**os.environ, **trace.environment(state)})
    trace.close()


def copy(source, target):
    with open(source, "rb") as old, open(target, "wb") as new:
        os.fchmod(new.fileno(), 0o600)
        new.write(old.read())
