// Changes that wait to be kept: buttons and commands, whose they are, what happens when
// nobody says anything, and what is told after a restart.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../src/base/fault.ts";
import { CONFIRM_MS } from "../../../src/base/limits-changes.ts";
import type { Risk } from "../../../src/port/router.ts";
import { fakeRouter, makeWorld, type World } from "../../support/core-world.ts";

const COMMAND = "/ip dns set servers=9.9.9.9";

function pendingWorld(risk: Risk = "dangerous"): World {
  const router = fakeRouter();
  router.onPlan = async (_s, command) => ({ hash: `hash of ${command}`, risk, command, diff: "d", calls: [] });
  router.onChange = async () => ({ state: "pending", told: "Done.", keepMs: CONFIRM_MS });
  return makeWorld({ router });
}

const idIn = (text: string): string => /\b[0-9A-HJKMNP-TV-Z]{6}\b/.exec(text.replace("MikroClaw", ""))?.[0] ?? "";

async function approved(w: World): Promise<string> {
  await w.tell(COMMAND);
  const id = idIn(w.texts().at(-1) ?? "");
  await w.tell(`/approve ${id}`);
  return id;
}

test("a pending change has two buttons and says both commands; keep ends it once", async () => {
  const w = pendingWorld();
  const id = await approved(w);
  const last = w.sent.at(-1);
  assert.match(last?.text ?? "", new RegExp(`Keep: /keep ${id} {3}Take back: /revert ${id}`));
  assert.deepEqual(last?.buttons, [
    { label: "Keep", press: `k:${id}` },
    { label: "Take back", press: `r:${id}` },
  ]);
  await w.tell("", { press: `k:${id}` });
  assert.equal(w.texts().at(-1), "Settled by keep.");
  await w.tell(`/keep ${id}`);
  assert.match(w.texts().at(-1) ?? "", /applied already/);
  await w.time.pass(CONFIRM_MS * 2);
  assert.deepEqual(w.router.settled, [[`hash of ${COMMAND}`, "keep"]]);
  await w.end();
});

test("take back, by command without an ID", async () => {
  const w = pendingWorld();
  await approved(w);
  await w.tell("/revert");
  assert.equal(w.texts().at(-1), "Settled by revert.");
  await w.tell("/revert");
  assert.match(w.texts().at(-1) ?? "", /Nothing of yours waits/);
  await w.end();
});

test("nobody says anything: the router is looked at when its time is over, and the person told", async () => {
  const w = pendingWorld();
  const id = await approved(w);
  const before = w.texts().length;
  await w.time.pass(CONFIRM_MS + 1_000);
  assert.deepEqual(w.router.settled, [[`hash of ${COMMAND}`, "look"]]);
  assert.equal(w.texts().length, before + 1);
  assert.match(w.texts().at(-1) ?? "", new RegExp(`Plan ${id} .*: Settled by look`));
  await w.tell(`/keep ${id}`);
  assert.match(w.texts().at(-1) ?? "", /taken back/);
  await w.end();
});

test("somebody else can neither keep nor take back", async () => {
  const w = pendingWorld();
  const id = await approved(w);
  await w.tell(`/keep ${id}`, { sender: "mallory" });
  await w.tell(`/revert ${id}`, { chat: "elsewhere" });
  assert.match(w.texts().at(-1) ?? "", /only be decided by who approved it/);
  assert.deepEqual(w.router.settled, []);
  await w.end();
});

test("a keep that could not be carried out may be said again", async () => {
  const w = pendingWorld();
  const id = await approved(w);
  w.router.onSettle = async () => fault("unreachable", "No answer.", { maybeDone: true });
  await w.tell(`/keep ${id}`);
  assert.match(w.texts().at(-1) ?? "", /No answer/);
  w.router.onSettle = async () => ({ state: "kept", told: "It is kept." });
  await w.tell(`/keep ${id}`);
  assert.equal(w.texts().at(-1), "It is kept.");
  await w.end();
});

test("a lifeline plan has no approve button and wants the word", async () => {
  const w = pendingWorld("lifeline");
  await w.tell(COMMAND);
  const card = w.sent.at(-1);
  const id = idIn(card?.text ?? "");
  assert.deepEqual(card?.buttons, [{ label: "Deny", press: `d:${id}` }]);
  assert.match(card?.text ?? "", new RegExp(`Approve by typing: /approve ${id} lifeline`));
  await w.tell("", { press: `a:${id}` });
  await w.tell(`/approve ${id}`);
  assert.match(w.texts().at(-1) ?? "", /type: \/approve/);
  assert.deepEqual(w.router.changes, []);
  await w.tell(`/approve ${id} lifeline`);
  assert.equal(w.router.changes.length, 1);
  await w.end();
});

test("what an earlier process left is told to whoever comes first", async () => {
  const router = fakeRouter();
  router.left = ["Change 0123456789ab was not confirmed."];
  const w = makeWorld({ router });
  await w.time.pass(1_000);
  await w.tell("/help");
  await w.tell("/help");
  const [first, second] = w.texts();
  assert.match(first ?? "", /^Change 0123456789ab was not confirmed\./);
  assert.doesNotMatch(second ?? "", /not confirmed/);
  await w.end();
});
