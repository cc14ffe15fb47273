# SPDX-License-Identifier: MIT
"""What people write in the course of work is sealed; decisions cite it by sequence, and only who may open the referral reads it."""
import json
import os

import msgpack

import projections
from samples import consent_changed, for_hub_decision, for_taf
from system_case import HubCase, main

WORDS = "Zoë said: \"no\".\nRing again tomorrow."


class Notes(HubCase):
    def accepted(self):
        [tag] = self.publish(for_taf())
        worker = self.worker()
        [(token, job)] = worker.take_jobs("taf", 1)
        worker.accept(token, job)
        return tag

    def events(self, tag, kind):
        return [(sequence, event["data"]) for sequence, event in self.log().all() if event["type"] == f"earlyhelp.{kind}.v1" and event["subject"] == tag]

    def file(self, text, name="note.txt"):
        path = os.path.join(self.hub.base, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def test_a_note_is_sealed_and_read_by_who_holds_the_referral(self):
        tag = self.accepted()
        reply = self.people("M2").note(tag, WORDS)
        self.assertEqual(reply["answer"], "ok")
        [(sequence, note)] = self.events(tag, "note.recorded")
        self.assertEqual((sequence, note["by"]), (reply["sequence"], "M2"))
        self.assertNotEqual(self.people("W2").open(tag, sequence=sequence)["answer"], "ok")
        opened = self.people().open(tag, sequence=sequence)
        self.assertEqual((opened["answer"], opened["note"]), ("ok", WORDS))
        self.assertNotIn("event", opened)
        self.assertEqual([opening["text"] for _, opening in self.events(tag, "person.opened")], [sequence])

    def test_the_personal_part_tells_what_came_since(self):
        sent = for_taf()
        [tag] = self.publish(sent)
        worker = self.worker()
        [(token, job)] = worker.take_jobs("taf", 1)
        worker.accept(token, job)
        changed = consent_changed(sent, "given", {"share_with": ["school"]})
        receipt = self.partner().publish(changed)
        written = self.people().note(tag, WORDS)
        opened = self.people().open(tag)
        self.assertEqual(opened["later"], [{"sequence": receipt["sequence"], "type": "consent.recorded"},
                                           {"sequence": written["sequence"], "type": "note.recorded"}])
        self.assertEqual(self.people().open(tag, sequence=receipt["sequence"])["event"], msgpack.packb(changed))

    def test_no_referral_no_note(self):
        self.assertEqual(self.people().note("R0000000000000", WORDS)["answer"], "not_found")
        tag, other = self.accepted(), self.accepted()
        sequence = self.people().note(other, WORDS)["sequence"]
        self.assertEqual(self.people().open(tag, sequence=sequence)["answer"], "not_found")
        self.assertEqual(self.people().note(tag, "a" * 16001)["answer"], "bad_request")
        self.assertEqual(self.people().note(tag, "")["answer"], "bad_request")
        self.assertEqual(self.people().note(tag, "a" * 16000)["answer"], "ok")

    def test_it_outlasts_a_kill_and_a_rebuild(self):
        tag = self.accepted()
        sequence = self.people().note(tag, WORDS)["sequence"]
        self.hub.kill("registry")
        self.hub.wait_ready()
        self.assertEqual(self.people().open(tag, sequence=sequence)["note"], WORDS)
        projections.assert_rebuilt_the_same(self, self.hub)
        self.assertEqual(self.people().open(tag, sequence=sequence)["note"], WORDS)

    def test_decisions_cite_a_note(self):
        [tag] = self.publish(for_hub_decision())
        self.settle(tag)
        done = self.hub.windscreen("decide", tag, "override", "--by", "M2", "--team", "taf", "--level", "2", "--why", "other", "--note",
                                   self.file(WORDS))
        self.assertEqual(done.returncode, 0, done.stderr)
        [(sequence, _)] = self.events(tag, "note.recorded")
        [(_, decided)] = self.events(tag, "referral.overridden")
        self.assertEqual(decided["note"], sequence)
        worker = self.worker()
        [(token, _)] = worker.take_jobs("taf", 1)
        done = self.hub.windscreen("work", "decline", tag, "--worker", "W1", "--token", str(token), "--why", "unsafe", "--note", "-", input="Not alone.")
        self.assertEqual(done.returncode, 0, done.stderr)
        [(_, declined)] = self.events(tag, "referral.declined")
        self.assertEqual(declined["note"], self.events(tag, "note.recorded")[-1][0])
        shown = self.hub.windscreen("show", tag).stdout
        self.assertIn(f"(note {sequence})", shown)
        self.assertNotIn("tomorrow", shown)
        read = self.hub.windscreen("work", "open", tag, "--worker", "M2", "--purpose", "decision", "--sequence", str(sequence))
        self.assertEqual((read.returncode, read.stdout), (0, WORDS + "\n"))
        self.assertIn(f"note.recorded, --sequence {sequence}", read.stderr)
        self.assertEqual(json.loads(self.hub.windscreen("work", "open", tag, "--worker", "M2", "--purpose", "decision", "--sequence", str(sequence),
                                                        "--json").stdout), {"note": WORDS})

    def test_nothing_is_decided_when_the_note_cannot_be_kept(self):
        [tag] = self.publish(for_hub_decision())
        self.settle(tag)
        for text, code in ((b"", 65), (b"\xff", 65), (b"a" * 16001, 65)):
            done = self.hub.windscreen("decide", tag, "confirm", "--by", "M2", "--note", self.file(text))
            self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(self.hub.windscreen("decide", tag, "confirm", "--by", "M2", "--note", self.hub.base).returncode, 66)
        self.assertEqual(self.hub.windscreen("decide", tag, "confirm", "--by", "M2", "--note", self.file("\x07")).returncode, 1)
        self.assertEqual(self.settle(tag).jobs[tag, 0].state, "deciding")

    def test_the_command_line_writes_notes(self):
        tag = self.accepted()
        done = self.hub.windscreen("note", tag, "-", "--by", "M2", "--json", input=WORDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.people().open(tag, sequence=json.loads(done.stdout)["sequence"])["note"], WORDS)
        self.assertEqual(self.hub.windscreen("note", "R0000000000000", "-", "--by", "M2", input=WORDS).returncode, 1)
        self.assertEqual(self.hub.windscreen("note", tag, "-", input=WORDS).returncode, 64)


if __name__ == "__main__":
    main()
