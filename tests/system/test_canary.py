# SPDX-License-Identifier: MIT
"""No name, date, address, number or free text in the log, a log line, a database or an argument list: unique words are sent and looked for."""
import glob
import os
import secrets

import msgpack

from hub import DAEMONS
from samples import assessment_completed, challenged, consent_changed, for_specialist, for_taf, nhs_number, withdrawn
from system_case import HubCase, main


def marked(event):
    """The event with a unique word in every personal field; [the words]."""
    words = []

    def word(prefix="canary"):
        words.append(f"{prefix}{secrets.token_hex(8)}")
        return words[-1]

    data = event["data"]
    data["reason"] = f"Text with {word()} inside."
    data["referrer"].update(role=word(), name=word(), email=f"{word()}@example.org", phone=word("0")[:30])
    data["consent"]["reason"] = word()
    data["household"]["address"] = f"1 {word()} Street"
    data["a-field-of-tomorrow"] = {"deep": [word()]}
    data["asb"] = {"role": "victim", "reference": word()}
    child = data["members"][0]
    child.update(ref=word("m"), given_name=word(), family_name=word(), school=word(), nhs_number=nhs_number(secrets.randbelow(1000000)), born="2017-02-03")
    data["members"][1].update(given_name=word(), family_name=word(), born="1981-07-09")
    words += [child["nhs_number"], child["born"], "1981-07-09", "LU4 9QT"]
    return event, words


def marked_later(about):
    """Events about a referral, with a unique word in every free text; [the words]."""
    words = [f"canary{secrets.token_hex(8)}" for _ in range(4)]
    household, said = marked(for_taf())
    return [consent_changed(about, "refused", {"reason": words[0]}), withdrawn(about, reason=words[1]), challenged(about, reason=words[2]),
            assessment_completed(about, assessment=household["data"], tomorrow=words[3])], words + said


class Canary(HubCase):
    def test_no_marker_is_seen_outside_the_sealed_attachment(self):
        words = []
        tags = []
        for maker in (for_taf, for_specialist) * 5:
            event, said = marked(maker())
            words += said
            tags += self.publish(event)
            if maker is for_specialist:  # the others are to be taken as they are
                about, said = marked_later(event)
                words += said
                self.publish(*about)
        bad, said = marked(for_taf())
        bad["data"]["members"][0]["born"] = "2017-02-31"
        words += said
        refused = self.partner().ask(bad)
        self.assertEqual(refused["status"], "rejected")
        urgent, said = marked(for_specialist())
        urgent["data"]["members"][0]["nhs_number"] = "9990000010"
        words += said + ["9990000010"]
        kept = self.partner().ask(urgent)
        self.settle(*tags, kept["referral"])
        words.append(f"canary{secrets.token_hex(8)}")
        self.open_one(words[-1:])
        self.hub.kill("registry")
        self.hub.wait_ready()
        self.look_for([word.encode() for word in words if word not in ("2017-02-31",)], {"receipts": msgpack.packb([refused, kept])})

    def open_one(self, words):
        worker = self.worker()
        for token, job in worker.take_jobs("fsw-asb", 1):
            self.assertEqual(self.people().open(job["referral"], token)["answer"], "ok")
            self.assertEqual(self.people().note(job["referral"], words[0])["answer"], "ok")
            worker.accept(token, job)

    def look_for(self, words, places):
        places["the log"] = b"".join(entry for entry in self.raw_log())
        places["daemons' output"] = self.hub.daemon_logs()
        for name in DAEMONS:
            with open(f"/proc/{self.hub.pid(name)}/cmdline", "rb") as file:
                places[f"arguments of {name}"] = file.read()
            with open(f"/proc/{self.hub.pid(name)}/environ", "rb") as file:
                places[f"environment of {name}"] = file.read()
        for path in glob.glob(os.path.join(self.hub.state, "**"), recursive=True):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    places[os.path.relpath(path, self.hub.state)] = file.read().replace(bytes(4096), b"")  # pages never written
        self.assertTrue([place for place in places if place.endswith(".mdb")], "the databases were looked at")
        for place, content in places.items():
            found = [word for word in words if word in content]
            self.assertEqual(found, [], f"in {place}")

    def raw_log(self):
        log = self.log()
        start, head = 1, log.head()
        while start <= head:
            reply = log.read(start)
            yield from (entry["event"] for entry in reply.get("events", []))
            start = reply["next"]


if __name__ == "__main__":
    main()
