# SPDX-License-Identifier: MIT
"""A store cut short, put back from yesterday, or taken from another hub: refused in words that say what to do; a projection that is merely
old catches up. Nothing is served from a store that does not belong to the others."""
import os
import shutil
import tempfile
import unittest

import lmdb

from hub import DAEMONS, Hub, real_directory, wait_until
from peers import Partner, Worker
from samples import for_taf, mix
from system_case import assert_balanced, main, settle, wait_caught_up

EXIT_CONFIG = 78
PATIENCE = 60
PROJECTIONS = ("registry", "triage", "allocation")
STORES = ("audit", "keys", *PROJECTIONS)


def copy_state(source, target):
    """All but sockets and locks of a hub at rest."""
    for name in (*STORES, "credentials"):
        shutil.copytree(os.path.join(source, name), os.path.join(target, name), dirs_exist_ok=True)


class PutBack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Two hubs; of the first, the state of yesterday and of today."""
        cls.base = tempfile.mkdtemp(prefix="ws-put-back-", dir=real_directory())
        cls.receipts = {}
        cls.make("yesterday", None, 12)
        cls.make("today", "yesterday", 30)
        cls.make("other", None, 25)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.base)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.base, name)

    @classmethod
    def keep(cls, hub, name):
        """Brings the hub to rest and keeps its state. Who has a projection ends first: it is saved while the log still answers."""
        wait_caught_up(hub, PATIENCE)
        for daemon in PROJECTIONS:
            hub.halt(daemon)
        assert [exit[1] for exit in hub.exits] == [0] * len(PROJECTIONS), hub.exits
        hub.stop()
        copy_state(hub.state, cls.path(name))

    @classmethod
    def make(cls, name, before, count):
        with Hub(start=False) as hub:
            if before is not None:
                copy_state(cls.path(before), hub.state)
            hub.start()
            events = mix(count)
            with Partner(hub) as partner:
                receipts = partner.publish_all(events, seconds=PATIENCE)
            settle(hub, [receipt["referral"] for receipt in receipts], PATIENCE)
            cls.keep(hub, name)
        cls.receipts[name] = cls.receipts.get(before, []) + list(zip(events, receipts))

    # ------------------------------------------------------------ what the tests do

    def hub(self, **stores):
        """A hub on today's state, not yet started; `audit="yesterday"` takes that store from there."""
        hub = Hub(start=False)
        copy_state(self.path("today"), hub.state)
        for name, source in stores.items():
            shutil.rmtree(os.path.join(hub.state, name))
            if source is not None:
                shutil.copytree(os.path.join(self.path(source), name), os.path.join(hub.state, name))
        return hub

    def cut(self, hub, name, share):
        """Keeps this share of the pages that are in use; what is reserved behind them is gone too."""
        path = os.path.join(hub.state, name, "data.mdb")
        with lmdb.open(path, subdir=False, readonly=True, lock=False) as environment:
            pages = environment.info()["last_pgno"] + 1
        os.truncate(path, int(pages * share) * 4096)

    def start_all(self, hub, order=DAEMONS):
        for name in order:
            hub.start_daemon(name)

    def assert_refused(self, hub, names, words, order=DAEMONS):
        """These daemons end with "bad configuration" and say why; without the registry no referral is accepted."""
        with hub:
            self.start_all(hub, order)
            for name in names:
                wait_until(lambda name=name: any(exit[:2] == (name, EXIT_CONFIG) for exit in hub.exits), PATIENCE, f"{name} refuses to start")
                self.assertIn(words, self.log_of(hub, name))
            if "registry" in names:  # without the others a referral is taken in, and waits
                with Partner(hub) as partner:
                    partner.send(for_taf())
                    receipt = partner.receipt(2)
                self.assertTrue(receipt is None or receipt["status"] == "busy", receipt)
            others = [exit for exit in hub.exits if exit[0] not in names]
            self.assertEqual(others, [], "others than these ended")
            hub.exits.clear()

    def log_of(self, hub, name):
        with open(os.path.join(hub.logs, f"{name}.log")) as file:
            return file.read()

    def assert_works(self, hub):
        with hub:
            hub.start()
            events = [event for event, _ in self.receipts["today"]]
            referrals = [receipt["referral"] for _, receipt in self.receipts["today"]]
            with Partner(hub) as partner:
                again = partner.publish_all(events, seconds=PATIENCE)
            self.assertEqual([receipt["status"] for receipt in again], ["duplicate"] * len(events))
            self.assertEqual([receipt["referral"] for receipt in again], referrals)
            settle(hub, referrals, PATIENCE)
            assert_balanced(self, hub, PATIENCE)

    # ------------------------------------------------------------ cut short

    def test_log_cut_short(self):
        for share in (0.1, 0.5, 0.99):
            with self.subTest(share):
                hub = self.hub()
                self.cut(hub, "audit", share)
                self.assert_refused(hub, ["audit"], "cut short", ["audit"])

    def test_log_empty(self):
        hub = self.hub()
        self.cut(hub, "audit", 0)
        self.assert_refused(hub, ["audit"], "cut short", ["audit"])

    def test_keys_cut_short(self):
        hub = self.hub()
        self.cut(hub, "keys", 0.5)
        self.assert_refused(hub, ["registry"], "cut short")

    def test_projections_cut_short(self):
        for name in ("registry", "triage", "allocation"):
            with self.subTest(name):
                hub = self.hub()
                self.cut(hub, name, 0.5)
                self.assert_refused(hub, [name], "cut short")

    # ------------------------------------------------------------ older than the others

    def test_log_of_yesterday(self):
        self.assert_refused(self.hub(audit="yesterday"), ["registry", "triage", "allocation"], "call a person")

    def test_log_of_yesterday_that_went_on(self):
        """The log has grown beyond what the projections know, with other events, before anybody compared."""
        hub = self.hub(audit="yesterday", registry=None, triage=None, allocation=None)
        with hub:
            hub.start()
            with Partner(hub) as partner:
                receipts = partner.publish_all(mix(60), seconds=PATIENCE)
            settle(hub, [receipt["referral"] for receipt in receipts], PATIENCE)
            self.keep(hub, "went-on")
        self.assert_refused(self.hub(audit="went-on"), ["registry", "triage", "allocation"], "call a person")

    def test_log_that_went_on_without_the_workers(self):
        """Nothing was referred since the copy: only what workers did is missing, which allocation itself had written."""
        for name in ("worked", "went-on-without"):
            hub = self.hub()
            with hub:
                hub.start()
                if name == "worked":
                    with Worker(hub) as worker:
                        token, job = worker.take_jobs("taf", 1)[0]
                        self.assertEqual(worker.accept(token, job)["answer"], "ok")
                else:
                    with Partner(hub) as partner:
                        partner.publish_all(mix(60), seconds=PATIENCE)
                self.keep(hub, name)
        stores = dict.fromkeys(STORES, "went-on-without") | {"allocation": "worked"}
        self.assert_refused(self.hub(**stores), ["allocation"], "call a person")

    def test_log_lost(self):
        self.assert_refused(self.hub(audit=None), ["registry", "triage", "allocation"], "call a person")

    def test_keys_of_yesterday(self):
        """Yesterday's keys are enough while the log names none that was filled since."""
        self.assert_works(self.hub(keys="yesterday"))

    def test_keys_lost(self):
        self.assert_refused(self.hub(keys=None), ["registry"], "put the key store of this log back")

    def test_projections_of_yesterday(self):
        self.assert_works(self.hub(registry="yesterday", triage="yesterday", allocation="yesterday"))

    def test_projections_lost(self):
        self.assert_works(self.hub(registry=None, triage=None, allocation=None))

    # ------------------------------------------------------------ of another hub

    def test_projection_of_another_hub(self):
        for name in ("registry", "triage", "allocation"):
            with self.subTest(name):
                self.assert_refused(self.hub(**{name: "other"}), [name], "call a person")

    def test_keys_of_another_hub(self):
        self.assert_refused(self.hub(keys="other"), ["registry"], "put back the one they were made with")

    def test_log_of_another_hub(self):
        self.assert_refused(self.hub(audit="other"), ["registry", "triage", "allocation"], "call a person")


if __name__ == "__main__":
    main()
