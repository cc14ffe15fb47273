# SPDX-License-Identifier: MIT
"""The wall clock jumps a day forward, two back, and to 1970, while leases are out: leases and waits keep their length, the log's time never
runs backwards, not even over a restart."""
import datetime
import unittest

from faults import FaultyHub
from hub import wait_until
from peers import LogReader, Partner, Worker
from samples import for_taf
from system_case import assert_balanced, main, settle

DAY_MS = 24 * 3600 * 1000
TO_1970_MS = -int(datetime.datetime.now().timestamp()) * 1000
JUMPS = (DAY_MS, -DAY_MS, TO_1970_MS, 0)
LONG_MS, SHORT_MS = 600000, 1000


class ClockJumps(unittest.TestCase):
    def test_leases_keep_their_length_and_time_goes_on(self):
        with FaultyHub() as hub, Partner(hub) as partner, Worker(hub) as worker, Worker(hub, "W2") as other:
            tags = []
            for jump in JUMPS:
                with self.subTest(f"{jump} ms"):
                    tags += self.jump(hub, jump, partner, worker, other)
            fold = settle(hub, tags)
            self.assertEqual(fold.breaches, [])
            self.assert_time_goes_on(hub)
            assert_balanced(self, hub)

    def jump(self, hub, ms, partner, worker, other):
        """One lease that must hold and one that must lapse, both given before the clock jumps."""
        tags = [receipt["referral"] for receipt in partner.publish_all([for_taf(), for_taf()])]
        [(held, kept)] = worker.take_jobs("taf", 1, lease_ms=LONG_MS)
        [(_, lost)] = worker.take_jobs("taf", 1, lease_ms=SHORT_MS)
        hub.shift_clocks(ms)
        [(token, again)] = other.take_jobs("taf", 1)
        self.assertEqual(again["referral"], lost["referral"], "the short lease lapsed, and only that one")
        self.assertEqual(other.accept(token, again)["jobs"][0]["answer"], "ok")
        tags += [receipt["referral"] for receipt in partner.publish_all([for_taf()])]
        for name in ("registry", "triage", "allocation"):
            pid = hub.pid(name)
            hub.kill(name)
            wait_until(lambda name=name, pid=pid: hub.pid(name) not in (None, pid) and hub.is_ready(name), 60, f"{name} back")
        self.assertEqual(worker.jobs(kept["referral"])[0]["state"], "leased")
        reply = worker.call("accept", again=2.0, worker=worker.name, token=held, jobs=[{"referral": kept["referral"]}])
        self.assertEqual(reply["jobs"][0]["answer"], "ok")
        [(token, last)] = other.take_jobs("taf", 1)
        self.assertEqual(other.accept(token, last)["jobs"][0]["answer"], "ok")
        return tags

    def assert_time_goes_on(self, hub):
        latest = {}
        with LogReader(hub) as log:
            for sequence, event in log.all():
                before = latest.get(event["source"], "")
                self.assertGreaterEqual(event["time"], before, f"#{sequence} of {event['source']}: time ran backwards")
                latest[event["source"]] = event["time"]
        times = [datetime.datetime.fromisoformat(time) for time in latest.values()]
        self.assertLess(max(times) - min(times), datetime.timedelta(hours=12), f"the daemons are days apart: {latest}")


if __name__ == "__main__":
    main()
