# SPDX-License-Identifier: MIT
"""Strangers who do not speak the protocol: garbage, half a greeting, frames of a GiB, messages without end. A partner
beside them is served, and no daemon is restarted."""
import os
import random
import socket
import struct

from hub import DAEMONS, wait_until
from peers import TAKEN
from samples import mix
from system_case import HubCase, main

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31)
READY = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
PUBLIC = (("intake",), ("allocation", "work"), ("people", "registry"), ("audit", "operator_log"))
N_MUTANTS = 150
N_FRAMES = 300000
MORE_FILES = 40  # than it has at rest
GROWTH_KIB = 96 * 1024


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class RawTcp(HubCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.at_rest = open_files(cls.hub.pid("intake"))

    def connect(self, names):
        host, port = self.hub.endpoint(*names)[len("tcp://"):].rsplit(":", 1)
        stranger = socket.create_connection((host, int(port)), timeout=20)
        self.addCleanup(stranger.close)
        return stranger

    def say(self, names, *pieces):
        """Sends what the other side takes of it; it may hang up at any time."""
        stranger = self.connect(names)
        try:
            for piece in pieces:
                stranger.sendall(piece)
        except OSError:
            pass
        return stranger

    def assert_served(self):
        receipts = self.partner().publish_all(mix(6))
        self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)
        self.assertEqual([self.hub.daemons[name].starts for name in DAEMONS], [1] * len(DAEMONS), "a daemon was restarted")

    def test_garbage_and_mutated_greetings(self):
        dice = random.Random(40)
        good = GREETING + READY + b"\x00\x03abc"
        for names in PUBLIC:
            for _ in range(N_MUTANTS):
                bad = bytearray(good if dice.random() < 0.7 else dice.randbytes(200))
                for _ in range(dice.randrange(1, 8)):
                    bad[dice.randrange(len(bad))] = dice.randrange(256)
                self.say(names, bytes(bad[:dice.randrange(1, len(bad) + 1)])).close()
            for old in (b"\xff" + bytes(8) + b"\x7f\x01\x05", b"\x01\x00", b"GET / HTTP/1.1\r\n\r\n", GREETING[:11]):
                self.say(names, old)  # and stays
        self.assert_served()

    def test_a_frame_of_a_gib(self):
        for names in PUBLIC:
            self.say(names, GREETING, READY, b"\x02" + struct.pack(">Q", 1 << 30), bytes(1 << 20))
        self.assert_served()

    def test_a_message_of_endless_frames(self):
        before = self.hub.resident_kib("intake")
        stranger = self.say(("intake",), GREETING, READY, b"\x01\x01x" * N_FRAMES)
        self.assert_served()
        self.assertLess(self.hub.resident_kib("intake") - before, GROWTH_KIB)
        stranger.close()
        self.assert_served()

    def test_z_no_descriptor_is_left_behind(self):
        pid = self.hub.pid("intake")
        wait_until(lambda: open_files(pid) < self.at_rest + MORE_FILES, 30, "the strangers' descriptors are given back")
        self.assert_balanced()


if __name__ == "__main__":
    main()
