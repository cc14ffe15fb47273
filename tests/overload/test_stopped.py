# SPDX-License-Identifier: MIT
"""Who stops reading: a feed watcher, an operator's log, a worker. The hub's memory stays flat, others notice nothing, nobody misses anything."""
import json
import os
import signal
import subprocess
import sys
import time
import unittest

import msgpack
import zmq

from load_case import BIN, FULL, Flood, GoodPartner, Watch, balanced, figure, lines_said
from hub import SLOW, Hub, wait_until
from peers import LogReader, Worker
from samples import for_fsw, for_taf
from system_case import main

SECONDS = 120 if FULL else 6
BOUNDS = {"audit": 160, "allocation": 256 + SECONDS * 5}
HERE = os.path.dirname(os.path.abspath(__file__))


class Stopped(unittest.TestCase):
    def flood_while_stopped(self, hub, process):
        """Floods while the process stands still; then lets it go on."""
        with Watch(hub) as watch, GoodPartner(hub, for_taf) as good, Flood(hub, seconds=SECONDS) as flood:
            process.send_signal(signal.SIGSTOP)
            while flood.is_on():
                time.sleep(0.1)
        process.send_signal(signal.SIGCONT)
        good.assert_all_accepted(self)
        watch.assert_within(self, BOUNDS)
        figure(stopped=self.id().rsplit(".", 1)[1], accepted=flood.figures["accepted"], good=good.milliseconds(), memory_mib=watch.most())

    def test_a_feed_watcher(self):
        with Hub() as hub, LogReader(hub) as log:
            feed = "ipc://" + hub.run_file("feed.ipc")
            first, last = log.head() + 1, 40000
            command = [sys.executable, os.path.join(HERE, "watcher.py"), feed, hub.endpoint("audit", "operator_log"), str(first), str(last)]
            watcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                self.assertEqual(watcher.stdout.readline(), "watching\n")
                self.flood_while_stopped(hub, watcher)
                while log.head() < last:  # a slow machine
                    with Flood(hub, seconds=2):
                        pass
                seen, missed, is_ordered = watcher.stdout.readline().split()
            finally:
                watcher.kill()
                watcher.communicate()
            self.assertEqual(int(seen), last - first + 1)
            self.assertGreater(int(missed), 0, "the feed kept everything for one who does not read")
            self.assertEqual(is_ordered, "True")
            balanced(self, hub)

    def test_an_operators_log(self):
        with Hub() as hub:
            path = os.path.join(hub.base, "followed")
            with open(path, "wb") as out:
                operator = subprocess.Popen([os.path.join(BIN, "windscreen"), "log", "--follow", "--from", "1", "--json", "--state", hub.state], stdout=out)
            try:
                wait_until(lambda: os.path.getsize(path) > 0, 20, "the operator sees something")
                self.flood_while_stopped(hub, operator)
                balanced(self, hub)
                with LogReader(hub) as log:
                    head = log.head()
                wait_until(lambda: self.last_sequence(path) >= head, 120, "the operator has caught up")
            finally:
                operator.terminate()
                operator.wait()
            with open(path) as file:
                sequences = [json.loads(line)["sequence"] for line in file]
            self.assertEqual(sequences[:head], list(range(1, head + 1)))

    def last_sequence(self, path):
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - 20000))
            lines = file.read().split(b"\n")
        return json.loads(lines[-2])["sequence"] if len(lines) > 2 else 0

    def test_a_worker_that_never_reads(self):
        with Hub() as hub:
            deaf = hub.context.socket(zmq.DEALER)
            deaf.linger, deaf.rcvhwm, deaf.rcvbuf, deaf.sndhwm = 0, 1, 4096, 10
            deaf.connect(hub.endpoint("allocation", "work"))
            with Watch(hub) as watch, GoodPartner(hub, for_fsw) as good, Worker(hub, "W-good") as worker:
                deadline = time.monotonic() + 60 * SLOW
                taken = 0
                while not lines_said(hub, "allocation", "peer-deaf"):
                    self.assertLess(time.monotonic(), deadline, "allocation does not say that somebody never reads")
                    for ref in range(200):
                        try:
                            deaf.send(msgpack.packb({"request": "queues", "ref": ref}), zmq.DONTWAIT)
                        except zmq.Again:
                            break
                    reply = worker.take("fsw", max=8)  # for whom all goes on
                    for job in reply.get("jobs", []):
                        self.assertEqual(worker.accept(reply["token"], job)["answer"], "ok")
                        taken += 1
            good.assert_all_accepted(self)
            watch.assert_within(self, BOUNDS)
            self.assertEqual(len(lines_said(hub, "allocation", "peer-deaf")), 1)
            figure(deaf_worker_mib=watch.most()["allocation"], accepted_beside=taken)
            balanced(self, hub)
            deaf.close()


if __name__ == "__main__":
    main()
