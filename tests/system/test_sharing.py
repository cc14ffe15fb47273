# SPDX-License-Identifier: MIT
"""Who opens a referral is given what is for the agency of the team that holds it, as the family has agreed; the rest is told by name only."""
import json

import msgpack

from samples import child, consent_changed, for_taf, parent, referral, upn
from system_case import HubCase, main


class Sharing(HubCase):
    def parenting(self, **consent):
        """A level 1 referral with a parenting wish for a child of three: a Flying Start centre's."""
        members = [child(3, upn=upn(), school="Sample School"), parent()]
        return referral(members=members, wants=["parenting"], consent={"service": "given", "given_by": "parent", **consent})

    def lease(self, sent, team):
        [tag] = self.publish(sent)
        self.settle(tag)
        worker = self.worker()
        while True:
            [(token, job)] = worker.take_jobs(team, 1)
            if job["referral"] == tag:
                return tag, token
            worker.accept(token, job)

    def openings(self, tag):
        return [event["data"] for _, event in self.log().all() if event["type"] == "earlyhelp.person.opened.v1" and event["subject"] == tag]

    def test_early_help_is_given_all_but_pupil_numbers(self):
        sent = for_taf()
        number = sent["data"]["members"][0]["upn"] = upn()
        tag, token = self.lease(sent, "taf")
        reply = self.people().open(tag, token)
        self.assertEqual((reply["answer"], reply["withheld"]), ("ok", ["upn"]))
        del sent["data"]["members"][0]["upn"]
        self.assertEqual(reply["event"], msgpack.packb(sent))
        [opening] = self.openings(tag)
        self.assertTrue(opening["limited"])
        self.assertNotIn(number, str(opening))

    def test_nothing_to_withhold_is_the_exact_event(self):
        sent = for_taf()
        tag, token = self.lease(sent, "taf")
        reply = self.people().open(tag, token)
        self.assertEqual(reply["event"], msgpack.packb(sent))
        self.assertNotIn("withheld", reply)
        self.assertNotIn("limited", self.openings(tag)[0])

    def test_a_centre_is_given_more_when_the_family_agrees_and_less_again_when_it_changes_its_mind(self):
        sent = self.parenting(share_with=["childrens-centre"])
        tag, token = self.lease(sent, "flying-start-west")
        opened = self.people().open(tag, token)
        self.assertEqual(opened["withheld"], ["upn", "school"])
        self.assertEqual(msgpack.unpackb(opened["event"])["data"]["reason"], sent["data"]["reason"])
        for service, share_with in (("given", ["gp"]), ("given", None), ("given", [])):
            answer = {} if share_with is None else {"share_with": share_with}
            self.publish(consent_changed(sent, service, answer))
            opened = self.people().open(tag, token)
            self.assertEqual(set(opened["withheld"]), {"upn", "school", "reason", "referrer", "consent"})
            data = msgpack.unpackb(opened["event"])["data"]
            self.assertNotIn("reason", data)
            self.assertEqual(data["members"][0]["family_name"], sent["data"]["members"][0]["family_name"])
            self.assertEqual(data["referrer"], {"agency": "school"})
        self.publish(consent_changed(sent, "given", {"share_with": ["childrens-centre", "gp"]}))
        self.hub.kill("registry")
        self.hub.wait_ready()
        self.assertEqual(self.people().open(tag, token)["withheld"], ["upn", "school"])

    def test_a_note_is_not_for_every_agency(self):
        sent = self.parenting()
        tag, token = self.lease(sent, "flying-start-west")
        note = self.people("M2").note(tag, "words")["sequence"]
        self.assertEqual(self.people().open(tag, token, sequence=note)["answer"], "not_allowed")
        self.publish(consent_changed(sent, "given", {"share_with": ["childrens-centre"]}))
        self.assertEqual(self.people().open(tag, token, sequence=note)["note"], "words")

    def test_who_decides_at_the_hub_sees_all(self):
        sent = referral()
        sent["data"]["members"][0]["upn"] = upn()
        [tag] = self.publish(sent)
        self.assertEqual(self.settle(tag).jobs[tag, 0].state, "deciding")
        reply = self.people("M2").open(tag, purpose="decision")
        self.assertEqual(reply["event"], msgpack.packb(sent))
        self.assertNotIn("withheld", reply)

    def test_the_command_line_tells_what_is_withheld_by_name(self):
        sent = for_taf()
        number = sent["data"]["members"][0]["upn"] = upn()
        tag, token = self.lease(sent, "taf")
        done = self.hub.windscreen("work", "open", tag, "--worker", "W1", "--token", str(token))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("withheld, as it is not for your team's agency: upn", done.stderr)
        self.assertNotIn(number, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["id"], sent["id"])
        self.assertIn("limited", self.hub.windscreen("seen", tag).stdout)


if __name__ == "__main__":
    main()
