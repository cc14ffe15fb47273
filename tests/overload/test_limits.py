# SPDX-License-Identifier: MIT
"""Every limit that load can reach is said to a person in one line, however often it is reached; what README's table of limits says, happens."""
import signal
import time
import unittest

import msgpack

from load_case import Flood, balanced, lines_said
from hub import SLOW, Hub, wait_until
from peers import TAKEN, LogReader, Partner, Worker
from samples import for_specialist, for_taf
from system_case import main

TAKES_MAX, READS_OF_OPERATORS, READS_OF_PEER = 4096, 1024, 64
LARGE_ONES = 300  # of 60,000 bytes: more than the 16 MiB that may wait for receipts
LAG_MAX = 8192


class Limits(unittest.TestCase):
    def assert_said_once(self, hub, daemon, event_id):
        wait_until(lambda: lines_said(hub, daemon, event_id), 20, f"{daemon} says {event_id}")
        time.sleep(0.3)  # for a second one that must not come
        self.assertEqual(len(lines_said(hub, daemon, event_id)), 1)

    def flood_until_said(self, hub, daemon, event_id, **flood):
        """How many were accepted in floods of some seconds until the line came; a slow machine takes more than one."""
        accepted = 0
        for _ in range(20):
            with Flood(hub, **flood) as one:
                pass
            accepted += one.figures["accepted"]
            if lines_said(hub, daemon, event_id):
                return accepted
        self.fail(f"{daemon} does not say {event_id}")

    def answers(self, socket, n):
        """The next n replies' answers."""
        deadline = time.monotonic() + 60 * SLOW
        found = []
        while len(found) < n:
            self.assertGreater(deadline, time.monotonic(), f"{len(found)} of {n} replies")
            if socket.poll(100):
                found.append(msgpack.unpackb(socket.recv())["answer"])
        return found

    def test_takes_that_wait(self):
        with Hub() as hub, Worker(hub) as worker:
            wait_until(lambda: worker.take("taf")["answer"] == "empty", 30, "allocation knows the teams")
            for _ in range(TAKES_MAX):  # the last 256 places are for level 4
                worker.begin("take", team="taf", worker="W1", wait_ms=60000)
            self.assertEqual(set(self.answers(worker.socket, 256)), {"busy"})
            self.assert_said_once(hub, "allocation", "takes-full")
            with Worker(hub, "W2") as other, Partner(hub) as partner:
                urgent = partner.ask(for_specialist())
                [(_, job)] = other.take_jobs("specialist", 1)
                self.assertEqual(job["referral"], urgent["referral"])

    def test_reads_that_wait(self):
        with Hub() as hub:
            readers = [LogReader(hub) for _ in range(READS_OF_OPERATORS // READS_OF_PEER + 1)]
            try:
                head = readers[0].head()
                for reader in readers[:-1]:
                    for _ in range(READS_OF_PEER):
                        reader.begin("read", **{"from": head + 100000}, wait_ms=60000)
                    reader.head()  # they have been taken
                late = readers[-1]
                refused = wait_until(lambda: late.call("read", **{"from": head + 100000}, wait_ms=1)["answer"] == "busy", 20, "a read too many")
                self.assertTrue(refused)
                for _ in range(50):
                    self.assertEqual(late.call("read", **{"from": head + 100000}, wait_ms=60000)["answer"], "busy")
                self.assert_said_once(hub, "audit", "reads-full")
                with Partner(hub) as partner:  # the hub's own reads have places of their own
                    self.assertEqual(partner.ask(for_taf())["status"], "accepted")
            finally:
                for reader in readers:
                    reader.close()

    def test_a_registry_that_does_not_answer(self):
        with Hub() as hub:
            partners = [Partner(hub) for _ in range(LARGE_ONES)]
            try:
                hub.kill("registry", signal.SIGSTOP)
                for partner in partners:  # urgent ones: nothing but the last place stops them
                    event = for_specialist()
                    event["data"]["unknown"] = "x" * 60000
                    partner.socket.send(msgpack.packb(event))
                self.assert_said_once(hub, "intake", "intake-full")
                self.assert_said_once(hub, "intake", "urgent-busy")
                self.assert_said_once(hub, "intake", "registry-away")
                statuses = {partner.receipt(30)["status"] for partner in partners}
                self.assertEqual(statuses, {"busy"}, "each was answered, none was promised anything")
            finally:
                hub.kill("registry", signal.SIGCONT)
                for partner in partners:
                    partner.close()
            with Partner(hub) as partner:
                self.assertEqual(partner.ask(for_taf(), 60)["status"], "accepted")
            self.assertLessEqual(balanced(self, hub), LARGE_ONES + 1)

    def test_routing_that_is_behind(self):
        with Hub() as hub, Partner(hub) as partner:
            hub.kill("triage", signal.SIGSTOP)
            try:
                accepted = self.flood_until_said(hub, "audit", "routing-behind", seconds=4)
                self.assertGreater(accepted, LAG_MAX / 2)
                self.assertLess(accepted, LAG_MAX * 2, "what cannot be routed is not let in")
                self.assert_said_once(hub, "audit", "routing-behind")
                self.assertEqual(partner.ask(for_specialist(), 30)["status"], "accepted", "an urgent one is")
            finally:
                hub.kill("triage", signal.SIGCONT)
            self.assertIn(partner.publish(for_taf(), 60)["status"], TAKEN)  # after five seconds at the door it would hear busy
            balanced(self, hub)

    def test_a_log_that_is_full(self):
        event = for_taf()
        event["data"]["reason"] = "x" * 15000
        with Hub(options={"audit": ["--map-size", str(16 << 20)]}) as hub:
            self.flood_until_said(hub, "audit", "admission", event=event, seconds=3, options=["--rate", "2000"])
            with Flood(hub, event, seconds=1, options=["--rate", "100"]) as flood:
                pass
            self.assertEqual(flood.figures["busy"], flood.figures["sent"])
            said = lines_said(hub, "audit", "admission")
            self.assertEqual([line.split()[3] for line in said], ["urgent_only:"])
            balanced(self, hub)


if __name__ == "__main__":
    main()
