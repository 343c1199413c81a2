// Replies: split, in order, tried again, never in each other's way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, fault, isFault } from "../../../src/base/fault.ts";
import { OUTBOX_RUNNING_MAX, OUTBOX_SEND_MS, OUTBOX_TRIES_MAX, REPLY_PIECES_MAX } from "../../../src/base/limits.ts";
import { secret } from "../../../src/base/secret.ts";
import { outboxPauseMs } from "../../../src/core/outbox.ts";
import { deaf, makeWorld, says } from "../../support/core-world.ts";

test("a long reply is split at the channel's bound, in order, and cut after REPLY_PIECES_MAX", async () => {
  const line = "0123456789 ".repeat(5);
  const w = makeWorld({ textMax: 100, script: [says(`${line}\n`.repeat(3)), says(`${line}\n`.repeat(100))] });
  await w.tell("short");
  assert.ok(w.sent.length > 1);
  assert.ok(w.texts().every((t) => t.length <= 100));
  assert.equal(w.texts().join("").replace(/\s/g, ""), line.repeat(3).replace(/\s/g, ""));
  const before = w.sent.length;
  await w.tell("long");
  assert.ok(w.sent.length - before <= REPLY_PIECES_MAX);
  assert.match(w.texts().at(-1) ?? "", /the rest was cut\]$/);
  await w.end();
});

test("buttons hang on the last piece", async () => {
  const w = makeWorld({ textMax: 200 });
  await w.tell(`/run /ip/dns/set servers=${"1.1.1.1,".repeat(40)}`);
  assert.ok(w.sent.length > 1);
  assert.deepEqual(w.sent.map((m) => m.buttons?.length ?? 0).slice(0, -1), Array(w.sent.length - 1).fill(0));
  assert.equal(w.sent.at(-1)?.buttons?.length, 2);
  await w.end();
});

test("secrets, escape sequences and bidi marks do not leave", async () => {
  const w = makeWorld({
    secrets: [secret("router password", "hunter2hunter2")],
    script: [says("it is hunter2hunter2 \u001b[2J\u202eevil")],
  });
  await w.tell("what is the password?");
  assert.deepEqual(w.texts(), ["it is <secret:router password> evil"]);
  await w.end();
});

test("a retryable fault is tried again after its own pause, and settles only when sent", async () => {
  const w = makeWorld({ script: [says("hello")] });
  let tries = 0;
  w.onSend = async () => {
    tries += 1;
    return tries <= 2 ? fault("limit", "429", { retryAfterMs: 7_000 }) : { remoteId: "1" };
  };
  const accepted = await w.tell("x");
  assert.ok(!isFault(accepted));
  let settled = false;
  void accepted.settled.then(() => (settled = true));
  await w.time.pass(6_999);
  assert.equal(tries, 1);
  await w.time.pass(1);
  assert.equal(tries, 2);
  await w.time.pass(6_999);
  assert.deepEqual([tries, settled], [2, false]);
  await w.time.pass(1);
  assert.deepEqual([tries, settled], [3, true]);
  await w.end();
});

test("after OUTBOX_TRIES_MAX a reply is dead: logged, settled, and the next one is tried", async () => {
  const w = makeWorld({ script: [says("one"), says("two")] });
  let tries = 0;
  w.onSend = async (_s, m) => {
    if (m.text !== "one") return { remoteId: "2" };
    tries += 1;
    return fault("unreachable", "no internet");
  };
  const one = await w.tell("x");
  await w.tell("y");
  assert.ok(!isFault(one));
  await w.time.pass(7_200_000);
  await one.settled;
  assert.equal(tries, OUTBOX_TRIES_MAX);
  assert.deepEqual(w.texts(), ["two"]);
  assert.equal(w.log.named("outbox.dead").length, 1);
  assert.ok(w.trace.some((t) => t.endsWith(" dead")));
  await w.end();
});

test("what cannot get better is not tried again; a bug in a channel harms only its message", async () => {
  for (const kind of ["denied", "input", "missing"] as const) {
    const w = makeWorld({ script: [says("one")] });
    let tries = 0;
    w.onSend = async () => {
      tries += 1;
      return fault(kind, "no");
    };
    await w.tell("x");
    await w.time.pass(3_600_000);
    assert.equal(tries, 1);
    await w.end();
  }
  const w = makeWorld({ always: says("one") });
  let first = true;
  w.onSend = async () => {
    if (!first) return { remoteId: "1" };
    first = false;
    throw new TypeError("boom");
  };
  const accepted = await w.tell("x");
  assert.ok(!isFault(accepted));
  await accepted.settled;
  await w.tell("y");
  assert.equal(w.sent.length, 1);
  await w.end();
});

test("a certificate that is not trusted now is tried again later", async () => {
  const w = makeWorld({ script: [says("hello")] });
  let tries = 0;
  w.onSend = async () => {
    tries += 1;
    return tries === 1 ? fault("denied", "not trusted", { code: "tls" }) : { remoteId: "1" };
  };
  await w.tell("x");
  await w.time.pass(1_000);
  assert.deepEqual([tries, w.texts()], [2, ["hello"]]);
  await w.end();
});

test("order within a chat holds while the first is tried again; another chat goes on", async () => {
  const w = makeWorld({ script: [says("a1"), says("a2"), says("b1")] });
  let down = true;
  w.onSend = async (_s, m) => (m.chat === "a" && down ? fault("unreachable", "down") : { remoteId: m.key });
  await w.tell("1", { chat: "a" });
  await w.tell("2", { chat: "a" });
  await w.tell("3", { chat: "b" });
  await w.time.pass(2_000);
  assert.deepEqual(w.texts(), ["b1"]);
  down = false;
  await w.time.pass(60_000);
  assert.deepEqual(w.texts(), ["b1", "a1", "a2"]);
  await w.end();
});

test("OUTBOX_RUNNING_MAX sends at once; a hanging one ends after OUTBOX_SEND_MS", async () => {
  const w = makeWorld({ always: says("x"), lanesRunning: 32 });
  let running = 0;
  w.onSend = () => {
    running += 1;
    return deaf();
  };
  for (let i = 0; i < OUTBOX_RUNNING_MAX + 2; i += 1) await w.tell("x", { chat: `${i}` });
  assert.equal(running, OUTBOX_RUNNING_MAX);
  await w.time.pass(OUTBOX_SEND_MS - 1);
  assert.equal(running, OUTBOX_RUNNING_MAX);
  w.onSend = async (_s, m) => ({ remoteId: m.key });
  await w.time.pass(60_000);
  assert.equal(w.sent.length, OUTBOX_RUNNING_MAX + 2);
  await w.end();
});

test("pauses grow, honour a longer wish, and never grow without end", () => {
  const down: Fault = fault("unreachable", "down");
  assert.deepEqual(
    [1, 2, 3, 11, 40].map((n) => outboxPauseMs(n, down)),
    [500, 1_000, 2_000, 300_000, 300_000],
  );
  assert.equal(outboxPauseMs(1, fault("limit", "429", { retryAfterMs: 9_000 })), 9_000);
  assert.equal(outboxPauseMs(1, fault("limit", "429", { retryAfterMs: 1e9 })), 120_000);
});
