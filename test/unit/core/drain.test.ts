// Shutdown: nothing new, time to finish, an honest last word, and nothing lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import { DRAIN_FLUSH_MS, DRAIN_TURNS_MS } from "../../../src/base/limits.ts";
import { deferred } from "../../../src/core/slots.ts";
import type { Answer } from "../../../src/port/provider.ts";
import { deaf, makeWorld, never, says } from "../../support/core-world.ts";

test("close tells channels, refuses new messages and lets a running turn finish", async () => {
  const answer = deferred<Answer>();
  const w = makeWorld({ script: [() => answer.promise] });
  let told = 0;
  w.pipeline.sink.onClose(() => (told += 1));
  const forget = w.pipeline.sink.onClose(() => (told += 100));
  forget();
  const accepted = await w.tell("hello");
  assert.ok(!isFault(accepted));
  const closing = w.pipeline.close(w.scope);
  assert.equal(told, 1);
  const late = await w.tell("late");
  assert.ok(isFault(late));
  assert.equal(late.fault, "stopped");
  const said = await w.pipeline.agent.say(w.scope, w.message("late", { channel: "cli" }));
  assert.ok(isFault(said));
  await w.time.pass(DRAIN_TURNS_MS - 1);
  answer.resolve(says("just in time"));
  await closing;
  await accepted.settled;
  assert.deepEqual(w.texts(), ["just in time"]);
  w.pipeline.sink.onClose(() => (told += 1));
  assert.equal(told, 2);
  await w.end();
  assert.equal(w.time.armed, 0);
});

test("a turn that does not end in DRAIN_TURNS_MS is cancelled with an honest line, which is sent", async () => {
  for (const hang of [deaf, never] as const) {
    const w = makeWorld({ script: [(_a, _d, s) => hang(s)] });
    const accepted = await w.tell("hello");
    assert.ok(!isFault(accepted));
    const closing = w.pipeline.close(w.scope);
    await w.time.pass(DRAIN_TURNS_MS - 1);
    assert.deepEqual(w.texts(), []);
    await w.time.pass(1);
    await closing;
    await accepted.settled;
    assert.deepEqual(w.texts(), [
      "MikroClaw is shutting down and had to stop working on this. Please send it again in a minute.",
    ]);
    await w.end();
  }
});

test("waiting messages are not begun; their waiters are told, their channel may offer them again", async () => {
  const w = makeWorld({ script: [(_a, _d, s) => never(s)], always: says("ok") });
  await w.tell("running", { messageId: "1" });
  const waiting = await w.tell("waiting", { messageId: "2" });
  const say = w.pipeline.agent.say(w.scope, w.message("waiting", { messageId: "3" }));
  await w.time.settle();
  let settled = false;
  assert.ok(!isFault(waiting));
  void waiting.settled.then(() => (settled = true));
  const closing = w.pipeline.close(w.scope);
  await w.time.pass(DRAIN_TURNS_MS + DRAIN_FLUSH_MS);
  await closing;
  const said = await say;
  assert.ok(isFault(said));
  assert.equal(said.fault, "stopped");
  assert.equal(settled, false);
  assert.equal(w.asks.length, 1);
  await w.end();
});

test("close ends in bounded time whatever hangs, and the reply is found again by a new process", async () => {
  const w = makeWorld({ script: [says("the answer")] });
  w.onSend = () => deaf();
  const accepted = await w.tell("hello", { messageId: "1" });
  assert.ok(!isFault(accepted));
  let settled = false;
  void accepted.settled.then(() => (settled = true));
  const closing = w.pipeline.close(w.scope);
  await w.time.pass(DRAIN_FLUSH_MS);
  await closing;
  assert.equal(settled, false);
  await w.end();
  const again = makeWorld({ store: w.store, time: w.time });
  await w.time.settle();
  assert.deepEqual(again.texts(), ["the answer"]);
  await again.end();
});

test("close works with a scope that is over, and before run", async () => {
  const w = makeWorld();
  await w.end();
  await w.pipeline.close(w.scope);
  const late = await w.pipeline.sink.accept(w.scope, w.message("x"));
  assert.ok(isFault(late));
});

test("a killed scope ends run, waiters and timers", async () => {
  const w = makeWorld({ script: [(_a, _d, s) => never(s)] });
  w.onSend = async () => fault("unreachable", "down");
  const say = w.pipeline.agent.say(w.scope, w.message("x", { channel: "cli" }));
  await w.tell("/help");
  await w.end();
  assert.ok(isFault(await say));
  assert.equal(w.time.armed, 0);
});
