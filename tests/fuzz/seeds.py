#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes first inputs for the fuzz targets: good and bad events of the system tests, stories of frames for the daemons, policies, JSON.

Used by tests/fuzz/run --seed. What it needs to know of a message, it takes from tests/system.
"""
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "system"))

import msgpack  # noqa: E402  (after the path is set)

import bad_inputs  # noqa: E402
import samples  # noqa: E402

SEED_MAX = 2048
STORY_MAX = 4096
POLICY = os.path.join(ROOT, "deploy", "policy", "luton-2017")
SMALL_POLICY = os.path.join(ROOT, "tests", "fuzz", "policy")
TOKEN = 0x5454545454545454  # placeholders: the targets put the newest lease, epoch, number and ref there
EPOCH = 0x4545454545454545
NUMBER = 0x4e4e4e4e4e4e4e4e
REF = 0x52525252
LEASED = "R" + 13 * "T"
DECIDING = "R" + 13 * "D"


class Seeds:
    def __init__(self, base):
        self.base = base
        self.n = 0

    def tell(self, target, data):
        """A story: an input in which something happens. It stays in the corpus, and tests/unit/memory_daemon_test.c plays it."""
        self.put(target, data, "story")

    def put(self, target, data, kind="seed"):
        if len(data) > (STORY_MAX if kind == "story" else SEED_MAX):
            return
        folder = os.path.join(self.base, target)
        os.makedirs(folder, exist_ok=True)
        self.n += 1
        with open(os.path.join(folder, f"{kind}-{self.n:04d}"), "wb") as file:
            file.write(data)


def frame(socket, message, flags=0):
    return bytes([socket, flags]) + len(message).to_bytes(2, "little") + message


def message(data):
    return len(data).to_bytes(2, "little") + data


def request(name, **fields):
    return msgpack.packb({"request": name, "ref": 1, **fields})


# ---------------------------------------------------------------- events

def events():
    good = [bad_inputs.full(), samples.for_taf(), samples.for_fsw(), samples.for_specialist(), samples.for_hold(), samples.for_hub_decision(),
            samples.referral(at_risk_of_harm=True), samples.referral(level_claimed=4, kind="x")]
    good += [samples.withdrawn(good[1]), samples.consent_changed(good[1], "withdrawn"), samples.challenged(good[1], level_wanted=4),
             samples.assessment_completed(good[1], ["I301"]), samples.assessment_completed(good[1], ["I402"])]
    for number, event in enumerate(good):
        event["id"] = f"e{number}"
        if "about" in event["data"]:
            event["data"]["about"] = "e1"
        event["time"] = "2026-11-23T09:12:00Z"
    return [msgpack.packb(event) for event in good]


def urgent_with_faults():
    rows = [frames[0] for _, frames, _, _ in bad_inputs.ROWS if len(frames) == 1 and len(frames[0]) < SEED_MAX]
    flag = msgpack.packb("at_risk_of_harm")
    return [row.replace(flag + b"\xc2", flag + b"\xc3") for row in rows if flag + b"\xc2" in row]


def seed_events(seeds):
    bad = [frames for _, frames, _, _ in bad_inputs.ROWS if sum(map(len, frames)) < SEED_MAX]
    for event in events() + [frames[0] for frames in bad if len(frames) == 1] + urgent_with_faults():
        seeds.put("door", event)
        seeds.put("json", event)
        seeds.put("intake", frame(0, event))
    for event in events() + urgent_with_faults()[::7]:
        seeds.put("registry", b"\xff" + event)
    for number, event in enumerate(events()):
        admit = request("admit", items=[{"handle": 3, "event": event, "urgent": True, "problems": [{"path": "/data/kind", "code": "missing"}]}])
        (seeds.tell if number == 0 else seeds.put)("registry", frame(0, admit) + frame(0, admit))
        seeds.put("input", event + event)
        if number > 7:  # about e1, which is in
            seeds.tell("registry", b"".join(frame(0, request("admit", items=[{"handle": place, "event": sent}]))
                                            for place, sent in enumerate((events()[1], event, event))))
    flawed = msgpack.unpackb(events()[6])
    flawed["data"]["household"]["postcode"] = "nowhere"
    flawed = msgpack.packb(flawed)
    seeds.tell("registry", b"\xff" + flawed)
    seeds.tell("intake", frame(0, events()[0]) + frame(0, flawed) + frame(0, b"\x81\xa2id\xa1x") + frame(5, request("status")))
    seeds.tell("intake", frame(0, events()[0], 1) + frame(0, events()[1], 2) + frame(0, events()[2], 20))
    status = request("status", source="/schools/8212999", id="e1")
    seeds.tell("intake", frame(0, status) + frame(0, status, 1) + frame(0, request("status", id="e1")) + frame(0, request("admit")))
    located = msgpack.packb({"ref": 1, "answer": "ok", "referral": "R0000000000001"})
    seeds.put("intake", frame(0, status) + frame(3, located) + frame(4, msgpack.packb({"ref": 1, "answer": "ok", "state": "with_team"})))
    seeds.put("intake", frame(0, status) + frame(3, msgpack.packb({"ref": 1, "answer": "not_found"})))
    seeds.put("intake", frame(1, msgpack.packb({"items": [{"handle": 0, "status": "busy", "retry_after_ms": 5}]})))


# ---------------------------------------------------------------- frames

def seed_work(seeds):
    take = request("take", team="fsw", worker="W1", max=2, wait_ms=0)
    wait = request("take", team="taf", worker="W2", max=64, wait_ms=60000, lease_ms=1000)
    job = [{"referral": LEASED, "answers": ["single_indicator"]}]
    stories = [
        [take], [wait], [take, request("accept", worker="W1", token=TOKEN, jobs=job)],
        [take, request("extend", worker="W1", token=TOKEN, lease_ms=5000, jobs=job)],
        [take, request("release", worker="W1", token=TOKEN, jobs=job), take],
        [take, request("decline", worker="W1", token=TOKEN, referral=LEASED, reason="wrong_team")],
        [request("decide", referral=DECIDING, action="confirm", by="M")],
        [request("decide", referral=DECIDING, action="override", by="M", team="taf", level=2, why="local_knowledge")],
        [take, request("accept", worker="W1", token=TOKEN, jobs=job),
         request("progress", referral=LEASED, worker="W1", token=TOKEN, what="plan"),
         request("challenge", referral=LEASED, by="M", why="too_slow"), request("decide", referral=LEASED, part=1, action="uphold", by="M"),
         request("close", referral=LEASED, by="W1", token=TOKEN, outcome="needs_met"),
         request("reopen", referral=LEASED, by="M", why="need_returned"), take],
        [take, request("accept", worker="W1", token=TOKEN, jobs=job),
         request("step", referral=LEASED, by="W1", token=TOKEN, level=3, team="taf", to_worker="W2", why="other_team_fits"),
         request("take", team="taf", worker="W2", max=1, wait_ms=0),
         request("accept", worker="W2", token=TOKEN, jobs=[{"referral": LEASED, "part": 1}])],
        [take, request("step", referral=LEASED, by="W1", token=TOKEN, level=4, team="specialist", why="need_higher")],
        [request("close", referral=DECIDING, by="M", outcome="entered_in_error"), request("reopen", referral=DECIDING, by="M", why="other")],
        [request("roster", worker="W1", team="fsw", most=4, days=["monday", "friday"], by="M"), take, request("workers", team="fsw"),
         request("away", worker="W1", until=4102444800000, by="M"), take, request("away", worker="W1", **{"from": 1}, until=1, by="M"), take],
        [request("capacity", team="fsw", capacity="none", by="M"), request("queues", team="fsw"),
         request("assign", referral=LEASED, worker="W2", by="M"), request("assign", referral=LEASED, by="M")],
        [take, request("accept", worker="W1", token=TOKEN, jobs=job), request("assign", referral=LEASED, worker="W2", by="M"),
         request("jobs", worker="W1")],
        [request("queues"), request("queues", team="fsw"), request("counts")],
        [request("jobs", team="fsw", max=256), request("jobs", referral=LEASED)],
    ]
    for story in stories:
        seeds.tell("allocation", b"".join(frame(0, step) for step in story))
        seeds.put("allocation", b"".join(frame(0, step, 8) for step in story))


def hub_event(kind, data, number):
    return msgpack.packb({"specversion": "1.0", "id": f"1.{number}", "source": "/hub/x", "type": f"earlyhelp.{kind}.v1",
                          "time": "2026-11-23T09:12:00.000Z", "subject": "R0000000000001", "data": data})


def seed_log(seeds):
    closed = hub_event("referral.closed", {"by": "w1", "outcome": "completed"}, 1)
    opened = hub_event("person.opened", {"worker": "w1", "purpose": "allocated_work"}, 1)
    begin = request("begin", producer="allocation")
    append = request("append", producer="allocation", epoch=EPOCH, n=NUMBER, decided_to=0,
                     events=[{"event": closed}, {"event": closed, "attachment": b"attached"}])
    drop = request("append", producer="registry", epoch=EPOCH, n=NUMBER, decided_to=0, events=[{"event": opened, "attachment": b"attached"}])
    read = request("read", **{"from": 1, "wait_ms": 0, "attachments": True, "max_events": 5})
    seeds.tell("audit", frame(0, begin) + frame(0, append) + frame(0, read) + frame(1, read))
    seeds.put("audit", frame(0, begin) + frame(0, append, 2) + frame(0, request("attachment", sequence=2)))
    seeds.tell("audit", frame(0, request("begin", producer="registry")) + frame(0, drop) +
              frame(0, request("drop", producer="registry", epoch=EPOCH, sequences=[{"sequence": 1}])))
    seeds.put("audit", frame(1, request("read", **{"from": 1, "types": ["referral.closed"], "wait_ms": 60000})) + frame(1, request("root")))
    chunk = (1 << 3).to_bytes(8, "big") + (1).to_bytes(4, "big") + len(closed).to_bytes(2, "big") + b"\x03\x01" + closed
    seeds.put("log", b"\x00" + chunk)
    seeds.put("log", b"\x01" + (2).to_bytes(4, "big") + (0).to_bytes(4, "big") + (3).to_bytes(4, "big") + (5).to_bytes(4, "big") +
              (2).to_bytes(4, "big") + b"abcde")
    seeds.put("log", b"\x09" + message(closed) + message(b"attached") + message(b"x") + message(b""))


def seed_client(seeds):
    for status in ("accepted", "duplicate", "conflict", "rejected", "busy"):
        receipts = [{"id": name, "source": "/s", "status": status, "referral": "R0000000000001", "sequence": 5, "retry_after_ms": 30,
                     "errors": [{"path": "/data", "code": "missing", "message": "m"}]} for name in ("e1", "e2")]
        seeds.put("client", b"\x00" + b"".join(message(msgpack.packb(receipt)) for receipt in receipts) +
                  message(msgpack.packb({"id": None, "source": None, "status": status})))
    reply = msgpack.packb({"ref": REF, "answer": "bad_request", "errors": [{"path": "", "code": "malformed", "message": "m"}]})
    seeds.put("client", b"\x01\x05" + message(reply))
    seeds.put("client", b"\x02" + message(msgpack.packb({"ref": REF, "answer": "empty", "head": 4, "next": 5})) + message(b"") + message(reply))


# ---------------------------------------------------------------- texts

def seed_texts(seeds):
    bundle = {}
    for name in sorted(os.listdir(SMALL_POLICY)):
        with open(os.path.join(SMALL_POLICY, name), "rb") as file:
            bundle[name] = text = file.read()
        seeds.put("policy", b"%% " + name.encode() + b"\n" + text)
        seeds.put("yaml", text)
        seeds.put("policy", b"%% " + name.encode() + b"\n" + text.replace(b"s}", b"}"))
    for name in sorted(os.listdir(POLICY)):
        with open(os.path.join(POLICY, name), "rb") as file:
            lines = [line for line in file.read().split(b"\n") if not line.lstrip().startswith(b"#")]
        seeds.put("yaml", b"\n".join(lines)[:500])
        seeds.put("policy", b"%% " + name.encode() + b"\n" + b"\n".join(lines)[:900])
    seeds.put("policy", msgpack.packb({name: text[:100].decode() for name, text in bundle.items()}))
    for text in (b"a: &x 1", b"*x", b"!t a", b"--- a\n--- b", b"[[[[[[[[[1]]]]]]]]]", b"{a: 1, a: 2}", b"? [a]\n: b", b"\xff", b"a: |\n  b\n", b"'"):
        seeds.put("yaml", text)
    one = json.dumps({"specversion": "1.0", "id": "1", "data": {"a": [1, -2, True, None, "\u00e9\\"]}}).encode()
    for text in (one, one + b"\n" + one, b"[" + one + b"," + one + b"]", b"\xef\xbb\xbf" + one, b"[1, {}, x]", b"{\"a\":1.5}", b"{\"a\":1,\"a\":2}",
                 b"{\"a\":\"\n{\"b\":2}", b"[{}", b"{\"a\": 9007199254740993}", b"[]", b"\x81\xa1a\x01\x80", b"{\"a\":\"\\ud800\"}"):
        seeds.put("input", text)
        seeds.put("json", text)


def main():
    seeds = Seeds(sys.argv[1])
    for write in (seed_events, seed_work, seed_log, seed_client, seed_texts):
        write(seeds)
    print(f"{seeds.n} seeds")


if __name__ == "__main__":
    main()
