# SPDX-License-Identifier: MIT
"""What the tests under load share: a flood, good partners beside it, and a watch over every daemon's memory and connections.

Used by every test_*.py of this folder. Judges truth, bounds and lines said, never times; times are printed as figures.
"""
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import msgpack  # noqa: E402
from hub import BIN, DAEMONS, SLOW, wait_until  # noqa: E402
from peers import Partner  # noqa: E402
from samples import for_taf  # noqa: E402

FULL = bool(os.environ.get("WINDSCREEN_FULL"))
MARK = "@" * 16  # windscreen-flood puts a number of its own here
SAMPLE_SECONDS = 0.25
TCP_HELD = {"01", "08"}  # established, and closed by the other side only


def figure(**values):
    print("figure", json.dumps(values), flush=True)


class Flood:
    """`with Flood(hub, seconds=10) as flood:` floods intake meanwhile; then `flood.figures` tells what was sent and heard."""

    def __init__(self, hub, event=None, seconds=10, connections=8, options=()):
        self.path = os.path.join(hub.base, "flood.event")
        with open(self.path, "wb") as file:
            file.write(event if isinstance(event, bytes) else msgpack.packb(marked(event or for_taf())))
        self.command = [os.path.join(BIN, "windscreen-flood"), "--endpoint", hub.endpoint("intake"), "--event", self.path,
                        "--connections", str(connections), "--seconds", str(seconds), *options]
        self.figures = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self

    def is_on(self):
        return self.process.poll() is None

    def __exit__(self, kind, *_):
        if kind is not None:
            self.process.kill()
        out, _ = self.process.communicate()
        if kind is None:
            assert self.process.returncode == 0, "the flood did not end well"
            self.figures = json.loads(out)


def marked(event):
    """An event with places for the flood's numbers: each one sent is a referral of a family of its own."""
    event["id"] = MARK
    for member in event["data"]["members"]:
        member["family_name"] = f"Test{MARK}"
    return event


def private_mib(hub, name):
    """Memory of the daemon's own: without files that it maps, whose pages the system may take back at any time."""
    with open(f"/proc/{hub.pid(name)}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:")) / 1024


def held_connections(hub, *names):
    """Connections that a daemon holds at its public port, as the system counts them."""
    port = f"{int(hub.endpoint(*names).rsplit(':', 1)[1]):04X}"
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return sum(row[1].endswith(":" + port) and row[3] in TCP_HELD and row[9] != "0" for row in rows)


def lines_said(hub, daemon, event_id):
    """Lines of a daemon's log with this event id."""
    with open(os.path.join(hub.logs, f"{daemon}.log"), errors="replace") as file:
        return [line for line in file if f" {daemon} {event_id} " in line]


class Beside:
    """Takes one step after another in a thread of its own, as long as the `with` lasts."""

    def __init__(self, pause):
        self.pause = pause
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(60 * SLOW)

    def run(self):
        while not self.over.wait(self.pause):
            self.step()


class Watch(Beside):
    """Samples each daemon's own memory and how far routing is behind."""

    def __init__(self, hub):
        super().__init__(SAMPLE_SECONDS)
        self.hub = hub
        self.memory = {name: [] for name in DAEMONS}
        self.lag = []

    def step(self):
        try:
            for name in DAEMONS:
                self.memory[name].append(private_mib(self.hub, name))
            self.sample_lag()
        except OSError:
            pass  # a daemon was just down

    def sample_lag(self):
        status = self.hub.status("allocation", 10)
        if status is not None:
            self.lag.append(status["head"] - status["read_to"])

    def most(self):
        return {name: round(max(samples)) for name, samples in self.memory.items() if samples}

    def assert_within(self, test, bounds):
        """No daemon has ever had more than its bound, MiB."""
        for name, bound in bounds.items():
            test.assertLess(max(self.memory[name]), bound * (4 if SLOW > 1 else 1), f"MiB of {name}: {self.most()}")


class GoodPartner(Beside):
    """One event after another: each must be accepted, whatever others do."""

    def __init__(self, hub, maker, pause=0.005):
        super().__init__(pause)
        self.hub = hub
        self.partner = Partner(hub)
        self.maker = maker
        self.receipts = []
        self.seconds = []

    def __exit__(self, *more):
        super().__exit__(*more)
        self.partner.close()

    def step(self):
        event = msgpack.packb(self.maker())
        began = time.monotonic()
        self.partner.send(event)
        receipt = self.partner.receipt(30)
        self.receipts.append(receipt or {"status": "none"})
        self.seconds.append(time.monotonic() - began)
        return receipt

    def assert_all_accepted(self, test):
        test.assertGreater(len(self.receipts), 5)
        statuses = {receipt["status"] for receipt in self.receipts}
        if lines_said(self.hub, "intake", "registry-away"):
            statuses.discard("busy")  # the whole machine stood still for seconds: that was no flooder's doing
        test.assertEqual(statuses, {"accepted"})

    def milliseconds(self):
        ordered = sorted(self.seconds)
        return {name: round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))], 1)
                for name, part in (("p50_ms", 0.5), ("p99_ms", 0.99), ("max_ms", 1))}


def wait_routed(hub, seconds=300):
    """Triage, then allocation, have read what was in: not what comes meanwhile, as look-alikes do for long after a flood."""
    for name in ("triage", "allocation"):
        head = wait_until(lambda: hub.status("audit", 5), 30, "audit answers")["head"]
        wait_until(lambda: (hub.status(name, 5) or {"read_to": 0})["read_to"] >= head, seconds, f"{name} has read what was in")


def balanced(test, hub, seconds=300):
    """Every referral is in exactly one state, says the log, and none is on its way any more; how many there are."""
    def nothing_on_its_way():
        nonlocal result
        time.sleep(0.1)  # it reads the whole log: what is on its way needs the processor more
        result = hub.windscreen("balance", "--json", seconds=seconds)
        return result.returncode != 0 or json.loads(result.stdout)["routing"] == 0
    result = None
    wait_routed(hub, seconds)
    wait_until(nothing_on_its_way, seconds, "everything that is in has been routed")
    test.assertEqual(result.returncode, 0, result.stdout[-2000:] + result.stderr[-2000:])
    return json.loads(result.stdout)["received"]
