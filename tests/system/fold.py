# SPDX-License-Identifier: MIT
"""Folds the log into where every referral and part stands, by the life cycle alone; independent of the hub's own code.

Used by tests after load and kills. Gathers every breach: an effect that happened twice, a step that the life cycle does not have.
"""
import collections

# event -> states it may come in, state afterwards (None: stays)
STEPS = {
    "leased": ({"queued"}, "leased"),
    "extended": ({"leased"}, None),
    "released": ({"leased"}, "queued"),
    "lapsed": ({"leased"}, "queued"),
    "accepted": ({"leased"}, "accepted"),
    "declined": ({"leased"}, "deciding"),
    "dead": ({"queued"}, "dead"),
    "held": ({"routing", None, "held", "deciding", "dead", "queued", "leased"}, "held"),
    "warned": ({"queued", "leased", "accepted", "held", "deciding", "dead"}, None),
    "overdue": ({"queued", "leased", "accepted", "held", "deciding", "dead"}, None),
    "escalated": ({"queued", "leased", "accepted", "held", "deciding", "dead"}, None),
    "closed": ({"deciding", "accepted", "held", "dead", "queued", "leased"}, "closed"),
    "progressed": ({"accepted"}, None),
    "assigned": ({"queued"}, None),
    "reopened": ({"closed"}, "deciding"),
}
BEFORE_ALLOCATED = {"routing", None, "held", "deciding", "dead", "queued", "leased", "accepted"}
JOB_LISTS = {"leased", "extended", "released", "lapsed", "accepted"}
DECISIONS = {"confirmed", "overridden"}
FOLLOWS = {"allocated", "held", "closed"}  # what may follow from updated and stepped, in the same append
STATES = ("routing", "queued", "leased", "accepted", "held", "deciding", "closed", "dead")
PREFIX, SUFFIX = "earlyhelp.", ".v1"


def name_of(event):
    """"referral.received" of a full type."""
    return event["type"][len(PREFIX):-len(SUFFIX)]


def number_of(event):
    """(epoch, own number) of an event of the hub."""
    epoch, number = event["id"].split(".")
    return int(epoch), int(number)


class Job:
    def __init__(self):
        self.state = None
        self.team = None
        self.level = None
        self.reason = None
        self.proposal = None
        self.news_of = None
        self.marks = []
        self.worker = None
        self.token = None
        self.leases = 0
        self.accepts = 0
        self.loosened = False  # of a lead: what it rests on has changed, so it and its parts may leave queue and worker


class Fold:
    def __init__(self):
        self.jobs = collections.defaultdict(Job)  # (referral, part)
        self.received = {}  # referral -> sequence
        self.by_partner = {}  # (source, id) -> referral
        self.conflicting = []
        self.triaged = {}
        self.assessments = set()  # sequences
        self.family = {}
        self.breaches = []
        self.sequence = 0
        self.numbers = collections.defaultdict(int)
        self.epochs = collections.defaultdict(int)
        self.decided_parts = {}

    def breach(self, text):
        self.breaches.append(f"#{self.sequence}: {text}")

    def take_all(self, events):
        for sequence, event in events:
            self.take(sequence, event)
        return self

    def take(self, sequence, event):
        if sequence != self.sequence + 1:
            self.breach(f"sequence {sequence} follows {self.sequence}")
        self.sequence = sequence
        self.check_envelope(sequence, event)
        kind, _, word = name_of(event).partition(".")
        if kind == "referral":
            self.take_referral(word, event)
        elif kind == "assessment":
            self.assessments.add(sequence)

    def check_envelope(self, sequence, event):
        source = event["source"]
        epoch, number = number_of(event)
        if number != self.numbers[source] + 1:
            self.breach(f"{source}: own number {number} follows {self.numbers[source]}")
        if epoch < self.epochs[source]:
            self.breach(f"{source}: epoch {epoch} after {self.epochs[source]}")
        self.numbers[source] = number
        self.epochs[source] = max(epoch, self.epochs[source])
        if event.get("cause", 0) >= sequence:
            self.breach(f"cause {event['cause']} is not before it")

    def take_referral(self, word, event):
        data = event["data"]
        if word in ("received", "conflicting"):
            self.take_received(word, event["subject"], data)
        elif word == "triaged":
            if event["subject"] in self.triaged and event["cause"] not in self.assessments:
                self.breach(f"{event['subject']} triaged twice")
            self.triaged[event["subject"]] = data
        elif word == "allocated":
            self.take_allocated(event["subject"], data)
        elif word in DECISIONS:
            self.take_decision(event["subject"], data)
        elif word == "stepped":
            self.take_stepped(event["subject"], event, data)
        elif word in JOB_LISTS:
            for named in data["jobs"]:
                self.step(word, named["referral"], named.get("part", 0), event, data)
        elif word in STEPS:
            self.step(word, event["subject"], data.get("part", 0), event, data)
        self.loosen(word, event, data)

    def loosen(self, word, event, data):
        opens = word in ("updated", "stepped") or (word == "closed" and data["outcome"] == "upheld")
        for referral in [named["referral"] for named in data.get("jobs", [])] or [event.get("subject")]:
            lead = self.jobs.get((referral, 0))
            if lead is not None:
                lead.loosened = opens or (lead.loosened and word in FOLLOWS)

    def check_loosened(self, word, referral, part, job):
        """A worker's case does not go elsewhere, nor does anything leave a queue to wait, unless what it rests on has changed."""
        bound = {"allocated": ("leased", "accepted"), "held": ("queued", "leased")}.get(word, ())
        if job.state in bound and not self.jobs[referral, 0].loosened:
            self.breach(f"{referral}/{part} {word} while {job.state}")

    def take_stepped(self, referral, event, data):
        job = self.jobs[referral, 0]
        if data["level"] < data["from_level"] and not data.get("offer") and not data.get("why"):
            self.breach(f"{referral} stepped down without a reason")
        if "worker" not in data:
            return
        if job.state != "accepted":
            self.breach(f"{referral} stepped while {job.state}")
        job.level, job.team, job.worker = data["level"], data["team"], data["worker"]
        job.token = data.get("token", job.token)

    def take_received(self, word, referral, data):
        partner = (data["partner_source"], data["partner_id"])
        if referral in self.received:
            self.breach(f"{referral} received twice")
        if word == "received" and partner in self.by_partner:
            self.breach(f"{partner} received as {self.by_partner[partner]} and as {referral}")
        if word == "received":
            self.by_partner[partner] = referral
        else:
            self.conflicting.append(referral)
        self.received[referral] = self.sequence
        self.family[referral] = data["family"]
        self.jobs[referral, 0].state = "routing"

    def take_allocated(self, referral, data):
        job = self.jobs[referral, data.get("part", 0)]
        if referral not in self.received:
            self.breach(f"{referral} allocated, never received")
        self.check_loosened("allocated", referral, data.get("part", 0), job)
        if job.state == "closed" and data.get("part", 0):
            job = self.jobs[referral, data["part"]] = Job()  # a part's number is used again
        if job.state not in BEFORE_ALLOCATED:
            self.breach(f"{referral}/{data.get('part', 0)} allocated while {job.state}")
        last_attempt = job.leases >= 5 and data["team"] == "hub-decision"
        if job.state == "queued" and not last_attempt and not self.jobs[referral, 0].loosened:
            self.breach(f"{referral}/{data.get('part', 0)} allocated twice")
        job.state = "deciding" if data["team"] == "hub-decision" else "queued"
        job.team, job.level = data["team"], data["level"]
        job.reason, job.proposal, job.news_of = data.get("reason"), data.get("proposal"), data.get("news_of")
        job.marks = data.get("marks", [])
        job.worker = job.token = None
        job.accepts = 0

    def take_decision(self, referral, data):
        job = self.jobs[referral, data.get("part", 0)]
        if job.state not in ("deciding", "dead", "held"):
            self.breach(f"{referral}/{data.get('part', 0)} decided while {job.state}")

    def step(self, word, referral, part, event, data):
        job = self.jobs[referral, part]
        before, after = STEPS[word]
        if word == "held" and part and job.state == "closed":
            job = self.jobs[referral, part] = Job()  # it comes back with its lead
        self.check_loosened(word, referral, part, job)
        if job.state not in before:
            self.breach(f"{referral}/{part} {word} while {job.state}")
        if word == "leased":
            job.leases += 1
            job.token, job.worker = number_of(event)[1], data["worker"]
        elif word in JOB_LISTS | {"declined"} and data["token"] != job.token:
            self.breach(f"{referral}/{part} {word} with token {data['token']}, lease is {job.token}")
        if word == "accepted":
            job.accepts += 1
            if job.accepts > 1:
                self.breach(f"{referral}/{part} accepted {job.accepts} times")
        if word == "held":
            job.level, job.reason, job.proposal = data["level"], data["reason"], data.get("proposal")
        if after is not None:
            job.state = after

    # ------------------------------------------------------------ what it comes to

    def leads(self):
        return {referral: job for (referral, part), job in self.jobs.items() if part == 0}

    def parts_of(self, referral):
        return {part: job for (name, part), job in self.jobs.items() if name == referral and part > 0}

    def counts(self):
        """{state: [leads, parts]}, states without any left out."""
        counts = collections.defaultdict(lambda: [0, 0])
        for (_, part), job in self.jobs.items():
            counts[job.state][1 if part else 0] += 1
        return dict(counts)

    def unsettled(self):
        return [referral for referral, job in self.leads().items() if job.state == "routing"]
