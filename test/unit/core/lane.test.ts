// Order, fairness, bounds, /stop, time caps and bugs of turns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { LANE_WAITING_MAX, LANES_MAX, TELEGRAM_TYPING_MS, TURN_CAP_MS } from "../../../src/base/limits.ts";
import type { Answer } from "../../../src/port/provider.ts";
import { deaf, echoTool, makeWorld, never, questionOf, says } from "../../support/core-world.ts";

/** Steps that wait until they are let go, in the order of asking. */
function gate(): { step: () => Promise<Answer>; open: (text: string) => void; waiting: () => number } {
  const opens: Array<(a: Answer) => void> = [];
  return {
    step: () => new Promise((resolve) => void opens.push(resolve)),
    open: (text) => opens.shift()?.(says(text)),
    waiting: () => opens.length,
  };
}

test("messages of one conversation are answered in order, one at a time", async () => {
  const g = gate();
  const w = makeWorld({ always: g.step });
  for (const text of ["one", "two", "three"]) await w.tell(text);
  assert.equal(g.waiting(), 1);
  for (const text of ["1", "2", "3"]) {
    g.open(text);
    await w.time.settle();
  }
  assert.deepEqual(w.texts(), ["1", "2", "3"]);
  await w.end();
});

test("threads and chats are conversations of their own; not more than lanesRunning at once", async () => {
  const g = gate();
  const w = makeWorld({ always: g.step, lanesRunning: 3 });
  for (const chat of ["a", "b", "c", "d"]) await w.tell("x", { chat });
  await w.tell("x", { chat: "a", thread: "t" });
  assert.equal(g.waiting(), 3);
  g.open("done");
  await w.time.settle();
  assert.equal(g.waiting(), 3);
  await w.end();
});

test("a busy conversation waits behind the others after each turn", async () => {
  const order: string[] = [];
  const g = gate();
  const w = makeWorld({
    lanesRunning: 1,
    always: (ask) => {
      order.push(questionOf(ask).words);
      return g.step();
    },
  });
  for (const text of ["a1", "a2", "a3"]) await w.tell(text, { chat: "a" });
  await w.tell("b1", { chat: "b" });
  await w.tell("c1", { chat: "c" });
  for (let i = 0; i < 5; i += 1) {
    g.open("done");
    await w.time.settle();
  }
  assert.deepEqual(order, ["a1", "b1", "c1", "a2", "a3"]);
  await w.end();
});

test("LANE_WAITING_MAX messages wait; the next is refused politely and the others are answered", async () => {
  const g = gate();
  const w = makeWorld({ always: g.step });
  for (let i = 0; i <= LANE_WAITING_MAX; i += 1) await w.tell(`m${i}`);
  assert.deepEqual(w.texts(), []);
  const over = await w.tell("one too many");
  assert.match(w.texts()[0] ?? "", /already waiting/);
  assert.ok(!isFault(over));
  await over.settled;
  for (let i = 0; i <= LANE_WAITING_MAX; i += 1) {
    g.open("done");
    await w.time.settle();
  }
  assert.equal(w.texts().filter((t) => t === "done").length, LANE_WAITING_MAX + 1);
  await w.end();
});

test("LANES_MAX conversations wait; one more is refused as a limit", async () => {
  const w = makeWorld({ always: (_a, _d, s) => never(s), lanesRunning: 1 });
  const say = (i: number) => {
    const m = w.message("x", { channel: "cli", sender: `s${i}`, chat: `${i}`, messageId: `m${i}` });
    return w.pipeline.agent.say(w.scope, m);
  };
  const waits = Array.from({ length: LANES_MAX }, (_, i) => say(i));
  await w.time.settle();
  const over = await say(LANES_MAX);
  assert.ok(isFault(over));
  assert.equal(over.fault, "limit");
  await w.end();
  for (const wait of waits) assert.ok(isFault(await wait));
});

test("/stop ends the running turn at once, says so, and the next message is worked on", async () => {
  const w = makeWorld({ script: [(_a, _d, s) => never(s), says("second")] });
  await w.tell("first");
  await w.tell("next");
  await w.tell("/stop");
  assert.deepEqual(
    [...w.texts()].sort(),
    ["Stopped.", "The running turn is stopped. 1 more message is waiting.", "second"].sort(),
  );
  await w.tell("/stop@MikroClawBot");
  assert.match(w.texts().at(-1) ?? "", /Nothing is running/);
  await w.end();
});

test("the stop button does what /stop does, also for a model that is deaf to it", async () => {
  const w = makeWorld({ script: [() => deaf()] });
  await w.tell("first");
  await w.tell("", { press: "stop" });
  assert.ok(w.texts().includes("Stopped."));
  await w.end();
});

test("/stop in another chat stops nothing here", async () => {
  const w = makeWorld({ script: [(_a, _d, s) => never(s)] });
  await w.tell("first");
  await w.tell("/stop", { chat: "other" });
  assert.deepEqual(w.texts(), ["Nothing is running here."]);
  assert.equal(w.pipeline.agent.stop("telegram", "7"), true);
  await w.time.settle();
  assert.equal(w.texts()[1], "Stopped.");
  assert.equal(w.pipeline.agent.stop("telegram", "7"), false);
  await w.end();
});

test("a stopped turn leaves a conversation in which every question has an answer", async () => {
  const w = makeWorld({
    tools: [echoTool(() => deaf())],
    script: [says("", [["echo", { q: "x" }]]), says("later")],
  });
  await w.tell("first");
  await w.tell("/stop");
  await w.tell("second");
  const roles = w.asks.at(-1)?.messages.map((m) => m.role);
  assert.deepEqual(roles, ["user", "assistant", "tool", "assistant", "user"]);
  await w.end();
});

test("a model that never answers is given up at TURN_CAP_MS, not before", async () => {
  for (const hang of [deaf, never] as const) {
    const w = makeWorld({ script: [(_a, _d, s) => hang(s)] });
    await w.tell("hello");
    await w.time.pass(TURN_CAP_MS - 1);
    assert.deepEqual(w.texts(), []);
    await w.time.pass(1);
    assert.match(w.texts()[0] ?? "", /took longer than 120 s/);
    await w.end();
  }
});

test("a bug in a turn is answered, logged, and the lane goes on", async () => {
  const w = makeWorld({
    script: [
      () => {
        throw new TypeError("undefined is not a function");
      },
      says("fine"),
    ],
  });
  await w.tell("first");
  await w.tell("second");
  assert.match(w.texts()[0] ?? "", /internal error/);
  assert.equal(w.texts()[1], "fine");
  assert.match(String(w.log.named("lane.bug")[0]?.fields["what"]), /undefined is not a function/);
  await w.end();
});

test("typing is shown while a turn runs, and only then", async () => {
  const g = gate();
  const w = makeWorld({ script: [g.step] });
  await w.tell("hello");
  assert.equal(w.typed, 1);
  await w.time.pass(TELEGRAM_TYPING_MS * 2);
  assert.equal(w.typed, 3);
  g.open("done");
  await w.time.pass(TELEGRAM_TYPING_MS * 3);
  assert.equal(w.typed, 3);
  await w.end();
});

test("who hangs up does not end the turn; only stop does", async () => {
  const g = gate();
  const w = makeWorld({ script: [g.step] });
  const { rootScope } = await import("../../../src/base/scope.ts");
  const caller = rootScope(w.time.timers);
  const wait = w.pipeline.agent.say(caller.scope, w.message("hello", { channel: "cli", messageId: "m1" }));
  await w.time.settle();
  await caller.end();
  assert.ok(isFault(await wait));
  g.open("done");
  await w.time.settle();
  assert.ok(w.trace.includes("in cli/bot/m1 answered"));
  await w.end();
});
