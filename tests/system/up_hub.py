# SPDX-License-Identifier: MIT
"""A hub started by deploy/up and kept up by its supervisor, s6, to be killed by tests; the same calls as Hub where these are needed.

Used by tests/crash/run. It listens on the ports of every installation, so the caller sees to a network of its own.
"""
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

import zmq

from hub import DAEMONS, EXIT_TRY_AGAIN, ROOT, Hub, real_directory, wait_until

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
EXPECTED = {f"exitcode {code}" for code in (0, EXIT_TRY_AGAIN)} | {"signal SIGKILL"}


def loopback_up():
    """A new network namespace has its loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


class UpHub(Hub):
    def __init__(self):
        self.base = tempfile.mkdtemp(prefix="ws-up-", dir=real_directory())
        os.chmod(self.base, 0o755)  # the daemons run as an account of their own
        self.state = os.path.join(self.base, "state")
        self.logs = os.path.join(self.state, "log")
        self.context = zmq.Context()
        self.up = None

    def __enter__(self):
        command = [os.path.join(ROOT, "deploy", "up"), "--state", self.state, "--no-install", "--count", "0"]
        self.up = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_ready(120)
        return self

    def __exit__(self, kind, *_):
        deaths = self.deaths()
        self.up.send_signal(signal.SIGTERM)
        self.up.wait(60)
        self.context.destroy(linger=0)
        if kind is not None:
            print(f"state and daemons' logs are kept in {self.base}", flush=True)
            self.print_logs()
            return
        bad = [(name, death) for name, death in deaths if death not in EXPECTED]
        assert not bad, f"daemons ended badly: {bad}"
        shutil.rmtree(self.base, ignore_errors=True)

    def folder(self, name):
        return os.path.join(self.state, "supervise", name)

    def ask_s6(self, command, name, *options):
        return subprocess.run([command, *options, self.folder(name)], capture_output=True, text=True, check=False).stdout

    def deaths(self):
        """(daemon, how) of the last deaths that the supervisor remembers: "exitcode 111"."""
        lines = [(name, line) for name in DAEMONS for line in self.ask_s6("s6-svdt", name).splitlines()]
        return [(name, " ".join(line.split()[-2:])) for name, line in lines]

    def pid(self, name):
        pid = self.ask_s6("s6-svstat", name, "-o", "pid").strip()
        return int(pid) if pid.isdigit() else None

    def kill(self, name, number=signal.SIGKILL):
        pid = self.pid(name)
        if pid is None:
            return False
        os.kill(pid, number)
        return True

    def halt(self, name, number=signal.SIGTERM):
        self.ask_s6("s6-svc", name, "-d")
        wait_until(lambda: self.pid(name) is None, 30, f"{name} down")

    def start_daemon(self, name):
        self.ask_s6("s6-svc", name, "-u")

    def wait_ready(self, seconds=30):
        for name in DAEMONS:
            wait_until(lambda name=name: self.is_ready(name), seconds, f"{name} ready")
