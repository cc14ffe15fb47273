# SPDX-License-Identifier: MIT
"""A real hub started on what a power cut has left: nothing that was promised before the cut is missing, and it works on.

Used by power-cut for a sample of its images.
"""
import shutil
import unittest

import msgpack

from peers import TAKEN, Partner
from recorded_load import PATIENCE, RECEIPT, new_hub, records
from samples import for_taf
from system_case import assert_balanced, settle


def receipts_before(trace, record):
    """[(event's bytes, referral, sequence)] of every receipt that was given before the cut."""
    return [(data, referral, sequence) for place, op, referral, sequence, data in records(trace) if op == RECEIPT and place <= record]


def check(image, kek, receipts):
    """Raises what is wrong. `image` is a directory, which is copied."""
    with new_hub(kek) as hub:
        shutil.copytree(image, hub.state, dirs_exist_ok=True)
        hub.start()
        referrals = [referral for _, referral, _ in receipts]
        fold = settle(hub, referrals, PATIENCE)
        assert not fold.breaches, fold.breaches
        for packed, referral, _ in receipts:
            event = msgpack.unpackb(packed)
            assert fold.by_partner.get((event["source"], event["id"])) == referral, f"{referral} is not in the log"
        with Partner(hub) as partner:
            for (_, referral, sequence), again in zip(receipts, partner.publish_all([packed for packed, _, _ in receipts], seconds=PATIENCE)):
                assert (again["status"], again["referral"], again["sequence"]) == ("duplicate", referral, sequence), (referral, sequence, again)
            new = partner.publish(for_taf(), seconds=PATIENCE)
            assert new["status"] in TAKEN, new
        settle(hub, [new["referral"]], PATIENCE)
        assert_balanced(unittest.TestCase(), hub, PATIENCE)
        assert not any(code == 78 for _, code, _ in hub.exits), hub.exits
