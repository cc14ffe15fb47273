// SPDX-License-Identifier: MIT
// A partner as a stranger would write it in Node: publishes referrals over DEALER and REQ and checks each receipt.
// Started by tests/system/test_node_partner.py: node partner.mjs ENDPOINT COUNT. Prints one JSON object; exits 1 when a receipt is not right.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { decode, encode } from "@msgpack/msgpack";
import { Dealer, Request } from "zeromq";

const [endpoint, count] = [process.argv[2], Number(process.argv[3])];
const source = "/early-years/node-partner";

function referral(id = randomUUID()) {
  return {
    specversion: "1.0",
    id,
    source,
    type: "earlyhelp.referral.submitted.v1",
    time: new Date().toISOString(),
    data: {
      kind: "eha",
      reason: "Late speech, and the parents struggle. Łukasz says “hello” 👋.",
      referrer: { agency: "early-years", role: "manager", name: "Sample Referrer" },
      consent: { service: "given", given_by: "parent" },
      household: { postcode: "LU2 7BJ", language: "pl", interpreter: true, needs: ["I216"] },
      members: [
        { ref: "m1", role: "child", given_name: "Łukasz", family_name: `Node${id}`, born: "2023-05-02", needs: ["I204"] },
        { ref: "m2", role: "parent", given_name: "Ewa", family_name: `Node${id}`, born: "1991-02-11", needs: [] },
      ],
    },
  };
}

async function dealerReceipts(events) {
  const socket = new Dealer({ linger: 0, receiveTimeout: 30000 });
  socket.connect(endpoint);
  for (const event of events) await socket.send(encode(event));
  const receipts = new Map();
  while (receipts.size < events.length) {
    const [frame] = await socket.receive();
    const receipt = decode(frame);
    if (receipt.status === "busy") {
      await new Promise((resolve) => setTimeout(resolve, receipt.retry_after_ms));
      await socket.send(encode(events.find((event) => event.id === receipt.id)));
    } else {
      receipts.set(receipt.id, receipt);
    }
  }
  socket.close();
  return receipts;
}

async function ask(bytes) {
  const socket = new Request({ linger: 0, receiveTimeout: 30000 });
  socket.connect(endpoint);
  await socket.send(bytes);
  const [frame] = await socket.receive();
  socket.close();
  return decode(frame);
}

const events = Array.from({ length: count }, () => referral());
const receipts = await dealerReceipts(events);
for (const event of events) {
  const receipt = receipts.get(event.id);
  assert.equal(receipt.status, "accepted");
  assert.equal(receipt.source, source);
  assert.match(receipt.referral, /^R[0-9A-HJKMNP-TV-Z]{13}$/);
}

const first = receipts.get(events[0].id);
const again = await ask(encode({ ...events[0], time: new Date().toISOString() }));
assert.deepEqual([again.status, again.referral], ["duplicate", first.referral]);

const other = structuredClone(events[0]);
other.data.reason = "Something else.";
assert.equal((await ask(encode(other))).status, "conflict");

const bad = referral();
bad.data.members[0].born = "2026-02-30";
const refused = await ask(encode(bad));
assert.equal(refused.status, "rejected");
assert.deepEqual(refused.errors.map(({ path, code }) => [path, code]), [["/data/members/0/born", "bad_date"]]);

const nothing = await ask(encode([1, 2, 3]));
assert.deepEqual([nothing.status, nothing.id, nothing.source], ["rejected", null, null]);

console.log(JSON.stringify({ accepted: receipts.size, referrals: [...receipts.values()].map(({ referral }) => referral) }));
