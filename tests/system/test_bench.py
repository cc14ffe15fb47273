# SPDX-License-Identifier: MIT
"""The bench programs do what they measure: eight kinds of referrals reach eight teams, a run that is not finished is not reported as one."""
import glob
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

import msgpack
import zmq

from hub import BIN, DAEMONS, SLOW, real_directory, wait_until
from system_case import HubCase, main

TEAMS = ("specialist", "fsw", "fsw-asb", "taf", "single-agency", "tys", "flying-start-north", "family-information-service")
KEYS = ["peer", "mode", "ok", "n", "wall_s", "per_s", "publish_per_s", "ack_p50_ms", "ack_p99_ms", "e2e_p50_ms", "e2e_p99_ms",
        "cpu_server_s", "cpu_stages_s", "written_mib", "flushes", "dups", "audits"]


def foreign_map(dice, i):
    """A referral of another system, with all the 25 fields that the comparison's maps have."""
    name = lambda: dice.choice(("Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder"))  # noqa: E731
    return {
        "id": f"{i:08x}-0000-4000-8000-{dice.getrandbits(48):012x}", "seq": i, "received": 1735689600000 + 20 * i,
        "source": f"gp-practice-{dice.randrange(400):03}", "kind": dice.choice(("youth", "adult")), "urgency": dice.randrange(5),
        "risk": dice.randrange(101), "safety": dice.randrange(16), "prior": dice.randrange(6), "first": name(), "last": name(),
        "born": f"{dice.randrange(1930, 2025)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}", "age": dice.randrange(96), "hood": i % 100,
        "postcode": f"{dice.randrange(1000, 9999)}{chr(65 + dice.randrange(26))}{chr(65 + dice.randrange(26))}", "street": name() + "straat",
        "house": dice.randrange(1, 301), "city": "Voorbeeldstad", "phone": f"+316{dice.randrange(10**8):08}",
        "email": f"p{dice.randrange(10**7):07}@example.org", "lang": dice.choice(("nl", "en")), "consent": dice.random() < 0.9,
        "gp": "GP " + name(), "reason": f"Worries about {name()} at home and at {name()}; asks for help with {name()}.",
        "family": [{"name": name(), "role": role, "year": dice.randrange(1940, 2020), "home": True} for role in ("mother", "father", "sibling")],
    }


def write_input(path, maps):
    with open(path, "wb") as file:
        for packed in map(msgpack.packb, maps):
            file.write(struct.pack("<I", len(packed)) + packed)


class Bench(HubCase):
    def test_each_kind_goes_to_its_own_team(self):
        command = [os.path.join(BIN, "windscreen-bench"), "--state", self.hub.state, "--count", "400"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120 * SLOW, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["n"], 400)
        queues = {row["team"]: row for row in self.worker().call("queues")["queues"]}
        self.assertEqual({team: queues[team]["accepted"] for team in TEAMS}, {team: 50 for team in TEAMS})
        self.assert_balanced()


class Peer(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="ws-peer-", dir=real_directory())
        os.chmod(self.data, 0o755)  # the daemons' account must reach its part of it
        self.addCleanup(shutil.rmtree, self.data, ignore_errors=True)
        self.input = os.path.join(self.data, "input")
        dice = random.Random(7)
        write_input(self.input, (foreign_map(dice, i) for i in range(2000)))

    def start(self, *arguments):
        environment = {**os.environ, "DATA": self.data, "PEER": "ours"}
        environment.pop("PORT", None)
        return subprocess.Popen([os.path.join(BIN, "windscreen-peer"), *arguments], env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run_peer(self, *arguments):
        process = self.start(*arguments)
        printed, said = process.communicate(timeout=120 * SLOW)
        return process.returncode, printed, said

    def states(self):
        return glob.glob(os.path.join(self.data, "hub.*"))

    def test_a_finished_run_is_one_line_and_leaves_nothing(self):
        for mode, n in (("full", 2000), ("light", 60)):  # so many take each daemon more than one tick of the clock
            with self.subTest(mode):
                code, printed, said = self.run_peer(self.input, mode, str(n))
                self.assertEqual(code, 0, said)
                line = json.loads(printed)
                self.assertEqual(list(line), KEYS)
                self.assertEqual((line["peer"], line["mode"], line["ok"], line["n"], line["dups"]), ("ours", mode, True, n, 0))
                self.assertGreaterEqual(line["audits"], 3 * n)
                self.assertGreater(line["cpu_server_s"], 0)
                self.assertLessEqual(line["ack_p50_ms"], line["ack_p99_ms"])
                self.assertEqual(self.states(), [])

    def daemon_pids(self, process):
        """{name: pid} of the daemons it has started."""
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            pids = [int(word) for word in file.read().split()]
        names = {}
        for pid in pids:
            with open(f"/proc/{pid}/cmdline") as file:
                names[os.path.basename(file.read().split("\0")[0]).removeprefix("windscreen-")] = pid
        return names if set(names) == set(DAEMONS) else None

    def log_head(self):
        """Sequence of the log's last event; None while audit does not answer."""
        sockets = glob.glob(os.path.join(self.data, "hub.*", "run", "audit.control.ipc"))
        if not sockets:
            return None
        with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
            socket.linger = 0
            socket.connect(f"ipc://{sockets[0]}")
            socket.send(msgpack.packb({"request": "status", "ref": 1}))
            return msgpack.unpackb(socket.recv())["head"] if socket.poll(1000 * SLOW) else None

    def test_a_run_whose_daemon_dies_is_no_run(self):
        process = self.start(self.input, "light", "2000")  # ten seconds, if nothing happens
        self.addCleanup(process.kill)
        pids = wait_until(lambda: self.daemon_pids(process), 30, "five daemons")
        wait_until(lambda: (self.log_head() or 0) > 100, 30, "events in the log")
        os.kill(pids["allocation"], signal.SIGKILL)
        printed, said = process.communicate(timeout=120 * SLOW)
        self.assertEqual(process.returncode, 1)
        self.assertIn("allocation died (signal 9)", said)
        self.assertRegex(said, "of 2000 events [1-9][0-9]* have no receipt")
        self.assertIs(json.loads(printed)["ok"], False)
        [state] = self.states()
        self.assertIn(state, said)

    def test_what_cannot_be_measured_is_refused(self):
        cut = os.path.join(self.data, "cut")
        with open(self.input, "rb") as whole, open(cut, "wb") as file:
            file.write(whole.read(1000))
        poor = os.path.join(self.data, "poor")
        write_input(poor, [{key: value for key, value in foreign_map(random.Random(1), 0).items() if key != "hood"}])
        for arguments, code, words in (
            ((), 64, "Usage:"),
            ((self.input, "slow", "10"), 64, "Usage:"),
            ((self.input, "full", "0"), 64, "Usage:"),
            ((os.path.join(self.data, "none"), "full", "10"), 65, "cannot read"),
            ((cut, "full", "10"), 65, "map 1 is cut"),
            ((poor, "full", "10"), 65, "map 0 has no `hood`"),
        ):
            with self.subTest(words):
                returned, printed, said = self.run_peer(*arguments)
                self.assertEqual((returned, printed), (code, ""))
                self.assertIn(words, said)
                self.assertEqual(self.states(), [])


if __name__ == "__main__":
    main()
