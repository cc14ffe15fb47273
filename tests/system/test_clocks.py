# SPDX-License-Identifier: MIT
"""Clocks of a running hub: each warns, rings and escalates once, over restarts and while the wall clock is set forward; what they come to is
told by `due`, `queue` and the log."""
import json
import os
import unittest

from faults import FaultyHub
from hub import wait_until
from peers import LogReader, Partner, Worker
from samples import for_fsw, for_hold, for_specialist
from system_case import assert_balanced, main, settle

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
KINDS = ("warned", "overdue", "escalated")


def rung(hub, referral, part=0):
    """[(kind, clock)] of what has rung for a job, in order."""
    rows = []
    with LogReader(hub) as log:
        for _, event in log.all():
            kind = event["type"].split(".")[2]
            if kind in KINDS and event["subject"] == referral and event["data"].get("part", 0) == part:
                rows.append((kind, event["data"]["clock"]))
    return rows


def restart(hub, name):
    pid = hub.pid(name)
    hub.kill(name)
    wait_until(lambda: hub.pid(name) not in (None, pid) and hub.is_ready(name), 60, f"{name} back")


class Clocks(unittest.TestCase):
    def wait_rung(self, hub, referral, wanted):
        wait_until(lambda: wanted <= set(rung(hub, referral)), 30, f"{referral}: {wanted}")

    def test_level_4_warns_rings_and_escalates_over_restarts(self):
        with FaultyHub() as hub, Partner(hub) as partner:
            [tag] = [receipt["referral"] for receipt in partner.publish_all([for_specialist()])]
            settle(hub, [tag])
            steps = ((3 * HOUR_MS + 60000, "warned"), (4 * HOUR_MS + 60000, "overdue"), (5 * HOUR_MS + 60000, "escalated"))
            for shift, kind in steps:
                hub.shift_clocks(shift)
                self.wait_rung(hub, tag, {(kind, "specialist")})
                restart(hub, "allocation")
            for kind in KINDS:
                self.assertEqual(rung(hub, tag).count((kind, "specialist")), 1, rung(hub, tag))
            with open(os.path.join(hub.logs, "allocation.log"), encoding="utf-8") as file:
                said = file.read()
            self.assertIn(" clock-jumped ", said)
            self.assertIn(f" alarm-overdue {tag} is level 4", said)
            self.assertEqual(settle(hub, [tag]).breaches, [])
            assert_balanced(self, hub)

    def test_what_was_missed_is_told_once_and_only_what_is_true(self):
        with FaultyHub() as hub, Partner(hub) as partner, Worker(hub) as worker:
            late, accepted, held = (receipt["referral"] for receipt in partner.publish_all([for_fsw(), for_fsw(), for_hold()]))
            settle(hub, [late, accepted, held])
            for token, job in worker.take_jobs("fsw", 2):
                if job["referral"] == accepted:
                    worker.accept(token, job)
                else:
                    worker.release(token, job)
            hub.shift_clocks(60 * DAY_MS)
            self.wait_rung(hub, late, {("escalated", "team_queue"), ("overdue", "tell_referrer")})
            self.wait_rung(hub, accepted, {("escalated", "first_review"), ("escalated", "plan")})
            self.wait_rung(hub, held, {("overdue", "held"), ("overdue", "acknowledge")})
            self.assertNotIn("warned", {kind for kind, _ in rung(hub, late)}, "a warning after the due time is none")
            before = {tag: rung(hub, tag) for tag in (late, accepted, held)}
            restart(hub, "allocation")
            wait_until(lambda: worker.jobs(held)[0]["state"] == "deciding", 30, "the hold is a person's")
            for tag, rows in before.items():
                self.assertEqual(len(set(rows)), len(rows), rows)
                self.assertEqual(rung(hub, tag)[:len(rows)], rows)
            self.check_commands(hub, late)
            self.assertEqual(settle(hub, [late, accepted, held]).breaches, [])
            assert_balanced(self, hub)

    def check_commands(self, hub, late):
        shown = hub.windscreen("due", "--team", "fsw", "--json")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        clocks = json.loads(shown.stdout)["clocks"]
        self.assertEqual([clock["due"] for clock in clocks], sorted(clock["due"] for clock in clocks))
        self.assertIn((late, "team_queue", "escalated"), {(clock["referral"], clock["clock"], clock.get("stage")) for clock in clocks})
        queues = json.loads(hub.windscreen("queue", "fsw", "--json").stdout)
        self.assertEqual(queues["queues"][0]["escalated"], 2)
        text = hub.windscreen("due", late)
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertIn("team_queue: somebody of the team taking it on\n", text.stdout)
        self.assertEqual(hub.windscreen("due", "R0000000G99999").returncode, 66)
        self.assertIn("; now the team manager is told", hub.windscreen("log", "--referral", late).stdout)


if __name__ == "__main__":
    main()
