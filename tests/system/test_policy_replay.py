# SPDX-License-Identifier: MIT
"""`windscreen policy replay`: the policy in force changes nothing of its own log; a draft changes what `policy try` foretells, and nothing else."""
import datetime
import json
import os
import shutil
import tempfile

from hub import POLICY
from samples import load
from system_case import HubCase, generate, main, wait_caught_up
from test_routing import today

COUNT = 500


class PolicyReplay(HubCase):
    events = None

    def setUp(self):
        if type(self).events is None:
            lines = generate(self.hub, COUNT, 4711, "--duplicates", "0")
            receipts = self.partner().publish_all([json.loads(line) for line in lines] + today(load("sample-referrals")))
            self.settle(*(receipt["referral"] for receipt in receipts))
            self.work()
            # known families again, now that some of their cases are accepted, declined, decided or closed
            again = [json.loads(line) for line in generate(self.hub, COUNT, 4711, "--duplicates", "0")]
            for number, event in enumerate(again):
                event["id"] = f"again-{number}"
            receipts = self.partner().publish_all(again)
            self.settle(*(receipt["referral"] for receipt in receipts))
            wait_caught_up(self.hub)
            type(self).events = self.log().all()

    def work(self):
        """Cases are taken on, declined, given back, closed and decided."""
        for team in ("fsw", "taf", "single-agency", "tys", "family-information-service"):
            run = lambda *arguments: self.hub.windscreen("work", *arguments, "--worker", "w1")
            taken = json.loads(run("take", "--team", team, "--max", "9", "--json").stdout)
            token = str(taken["token"])
            jobs = [job["referral"] + (f"/{job['part']}" if job.get("part") else "") for job in taken["jobs"]]
            for place, job in enumerate(jobs):
                if place % 3 == 0:
                    run("decline", job, "--token", token, "--why", "no_capacity")
                elif place % 3 == 1:
                    run("accept", job, "--token", token, "--answer", "single_indicator", "--answer", "claim_above_computed")
                if place == 4:
                    run("close", job, "--token", token, "--outcome", "needs_met")
        waiting = json.loads(self.hub.windscreen("queue", "hub-decision", "--max", "20", "--json").stdout)
        for job in waiting["jobs"][:10]:
            tag = job["referral"] + (f"/{job['part']}" if job.get("part") else "")
            self.hub.windscreen("decide", tag, "override", "--by", "m2", "--team", "fsw", "--level", "3", "--why", "need_higher")

    def replay(self, folder, *arguments):
        result = self.hub.windscreen("policy", "replay", folder, "--json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        return lines[:-1], lines[-1]["totals"]

    def triaged(self):
        return [(sequence, event) for sequence, event in self.events if ".triaged." in event["type"]]

    def draft(self):
        folder = os.path.join(tempfile.mkdtemp(dir=self.hub.base), "draft")
        shutil.copytree(POLICY, folder)
        path = os.path.join(folder, "indicators.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("code: I203, level: 2", "code: I203, level: 3").replace("code: I301, level: 3", "code: I301, level: 2"))
        return folder

    def test_the_policy_in_force_changes_nothing(self):
        changes, totals = self.replay(POLICY)
        self.assertEqual(changes, [])
        self.assertEqual((totals["replayed"], totals["changed"], totals["moves"]), (len(self.triaged()), 0, []))
        self.assertEqual({row["from"] for row in totals["levels"]}, {1, 2, 3, 4})
        news = [event for _, event in self.events if ".allocated." in event["type"] and "news_of" in event["data"]]
        self.assertGreater(len(news), 10, "families with open cases came again")

    def test_a_draft_changes_what_it_should(self):
        folder = self.draft()
        changes, totals = self.replay(folder)
        told = {change["sequence"]: change for change in changes}
        facts = "".join(json.dumps({"facts": event["data"]["facts"]}) + "\n" for _, event in self.triaged())
        result = self.hub.windscreen("policy", "try", "-", "--json", "--policy", folder, input=facts, seconds=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        tried = [json.loads(line) for line in result.stdout.splitlines()]
        moved = 0
        for (sequence, event), foretold in zip(self.triaged(), tried):
            if event["data"].get("n_problems"):
                continue
            if event["data"]["level"] != foretold["level"]:
                moved += 1
                self.assertEqual((told[sequence]["was"]["level"], told[sequence]["would"]["level"]), (event["data"]["level"], foretold["level"]))
                self.assertEqual(told[sequence]["referral"], event["subject"])
            elif sequence in told:
                self.assertEqual(told[sequence]["was"]["level"], told[sequence]["would"]["level"])
        self.assertGreater(moved, 20)
        self.assertEqual(totals["changed"], len(changes))
        self.assertEqual(sum(row["referrals"] for row in totals["levels"]), totals["replayed"])
        self.assertEqual(sum(row["referrals"] for row in totals["levels"] if row["from"] != row["to"]),
                         sum(change["was"]["level"] != change["would"]["level"] for change in changes))
        counts = [row["referrals"] for row in totals["moves"]]
        self.assertEqual(counts, sorted(counts, reverse=True))

    def test_since_and_until(self):
        sequences = [sequence for sequence, _ in self.triaged()]
        middle = sequences[len(sequences) // 2]
        _, before = self.replay(POLICY, "--until", str(middle - 1))
        _, after = self.replay(POLICY, "--since", str(middle))
        self.assertEqual((before["replayed"], after["replayed"]), (len(sequences) // 2, len(sequences) - len(sequences) // 2))
        self.assertEqual((before["changed"], after["changed"]), (0, 0))
        ahead = (datetime.date.today() + datetime.timedelta(days=2)).isoformat()
        self.assertEqual(self.replay(POLICY, "--since", ahead)[1]["replayed"], 0)
        self.assertEqual(self.hub.windscreen("policy", "replay", POLICY, "--since", "yesterday").returncode, 64)
        self.assertEqual(self.hub.windscreen("policy", "replay", "/nowhere").returncode, 66)

    def test_people_read_it_too(self):
        result = self.hub.windscreen("policy", "replay", self.draft())
        self.assertIn("would have gone another way", result.stdout)
        self.assertIn("level was", result.stdout)
        self.assertIn(" -> ", result.stdout)

    def test_z_a_policy_with_other_teams(self):
        """What is open at teams that it does not name is open all the same, by the policy that sent it there: for the hub and for the replay."""
        harrow = os.path.join(os.path.dirname(POLICY), "harrow-2013")
        since = self.log().all()[-1][0] + 1
        self.assertEqual(self.hub.windscreen("policy", "adopt", harrow, "--effective", "now", "--by", "m2").returncode, 0)
        again = [json.loads(line) for line in generate(self.hub, 100, 4711, "--duplicates", "0")]
        for number, event in enumerate(again):
            event["id"] = f"harrow-{number}"
        receipts = self.partner().publish_all(again)
        self.settle(*(receipt["referral"] for receipt in receipts))
        wait_caught_up(self.hub)
        news = [event["data"]["team"] for sequence, event in self.log().all()
                if sequence >= since and ".allocated." in event["type"] and event["data"].get("rule") == "KNOWN_FAMILY"]
        self.assertIn("fsw", news)
        changes, totals = self.replay(harrow, "--since", str(since))
        self.assertEqual(changes, [])
        self.assertEqual(totals["replayed"], len(again))


if __name__ == "__main__":
    main()
