# SPDX-License-Identifier: MIT
"""What the registry asks a policy follows what is adopted while the hub runs: who may see what at the moment of opening, who is alike when the referral came."""
import json
import os
import shutil
import tempfile

from hub import POLICY, wait_until
from samples import child, for_taf, parent, referral, surname, upn, years_ago
from system_case import HubCase, main, wait_caught_up


class RegistryPolicy(HubCase):
    def adopt(self, file, old, new):
        """Puts luton-2017 with one change in force; its version."""
        folder = os.path.join(tempfile.mkdtemp(dir=self.hub.base), "draft")
        shutil.copytree(POLICY, folder)
        path = os.path.join(folder, file)
        with open(path, encoding="utf-8") as read:
            text = read.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as written:
            written.write(text.replace(old, new, 1))
        result = self.hub.windscreen("policy", "adopt", folder, "--effective", "now", "--by", "m2", "--json")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        wait_caught_up(self.hub)
        return json.loads(result.stdout)["version"]

    def start_anew(self):
        self.hub.halt("registry")
        shutil.rmtree(os.path.join(self.hub.state, "registry"))
        self.hub.start_daemon("registry")
        self.hub.wait_ready()
        wait_caught_up(self.hub)

    def events(self, name):
        return [event["data"] for _, event in self.log().all() if event["type"] == f"earlyhelp.{name}.v1"]

    def test_who_may_see_what_when_it_is_opened(self):
        sent = for_taf()
        sent["data"]["members"][0]["upn"] = upn()
        [tag] = self.publish(sent)
        self.settle(tag)
        [(token, job)] = self.worker().take_jobs("taf", 1)
        self.assertEqual(job["referral"], tag)
        self.assertEqual(self.people().open(tag, token)["withheld"], ["upn"])
        version = self.adopt("sharing.yaml", "school, address, language, reason, referrer, consent, asb_reference, notes, unknown]",
                             "school, address, language, referrer, consent, asb_reference, notes, unknown]")
        opened = self.people().open(tag, token)
        self.assertEqual(set(opened["withheld"]), {"upn", "reason"})
        self.assertEqual(self.events("person.opened")[-1]["policy"].hex(), version)
        self.start_anew()
        self.assertEqual(set(self.people().open(tag, token)["withheld"]), {"upn", "reason"})

    def pair(self, given, spelt):
        """Two families with a child of nearly the same name and the same birth date; their tags."""
        name, born = surname(), years_ago(9)
        tags = [self.publish(referral(members=[child(given_name=word, family_name=name, born=born), parent()], household={"postcode": postcode, "needs": []}))[0]
                for word, postcode in ((given, "LU4 9QT"), (spelt, "LU1 1AA"))]
        fold = self.settle(*tags)
        return [fold.family[tag] for tag in tags]

    def asked(self, family):
        return [data for data in self.events("family.candidate") if data["family"] == family]

    def wait_asked(self, family):
        return wait_until(lambda: self.asked(family), 20, f"a question about {family}")[0]

    def test_who_is_alike_when_the_referral_came(self):
        _, before = self.pair("Norina", "Norinah")
        self.wait_asked(before)
        version = self.adopt("matching.yaml", "{likeness: name_born, least: 85", "{likeness: name_born, least: 100")
        _, slip = self.pair("Norida", "Norifa")
        _, equal = self.pair("Zoë", "Zoe")
        self.assertEqual(self.wait_asked(equal)["policy"].hex(), version)
        self.assertEqual(self.asked(slip), [])
        asked = len(self.events("family.candidate"))
        self.start_anew()
        _, last = self.pair("Zoë", "Zoe")
        self.wait_asked(last)
        self.assertEqual(len(self.events("family.candidate")), asked + 1)


if __name__ == "__main__":
    main()
