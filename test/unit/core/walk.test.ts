// The whole walk of a message through the rooms, with fakes around it.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import { makeWorld, says } from "../../support/core-world.ts";
import { RUNS, SEED } from "../../support/seed.ts";

test("a sentence is answered once, in the order of the rooms", async () => {
  const w = makeWorld({ script: [says("Good day.")] });
  const accepted = await w.tell("hello");
  assert.ok(!isFault(accepted));
  await accepted.settled;
  assert.deepEqual(w.texts(), ["Good day."]);
  assert.deepEqual(w.trace, [
    "in telegram/bot/101 new",
    "in telegram/bot/101 admitted",
    "in telegram/bot/101 running",
    "in telegram/bot/101 answered",
    "out telegram/bot/101#0 due",
    "usage 2023-11-14/day/ kept",
    "usage 2023-11-14/chat/telegram%2Fbot%2F7%2F kept",
    "usage 2023-11-14/owner/telegram%2Fbot%2F7 kept",
    "out telegram/bot/101#0 sent",
  ]);
  await w.end();
  assert.equal(w.time.armed, 0);
});

test("the model gets the conversation, and calls its tools with results in order", async () => {
  const w = makeWorld({
    script: [
      says("Let me see.", [
        ["echo", { q: "one" }],
        ["echo", { q: "two" }],
      ]),
      says("Two."),
      says("Bye."),
    ],
  });
  await w.tell("count");
  await w.tell("thanks");
  assert.deepEqual(w.texts(), ["Two.", "Bye."]);
  assert.deepEqual(
    w.asks[1]?.messages.slice(2).map((m) => (m.role === "tool" ? [m.callId, m.text, m.isError] : m.role)),
    [
      ["c1", "one", false],
      ["c2", "two", false],
    ],
  );
  assert.equal(w.asks[2]?.messages.length, 6);
  await w.end();
});

test("say answers its waiter, and the channel gets nothing", async () => {
  const w = makeWorld({ script: [says("Hi.")] });
  const seen: string[] = [];
  const said = await w.pipeline.agent.say(
    w.scope,
    w.message("hello", { channel: "cli" }),
    (p) => void seen.push(p.kind),
  );
  assert.ok(!isFault(said));
  assert.equal(said.reply, "Hi.");
  assert.deepEqual(w.sent, []);
  await w.end();
});

test("a change is offered, approved by its button, and done once", async () => {
  const w = makeWorld({
    script: [says("", [["execute", { command: "/ip/dns/set servers=1.1.1.1" }]]), says("Shall I?")],
  });
  await w.tell("set dns");
  const offer = w.sent[0];
  assert.match(offer?.text ?? "", /^Shall I\?\n\nPlan ([0-9A-Z]{6}) \(reversible\)/);
  assert.match(offer?.text ?? "", /would do: \/ip\/dns\/set/);
  assert.deepEqual(w.router.changes, []);
  const press = offer?.buttons?.[0]?.press ?? "";
  assert.match(press, /^a:/);
  await w.tell("", { press });
  assert.deepEqual(w.router.changes, ["/ip/dns/set servers=1.1.1.1"]);
  assert.equal(w.texts()[1], "Done and read back.");
  await w.tell("", { press });
  assert.equal(w.router.changes.length, 1);
  assert.match(w.texts()[2] ?? "", /applied already/);
  await w.end();
});

test("whatever comes in, nothing throws, everybody is answered, and nothing is changed", async () => {
  const words = fc.constantFrom(
    "/run",
    "/find",
    "/log",
    "/approve",
    "/stop",
    "/ip/address/print",
    "/block",
    "a:",
    "d:ABCDEF",
    " ",
    "\n",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.tuple(words, fc.string({ unit: "binary" })).map((p) => p.join(" ")),
  );
  const message = fc.record({ text, press: fc.option(text, { nil: undefined }), senderName: text });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 6 }), async (drawn) => {
      const w = makeWorld({ always: says("ok") });
      for (const { press, ...m } of drawn) {
        const accepted = await w.tell(m.text, { ...m, ...(press === undefined ? {} : { press }) });
        assert.ok(!isFault(accepted));
        await accepted.settled;
      }
      assert.ok(w.sent.length >= drawn.length);
      assert.deepEqual(
        w.log.lines.filter((l) => l.name.endsWith(".bug")),
        [],
      );
      // Only who says so approves.
      const said = drawn.some((m) => m.text.trim().toLowerCase().startsWith("/approve") || m.press?.startsWith("a:"));
      if (!said) assert.deepEqual(w.router.changes, []);
      await w.end();
    }),
    { seed: SEED, numRuns: RUNS(150) },
  );
});
