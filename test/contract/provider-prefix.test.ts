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

/** Turns with a router and a clock that change, the second with a step of tools; `apartMs` between them. */
async function conversation(apartMs: number): Promise<readonly Ask[]> {
  const w = makeWorld({
    script: [says("First answer."), says("I look.", [["echo", { q: "rows" }]]), says("Second answer."), says("Third.")],
  });
  for (const [n, text] of ["first question", "second question", "third question"].entries()) {
    w.router.facts_ = `identity: home\nuptime: ${n}h\nleases: ${7 + n}`;
    await w.tell(text);
    await w.time.pass(apartMs);
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
    const bodies = await Promise.all((await conversation(61_000)).map((ask) => bodyOf(wire, ask)));
    const [first, second, step, third] = bodies;
    assert.ok(first !== undefined && second !== undefined && step !== undefined && third !== undefined);
    for (const body of [second, step, third]) {
      for (const field of ["tools", "system", "systemInstruction", "instructions"])
        assert.deepEqual(fieldsOf(body)[field], fieldsOf(first)[field], field);
      assert.match(JSON.stringify(fieldsOf(body)), /You are MikroClaw.*uptime: 0h/);
    }
    for (const [before, after, last] of [
      [first, second, "first question"],
      [second, step, "second question"],
      [step, third, "second question"],
    ] as const)
      assert.match(shared(before, after), new RegExp(last), "the words of the turn before are part of it");
  });

  test(`${wire.name}: after some minutes the facts are new, and all before them is the same`, async () => {
    const [first, second] = await Promise.all((await conversation(301_000)).map((ask) => bodyOf(wire, ask)));
    assert.ok(first !== undefined && second !== undefined);
    assert.match(second, /uptime: 1h.*leases: 8/s);
    assert.doesNotMatch(second, /uptime: 0h/);
    assert.deepEqual(fieldsOf(second)["tools"], fieldsOf(first)["tools"]);
  });
}

test("a router that could not be read is looked at anew; else the facts hold for some turns", async () => {
  const w = makeWorld({ always: async () => says("ok") });
  const seen = (): string => questionOf(w.asks.at(-1)).added;
  w.router.snapshot = async () => fault("unreachable", "The router does not answer.");
  await w.tell("one");
  assert.match(seen(), /^\n\nThe time is .*\.\nThe router cannot be read now: The router does not answer\.$/);
  w.router.snapshot = async () => "leases: 1";
  await w.tell("two");
  assert.match(seen(), /leases: 1/);
  w.router.snapshot = async () => "leases: 2";
  await w.tell("three");
  assert.match(seen(), /leases: 1/);
  await w.end();
});

test("after a change the next turn looks anew", async () => {
  const w = makeWorld({
    script: [says("", [["execute", { command: "/a/set x=1" }]]), says("See the plan."), says("Done."), says("Again.")],
  });
  w.router.facts_ = "leases: 1";
  await w.tell("change it");
  w.router.facts_ = "leases: 2";
  await w.tell("and?");
  assert.match(questionOf(w.asks.at(-1)).added, /leases: 1/);
  await w.tell("/approve");
  assert.equal(w.router.changes.length, 1);
  await w.tell("well?");
  assert.match(questionOf(w.asks.at(-1)).added, /leases: 2/);
  await w.end();
});

test("what the prompt says of the router is bounded, whatever the router or its fault says", async () => {
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
  }
});
