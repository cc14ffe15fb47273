# SPDX-License-Identifier: MIT
"""`windscreen policy try`: what it foretells of a referral is what the hub then does with it; and it sends nothing."""
import json
import os
import subprocess

from hub import BIN, POLICY
from samples import for_taf, load
from system_case import HubCase, main
from test_routing import today

FACTS = {"facts": {"kind": "eha", "consent": "given", "members": [{"role": "child", "months": 100, "needs": ["I301"]}]}}
NEEDS_A_FAMILY = {"sample-43-news", "sample-44-step-up"}  # what becomes of them depends on a case that is open


def lines(*values):
    return "".join(json.dumps(value) + "\n" for value in values)


def outcome(account):
    """What was decided, by the passages of explain or try."""
    by = {passage["about"]: passage for passage in account["passages"]}
    jobs = [by["lead"]] + by.get("beside", {"items": []})["items"]
    return {
        "level": [by["level"][name] for name in ("level", "computed", "claimed", "rule", "near", "used", "marks", "words")],
        "jobs": [[job[name] for name in ("part", "state", "team", "proposal", "reason", "basis", "rule")] for job in jobs],
        "near": by["lead"]["near"],
        "policy": by["policy"]["version"],
    }


class PolicyTry(HubCase):
    def try_lines(self, text, *arguments, code=0):
        result = self.hub.windscreen("policy", "try", "-", "--json", *arguments, input=text)
        self.assertEqual(result.returncode, code, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()], result.stderr

    def test_what_is_foretold_is_what_happens(self):
        events = [event for event in today(load("sample-referrals")) if event["id"] not in NEEDS_A_FAMILY]
        before = len(self.log().all())
        by_hub, _ = self.try_lines(lines(*events))
        by_folder, _ = self.try_lines(lines(*events), "--policy", POLICY)
        self.assertEqual(len(self.log().all()), before, "trying leaves no trace")
        self.assertEqual([tried["id"] for tried in by_hub], [event["id"] for event in events])
        receipts = self.partner().publish_all(events)
        self.settle(*(receipt["referral"] for receipt in receipts))
        for event, receipt, tried, also in zip(events, receipts, by_hub, by_folder):
            result = self.hub.windscreen("explain", receipt["referral"], "--json")
            happened = outcome(json.loads(result.stdout))
            self.assertEqual(outcome(tried), happened, event["id"])
            self.assertEqual(outcome(also), happened, event["id"])

    def test_no_hub_is_needed_with_a_folder(self):
        result = subprocess.run([os.path.join(BIN, "windscreen"), "policy", "try", "-", "--state", "/nowhere", "--policy", POLICY],
                                input=lines(for_taf()), capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("goes to a team around the family", result.stdout)
        self.assertIn("\nWhy it would go there\n", result.stdout)
        self.assertNotIn("Why it went", result.stdout)
        result = subprocess.run([os.path.join(BIN, "windscreen"), "policy", "try", "-", "--state", "/nowhere"],
                                input=lines(for_taf()), capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual((result.returncode, result.stdout), (75, ""))

    def test_facts_alone_and_a_family_with_a_case(self):
        [tried], _ = self.try_lines(lines(FACTS))
        self.assertEqual((tried["level"], outcome(tried)["jobs"][0][2]), (3, "fsw"))
        [tried], _ = self.try_lines(lines(FACTS), "--case", "taf/2")
        self.assertEqual([job[6] for job in outcome(tried)["jobs"]], ["STEP_UP", "STEP_UP"])
        [tried], _ = self.try_lines(lines(FACTS), "--case", "fsw/3")
        self.assertEqual([job[6] for job in outcome(tried)["jobs"]], ["OPEN_CASE"])
        for wrong in ("taf", "taf/5", "/2", "nobody/2"):
            self.assertEqual(self.hub.windscreen("policy", "try", "-", "--case", wrong, input=lines(FACTS)).returncode, 64, wrong)

    def test_ages_are_those_of_the_day(self):
        event = for_taf()
        for member in event["data"]["members"]:
            if member["role"] == "child":
                member["born"] = "2016-02-29"
        for day, age in (("2026-02-28T12:00:00Z", "a child of 9"), ("2026-03-01T12:00:00Z", "a child of 10")):
            event["time"] = day
            result = self.hub.windscreen("policy", "try", "-", "--at", day, input=lines(event))
            self.assertIn(age, result.stdout, result.stderr)

    def test_what_would_be_rejected_is_told_and_the_rest_is_tried(self):
        bad = for_taf()
        bad["data"]["kind"] = "letter"
        other = for_taf()
        other["type"] = "earlyhelp.referral.withdrawn.v1"
        other["data"] = {"about": "x", "why": "sent_in_error"}
        tried, told = self.try_lines(lines(bad) + '{"id": tru}\n' + lines(other, {"facts": {"kind": "letter"}}, for_taf()), code=65)
        self.assertEqual(len(tried), 1)
        for sentence in ("would be rejected", "/data/kind", "line 2, column ", "only referral.submitted can be tried", "/facts/kind"):
            self.assertIn(sentence, told)
        self.assertEqual(self.hub.windscreen("policy", "try", "/tmp").returncode, 66)

    def test_what_stands_in_the_wrong_place_is_told(self):
        """Fields that nobody knows are passed on: a need beside the members would make no difference, and nobody would hear of it."""
        misplaced = for_taf()
        misplaced["data"]["needs"] = ["I301"]
        misplaced["data"]["members"][1]["x note\n"] = {"a": [1]}
        tried, told = self.try_lines(lines(misplaced))
        self.assertEqual(len(tried), 1)
        self.assertIn("/data/needs is no field that the hub knows", told)
        self.assertIn("/data/members/1/x?note? is no field that the hub knows", told)
        tried, told = self.try_lines(lines({"facts": {"kind": "eha", "needs": ["I402"]}}, {"facts": {"members": [{"role": "child", "age": 7}]}}), code=65)
        self.assertEqual(tried, [])
        self.assertIn("/facts/needs is no fact", told)
        self.assertIn("/facts/members/0/age is no fact", told)
        self.assertEqual(self.try_lines(lines(for_taf()))[1], "")

    def test_a_policy_that_is_not_there(self):
        self.assertEqual(self.hub.windscreen("policy", "try", "-", "--policy", "/nowhere", input="").returncode, 66)


if __name__ == "__main__":
    main()
