# SPDX-License-Identifier: MIT
"""Very many referrals that nobody takes: everything still answers, workers take from the midst of it, each daemon restarts and is rebuilt."""
import os
import shutil
import signal
import time
import unittest

from load_case import FULL, Flood, balanced, figure, private_mib
from hub import DAEMONS, Hub, wait_until
from peers import Partner, Worker
from samples import for_specialist, for_taf
from system_case import main

QUEUED = 1_000_000 if FULL else 50_000
TAKEN = 640
REBUILT = ("registry", "triage", "allocation")
# MiB of its own after a restart, and while it is rebuilt: 100 bytes of index a job, a filter of identities; pieces of a million events.
BOUNDS = {"registry": 64 + QUEUED // 20000, "allocation": 64 + QUEUED // 8000, "audit": 64, "triage": 64, "intake": 64}
REBUILD_BOUND = 1200
SAY = (("status",), ("queue",), ("balance",))


class Backlog(unittest.TestCase):
    def fill(self, hub):
        """Floods until so many are in."""
        accepted = 0
        began = time.monotonic()
        while accepted < QUEUED:
            with Flood(hub, seconds=60, connections=4, options=["--count", str(QUEUED), "--rate", "12000"]) as flood:
                pass
            accepted += flood.figures["accepted"]
        return accepted, time.monotonic() - began

    def timed(self, what):
        began = time.monotonic()
        what()
        return round(time.monotonic() - began, 3)

    def say(self, hub, command):
        result = hub.windscreen(*command, seconds=300)
        self.assertEqual(result.returncode, 0, result.stderr)

    def restart(self, hub, name, deleting=False):
        """Kills a daemon and starts it: seconds until it is ready again."""
        hub.halt(name, signal.SIGKILL)
        if deleting:
            shutil.rmtree(os.path.join(hub.state, name))
        most = 0

        def is_back():
            nonlocal most
            most = max(most, private_mib(hub, name))
            return hub.is_ready(name)
        began = time.monotonic()
        hub.start_daemon(name)
        wait_until(is_back, 600, f"{name} is back")
        seconds = time.monotonic() - began
        self.assertLess(max(most, private_mib(hub, name)), REBUILD_BOUND if deleting else BOUNDS[name], f"MiB of {name}")
        return round(seconds, 2)

    def work_from_the_midst(self, hub):
        """Workers take, accept and close while all the others wait; an urgent one goes before all of them."""
        with Worker(hub) as worker, Partner(hub) as partner:
            jobs = worker.take_jobs("taf", TAKEN, seconds=120)
            for token, job in jobs:
                self.assertEqual(worker.accept(token, job)["answer"], "ok")
            urgent = partner.ask(for_specialist(), 60)
            [(token, job)] = worker.take_jobs("specialist", 1)
            self.assertEqual(job["referral"], urgent["referral"])
            self.assertEqual(worker.accept(token, job)["answer"], "ok")
            self.say(hub, ("show", jobs[0][1]["referral"]))

    def known_again(self, hub, event, referral):
        """What came before the restart is known after it, from the first moment on."""
        with Partner(hub) as partner:
            receipt = partner.ask(event, 60)
        self.assertEqual((receipt["status"], receipt["referral"]), ("duplicate", referral))

    def test_a_backlog(self):
        with Hub() as hub:
            with Partner(hub) as partner:
                first = for_taf()
                referral = partner.ask(first)["referral"]
            accepted, seconds = self.fill(hub)
            received = balanced(self, hub)
            self.assertGreaterEqual(received, accepted)
            figure(queued=received, filled_in_seconds=round(seconds), memory_mib={name: round(private_mib(hub, name)) for name in DAEMONS})
            figure(answers_in_seconds={" ".join(command): self.timed(lambda command=command: self.say(hub, command)) for command in SAY})
            self.work_from_the_midst(hub)
            time_of = {name: self.restart(hub, name) for name in DAEMONS}
            self.known_again(hub, first, referral)
            figure(restart_seconds=time_of, memory_mib={name: round(private_mib(hub, name)) for name in DAEMONS})
            time_of = {name: self.restart(hub, name, deleting=True) for name in REBUILT}
            self.known_again(hub, first, referral)
            figure(rebuild_seconds=time_of, memory_mib={name: round(private_mib(hub, name)) for name in DAEMONS})
            self.work_from_the_midst(hub)
            self.assertEqual(balanced(self, hub), received + 2)


if __name__ == "__main__":
    main()
