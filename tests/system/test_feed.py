# SPDX-License-Identifier: MIT
"""The feed shows every event once, in order, as it becomes durable, byte for byte as the log has it; a gap can be read."""
import zmq

from hub import wait_until
from samples import for_taf, mix
from system_case import HubCase, main


class Feed(HubCase):
    def subscribe(self, *types):
        socket = self.hub.context.socket(zmq.SUB)
        socket.linger = 0
        socket.rcvhwm = 100000
        for kind in types or ("",):
            socket.subscribe(kind)
        socket.connect("ipc://" + self.hub.run_file("feed.ipc"))
        self.addCleanup(socket.close)
        self.wait_for_feed(socket)
        return socket

    def wait_for_feed(self, socket):
        """A subscription takes a moment to reach the publisher: publishes until something is seen."""
        def seen():
            self.publish(for_taf())
            return socket.poll(200)
        wait_until(seen, 20, "the feed")

    def drain(self, socket, until):
        frames = []
        while socket.poll(20000):
            frames.append(socket.recv_multipart())
            if int.from_bytes(frames[-1][1], "big") >= until:
                return frames
        self.fail(f"the feed ended at {frames and int.from_bytes(frames[-1][1], 'big')}, wanted {until}")

    def test_every_event_in_order_and_as_the_log_has_it(self):
        socket = self.subscribe()
        self.settle(*self.publish(*mix(30)))
        log = self.log()
        head = log.head()
        frames = self.drain(socket, head)
        sequences = [int.from_bytes(frame[1], "big") for frame in frames]
        self.assertEqual(sequences, list(range(sequences[0], sequences[0] + len(frames))))
        for kind, sequence, event in frames:
            entry = log.read(int.from_bytes(sequence, "big"), max_events=1)["events"][0]
            self.assertEqual(entry["event"], event)
            self.assertIn(kind, event)

    def test_a_watcher_may_choose_types(self):
        socket = self.subscribe("referral.received", "earlyhelp.referral.received")
        self.publish(*mix(6))
        while socket.poll(1000):
            self.assertIn(b"referral.received", socket.recv_multipart()[0])


if __name__ == "__main__":
    main()
