// Who may come in, how much and how often.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import {
  MESSAGE_BYTES_MAX,
  MESSAGE_ID_CHARS_MAX,
  REFUSED_LOG_EVERY_MS,
  SENDER_PER_MINUTE_MAX,
  SENDERS_MAX,
} from "../../../src/base/limits.ts";
import type { CoreDeps } from "../../../src/core/deps.ts";
import { makeDoor } from "../../../src/core/door.ts";
import { makeWorld, says } from "../../support/core-world.ts";

test("a stranger gets nothing: no reply, no typing, no model; a dropped row and one log line", async () => {
  const w = makeWorld();
  const accepted = await w.tell("hello", { sender: "666", senderName: "Eve\u001b[31m\nowner", messageId: "1" });
  assert.ok(!isFault(accepted));
  await accepted.settled;
  await w.tell("x".repeat(MESSAGE_BYTES_MAX + 1), { sender: "666", messageId: "2" });
  await w.tell("/stop", { sender: "666", messageId: "3" });
  await w.tell("/devices", { sender: "666", messageId: "4" });
  assert.deepEqual([w.sent.length, w.typed, w.asks.length], [0, 0, 0]);
  assert.ok(w.trace.includes("in telegram/bot/1 dropped"));
  const lines = w.log.named("door.refused");
  assert.equal(lines.length, 1);
  assert.deepEqual(lines[0]?.fields, {
    channel: "telegram",
    sender: "666",
    name: "Eve owner",
    next: "allow with TELEGRAM_ALLOWLIST=666",
  });
  await w.end();
});

test("refusals of one sender are logged once a minute, of another at once", async () => {
  const w = makeWorld();
  await w.tell("a", { sender: "666" });
  await w.time.pass(REFUSED_LOG_EVERY_MS - 1);
  await w.tell("b", { sender: "666" });
  await w.tell("c", { sender: "667" });
  assert.equal(w.log.named("door.refused").length, 2);
  await w.time.pass(1);
  await w.tell("d", { sender: "666" });
  assert.equal(w.log.named("door.refused").length, 3);
  await w.end();
});

test("say tells a stranger that it is denied", async () => {
  const w = makeWorld();
  const said = await w.pipeline.agent.say(w.scope, w.message("hi", { sender: "666" }));
  assert.ok(isFault(said));
  assert.equal(said.fault, "denied");
  await w.end();
});

test("a message of MESSAGE_BYTES_MAX is worked on; one byte more is refused politely", async () => {
  const w = makeWorld({ always: says("read") });
  await w.tell("ü".repeat(MESSAGE_BYTES_MAX / 2));
  assert.equal(w.texts().at(-1), "read");
  await w.tell(`${"ü".repeat(MESSAGE_BYTES_MAX / 2)}x`);
  assert.match(w.texts().at(-1) ?? "", /longer than 16384 bytes/);
  const said = await w.pipeline.agent.say(w.scope, w.message("x".repeat(MESSAGE_BYTES_MAX + 1), { channel: "cli" }));
  assert.ok(isFault(said));
  assert.equal(said.code, "body_too_large");
  assert.equal(w.asks.length, 1);
  await w.end();
});

test("SENDER_PER_MINUTE_MAX messages at once, then one polite refusal, then one more each half second", async () => {
  const w = makeWorld({ always: says("ok"), owners: ["7", "8"] });
  for (let i = 0; i < SENDER_PER_MINUTE_MAX; i += 1) await w.tell("x");
  assert.deepEqual([...new Set(w.texts())], ["ok"]);
  // Each message takes some time, in which a further one comes free.
  for (let i = 0; i < SENDER_PER_MINUTE_MAX && w.texts().at(-1) === "ok"; i += 1) await w.tell("x");
  assert.match(w.texts().at(-1) ?? "", /more than 120 messages a minute.*in 1 s/);
  const refused = w.sent.length;
  const quiet = await w.tell("x");
  assert.ok(!isFault(quiet));
  await quiet.settled;
  assert.equal(w.sent.length, refused);
  await w.tell("x", { sender: "8" });
  assert.equal(w.texts().at(-1), "ok");
  await w.time.pass(500);
  await w.tell("x");
  assert.equal(w.texts().at(-1), "ok");
  const said = await w.pipeline.agent.say(w.scope, w.message("x"));
  assert.ok(isFault(said));
  assert.ok((said.retryAfterMs ?? 0) > 0);
  await w.end();
});

test("who has sent too much can still stop what runs", async () => {
  const w = makeWorld({ always: says("ok") });
  for (let i = 0; i < SENDER_PER_MINUTE_MAX + 5; i += 1) await w.tell("x");
  await w.tell("/stop");
  assert.match(w.texts().at(-1) ?? "", /Nothing is running/);
  await w.end();
});

test("a malformed message is neither recorded nor asked for again", async () => {
  const w = makeWorld();
  const bad = [
    { messageId: "" },
    { chat: "" },
    { sender: "x".repeat(MESSAGE_ID_CHARS_MAX + 1) },
    { press: "x".repeat(MESSAGE_ID_CHARS_MAX + 1) },
    { sentMs: Number.NaN },
    { text: 5 as unknown as string },
    { account: null as unknown as string },
  ];
  for (const more of bad) {
    const accepted = await w.tell("hello", more);
    assert.ok(!isFault(accepted));
    await accepted.settled;
  }
  const said = await w.pipeline.agent.say(w.scope, w.message("x", { chat: "" }));
  assert.ok(isFault(said));
  assert.equal(said.fault, "input");
  assert.deepEqual([w.sent.length, w.trace.length], [0, 0]);
  const fine = await w.tell("hello", { sender: "7".repeat(MESSAGE_ID_CHARS_MAX) });
  assert.ok(!isFault(fine));
  assert.equal(w.log.named("door.refused").length, 1);
  await w.end();
});

test("the tables of the door are bounded: the one unseen for longest is forgotten", () => {
  let logged = 0;
  let owner = true;
  const deps = {
    role: () => (owner ? "owner" : "stranger"),
    clock: { wallMs: () => 0, monoMs: () => 0, sleep: async () => undefined },
    log: {
      event() {
        logged += 1;
      },
    },
  } as unknown as CoreDeps;
  const door = makeDoor(deps);
  const m = (sender: string) => ({
    channel: "c",
    account: "a",
    chat: "c",
    sender,
    messageId: "1",
    text: "x",
    sentMs: 0,
  });
  for (let i = 0; i < SENDER_PER_MINUTE_MAX; i += 1) assert.equal(door.judge(m("first")).kind, "admit");
  assert.equal(door.judge(m("first")).kind, "refuse");
  for (let i = 0; i < SENDERS_MAX - 1; i += 1) door.judge(m(`s${i}`));
  assert.equal(door.judge(m("first")).kind, "refuse");
  for (let i = 0; i < SENDERS_MAX; i += 1) door.judge(m(`t${i}`));
  assert.equal(door.judge(m("first")).kind, "admit");
  owner = false;
  for (let i = 0; i <= SENDERS_MAX; i += 1) door.judge(m(`x${i}`));
  assert.equal(logged, SENDERS_MAX + 1);
  door.judge(m(`x${SENDERS_MAX}`));
  assert.equal(logged, SENDERS_MAX + 1);
  door.judge(m("x0"));
  assert.equal(logged, SENDERS_MAX + 2);
});

test("the person at this machine loses nothing: 500 lines, 500 answers in order", async () => {
  const w = makeWorld({ always: (ask) => Promise.resolve(says(`to ${JSON.stringify(ask.messages.at(-1))}`)) });
  for (let n = 0; n < 500; n += 1) {
    const said = await w.pipeline.agent.say(w.scope, w.message(`line ${n}.`, { channel: "cli", sender: "terminal" }));
    assert.ok(!isFault(said));
    assert.ok(said.reply.includes(`line ${n}.`), said.reply);
  }
  // Through the same door HTTP is held to its rate.
  let refused = 0;
  for (let n = 0; n <= SENDER_PER_MINUTE_MAX; n += 1) {
    const said = await w.pipeline.agent.say(w.scope, w.message("hi", { channel: "http", sender: "7" }));
    if (isFault(said)) refused += 1;
  }
  assert.equal(refused, 1);
  await w.end();
});
