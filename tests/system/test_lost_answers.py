# SPDX-License-Identifier: MIT
"""The connection is cut after a request has arrived and before its answer has: who asks again hears the first answer, and nothing
happens twice."""
import socket
import threading
import unittest

from hub import Hub
from peers import TAKEN, Partner, Worker, answering
from samples import for_taf
from system_case import assert_balanced, main, settle

N = 6
HEARTBEAT_BYTES = 30  # more than a heartbeat has, less than any answer


class Proxy:
    """Between one client and one service. Armed, it cuts the connection when an answer comes, once."""

    def __init__(self, endpoint):
        host, port = endpoint[len("tcp://"):].rsplit(":", 1)
        self.target = (host, int(port))
        self.armed = threading.Event()
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            for source, sink, answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self.pass_on, args=(source, sink, answers), daemon=True).start()

    def pass_on(self, source, sink, answers):
        try:
            while data := source.recv(1 << 16):
                if answers and len(data) > HEARTBEAT_BYTES and self.armed.is_set():
                    self.armed.clear()
                    self.cuts += 1
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


class Behind:
    """A hub as seen through proxies."""

    def __init__(self, hub, proxy):
        self.context = hub.context
        self.proxy = proxy

    def endpoint(self, *_):
        return self.proxy.endpoint


class LostAnswers(unittest.TestCase):
    def test_receipts_and_acceptances(self):
        with Hub() as hub:
            receipts = self.publish_through(hub)
            tags = [receipt["referral"] for receipt in receipts]
            settle(hub, tags)
            self.accept_through(hub, tags)
            fold = settle(hub, tags)
            self.assertEqual(fold.breaches, [])
            self.assertEqual(sorted(fold.received), sorted(tags), "one referral for each event")
            self.assertEqual([fold.jobs[tag, 0].accepts for tag in tags], [1] * N)
            assert_balanced(self, hub)

    def publish_through(self, hub):
        proxy = Proxy(hub.endpoint("intake"))
        with Partner(Behind(hub, proxy)) as partner:
            receipts = [partner.publish(for_taf())]
            for _ in range(N - 1):
                proxy.armed.set()
                receipts.append(partner.publish(for_taf(), 60))
        self.assertEqual(proxy.cuts, N - 1)
        told = [receipt["status"] for receipt in receipts[1:]]
        self.assertLessEqual(set(told), TAKEN)
        self.assertIn("duplicate", told)
        proxy.close()
        return receipts

    def accept_through(self, hub, tags):
        proxy = Proxy(hub.endpoint("allocation", "work"))
        with Worker(Behind(hub, proxy)) as worker:
            jobs = worker.take_jobs("taf", N)
            for token, job in jobs:
                proxy.armed.set()
                reply = worker.call("accept", again=1.0, seconds=60, worker=worker.name, token=token, jobs=[answering(job)])
                self.assertEqual(reply["jobs"][0]["answer"], "ok", "the second time as the first")
        self.assertEqual(proxy.cuts, N)
        self.assertEqual(set(tags), {job["referral"] for _, job in jobs})
        proxy.close()


if __name__ == "__main__":
    main()
