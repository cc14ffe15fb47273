# SPDX-License-Identifier: MIT
"""The kill storm: kill -9 of a random daemon every fraction of a second, while partners publish, workers work, people open and decide.

Used by test_kill_storm.py and tests/crash/run. Load makes the work and remembers every answer; Stopwatch measures restarts; judge() holds
every answer against the log. Whoever gets no answer asks again, as the protocol tells clients to.
"""
import collections
import json
import queue
import random
import threading
import time
import unittest

import msgpack

from fold import Fold, name_of
from hub import DAEMONS, wait_until
from peers import TAKEN, LogReader, Partner, People, Worker, answering, naming
from projections import assert_rebuilt_the_same, wait_compared
from system_case import assert_balanced, generate, read_on, settle

SENDERS = 3
BATCH = 20
REPEATED = 5  # events of each batch that are sent a second time, later
REST_SECONDS = 0.15  # between two batches, or a storm of an hour would bury its own judge in events
LEASE_MS = 2000
PAUSE_SECONDS = 0.5  # most between progress and the next kill
TEAMS = ("specialist", "fsw", "taf", "single-agency", "family-information-service", "flying-start-west")
DEEDS = ("accept", "accept", "open_and_accept", "extend_and_accept", "decline", "release", "let_lapse")


class Load:
    """Partners, workers and an operator, until told to stop. Every answer that promises something is kept."""

    def __init__(self, hub, seed=1, patience=90):
        self.hub = hub
        self.seed = seed
        self.patience = patience  # seconds without any receipt that are too many
        self.stopping = threading.Event()
        self.receipts = []  # (event, receipt)
        self.repeated = []  # (event, receipt) of what was sent again
        self.promises = []  # (deed, what the log must show)
        self.errors = []
        self.lock = threading.Lock()
        roles = [(self.publish, place) for place in range(SENDERS)] + [(self.work, team) for team in TEAMS] + [(self.decide, "H1")]
        self.threads = [threading.Thread(target=self.guard, args=role) for role in roles]

    def guard(self, work, argument):
        try:
            work(argument)
        except BaseException as error:  # told by whoever runs the storm, whatever it was
            self.errors.append(f"{work.__name__}({argument}): {error!r}")

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(2 * self.patience)

    def progress(self):
        with self.lock:
            return len(self.receipts)

    def wait_for_progress(self, done):
        """Until there are more receipts than `done`."""
        wait_until(lambda: self.progress() > done or self.errors, self.patience, f"more than {done} receipts")
        assert not self.errors, self.errors

    def promise(self, deed, *what):
        with self.lock:
            self.promises.append((deed, *what))

    # ------------------------------------------------------------ partners

    def publish(self, place):
        start = 0
        with Partner(self.hub) as partner:
            while not self.stopping.is_set():
                lines = generate(self.hub, BATCH, self.seed * 100 + place, "--start", str(start), "--duplicates", "0")
                start += BATCH
                events = [json.loads(line) for line in lines]
                receipts = partner.publish_all(events, window=32, seconds=self.patience)
                again = partner.publish_all(events[:REPEATED], seconds=self.patience)
                with self.lock:
                    self.receipts += zip(events, receipts)
                    self.repeated += zip(events[:REPEATED], zip(receipts, again))
                self.stopping.wait(REST_SECONDS)

    # ------------------------------------------------------------ workers

    def work(self, team):
        dice = random.Random(f"{self.seed} {team}")
        with Worker(self.hub, f"W-{team}") as worker, People(self.hub, worker.name) as people:
            while not self.stopping.is_set():
                reply = worker.reply(worker.begin("take", team=team, worker=worker.name, max=8, wait_ms=300, lease_ms=LEASE_MS), 3)
                for job in (reply or {}).get("jobs", []):
                    getattr(self, dice.choice(DEEDS))(worker, people, reply["token"], job)

    def ask(self, worker, request, token, job, **fields):
        """The word on one job; None when there was no answer."""
        reply = worker.reply(worker.begin(request, worker=worker.name, token=token, jobs=[{**job, **fields}]), 3)
        return reply["jobs"][0]["answer"] if reply and reply.get("jobs") else None

    def accept(self, worker, _people, token, job):
        if self.ask(worker, "accept", token, answering(job)) == "ok":
            self.promise("accepted", job["referral"], job.get("part", 0))

    def open_and_accept(self, worker, people, token, job):
        reply = people.reply(people.begin("open", referral=job["referral"], token=token, worker=people.name, purpose="allocated_work"), 3)
        if reply is not None and reply["answer"] == "ok":
            self.promise("opened", job["referral"], token)
        self.accept(worker, people, token, job)

    def extend_and_accept(self, worker, people, token, job):
        if self.ask(worker, "extend", token, naming(job), lease_ms=2 * LEASE_MS) == "ok":
            self.promise("extended", job["referral"], job.get("part", 0), token)
        self.accept(worker, people, token, job)

    def decline(self, worker, _people, token, job):
        reply = worker.reply(worker.begin("decline", worker=worker.name, token=token, reason="no_capacity", **naming(job)), 3)
        if reply is not None and reply["answer"] == "ok":
            self.promise("declined", job["referral"], job.get("part", 0), token)

    def release(self, worker, _people, token, job):
        if self.ask(worker, "release", token, naming(job)) == "ok":
            self.promise("released", job["referral"], job.get("part", 0), token)

    def let_lapse(self, *_):
        """A worker who says nothing more."""

    # ------------------------------------------------------------ a person at the hub

    def decide(self, name):
        """Confirms the proposal wherever the log says that a person is needed."""
        with Worker(self.hub, name) as operator, LogReader(self.hub) as log:
            while not self.stopping.is_set():
                reply = log.reply(log.begin("read", **{"from": log.next}, wait_ms=300), 3)
                if reply is None:
                    continue
                log.next = reply.get("next", log.next)
                self.confirm_all(operator, waiting_for_a_person(reply.get("events", [])))

    def confirm_all(self, operator, waiting):
        for referral, part in waiting:
            if self.stopping.is_set():
                return
            reply = operator.reply(operator.begin("decide", referral=referral, part=part, action="confirm", by=operator.name), 3)
            if reply is not None and reply["answer"] == "ok":
                self.promise("confirmed", referral, part)


def waiting_for_a_person(entries):
    waiting = []
    for entry in entries:
        event = msgpack.unpackb(entry["event"])
        word = name_of(event)
        if word == "referral.declined" or (word == "referral.allocated" and event["data"]["team"] == "hub-decision"):
            waiting.append((event["subject"], event["data"].get("part", 0)))
    return waiting


# ---------------------------------------------------------------- restarts

class Stopwatch:
    """From each kill until the daemon answers on its control socket that it is ready again."""

    def __init__(self, hub):
        self.hub = hub
        self.outages = []  # (daemon, killed at, serving at)
        self.kills = {name: queue.Queue() for name in DAEMONS}
        self.threads = [threading.Thread(target=self.watch, args=(name,), daemon=True) for name in DAEMONS]
        for thread in self.threads:
            thread.start()

    def killed(self, name, pid):
        self.kills[name].put((time.monotonic(), pid))

    def stop(self):
        for name in DAEMONS:
            self.kills[name].put(None)
        for thread in self.threads:
            thread.join(60)

    def watch(self, name):
        while (kill := self.kills[name].get()) is not None:
            at, pid = kill
            while self.kills[name].empty() and not self.is_serving(name, pid):
                time.sleep(0.002)
            if self.kills[name].empty():  # else it was killed again before it was back: the next one counts
                self.outages.append((name, at, time.monotonic()))

    def is_serving(self, name, dead):
        status = self.hub.status(name, 0.5)
        return status is not None and status["ready"] and status["pid"] != dead

    def report(self):
        """{daemon: figures}: of all restarts, and of those during which no other daemon was away."""
        return {name: {**figures(self.seconds(name)), "alone": figures(self.seconds(name, alone=True))} for name in DAEMONS}

    def seconds(self, name, alone=False):
        return sorted(end - begin for who, begin, end in self.outages if who == name and not (alone and self.overlaps(name, begin, end)))

    def overlaps(self, name, begin, end):
        return any(other != name and at < end and back > begin for other, at, back in self.outages)


def figures(seconds):
    """Of a sorted list; in seconds."""
    if not seconds:
        return {"n": 0}
    return {"n": len(seconds), "median": round(seconds[len(seconds) // 2], 3), "p99": round(seconds[int(len(seconds) * 0.99)], 3),
            "max": round(seconds[-1], 3)}


# ---------------------------------------------------------------- the storm

def storm(hub, load, kills, seed, on_kill=None):
    """Kills one after the other, each when the load has moved on since the last; every daemon about equally often. The stopwatch."""
    dice = random.Random(seed)
    victims = [DAEMONS[place % len(DAEMONS)] for place in range(kills)]
    dice.shuffle(victims)
    stopwatch = Stopwatch(hub)
    try:
        for place, victim in enumerate(victims):
            load.wait_for_progress(load.progress())
            time.sleep(dice.uniform(0, PAUSE_SECONDS))
            stopwatch.killed(victim, kill(hub, victim))
            if on_kill is not None:
                on_kill(place + 1, victim)
    finally:
        load.stop()
        stopwatch.stop()
    assert not load.errors, load.errors
    return stopwatch


def kill(hub, name):
    """The pid of the one that died."""
    def killed():
        pid = hub.pid(name)
        return pid if hub.kill(name) else None
    return wait_until(killed, 60, f"{name} to kill")


# ---------------------------------------------------------------- judging

class Witness(Fold):
    """What the log says of each promise."""

    def __init__(self):
        super().__init__()
        self.shown = collections.Counter()

    def take(self, sequence, event):
        super().take(sequence, event)
        family, _, word = name_of(event).partition(".")
        data = event["data"]
        if family == "person":
            self.shown["opened", event["subject"], data["token"]] += 1
        elif word in ("extended", "released"):
            for named in data["jobs"]:
                self.shown[word, named["referral"], named.get("part", 0), data["token"]] += 1
        elif word == "accepted":
            for named in data["jobs"]:
                self.shown[word, named["referral"], named.get("part", 0)] += 1
        elif word == "declined":
            self.shown[word, event["subject"], data.get("part", 0), data["token"]] += 1
        elif word in ("confirmed", "closed"):  # confirming a task closes it
            self.shown["confirmed", event["subject"], data.get("part", 0)] += 1


def judge(hub, load):
    """Raises AssertionError at the first thing that is not as it was promised; {what was looked at: how many}."""
    test = unittest.TestCase()
    seconds = 60 + len(load.receipts) / 200
    hub.wait_ready(60)
    told = collections.Counter(receipt["status"] for _, receipt in load.receipts)
    test.assertLessEqual(set(told), TAKEN, "statuses told to partners")
    referrals = {(event["source"], event["id"]): receipt["referral"] for event, receipt in load.receipts}
    for event, (first, again) in load.repeated:
        test.assertEqual((again["status"], again["referral"]), ("duplicate", first["referral"]), f"{event['id']} sent again")
    fold = settle(hub, referrals.values(), seconds, Witness())
    test.assertEqual(fold.breaches, [])
    for partner, referral in referrals.items():
        test.assertEqual(fold.by_partner.get(partner), referral, f"the receipt for {partner}")
    judge_promises(test, fold, load.promises)
    judge_reported(test, hub)
    assert_balanced(test, hub, seconds)
    wait_compared(hub, seconds)  # what it still finds would be in the rebuilt projection only
    assert_rebuilt_the_same(test, hub, seconds)
    deeds = collections.Counter(deed for deed, *_ in load.promises)
    return {"receipts": len(load.receipts), "repeated": len(load.repeated), "events": fold.sequence, **deeds}


def judge_promises(test, fold, promises):
    """What a worker or an operator was told is in the log; an acceptance once, and it stays."""
    for promise, n in collections.Counter(promises).items():
        test.assertGreaterEqual(fold.shown[promise], n, promise)
        if promise[0] == "accepted":
            job = fold.jobs[promise[1:]]
            test.assertEqual((job.state, job.accepts), ("accepted", 1), promise)


def judge_reported(test, hub):
    """Allocation's own word for each referral is the log's."""
    with LogReader(hub) as log, Worker(hub) as worker:
        fold = read_on(Fold(), log)
        for referral in random.Random(7).sample(sorted(fold.received), min(200, len(fold.received))):
            before = states_of(read_on(fold, log), referral)
            told = {part: job["state"] for part, job in worker.jobs(referral).items()}
            after = states_of(read_on(fold, log), referral)
            test.assertIn(told, (before, after), referral)


def states_of(fold, referral):
    return {part: job.state for (name, part), job in fold.jobs.items() if name == referral}
