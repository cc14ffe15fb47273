# SPDX-License-Identifier: MIT
"""The command line `windscreen` against a running hub: exit codes, JSON that programs read, and nothing lost by using it."""
import json
import os
import re
import subprocess

import msgpack

from hub import BIN, ROOT, wait_until
from peers import TAKEN
from samples import child, for_hold, for_hub_decision, for_taf, parent, referral
from system_case import HubCase, generate, main

SHOW_KEYS = {"referral", "source", "id", "family", "level", "rule", "state", "teams", "owner", "due", "policy", "events"}


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


class CommandLine(HubCase):
    def run_ok(self, *arguments, code=0, **keywords):
        result = self.hub.windscreen(*arguments, **keywords)
        self.assertEqual(result.returncode, code, f"{arguments}: {result.stdout}{result.stderr}")
        return result.stdout

    def run_json(self, *arguments, **keywords):
        return json.loads(self.run_ok(*arguments, "--json", **keywords))

    def publish_by_command(self, text, code=0, *more):
        out = self.run_ok("publish", "-", *more, input=text, code=code)
        return [json.loads(line) for line in out.splitlines()]

    def one(self, event):
        [receipt] = self.publish_by_command(lines(event))
        self.settle(receipt["referral"])
        return receipt["referral"]

    # ------------------------------------------------------------ publish

    def test_publish_ndjson_json_array_and_messagepack(self):
        first, second, third, fourth = (for_taf() for _ in range(4))
        self.assertEqual([receipt["status"] for receipt in self.publish_by_command(lines(first, second))], ["accepted"] * 2)
        [receipt] = self.publish_by_command(json.dumps([third], indent=2))
        self.assertEqual((receipt["status"], receipt["id"]), ("accepted", third["id"]))
        packed = os.path.join(self.hub.base, "event.msgpack")
        with open(packed, "wb") as file:
            file.write(msgpack.packb(fourth))
        [receipt] = [json.loads(line) for line in self.run_ok("publish", packed).splitlines()]
        self.assertEqual((receipt["status"], receipt["id"]), ("accepted", fourth["id"]))

    def test_publishing_twice_is_safe_and_exits_0(self):
        text = lines(for_taf(), for_taf())
        self.publish_by_command(text)
        self.assertEqual([receipt["status"] for receipt in self.publish_by_command(text)], ["duplicate"] * 2)

    def test_rejected_and_conflict_exit_1(self):
        event = for_taf()
        bad = for_taf()
        bad["data"]["kind"] = "letter"
        receipts = self.publish_by_command(lines(event, bad), code=1)
        self.assertEqual(sorted(receipt["status"] for receipt in receipts), ["accepted", "rejected"])
        event["data"]["reason"] = "Changed."
        self.assertEqual([receipt["status"] for receipt in self.publish_by_command(lines(event), code=1)], ["conflict"])

    def test_json_that_is_none_says_where(self):
        result = self.hub.windscreen("publish", "-", input=lines(for_taf()) + '{"id": \n')
        self.assertEqual(result.returncode, 65)
        self.assertIn("2", result.stderr)

    def publish_faulty(self, text, code=65, *more):
        """Publishes what is partly unreadable; the receipts' ids in order of the input, and the lines of standard error."""
        result = self.hub.windscreen("publish", "-", *more, input=text)
        self.assertEqual(result.returncode, code, result.stderr)
        receipts = [json.loads(line) for line in result.stdout.splitlines()]
        return {receipt["id"]: receipt["status"] for receipt in receipts}, result.stderr

    def test_faulty_lines_do_not_stop_the_rest_and_are_not_quoted(self):
        good = [for_taf() for _ in range(4)]
        text = [json.dumps(event) for event in good]
        secret = json.dumps(for_taf()).replace("Sam", "Zoezoe").replace('"kind"', '"Zoezoe"')
        faulty = [secret[:-2], secret.replace('"specversion": "1.0"', '"specversion": Zoezoe'), secret.replace('"id": "', '"id": Zoezoe"'),
                  secret.replace('{', '{"Zoezoe": 1, "Zoezoe": 2, ', 1)]
        mixed = [line for pair in zip(faulty, text) for line in pair]
        statuses, told = self.publish_faulty("\n".join(mixed) + "\n")
        self.assertEqual(statuses, {event["id"]: "accepted" for event in good})
        self.assertNotIn("Zoezoe", told)
        for number in (1, 3, 5, 7):
            self.assertIn(f"line {number}, column ", told)
        self.assertIn("4 sent", told)
        self.assertIn("4 could not be read", told)
        statuses, _ = self.publish_faulty("\n".join(mixed) + "\n")  # mending and publishing again is safe
        self.assertEqual(set(statuses.values()), {"duplicate"})

    def test_a_rejected_event_beside_an_unreadable_one_exits_1(self):
        bad = for_taf()
        bad["data"]["kind"] = "letter"
        statuses, _ = self.publish_faulty('{"id": \n' + lines(bad), 1)
        self.assertEqual(statuses, {bad["id"]: "rejected"})

    def test_a_faulty_item_of_an_array_does_not_stop_the_rest(self):
        first, second = for_taf(), for_taf()
        statuses, told = self.publish_faulty(f'[{json.dumps(first)}, {{"a": tru}}, null, {json.dumps(second)}]')
        self.assertEqual(statuses, {first["id"]: "accepted", second["id"]: "accepted"})
        self.assertIn("item 2, line 1, column ", told)
        self.assertIn("item 3, line 1, column ", told)

    def test_a_faulty_item_of_messagepack_does_not_stop_the_rest(self):
        first, second = for_taf(), for_taf()
        packed = os.path.join(self.hub.base, "faulty.msgpack")
        with open(packed, "wb") as file:
            file.write(msgpack.packb(first) + msgpack.packb("Zoezoe") + msgpack.packb(second))
        result = self.hub.windscreen("publish", packed)
        self.assertEqual(result.returncode, 65, result.stderr)
        self.assertCountEqual([json.loads(line)["id"] for line in result.stdout.splitlines()], [first["id"], second["id"]])
        self.assertIn("item 2, byte ", result.stderr)
        self.assertNotIn("Zoezoe", result.stderr)

    def test_unreachable_wins_over_unreadable(self):
        self.publish_faulty("foo\n" + lines(for_taf()), 75, "--connect", "tcp://127.0.0.1:9", "--deadline", "1s")

    def test_a_directory_is_no_input(self):
        for arguments in (("publish", "/tmp"), ("balance", "--receipts", "/tmp")):
            result = self.hub.windscreen(*arguments)
            self.assertEqual(result.returncode, 66, result.stderr)
            self.assertIn("/tmp is a directory", result.stderr)

    def test_z_a_generated_population(self):
        receipts = self.publish_by_command("\n".join(generate(self.hub, 200, 77)) + "\n")
        self.assertLessEqual({receipt["status"] for receipt in receipts}, TAKEN)
        self.assert_balanced()

    def test_unreachable_exits_75(self):
        result = subprocess.run([os.path.join(BIN, "windscreen"), "publish", "-", "--connect", "tcp://127.0.0.1:9", "--deadline", "1s"],
                                input=lines(for_taf()), capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 75, result.stderr)

    # ------------------------------------------------------------ show, log, queue, status, root

    def test_show_has_the_whole_story(self):
        event = for_taf()
        tag = self.one(event)
        story = self.run_json("show", tag)
        self.assertLessEqual(SHOW_KEYS, set(story))
        self.assertEqual((story["referral"], story["source"], story["id"]), (tag, event["source"], event["id"]))
        self.assertEqual((story["level"], story["rule"], story["state"]), (2, "SEVERAL_ADDITIONAL", "queued"))
        self.assertEqual(self.run_json("show", "--source", event["source"], "--id", event["id"])["referral"], tag)
        self.assertIn("taf", self.run_ok("show", tag))
        self.run_ok("show", "R0000000000000", code=66)

    def test_log_filters(self):
        tag = self.one(for_taf())
        events = [json.loads(line) for line in self.run_ok("log", "--referral", tag, "--json").splitlines()]
        self.assertEqual([event["type"].split(".")[2] for event in events], ["received", "triaged", "allocated"])
        for line in self.run_ok("log", "--type", "triaged", "--json").splitlines():
            self.assertIn(".triaged.", json.loads(line)["type"])
        self.assertIn(tag, self.run_ok("log", "--team", "taf"))

    def test_log_says_that_nothing_matches(self):
        self.one(for_taf())
        for filters in (("--team", "zzz"), ("--from", "99999"), ("--team", "zzz", "--type", "held")):
            result = self.hub.windscreen("log", *filters)
            self.assertEqual((result.returncode, result.stdout), (0, ""))
            self.assertIn("Nothing in the log matches", result.stderr)
            self.assertIn(" ".join(filters[:2]), result.stderr)

    def test_log_follow_shows_what_comes(self):
        process = subprocess.Popen([os.path.join(BIN, "windscreen"), "log", "--follow", "--json", "--state", self.hub.state],
                                   stdout=subprocess.PIPE)
        try:
            tag = self.one(for_taf())
            seen = []

            def has_come():
                seen.append(process.stdout.readline().decode())  # every event of the referral has been settled: lines come without waiting
                return tag in seen[-1] and ".allocated." in seen[-1]
            wait_until(has_come, 20, "the referral in the followed log")
        finally:
            process.terminate()
            process.communicate()

    def test_queue_status_and_root(self):
        tag = self.one(referral(needs=["I207"], asb={"role": "victim"}))
        self.assertIn("fsw-asb", self.run_ok("queue"))
        self.assertIn(tag, self.run_ok("queue", "fsw-asb"))
        self.run_ok("queue", "plumbers", code=66)
        self.assertIn("`windscreen queue` lists the teams", self.run_ok("worker", "list", "--team", "plumbers"))
        for name in ("audit", "intake", "registry", "triage", "allocation"):
            self.assertIn(name, self.run_ok("status"))
        self.assertIsInstance(self.run_json("status"), (dict, list))
        root = self.run_json("audit", "root")
        self.assertRegex(json.dumps(root), r"[0-9a-f]{64}|[A-Za-z0-9+/]{43}=")

    # ------------------------------------------------------------ work and decide

    def test_a_worker_from_take_to_accept(self):
        event = for_taf()
        tag = self.one(event)
        taken = self.run_json("work", "take", "--team", "taf", "--worker", "w17", "--max", "64")
        self.assertIn(tag, [job["referral"] for job in taken["jobs"]])
        token = str(taken["token"])
        opened = json.loads(self.run_ok("work", "open", tag, "--worker", "w17", "--token", token))
        self.assertEqual(opened, event)
        other = self.hub.windscreen("work", "open", tag, "--worker", "w18", "--token", token)
        self.assertEqual((other.returncode, "it is for the worker who holds it" in other.stderr), (77, True), other.stderr)
        self.run_ok("work", "extend", tag, "--worker", "w17", "--token", token, "--lease", "30m")
        self.run_ok("work", "accept", tag, "--worker", "w17", "--token", token)
        self.run_ok("work", "accept", tag, "--worker", "w18", "--token", token, code=1)
        self.assertEqual(self.run_json("show", tag)["state"], "accepted")
        for job in taken["jobs"]:
            if job["referral"] != tag:
                self.run_ok("work", "release", job["referral"], "--worker", "w17", "--token", token)

    def test_a_mark_must_be_answered(self):
        tag = self.one(referral(needs=["I301"]))
        token = str(self.run_json("work", "take", "--team", "fsw", "--worker", "w17")["token"])
        self.run_ok("work", "accept", tag, "--worker", "w17", "--token", token, code=1)
        self.run_ok("work", "accept", tag, "--worker", "w17", "--token", token, "--answer", "single_indicator")

    def test_decline_and_decide(self):
        tag = self.one(referral(needs=["I206"]))
        token = str(self.run_json("work", "take", "--team", "single-agency", "--worker", "w17")["token"])
        self.run_ok("work", "decline", tag, "--worker", "w17", "--token", token, "--why", "wrong_team")
        self.run_ok("decide", tag, "override", "--by", "m2", "--team", "taf", "--level", "2", "--why", "other_team_fits")
        self.assertEqual(self.run_json("show", tag)["state"], "queued")
        self.run_ok("decide", tag, "confirm", "--by", "m2", code=1)
        waiting = self.one(for_hub_decision())
        self.run_ok("decide", waiting, "confirm", "--by", "m2")
        self.assertIn("universal", json.dumps(self.run_json("show", waiting)["teams"]))

    def test_a_refusal_names_the_field_and_exits_1(self):
        waiting = self.one(for_hub_decision())
        result = self.hub.windscreen("decide", waiting, "override", "--by", "m2", "--team", "zzz", "--why", "need_higher")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("windscreen decide: refused: --team: the policy has no such team", result.stderr)
        result = self.hub.windscreen("decide", waiting, "confirm", "--by", "not a tag")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("windscreen decide: refused: --by: ", result.stderr)
        self.run_ok("decide", waiting, "confirm", "--by", "m2")

    def test_what_is_refused_says_why(self):
        tag = self.one(for_hold())
        self.run_ok("close", tag, "--by", "m2", "--outcome", "advice_given")
        self.assertIn(f"{tag}  neither waits for a worker nor is an open case", self.run_ok("assign", tag, "w17", "--by", "m2", code=1))
        challenged = self.one(for_taf())
        self.run_ok("challenge", challenged, "--by", "m2", "--why", "level_too_low")
        result = self.hub.windscreen("decide", challenged + "/1", "confirm", "--by", "m2")
        self.assertEqual((result.returncode, result.stderr), (1, "windscreen decide: refused: this is a challenge: uphold, or dismiss\n"))
        self.run_ok("decide", challenged + "/1", "dismiss", "--by", "m2")

    def test_what_is_held_is_counted_and_told(self):
        def held():
            [queue] = self.run_json("queue", "hub-decision", "--max", "1")["queues"]
            return queue.get("held", 0)

        before = held()
        household = {"address": "1 Sample Road", "postcode": "MK40 2BH", "needs": []}
        tag = self.one(referral(members=[child(12, needs=["I301", "I310"]), parent()], household=household, wants=["parenting"]))
        self.assertEqual(held(), before + 1)
        self.assertIn("Part 1: it waits until the referral itself is decided.\n", self.run_ok("explain", tag))
        self.run_ok("decide", tag, "confirm", "--by", "m2")
        self.assertEqual(held(), before)

    # ------------------------------------------------------------ balance, usage

    def test_balance(self):
        self.one(for_taf())
        self.assert_balanced()
        text = self.run_ok("publish", "-", input=lines(for_taf(), for_hub_decision()))
        self.run_ok("balance", "--receipts", "-", input=text)

    def test_balance_sees_a_referral_stuck_in_routing(self):
        self.hub.halt("triage")
        try:
            [receipt] = self.publish_by_command(lines(for_taf()))
            result = self.hub.windscreen("balance", "--receipts", "-", "--wait", "1s", input=json.dumps(receipt) + "\n")
            self.assertEqual(result.returncode, 75, result.stdout + result.stderr)
        finally:
            self.hub.start_daemon("triage")
            self.hub.wait_ready()
        self.settle(receipt["referral"])
        self.assert_balanced()

    def test_usage(self):
        for arguments in (("nonsense",), ("publish",), ("work", "take"), ("decide", "x"), ("queue", "--nonsense"),
                          ("work", "extend", "R0000000G00001", "--worker", "w", "--token", "1", "--lease", "30")):
            with self.subTest(arguments):
                self.run_ok(*arguments, code=64)
        for arguments, words in ((("work", "nonsense"), "no command `work nonsense`"), (("close", "R0000000G00001", "--by", "m2"), "one of: needs_met,"),
                                 (("explain", "--source", "/nobody", "--id", "1"), "nothing came from this source under this id")):
            self.assertIn(words, self.hub.windscreen(*arguments).stderr)

    def test_every_command_has_a_page_with_examples_and_exit_codes(self):
        with open(os.path.join(ROOT, "services", "windscreen", "commands.def"), encoding="utf-8") as file:
            commands = re.findall(r'^COMMAND\(\w+, "([^"]+)"', file.read(), re.MULTILINE)
        self.assertGreater(len(commands), 40)
        for command in commands:
            with self.subTest(command):
                page = subprocess.run([os.path.join(BIN, "windscreen"), *command.split(), "--help"], capture_output=True, text=True, check=True).stdout
                self.assertIn("exit code", page.lower())
                self.assertIn("example", page.lower())

    def test_help_of_generate_tells_every_option(self):
        help_text = subprocess.run([os.path.join(BIN, "windscreen"), "help", "generate"], capture_output=True, text=True, check=True).stdout
        for option in ("--seed", "--count", "--on", "--start", "--duplicates", "--conflicts"):
            self.assertIn(option, help_text)


if __name__ == "__main__":
    main()
