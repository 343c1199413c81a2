// What of a conversation is sent: bounded, and calls never part from their results.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  HISTORY_BYTES_MAX,
  HISTORY_MESSAGES_MAX,
  SESSION_EVENTS_MAX,
  SESSIONS_BYTES_MAX,
  SESSIONS_MAX,
  SESSIONS_MESSAGES_MAX,
} from "../../../src/base/limits.ts";
import { fitHistory } from "../../../src/core/context.ts";
import { makeSessions, messagesOf } from "../../../src/core/session.ts";
import type { Message } from "../../../src/port/provider.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const user = (text: string): Message => ({ role: "user", text });
const partsOf = (t: string) => [{ kind: "text" as const, text: t }];
const text = (t: string): Message => ({ role: "assistant", parts: partsOf(t) });
const calls = (ids: readonly string[]): Message => ({
  role: "assistant",
  parts: ids.map((callId) => ({ kind: "call", callId, name: "t", argsJson: "{}" })),
});
const result = (callId: string, t: string): Message => ({ role: "tool", callId, text: t, isError: false });

function whole(messages: readonly Message[]): void {
  const open = new Set<string>();
  for (const m of messages) {
    if (m.role !== "tool") assert.equal(open.size, 0, "a result is missing");
    if (m.role === "assistant") for (const p of m.parts) if (p.kind === "call") open.add(p.callId);
    if (m.role === "tool") assert.ok(open.delete(m.callId), "a result without its call");
  }
  assert.equal(open.size, 0);
}

test("what fits stays as it is, at both sides of the bound of messages", () => {
  const turn = (n: number): Message[] => [user(`${n}`), text("ok")];
  const fits = Array.from({ length: HISTORY_MESSAGES_MAX / 2 }, (_, i) => turn(i)).flat();
  assert.equal(fitHistory(fits).messages, fits);
  const over = fitHistory([...fits, user("more")]);
  assert.equal(over.messages.length, 0.75 * HISTORY_MESSAGES_MAX);
  assert.equal(over.left.length, HISTORY_MESSAGES_MAX / 4 + 1);
  const [first] = over.messages;
  assert.ok(first?.role === "user" && first.text.endsWith(`]\n\n${(HISTORY_MESSAGES_MAX / 4 + 1) / 2}`));
});

test("a long conversation begins as it did with the turn before, but for one turn in several", () => {
  let kept: readonly Message[] = [];
  let anew = 0;
  const turns = 200;
  for (let n = 0; n < turns; n += 1) {
    const next = fitHistory([...kept, user(`${n}`), text("x".repeat(1_000))]).messages;
    if (kept.length > 0 && next[0] !== kept[0]) anew += 1;
    kept = next;
  }
  assert.ok(anew > 0 && anew < turns / 5, `${anew}`);
});

test("bytes are counted as UTF-8", () => {
  const half = "ü".repeat(HISTORY_BYTES_MAX / 4 - 100);
  const both = [user(half), text("a"), user(half)];
  assert.equal(fitHistory(both).messages.length, 3);
  assert.equal(fitHistory([...both, text("a"), user("x".repeat(500))]).messages.length, 3);
});

test("one huge step is cut in its results, not dropped", () => {
  const ids = ["a", "b", "c"];
  const all = [user("q"), calls(ids), ...ids.map((id) => result(id, "x".repeat(HISTORY_BYTES_MAX)))];
  const fit = fitHistory(all).messages;
  whole(fit);
  assert.equal(fit.length, 5);
  assert.ok(JSON.stringify(fit).length <= HISTORY_BYTES_MAX + 500);
  assert.match(JSON.stringify(fit.at(-1)), /cut: 49152 bytes in all/);
});

test("any conversation: bounded, whole, ends with its last step, starts with a person", () => {
  const step = fc.record({ n: fc.integer({ min: 0, max: 8 }), size: fc.integer({ min: 0, max: 12_000 }) });
  const turns = fc.array(fc.array(step, { maxLength: 12 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(turns, fc.boolean(), (drawn, running) => {
      let id = 0;
      const all: Message[] = [];
      drawn.forEach((steps, t) => {
        all.push(user(`question ${t}`));
        for (const { n, size } of steps) {
          const ids = Array.from({ length: n }, (_, i) => `c${id + i}`);
          id += n;
          all.push(n === 0 ? text("x".repeat(size)) : calls(ids), ...ids.map((c) => result(c, "y".repeat(size))));
        }
        if (t < drawn.length - 1 || !running) all.push(text("end"));
      });
      const { messages: fit } = fitHistory(all);
      whole(fit);
      const bytes = JSON.stringify(fit).length;
      assert.ok(bytes <= HISTORY_BYTES_MAX * 1.1 + 4_096, `${bytes}`);
      assert.equal(fit[0]?.role, "user");
      assert.equal(fit.at(-1)?.role, all.at(-1)?.role);
      assert.ok(fit.some((m) => m.role === "user" && m.text.endsWith(`question ${drawn.length - 1}`)));
      if (fit !== all) assert.ok(fit.length <= HISTORY_MESSAGES_MAX);
    }),
    { seed: SEED, numRuns: RUNS(200) },
  );
});

test("SESSIONS_MAX conversations are kept, then the one unused for longest goes", () => {
  const sessions = makeSessions();
  for (let i = 0; i < SESSIONS_MAX; i += 1) sessions.keep(`${i}`, [user("x")]);
  assert.equal(messagesOf(sessions.of("0")).length, 1);
  sessions.of("new");
  assert.equal(sessions.size, SESSIONS_MAX);
  assert.equal(messagesOf(sessions.of("0")).length, 1);
  assert.equal(messagesOf(sessions.of("1")).length, 0);
});

test("every kind of message comes back as it was kept", () => {
  const sessions = makeSessions();
  const said: readonly Message[] = [
    user("words"),
    user("[1]"),
    user(""),
    user("a half \ud83d of a sign"),
    { role: "user", text: "", images: [{ mediaType: "image/png", data: "AA==" }] },
    text("an answer"),
    text(""),
    { role: "assistant", parts: [] },
    { role: "assistant", parts: [...partsOf("said first"), ...partsOf("and then")] },
    { role: "assistant", parts: [{ kind: "opaque", provider: "p", data: "d" }, ...partsOf("thought")] },
    calls(["1"]),
    result("1", "a result"),
    { ...result("2", "a failure"), isError: true } as Message,
  ];
  sessions.keep("k", said);
  assert.deepEqual(messagesOf(sessions.of("k")), said);
});

for (const [what, each, talks] of [
  ["messages", Array.from({ length: SESSIONS_MESSAGES_MAX / 16 }, () => user("x")), 16],
  ["bytes", [user("x".repeat(SESSIONS_BYTES_MAX / 16 - 40))], 16],
] as const) {
  test(`all conversations together have a bound in ${what}; those unused for longest go`, () => {
    const sessions = makeSessions();
    const lengths = (): number[] => Array.from({ length: talks }, (_, n) => messagesOf(sessions.of(`${n}`)).length);
    for (let n = 0; n < talks; n += 1) sessions.keep(`${n}`, each);
    assert.deepEqual(lengths(), Array(talks).fill(each.length), "up to the bound all stay");
    sessions.note("1", "an event");
    sessions.of("0");
    sessions.keep("more", [user("x")]);
    assert.equal(messagesOf(sessions.of("2")).length, 0, "the one unused for longest");
    const kept = lengths();
    assert.deepEqual([kept[0], kept[1], kept[3]], [each.length, each.length, each.length]);
    // What is gone counts no more.
    sessions.clear("more");
    sessions.keep("2", each);
    assert.deepEqual(lengths(), Array(talks).fill(each.length));
    assert.deepEqual(sessions.of("1").events, ["an event"]);
  });
}

test("SESSION_EVENTS_MAX events are kept, the newest", () => {
  const sessions = makeSessions();
  for (let i = 0; i <= SESSION_EVENTS_MAX; i += 1) sessions.note("a", `${i}`);
  assert.deepEqual(
    sessions.of("a").events,
    Array.from({ length: SESSION_EVENTS_MAX }, (_, i) => `${i + 1}`),
  );
  sessions.clear("a");
  assert.deepEqual(sessions.of("a").events, []);
});
