# SPDX-License-Identifier: MIT
"""kill -9 of each daemon under load, at least 20 times: every receipt afterwards in exactly one state, no effect twice."""
import collections
import json
import os
import random
import threading
import unittest

from fold import Fold
from hub import DAEMONS, Hub, wait_until
from peers import LogReader, Partner, Worker
from system_case import assert_balanced, generate, main, read_on, settle

FULL = bool(os.environ.get("WINDSCREEN_FULL"))
KILLS = 200 if FULL else 40
SENDERS = 3
BATCH = 40
TEAMS = ("specialist", "fsw", "taf", "single-agency", "family-information-service", "flying-start-west")


class Load:
    """Partners who publish and workers who take and accept, until told to stop."""

    def __init__(self, hub):
        self.hub = hub
        self.stopping = threading.Event()
        self.receipts = []  # (event, receipt)
        self.accepted = []  # (referral, part) whose accept was answered ok
        self.errors = []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.guard, args=(self.publish, place)) for place in range(SENDERS)]
        self.threads += [threading.Thread(target=self.guard, args=(self.work, team)) for team in TEAMS]

    def guard(self, work, argument):
        try:
            work(argument)
        except BaseException as error:  # told by the test, whatever it was
            self.errors.append(f"{work.__name__}({argument}): {error!r}")

    def publish(self, place):
        start = 0
        with Partner(self.hub) as partner:
            while not self.stopping.is_set():
                lines = generate(self.hub, BATCH, 100 + place, "--start", str(start), "--duplicates", "0")
                start += BATCH
                events = [json.loads(line) for line in lines]
                receipts = partner.publish_all(events, window=32, seconds=90)
                with self.lock:
                    self.receipts += zip(events, receipts)

    def work(self, team):
        worker = Worker(self.hub, f"W-{team}")
        try:
            while not self.stopping.is_set():
                reply = worker.reply(worker.begin("take", team=team, worker=worker.name, max=8, wait_ms=300, lease_ms=3000), 3)
                if reply is None or not reply.get("jobs"):
                    continue
                self.accept(worker, reply)
        finally:
            worker.close()

    def accept(self, worker, taken):
        jobs = taken["jobs"][::2]  # every second one is left to lapse
        reply = worker.reply(worker.begin("accept", worker=worker.name, token=taken["token"], jobs=[answer(job) for job in jobs]), 3)
        for job in (reply or {}).get("jobs", []):
            if job["answer"] == "ok":
                with self.lock:
                    self.accepted.append((job["referral"], job.get("part", 0)))

    def progress(self):
        with self.lock:
            return len(self.receipts)

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)


def answer(job):
    named = {name: job[name] for name in ("referral", "part") if name in job}
    return {**named, "answers": job["marks"]} if job.get("marks") else named


class KillStorm(unittest.TestCase):
    def test_nothing_is_lost_and_nothing_happens_twice(self):
        with Hub() as hub:
            load = Load(hub)
            load.start()
            try:
                kills = self.storm(hub, load)
            finally:
                load.stop()
            self.assertEqual(load.errors, [])
            hub.wait_ready(60)
            self.judge(hub, load)
            print(f"{sum(kills.values())} kills {dict(kills)}, {len(load.receipts)} receipts, {len(load.accepted)} accepted by workers", flush=True)

    def storm(self, hub, load):
        """Kills one after the other, each when the load has moved on since the last."""
        dice = random.Random(20161117)
        kills = collections.Counter()
        victims = [name for _ in range(KILLS // len(DAEMONS)) for name in DAEMONS]
        dice.shuffle(victims)
        for victim in victims:
            done = load.progress()
            wait_until(lambda done=done: load.progress() > done or load.errors, 60, "receipts between two kills")
            self.assertEqual(load.errors, [])
            self.assertTrue(wait_until(lambda victim=victim: hub.kill(victim), 20, f"{victim} to kill"))
            kills[victim] += 1
        self.assertGreaterEqual(sum(kills.values()), 20)
        self.assertEqual(set(kills), set(DAEMONS))
        return kills

    def judge(self, hub, load):
        told = collections.Counter(receipt["status"] for _, receipt in load.receipts)
        self.assertLessEqual(set(told), {"accepted", "duplicate"}, told)
        referrals = {}
        for event, receipt in load.receipts:
            referrals[(event["source"], event["id"])] = receipt["referral"]
        fold = settle(hub, referrals.values(), 60)
        self.assertEqual(fold.breaches, [])
        for partner, referral in referrals.items():
            self.assertEqual(fold.by_partner.get(partner), referral, f"the receipt for {partner}")
        for job in load.accepted:
            self.assertEqual((fold.jobs[job].state, fold.jobs[job].accepts), ("accepted", 1), f"a worker was told that {job} is accepted")
        self.check_reported(hub)
        assert_balanced(self, hub, 60)

    def check_reported(self, hub):
        """Allocation's own word for each referral is the log's."""
        log, worker = LogReader(hub), Worker(hub)
        try:
            fold = read_on(Fold(), log)
            for referral in dice_sample(sorted(fold.received), 200):
                before = states_of(read_on(fold, log), referral)
                told = {part: job["state"] for part, job in worker.jobs(referral).items()}
                after = states_of(read_on(fold, log), referral)
                self.assertIn(told, (before, after), referral)
        finally:
            log.close()
            worker.close()


def states_of(fold, referral):
    return {part: job.state for (name, part), job in fold.jobs.items() if name == referral}


def dice_sample(values, count):
    return random.Random(7).sample(values, min(count, len(values)))


if __name__ == "__main__":
    main()
