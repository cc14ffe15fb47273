# SPDX-License-Identifier: MIT
"""Intake, and triage, against a log that is late, silent, away and back, or never there, played by the test: whose answer counts, how often
it asks again, how soon it is back, how much it keeps. Time is told by intake's own question for the head, once a second."""
import os
import time
import unittest

import msgpack
import zmq

from hub import Hub, wait_until
from peers import Partner
from samples import for_taf

HEADS_OF_SILENCE = 9  # some nine seconds
COPIES_MAX = 6  # of an append in that time: it is sent again after 0.5, 1, 2, 4 seconds; each half second would be 18
PARTNERS, EACH = 6, 400
ITEMS_MAX = 256  # of one request to the registry: what intake holds back itself


class FakeService:
    """The socket of a daemon. Requests are kept; nothing is answered unless the test says so."""

    def __init__(self, hub, name):
        self.hub = hub
        self.name = name
        self.requests = []  # (peer, request), oldest first
        os.makedirs(os.path.join(hub.state, "run"), exist_ok=True)
        self.open()

    def open(self):
        self.socket = self.hub.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(f"ipc://{self.hub.run_file(f'{self.name}.ipc')}")

    def close(self):
        self.socket.close()

    def hear(self):
        """What has come since; all so far."""
        while self.socket.poll(0):
            peer, body = self.socket.recv_multipart()
            self.requests.append((peer, msgpack.unpackb(body)))
        return self.requests

    def named(self, name):
        return [(peer, request) for peer, request in self.hear() if request["request"] == name]

    def wait_for(self, name, n=1, seconds=60):
        wait_until(lambda: len(self.named(name)) >= n, seconds, f"{n} times {name}")
        return self.named(name)

    def answer(self, peer, request, **fields):
        self.socket.send_multipart([peer, msgpack.packb({"ref": request["ref"], "answer": "ok", **fields})])


class FakeLog(FakeService):
    def begin(self, peer, request, epoch):
        self.answer(peer, request, epoch=epoch, n=0, decided_to=0, head=0, admission="open")


class AgainstAFakeLog(unittest.TestCase):
    def setUp(self):
        self.hub = Hub(start=False).__enter__()
        self.addCleanup(self.hub.__exit__, None, None, None)
        self.log = FakeLog(self.hub, "audit")
        self.addCleanup(self.log.close)

    def start(self):
        """Intake begun, with one event of its own under way: a refusal."""
        self.hub.start_daemon("intake")
        self.log.begin(*self.log.wait_for("begin")[0], epoch=1)
        self.reject()

    def reject(self):
        with Partner(self.hub) as partner:
            self.assertEqual(partner.ask(b"\x80")["status"], "rejected")

    def test_the_answer_to_an_older_begin_is_not_taken_for_the_newest(self):
        self.hub.start_daemon("intake")
        asked = self.log.wait_for("begin", 2)
        self.log.begin(*asked[0], epoch=1)  # it has been asked again, so this epoch is stale already
        self.log.begin(*asked[1], epoch=2)
        wait_until(lambda: self.hub.is_ready("intake") or self.answer_begins(asked), 60, "intake ready")
        self.reject()
        self.assertEqual(self.log.wait_for("append")[0][1]["epoch"], len(self.log.named("begin")))

    def answer_begins(self, asked):
        """Each try that was made meanwhile raises the epoch, as the log does."""
        for place, (peer, request) in enumerate(self.log.named("begin")[len(asked):]):
            self.log.begin(peer, request, epoch=len(asked) + 1 + place)

    def test_a_silent_log_is_asked_less_and_less_often(self):
        self.start()
        self.log.wait_for("append")
        heads = len(self.log.named("head"))
        self.log.wait_for("head", heads + HEADS_OF_SILENCE)
        self.assertLessEqual(len(self.log.named("append")), COPIES_MAX)
        self.settle()

    def test_a_log_that_is_back_is_found_at_once(self):
        self.start()
        self.log.wait_for("append")
        heads = len(self.log.named("head"))
        self.log.wait_for("head", heads + 4)  # by now it waits seconds before it sends again
        self.log.close()
        time.sleep(6)  # the outage: an append falls due in it
        self.log.requests.clear()
        self.log.open()
        self.log.wait_for("append")
        before = [request["request"] for _, request in self.log.requests]
        heads = before[:before.index("append")].count("head")
        self.assertLessEqual(heads, 2, "it was asked for its head again and again before anything was appended")
        self.settle()

    def settle(self):
        peer, request = self.log.named("append")[-1]
        self.log.answer(peer, request, first=1, last=len(request["events"]), admission="open")

    def test_an_answer_of_the_next_run_vouches_for_nothing_of_the_last(self):
        """Triage knows tentative events when the log ends; the next run takes an append that was sent before. Its reads still say of which run
        they are, so that the log can refuse them."""
        self.hub.start_daemon("triage")
        self.log.begin(*self.log.wait_for("begin")[0], epoch=1)
        append = self.log.wait_for("append")[0]  # the policy that it adopts
        read = self.log.wait_for("read")[0]
        self.assertNotIn("run", append[1])
        self.log.answer(*read, events=[], head=0, next=5, admission="open", run=7)
        self.assertEqual(self.log.wait_for("read", 2)[1][1].get("run"), 7)
        self.log.answer(*append, first=9, last=9, admission="open")
        wait_until(lambda: len(self.log.named("read")) >= 4, 60, "reads sent again after the append was answered")
        self.assertEqual([request.get("run") for _, request in self.log.named("read")[1:]], [7] * (len(self.log.named("read")) - 1))

    def test_what_waits_for_an_absent_daemon_is_bounded(self):
        """What partners were told to send again is not kept for it in a queue of its own."""
        self.start()
        self.log.wait_for("append")
        self.settle()
        partners = [Partner(self.hub) for _ in range(PARTNERS)]
        for partner in partners:
            self.addCleanup(partner.close)
            for _ in range(EACH):
                partner.send(for_taf())
        told = [partner.receipt(60) for partner in partners for _ in range(EACH)]
        self.assertEqual({receipt["status"] for receipt in told}, {"busy"}, "there is no registry")
        registry = FakeService(self.hub, "registry")
        self.addCleanup(registry.close)
        self.log.wait_for("head", len(self.log.named("head")) + 4)
        items = sum(len(request["items"]) for _, request in registry.named("admit"))
        self.assertLessEqual(items, ITEMS_MAX)


if __name__ == "__main__":
    unittest.main(verbosity=2)
