# SPDX-License-Identifier: MIT
"""deploy/up --once --json: starts the whole hub, publishes, says what became of every referral; a second time it finds what is there."""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

from hub import ROOT, real_directory
from samples import load

KEYS = {"published", "accepted", "duplicate", "conflict", "rejected", "queued", "deciding", "held", "lost"}
COUNT = 80
PORTS = (7700, 7701, 7702, 7703, 7710, 7711, 7712, 7713)


def is_taken(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


class Up(unittest.TestCase):
    def setUp(self):
        taken = [port for port in PORTS if is_taken(port)]
        if taken:
            self.skipTest(f"another hub, or something else, listens on {taken}: deploy/up cannot be tried beside it")
        self.base = tempfile.mkdtemp(prefix="ws-up-", dir=real_directory())
        os.chmod(self.base, 0o755)  # the daemons run as an account of their own
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)

    def run_up(self, *options):
        command = [os.path.join(ROOT, "deploy", "up"), "--once", "--json", "--no-install", "--count", str(COUNT), "--state", os.path.join(self.base, "state")]
        return subprocess.run([*command, *options], capture_output=True, text=True, timeout=240, check=False)

    def up(self, *options):
        result = self.run_up(*options)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return json.loads(result.stdout)

    def test_twice(self):
        published = len(load("sample-referrals")) + len(load("harrow-case-studies")) + COUNT
        first = self.up()
        self.assertLessEqual(KEYS, set(first))
        self.assertEqual((first["published"], first["lost"], first["conflict"], first["rejected"]), (published, 0, 0, 0))
        self.assertEqual(first["accepted"] + first["duplicate"], published)
        self.assertEqual(first["queued"] + first["deciding"] + first["held"], first["accepted"], "each is in one place")
        second = self.up()
        self.assertEqual((second["published"], second["accepted"], second["duplicate"], second["lost"]), (published, 0, published, 0))

    def test_another_policy_on_other_ports(self):
        with socket.create_server(("127.0.0.1", PORTS[3])):
            taken = self.run_up()
            self.assertEqual((taken.returncode, "port 7703 already" in taken.stderr), (75, True), taken.stderr)
            self.up("--port", "7710", "--policy", os.path.join(ROOT, "deploy", "policy", "harrow-2013"))
        with open(os.path.join(self.base, "state", "run", "audit.endpoint"), encoding="utf-8") as endpoint:
            self.assertEqual(endpoint.read().strip(), "tcp://127.0.0.1:7713")
        with open(os.path.join(self.base, "state", "policy", "policy.yaml"), encoding="utf-8") as policy:
            self.assertIn("harrow-2013", policy.read())
        self.assertEqual(self.run_up("--port", "65533").returncode, 64)
        self.assertEqual(self.run_up("--policy", self.base).returncode, 64)

    def test_a_closed_folder_is_told(self):
        if os.getuid() != 0:
            self.skipTest("only root's hub runs as another account")
        os.chmod(self.base, 0o700)
        result = self.run_up()
        self.assertEqual((result.returncode, "the account windscreen cannot reach" in result.stderr), (73, True), result.stderr)

    def test_the_daemons_do_not_run_as_root(self):
        self.up()
        for name in ("audit", "intake", "registry", "triage", "allocation"):
            owners = {os.stat(os.path.join(path, file)).st_uid for path, _, files in os.walk(os.path.join(self.base, "state", name)) for file in files}
            self.assertNotIn(0, owners)


if __name__ == "__main__":
    unittest.main(verbosity=2)
