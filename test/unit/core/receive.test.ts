// Recorded before acknowledged, never run twice, and taken up again after a crash.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fault, isFault } from "../../../src/base/fault.ts";
import { inKeyOf, joinKey, outKey } from "../../../src/core/rows.ts";
import { deferred } from "../../../src/core/slots.ts";
import { makeRamStore } from "../../../src/edges/store/ram.ts";
import type { Answer } from "../../../src/port/provider.ts";
import type { Store } from "../../../src/port/store.ts";
import { faultyStore, makeWorld, never, questionOf, says } from "../../support/core-world.ts";
import { virtualTime } from "../../support/fake-host.ts";
import { RUNS, SEED } from "../../support/seed.ts";

test("a message that cannot be recorded is not acknowledged, and is fresh when it comes again", async () => {
  const store = faultyStore();
  store.failAt = 1;
  const w = makeWorld({ store, always: says("ok") });
  const first = await w.tell("hello", { messageId: "1" });
  assert.ok(isFault(first));
  assert.deepEqual(w.texts(), []);
  const second = await w.tell("hello", { messageId: "1" });
  assert.ok(!isFault(second));
  assert.deepEqual(w.texts(), ["ok"]);
  await w.end();
});

test("two at once of one message: both wait for the one record, one run", async () => {
  const store = faultyStore();
  const w = makeWorld({ store, always: says("ok") });
  await w.time.settle();
  const both = await Promise.all([w.tell("hello", { messageId: "1" }), w.tell("hello", { messageId: "1" })]);
  assert.deepEqual(both.map(isFault), [false, false]);
  assert.deepEqual(w.texts(), ["ok"]);
  store.failAt = store.puts.length + 1;
  const failed = await Promise.all([w.tell("x", { messageId: "2" }), w.tell("x", { messageId: "2" })]);
  assert.deepEqual(failed.map(isFault), [true, true]);
  assert.equal(w.asks.length, 1);
  await w.end();
});

test("a known message is settled with the first one, also long after", async () => {
  const answer = deferred<Answer>();
  const w = makeWorld({ script: [() => answer.promise] });
  const first = await w.tell("hello", { messageId: "1" });
  const again = await w.tell("hello", { messageId: "1" });
  assert.ok(!isFault(first) && !isFault(again));
  assert.equal(first.settled, again.settled);
  answer.resolve(says("ok"));
  await first.settled;
  const later = await w.tell("hello", { messageId: "1" });
  assert.ok(!isFault(later));
  await later.settled;
  assert.deepEqual([w.texts().length, w.asks.length], [1, 1]);
  const said = await w.pipeline.agent.say(w.scope, w.message("hello", { messageId: "1" }));
  assert.ok(isFault(said));
  assert.equal(said.fault, "conflict");
  await w.end();
});

test("the same id on another channel or account is another message", async () => {
  const w = makeWorld({ always: says("ok") });
  await w.tell("x", { messageId: "1" });
  await w.tell("x", { messageId: "1", account: "other" });
  assert.equal(w.sent.length, 2);
  await w.end();
});

test("an answer that the store refuses is given all the same, once", async () => {
  const store = faultyStore();
  const w = makeWorld({ store, always: says("ok") });
  await w.time.settle();
  store.failAt = 4;
  store.failFor = 1_000;
  const accepted = await w.tell("hello", { messageId: "1" });
  assert.ok(!isFault(accepted));
  await w.time.pass(60_000);
  await accepted.settled;
  assert.deepEqual(w.texts(), ["ok"]);
  assert.equal(w.log.named("answer.unkept").length, 1);
  store.failFor = 0;
  await w.tell("hello", { messageId: "1" });
  assert.deepEqual([w.texts().length, w.asks.length], [1, 1]);
  await w.end();
});

test("an answer that the store refuses for a while is recorded later", async () => {
  const store = faultyStore();
  const w = makeWorld({ store, always: says("ok") });
  await w.time.settle();
  store.failAt = 4;
  store.failFor = 2;
  await w.tell("hello", { messageId: "1" });
  assert.deepEqual(w.texts(), []);
  await w.time.pass(60_000);
  assert.deepEqual(w.texts(), ["ok"]);
  assert.ok(w.trace.includes("in telegram/bot/1 answered"));
  await w.end();
});

test("killed in the middle of a turn: the message is worked on again after the restart", async () => {
  const w = makeWorld({ script: [(_a, _d, s) => never(s)] });
  await w.tell("first", { messageId: "1" });
  await w.tell("second", { messageId: "2" });
  await w.end();
  assert.deepEqual(w.texts(), []);
  const again = makeWorld({ store: w.store, time: w.time, script: [says("1"), says("2")] });
  await w.time.settle();
  assert.deepEqual(again.texts(), ["1", "2"]);
  const known = await again.tell("first", { messageId: "1" });
  assert.ok(!isFault(known));
  await known.settled;
  assert.equal(again.asks.length, 2);
  await again.end();
});

test("killed before the reply was out: the reply is sent, the turn is not run again", async () => {
  const w = makeWorld({ script: [says("the answer")] });
  w.onSend = async () => fault("unreachable", "no internet");
  await w.tell("first", { messageId: "1" });
  await w.end();
  const again = makeWorld({ store: w.store, time: w.time });
  await w.time.settle();
  assert.deepEqual(again.texts(), ["the answer"]);
  assert.equal(again.asks.length, 0);
  await again.end();
});

test("while such a reply waits, its message is known and unsettled", async () => {
  const w = makeWorld({ script: [says("the answer")] });
  w.onSend = async () => fault("unreachable", "no internet");
  await w.tell("first", { messageId: "1" });
  await w.end();
  const again = makeWorld({ store: w.store, time: w.time });
  again.onSend = async () => fault("unreachable", "still none");
  await w.time.settle();
  const known = await again.tell("first", { messageId: "1" });
  assert.ok(!isFault(known));
  let settled = false;
  void known.settled.then(() => (settled = true));
  await w.time.settle();
  assert.equal(settled, false);
  again.onSend = async (_s, m) => ({ remoteId: m.key });
  await w.time.pass(600_000);
  assert.equal(settled, true);
  assert.deepEqual(again.texts(), ["the answer"]);
  await again.end();
});

test("replies of one chat keep their order over a restart, whatever was tried before", async () => {
  const w = makeWorld({ script: [says("first"), says("second")] });
  w.onSend = async () => fault("unreachable", "no internet");
  await w.tell("1");
  await w.time.pass(20_000);
  await w.tell("2");
  await w.end();
  const due = await w.store.due(makeWorld().scope, "out", "due", 10);
  assert.ok(!isFault(due));
  assert.match(due[0]?.json ?? "", /second/, "back-off has moved the first behind the second");
  const again = makeWorld({ store: w.store, time: w.time });
  await w.time.settle();
  assert.deepEqual(again.texts(), ["first", "second"]);
  await again.end();
});

test("messages keep their order over a restart, also when the wall clock was set back between them", async () => {
  const w = makeWorld({ script: [(_a, _d, s) => never(s)] });
  await w.tell("first");
  w.time.setWall(0);
  await w.tell("second");
  await w.end();
  const again = makeWorld({
    store: w.store,
    time: w.time,
    always: async (ask) => says(questionOf(ask).words),
  });
  await w.time.settle();
  assert.deepEqual(again.texts(), ["first", "second"]);
  await again.end();
});

test("puts of one message do not overtake each other in a slow store", async () => {
  const inner = makeRamStore();
  const time = virtualTime();
  const slow: Store = {
    ...inner,
    async put(s, rows) {
      if (rows[0]?.state === "admitted") await time.clock.sleep(s, 1_000);
      return inner.put(s, rows);
    },
  };
  const w = makeWorld({ store: slow, time, script: [says("ok")] });
  await w.tell("x", { messageId: "1" });
  await w.time.pass(5_000);
  const row = await inner.get(w.scope, "in", "telegram/bot/1");
  assert.ok(!isFault(row));
  assert.equal(row?.state, "answered");
  await w.end();
});

test("a message of a vanished waiter is dropped at the restart", async () => {
  const w = makeWorld({ script: [(_a, _d, s) => never(s)] });
  void w.pipeline.agent.say(w.scope, w.message("x", { channel: "cli", messageId: "1" }));
  await w.time.settle();
  await w.end();
  const again = makeWorld({ store: w.store, time: w.time });
  await w.time.settle();
  assert.ok(again.trace.includes("in cli/bot/1 dropped"));
  assert.equal(again.asks.length, 0);
  await again.end();
});

test("a broken row is left alone and stops nobody", async () => {
  const w = makeWorld();
  await w.time.settle();
  const broken = { key: "telegram/bot/9", dueMs: 0, tries: 0 };
  await w.store.put(w.scope, [
    { ...broken, table: "in", state: "running", json: '{"channel":5}' },
    { ...broken, table: "out", key: "telegram/bot/9#0", state: "due", json: "][" },
    { ...broken, table: "plan", key: "ABCDEF", state: "offered", json: "null" },
  ]);
  await w.end();
  const again = makeWorld({ store: w.store, time: w.time, script: [says("fine")] });
  await again.tell("hello", { messageId: "1" });
  assert.deepEqual(again.texts(), ["fine"]);
  assert.equal(again.log.named("recover.row").length, 2);
  await again.end();
});

test("keys of different parts differ, and a piece's key leads back to its message", () => {
  const parts = fc.array(fc.string(), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      assert.equal(joinKey(...a) === joinKey(...b), JSON.stringify(a) === JSON.stringify(b));
      assert.equal(inKeyOf(outKey(joinKey(...a), 3)), joinKey(...a));
    }),
    { seed: SEED, numRuns: RUNS(300) },
  );
  assert.notEqual(joinKey("a/b", "c"), joinKey("a", "b/c"));
  assert.notEqual(joinKey("a%2Fb"), joinKey("a/b"));
});
