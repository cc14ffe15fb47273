# SPDX-License-Identifier: MIT
"""A whole hub of real processes in a fresh state directory on a real disk, watched as a supervisor would.

Used by the system tests. Knows the daemons' command lines and endpoint files, nothing of what they do inside.
"""
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import msgpack
import zmq

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("WINDSCREEN_BIN", os.path.join(ROOT, "build", "bin"))
POLICY = os.path.join(ROOT, "deploy", "policy", "luton-2017")
SLOW = float(os.environ.get("WINDSCREEN_SLOW", "1"))  # sanitizers: waits are longer by this factor

DAEMONS = ("audit", "registry", "triage", "allocation", "intake")
EXIT_TRY_AGAIN = 111
ANY_PORT = "tcp://127.0.0.1:*"


def wait_until(condition, seconds, what):
    """Gives the first true value of condition(); fails loudly after `seconds`."""
    deadline = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds * SLOW:.0f} s in vain: {what}")
        time.sleep(0.01)


def real_directory():
    """Where state directories go: TMPDIR, unless that is in memory; then the build folder's disk."""
    base = os.environ.get("TMPDIR", "/tmp")
    kind = subprocess.run(["stat", "-f", "-c", "%T", base], capture_output=True, text=True, check=True).stdout.strip()
    if kind not in ("tmpfs", "ramfs"):
        return base
    aside = "/var/tmp"
    return aside if os.access(aside, os.W_OK) else ROOT


def connects(path):
    """Somebody listens on this local socket: ZeroMQ would try again later without a word."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


class Daemon:
    def __init__(self, name):
        self.name = name
        self.process = None
        self.wanted = False
        self.bind = ANY_PORT
        self.not_before = 0.0
        self.starts = 0


def has_begun(process):
    """It heeds SIGTERM itself; before that it has done nothing, and the signal simply ends it."""
    try:
        with open(f"/proc/{process.pid}/status") as file:
            blocked = next(int(line.split()[1], 16) for line in file if line.startswith("SigBlk:"))
    except (FileNotFoundError, ProcessLookupError):
        return True
    return blocked >> (signal.SIGTERM - 1) & 1 == 1


class Hub:
    """`with Hub() as hub:` starts all five daemons and waits until they are ready.

    `options` adds arguments: {"audit": ["--map-size", "16777216"]}.
    """

    restart_seconds = 0.2

    def __init__(self, options=None, policy=POLICY, order=DAEMONS, start=True, environment=None):
        self.options = options or {}
        self.environment = {**os.environ, **(environment or {})}  # of the daemons; may be changed between two starts
        self.policy = policy
        self.order = order
        self.start_at_once = start
        self.base = tempfile.mkdtemp(prefix="ws-", dir=real_directory())
        self.state = os.path.join(self.base, "state")
        self.logs = os.path.join(self.base, "logs")
        self.credentials = os.path.join(self.state, "credentials")
        self.daemons = {name: Daemon(name) for name in DAEMONS}
        self.exits = []  # (name, return code, killed by us)
        self.killed = set()  # pids that we killed
        self.lock = threading.RLock()
        self.stopping = False
        self.context = zmq.Context()
        self.make_state()
        self.watcher = threading.Thread(target=self.watch, daemon=True)

    def make_state(self):
        os.makedirs(self.credentials, mode=0o700)
        os.makedirs(self.logs)
        kek = os.path.join(self.credentials, "kek")
        with open(kek, "wb") as file:
            file.write(secrets.token_bytes(32))
        os.chmod(kek, 0o600)

    # ------------------------------------------------------------ processes

    def __enter__(self):
        self.watcher.start()
        try:
            if self.start_at_once:
                self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None:
            self.assert_orderly()
            shutil.rmtree(self.base, ignore_errors=True)
        else:
            print(f"state and daemons' logs are kept in {self.base}", flush=True)
            self.print_logs()

    def print_logs(self):
        for name in sorted(os.listdir(self.logs)):
            with open(os.path.join(self.logs, name), errors="replace") as file:
                lines = file.readlines()
            print(f"---- {name}: {len(lines)} lines, the last:")
            print("".join(lines[-15:]), end="", flush=True)

    def command(self, name, bind):
        command = [os.path.join(BIN, f"windscreen-{name}"), "--state", self.state]
        if name != "triage":
            command += ["--bind", bind]
        if name in ("triage", "registry"):
            command += ["--policy", self.policy]
        if name == "registry":
            command += ["--credentials", self.credentials]
        return command + self.options.get(name, [])

    def spawn(self, name, bind, log):
        with open(os.path.join(self.logs, log), "ab") as stderr:
            return subprocess.Popen(self.command(name, bind), stdout=stderr, stderr=stderr, cwd="/", start_new_session=True,
                                    env=self.environment)

    def start_daemon(self, name):
        with self.lock:
            daemon = self.daemons[name]
            daemon.process = self.spawn(name, daemon.bind, f"{name}.log")
            daemon.wanted = True
            daemon.starts += 1

    def start(self, order=None):
        for name in order or self.order:
            self.start_daemon(name)
        self.wait_ready()

    def watch(self):
        """Restarts what dies, as the supervisor does: at once, but not more than five times a second."""
        while not self.stopping:
            with self.lock:
                for daemon in self.daemons.values():
                    self.look_after(daemon)
            time.sleep(0.02)

    def look_after(self, daemon):
        if self.stopping or not daemon.wanted or daemon.process is None:
            return
        code = daemon.process.poll()
        if code is None:
            return
        self.note_exit(daemon, code)
        daemon.process = None
        if code in (64, 78):
            daemon.wanted = False
            return
        threading.Timer(self.restart_seconds, self.restart, [daemon]).start()

    def restart(self, daemon):
        with self.lock:
            if not self.stopping and daemon.wanted and daemon.process is None:
                self.start_daemon(daemon.name)

    def note_exit(self, daemon, code):
        self.exits.append((daemon.name, code, daemon.process.pid in self.killed))

    def pid(self, name):
        with self.lock:
            process = self.daemons[name].process
            return process.pid if process is not None else None

    def kill(self, name, number=signal.SIGKILL):
        """Kills a running daemon; the watcher starts it again. False when it was just down."""
        with self.lock:
            process = self.daemons[name].process
            if process is None or process.poll() is not None:
                return False
            self.killed.add(process.pid)
            process.send_signal(number)
            return True

    def tell(self, name, number):
        """Sends a daemon a signal that does not end it."""
        with self.lock:
            self.daemons[name].process.send_signal(number)

    def halt(self, name, number=signal.SIGTERM):
        """Ends a daemon and keeps it down."""
        with self.lock:
            daemon = self.daemons[name]
            process, daemon.process, daemon.wanted = daemon.process, None, False
        if process is not None:
            process.send_signal(number)
            code = process.wait(15 * SLOW)
            self.exits.append((name, code, True))

    def stop(self):
        with self.lock:
            self.stopping = True
            running = [(daemon, daemon.process, has_begun(daemon.process)) for daemon in self.daemons.values() if daemon.process is not None]
            for _, process, _ in running:
                if process.poll() is None:
                    process.terminate()
        for daemon, process, begun in running:
            try:
                code = process.wait(15 * SLOW)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = "did not end on SIGTERM"
            if begun or code != -signal.SIGTERM:
                self.exits.append((daemon.name, code, process.pid in self.killed))
        if self.watcher.is_alive():
            self.watcher.join(5)
        self.context.destroy(linger=0)

    def assert_orderly(self):
        """Every daemon ended with 0, with "try again", or because a test killed it: nobody crashed."""
        bad = [entry for entry in self.exits if entry[1] not in (0, EXIT_TRY_AGAIN) and not (entry[2] and entry[1] == -signal.SIGKILL)]
        assert not bad, f"daemons ended badly: {bad}"

    # ------------------------------------------------------------ endpoints and state

    def run_file(self, name):
        return os.path.join(self.state, "run", name)

    def endpoint(self, *names):
        """The public endpoint of a daemon, as it announced it."""
        def announced():
            for name in names:
                try:
                    with open(self.run_file(f"{name}.endpoint")) as file:
                        line = file.readline().strip()
                except FileNotFoundError:
                    continue
                if line.startswith("tcp://"):
                    return line
            return None
        return wait_until(announced, 20, f"endpoint of {names}")

    def keep_endpoint(self, name, *names):
        """A daemon started again must be found where it was."""
        self.daemons[name].bind = self.endpoint(*names)

    def status(self, name, seconds=1.0):
        """The daemon's answer to `status`; None when it gives none in time."""
        path = self.run_file(f"{name}.control.ipc")
        if not connects(path):
            return None
        asker = self.context.socket(zmq.DEALER)
        asker.linger = 0
        try:
            asker.connect(f"ipc://{path}")
            asker.send(msgpack.packb({"request": "status", "ref": 1}))
            if not asker.poll(seconds * SLOW * 1000):
                return None
            return msgpack.unpackb(asker.recv())
        finally:
            asker.close()

    def is_ready(self, name):
        status = self.status(name)
        return status is not None and status["ready"] and status["pid"] == self.pid(name)

    def wait_ready(self, seconds=30):
        for name in DAEMONS:
            if self.daemons[name].wanted:
                wait_until(lambda name=name: self.is_ready(name), seconds, f"{name} ready")
        if all(self.daemons[name].wanted for name in DAEMONS):
            self.keep_endpoint("audit", "audit", "operator_log")
            self.keep_endpoint("registry", "people", "registry")
            self.keep_endpoint("allocation", "allocation", "work")
            self.keep_endpoint("intake", "intake")

    def windscreen(self, *arguments, seconds=30, **keywords):
        """Runs the command line against this hub."""
        command = [os.path.join(BIN, "windscreen"), *arguments, "--state", self.state]
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds * SLOW, check=False, **keywords)

    def resident_kib(self, name):
        with open(f"/proc/{self.pid(name)}/status") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0

    def daemon_logs(self):
        text = b""
        for name in os.listdir(self.logs):
            with open(os.path.join(self.logs, name), "rb") as file:
                text += file.read()
        return text
