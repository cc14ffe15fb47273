// SPDX-License-Identifier: MIT
// A partner as a stranger would write it in Node, over the life of one referral: refers, asks how it stands, and tells what happens later.
// Started by tests/system/test_loop.py: node loop.mjs ENDPOINT. Reads one step a line, prints the hub's answer to it as JSON; ends with its input.
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { decode, encode } from "@msgpack/msgpack";
import { Dealer } from "zeromq";

const source = "/health/node-partner";
const referral = randomUUID();
const family = `Loop${referral}`;
const household = {
  kind: "contact",
  reason: "She does not sleep, and misses school.",
  referrer: { agency: "health-visitor", role: "health visitor", name: "Sample Referrer" },
  household: { postcode: "LU1 3BN" },
  members: [
    { ref: "m1", role: "child", given_name: "Maja", family_name: family, born: "2017-03-04", needs: ["I201", "I206"] },
    { ref: "m2", role: "parent", given_name: "Olena", family_name: family, born: "1990-08-09", needs: [] },
  ],
};

const later = (type, data) => event(type, { about: referral, ...data });
const steps = {
  refer: () => event("referral.submitted", household, referral),
  agree: () => later("consent.changed", { consent: { service: "given", given_by: "parent" } }),
  assess: () => later("assessment.completed", { assessment: { ...household, kind: "eha", consent: { service: "given" } } }),
  challenge: () => later("decision.challenged", { why: "level_too_low", level_wanted: 3, reason: "It has become worse." }),
  withdraw: () => later("referral.withdrawn", { why: "helped_elsewhere" }),
  status: () => ({ request: "status", ref: 7, source, id: referral }),
  foreign: () => ({ request: "status", ref: 7, source: "/schools/8212999", id: referral }),
};

function event(type, data, id = randomUUID()) {
  return { specversion: "1.0", id, source, type: `earlyhelp.${type}.v1`, time: new Date().toISOString(), data };
}

// Sent again, the same bytes, while the hub is busy.
async function ask(socket, message) {
  const bytes = encode(message);
  for (;;) {
    await socket.send(bytes);
    const reply = decode((await socket.receive())[0]);
    if ((reply.status ?? reply.answer) !== "busy") return reply;
    await new Promise((resolve) => setTimeout(resolve, reply.retry_after_ms));
  }
}

const socket = new Dealer({ linger: 0, receiveTimeout: 60000 });
socket.connect(process.argv[2]);
for await (const step of createInterface({ input: process.stdin })) console.log(JSON.stringify(await ask(socket, steps[step]())));
socket.close();
