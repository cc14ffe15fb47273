# SPDX-License-Identifier: MIT
"""What the hub does not know survives: the worker opens exactly the bytes that the partner sent."""
import msgpack

from samples import for_taf
from system_case import HubCase, main

UNKNOWN = {"shoe_size": 31, "notes": ["ä", {"deep": [True, None, -5]}], "blob": b"\x00\xff", "": "x"}


def with_unknown_fields():
    event = for_taf()
    event["x-extension"] = "kept"
    event["data"]["favourite"] = {"colour": "blue", "numbers": [1, 2, 3]}
    event["data"]["members"][0].update({name: value for name, value in UNKNOWN.items() if name})
    event["data"]["household"]["pets"] = ["cat", "dog"]
    return event


class UnknownFields(HubCase):
    def opened(self, packed):
        receipt = self.partner().ask(packed)
        self.assertEqual(receipt["status"], "accepted", receipt)
        self.settle(receipt["referral"])
        worker = self.worker()
        [(token, job)] = worker.take_jobs("taf", 1)
        self.assertEqual(job["referral"], receipt["referral"])
        self.assertEqual(worker.accept(token, job)["answer"], "ok")
        reply = self.people().open(receipt["referral"], token)
        self.assertEqual(reply["answer"], "ok", reply)
        return reply["event"]

    def test_bytes_opened_are_the_bytes_sent(self):
        packed = msgpack.packb(with_unknown_fields())
        self.assertEqual(self.opened(packed), packed)

    def test_even_an_unusual_encoding_of_them(self):
        event = with_unknown_fields()
        pairs = [(msgpack.packb(name), msgpack.packb(value)) for name, value in reversed(event.items())]
        packed = b"\xdf" + len(pairs).to_bytes(4, "big") + b"".join(name + value for name, value in pairs)
        packed = packed.replace(b"\x93\x01\x02\x03", b"\x93\xcc\x01\xcd\x00\x02\xce\x00\x00\x00\x03")
        self.assertEqual(self.opened(packed), packed)

    def test_the_largest_event_that_is_taken(self):
        event = for_taf()
        event["data"]["attachment"] = b""
        event["data"]["attachment"] = b"\x5a" * (65536 - len(msgpack.packb(event)) - 1)
        packed = msgpack.packb(event)
        self.assertEqual(len(packed), 65536)
        self.assertEqual(self.opened(packed), packed)


if __name__ == "__main__":
    main()
