# SPDX-License-Identifier: MIT
"""A partner in Node (zeromq, @msgpack/msgpack) publishes and gets its receipts; what it sent is routed."""
import json
import os
import shutil
import subprocess

from hub import ROOT, SLOW
from system_case import HubCase, main

NODE = os.path.join(ROOT, "tests", "node")
COUNT = 100


class NodePartner(HubCase):
    def test_publishes_and_checks_its_receipts(self):
        if shutil.which("node") is None or not os.path.isdir(os.path.join(NODE, "node_modules", "zeromq")):
            self.fail("no node, or its packages are not installed: tests/run installs them")
        result = subprocess.run(["node", os.path.join(NODE, "partner.mjs"), self.hub.endpoint("intake"), str(COUNT)],
                                capture_output=True, text=True, timeout=60 * SLOW, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        told = json.loads(result.stdout)
        self.assertEqual(told["accepted"], COUNT)
        fold = self.settle(*told["referrals"])
        self.assertEqual({(fold.jobs[tag, 0].state, fold.jobs[tag, 0].team) for tag in told["referrals"]}, {("queued", "taf")})


if __name__ == "__main__":
    main()
