// Messages that wait for a model: kept in order, told about once, answered when one is back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import { KEPT_MESSAGES_MAX, KEPT_MS } from "../../../src/base/limits-models.ts";
import { makeRamStore } from "../../../src/edges/store/ram.ts";
import { echoTool, link, makeWorld, says, type World } from "../../support/core-world.ts";

const away = fault("unreachable", "The model is away.");
const KEPT = /^The model is away\. I have kept your message/;

/** A world whose model is away until `back`. */
function outage(more: Parameters<typeof makeWorld>[0] = {}): { w: World; back(): void } {
  let down = true;
  const w = makeWorld({
    always: async (ask) => (down ? away : says(`answer to ${lastWords(ask.messages.at(-1))}`)),
    ...more,
  });
  return {
    w,
    back() {
      down = false;
    },
  };
}

function lastWords(m: unknown): string {
  const said = m as { text?: string } | undefined;
  return (said?.text ?? "").split("\n").at(-1) ?? "";
}

test("a message without a model is kept, told once, and answered when the model is back", async () => {
  const { w, back } = outage();
  const accepted = await w.tell("first");
  assert.ok(!isFault(accepted));
  let settled = false;
  void accepted.settled.then(() => {
    settled = true;
  });
  await w.time.pass(30_000);
  assert.equal(w.texts().length, 1);
  assert.match(w.texts()[0] ?? "", KEPT);
  await w.time.pass(3_600_000);
  assert.equal(w.texts().length, 1, "told once");
  assert.equal(settled, false, "its channel keeps it, as our store does not outlive us");
  back();
  await w.time.pass(1_900_000);
  assert.deepEqual(w.texts().slice(1), ["answer to first"]);
  assert.equal(settled, true);
  await w.end();
});

test("commands and approvals go on; later messages of the chat do not overtake the kept one", async () => {
  const { w, back } = outage();
  await w.tell("first");
  await w.time.pass(10_000);
  await w.tell("/usage");
  assert.match(w.texts().at(-1) ?? "", /turns/);
  await w.tell("second");
  assert.equal(w.pipeline.agent.waiting(), 2);
  await w.tell("/status");
  assert.match(w.texts().at(-1) ?? "", /^2 messages kept until a model answers\.$/m);
  back();
  await w.tell("third");
  await w.time.pass(1_000_000);
  assert.deepEqual(
    w.texts().filter((t) => t.startsWith("answer")),
    ["answer to first", "answer to second", "answer to third"],
  );
  assert.equal(w.pipeline.agent.waiting(), 0);
  await w.tell("/status");
  assert.doesNotMatch(w.texts().at(-1) ?? "", /kept/);
  await w.end();
});

test("/stop gives up what waits", async () => {
  const { w, back } = outage();
  await w.tell("first");
  await w.time.pass(10_000);
  await w.tell("/stop");
  assert.match(w.texts().at(-1) ?? "", /1 message that waited for a model/);
  back();
  await w.time.pass(4_000_000);
  assert.equal(
    w.texts().some((t) => t.startsWith("answer")),
    false,
  );
  assert.deepEqual(w.pipeline.agent.stop("telegram", "7"), false);
  await w.end();
});

test("who waits at a terminal is told of the failure at once", async () => {
  const { w } = outage();
  const saying = w.pipeline.agent.say(w.scope, w.message("hi", { channel: "cli" }));
  await w.time.pass(15_000);
  const said = await saying;
  assert.ok(!isFault(said) && said.failed === true);
  assert.doesNotMatch(said.reply, /kept/);
  await w.end();
});

test("after KEPT_MS, or beyond KEPT_MESSAGES_MAX, the failure is the answer", async () => {
  const { w } = outage();
  await w.tell("first");
  await w.time.pass(KEPT_MS + 700_000);
  assert.match(w.texts().at(-1) ?? "", /could not keep this message any longer/);
  await w.end();
  const full = outage({ owners: Array.from({ length: 80 }, (_, i) => `${i}`), lanesRunning: 32 });
  for (let i = 0; i <= KEPT_MESSAGES_MAX; i += 1) await full.w.tell("hi", { chat: `${i}`, sender: `${i}` });
  await full.w.time.pass(20_000);
  assert.equal(full.w.texts().filter((t) => KEPT.test(t)).length, KEPT_MESSAGES_MAX);
  assert.equal(full.w.texts().filter((t) => /could not keep/.test(t)).length, 1);
  await full.w.end();
});

test("after tools have run the message is not worked on again", async () => {
  let runs = 0;
  const tool = echoTool(async () => {
    runs += 1;
    return { text: "ran" };
  });
  let step = 0;
  const w = makeWorld({
    tools: [tool],
    always: async () => {
      step += 1;
      return step === 1 ? says("", [["echo", { q: "x" }]]) : away;
    },
  });
  await w.tell("go");
  await w.time.pass(4_000_000);
  assert.equal(runs, 1);
  assert.equal(w.texts().length, 1);
  assert.match(w.texts()[0] ?? "", /^The model is away\./);
  await w.end();
});

test("a restart takes up what waited, without telling of it again", async () => {
  const store = makeRamStore();
  const first = outage({ store });
  await first.w.tell("first");
  await first.w.time.pass(10_000);
  await first.w.end();
  const second = outage({ store, time: first.w.time });
  await second.w.time.pass(60_000);
  assert.deepEqual(second.w.texts(), []);
  second.back();
  await second.w.time.pass(1_000_000);
  assert.deepEqual(second.w.texts(), ["answer to first"]);
  await second.w.end();
});

test("another model is told of once, and again only when it changes", async () => {
  let downA = true;
  const links = [link("a", async () => (downA ? away : says("by a"))), link("b", async () => says("by b"))];
  const w = makeWorld({ links });
  await w.tell("one");
  await w.tell("two");
  assert.deepEqual(w.texts(), ["by b\n[a gave no answer (no connection); b answers instead.]", "by b"]);
  downA = false;
  await w.time.pass(2_000_000);
  await w.tell("three");
  assert.equal(w.texts().at(-1), "by a");
  await w.end();
});
