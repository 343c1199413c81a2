// What stays the same from one request to the next stands first and in the same bytes, in each
// dialect: services charge a tenth for what they find in their caches, and answer sooner.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../src/base/fault.ts";
import { PROMPT_NOW_BYTES_MAX } from "../../src/base/limits.ts";
import type { Ask } from "../../src/port/provider.ts";
import { makeWorld, questionOf, says } from "../support/core-world.ts";
import { makeFakeHttp } from "../support/fake-http.ts";
import { makeWorld as makeTime } from "../support/virtual.ts";
import { WIRES, type Wire } from "./provider-wires.ts";

/** Three turns with a router and a clock that change, the second with a step of tools. */
async function conversation(): Promise<readonly Ask[]> {
  const w = makeWorld({
    script: [says("First answer."), says("I look.", [["echo", { q: "rows" }]]), says("Second answer."), says("Third.")],
  });
  for (const [n, text] of ["first question", "second question", "third question"].entries()) {
    w.router.facts_ = `identity: home\nuptime: ${n}h\nleases: ${7 + n}`;
    await w.tell(text);
    await w.time.pass(61_000);
  }
  await w.end();
  assert.equal(w.asks.length, 4);
  return w.asks;
}

async function bodyOf({ provider, stream }: Wire, ask: Ask): Promise<string> {
  const world = makeTime();
  const http = makeFakeHttp(world.clock, () => ({ pieces: [stream({ texts: ["ok"] })] }));
  const config = { baseUrl: "http://model.test/v1", key: null, stream: true };
  const done = provider.complete(world.scope, { http, config, clock: world.clock }, ask, () => undefined);
  await world.settle();
  const answer = await done;
  await world.end();
  assert.ok(!isFault(answer), JSON.stringify(answer));
  // The marks move on with the conversation; they are no part of what is cached.
  return (http.asked[0]?.body ?? "").replaceAll(/,"cache_control":\{"type":"ephemeral"\}/g, "");
}

function shared(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return a.slice(0, at);
}

const fieldsOf = (body: string): Record<string, unknown> => JSON.parse(body);

for (const wire of WIRES) {
  test(`${wire.name}: a request begins as the one before it, up to the newest words`, async () => {
    const [first, second, step, third] = await Promise.all((await conversation()).map((ask) => bodyOf(wire, ask)));
    assert.ok(first !== undefined && second !== undefined && step !== undefined && third !== undefined);
    for (const [before, after, last] of [
      [first, second, "first question"],
      [second, third, "second question"],
    ] as const) {
      const same = shared(before, after);
      assert.match(same, new RegExp(`${last}$`), "up to the end of the last turn's words");
      assert.doesNotMatch(same, /uptime|the time is/, "nothing that changes comes before");
    }
    // Within a turn even the facts are the same.
    assert.match(shared(second, step), /second question.*uptime: 1h.*leases: 8/s);
    for (const body of [second, step, third]) {
      for (const field of ["tools", "system", "systemInstruction", "instructions"]) {
        assert.deepEqual(fieldsOf(body)[field], fieldsOf(first)[field], field);
      }
      assert.match(JSON.stringify(fieldsOf(body)), /You are MikroClaw/);
    }
  });
}

test("the newest words are followed by the facts of now, also when the router cannot be read", async () => {
  const w = makeWorld();
  w.router.snapshot = async () => fault("unreachable", "The router does not answer.");
  await w.tell("hello");
  await w.end();
  const last = w.asks[0]?.messages.at(-1);
  assert.ok(last?.role === "user");
  assert.match(last.text, /^hello\n\n\[MikroClaw adds: the time is .*\.\nThe router cannot be read now: .*\]$/);
});

test("what follows the newest words is bounded, whatever the router or its fault says", async () => {
  const room = PROMPT_NOW_BYTES_MAX - 200;
  for (const [size, whole] of [
    [room, true],
    [PROMPT_NOW_BYTES_MAX, false],
  ] as const) {
    const w = makeWorld();
    w.router.snapshot = async () => fault("failed", "ü".repeat(size / 2));
    await w.tell("hello");
    await w.end();
    const { words, added } = questionOf(w.asks[0]);
    assert.equal(words, "hello");
    assert.ok(Buffer.byteLength(added.trimStart()) <= PROMPT_NOW_BYTES_MAX);
    assert.equal(added.includes("ü".repeat(size / 2)), whole);
    assert.match(added, /\]$/);
  }
});
