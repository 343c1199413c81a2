// All deadlines over one host timer: each fires once, in order, unless it was forgotten; and
// those that were forgotten do not pile up.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CODE } from "../../../src/port/abi.ts";
import type { Ops } from "../../../src/port/bridge-ops.ts";
import { makeTimers } from "../../../src/port/bridge-timers.ts";
import { RUNS, SEED } from "../../support/seed.ts";

/** Host timers over a clock that is moved by hand. */
function hostTimers() {
  let now = 0;
  let pending: Array<{ atMs: number; done: (code: number) => void }> = [];
  const start = (_op: number, ms: unknown, done: (code: number) => void) => {
    const mine = { atMs: now + Number(ms), done };
    pending.push(mine);
    return () => {
      pending = pending.filter((p) => p !== mine);
    };
  };
  return {
    ops: { start } as unknown as Ops,
    nowMs: () => now,
    armed: () => pending.length,
    pass(ms: number): void {
      const end = now + ms;
      for (;;) {
        const next = pending.filter((p) => p.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        now = Math.max(now, next.atMs);
        pending = pending.filter((p) => p !== next);
        next.done(CODE.OK);
      }
      now = end;
    },
  };
}

test("deadlines that were forgotten do not pile up, whatever the earliest one is", () => {
  const host = hostTimers();
  const timers = makeTimers(host.ops, host.nowMs);
  const fired: number[] = [];
  for (const ms of [500_000, 1, 700_000]) timers.at(ms, () => fired.push(ms));
  for (let n = 0; n < 10_000; n += 1) {
    const forget = timers.at(120_000 + n, () => fired.push(-1));
    const late = timers.at(90_000, () => fired.push(-1));
    forget();
    late();
    forget();
    assert.ok(timers.size <= 3 + 2 * 64 + 2, `${timers.size} are kept after ${n} rounds`);
  }
  host.pass(600_000);
  assert.deepEqual(fired, [1, 500_000]);
  host.pass(600_000);
  assert.deepEqual([fired.at(-1), timers.size, host.armed()], [700_000, 0, 0]);
});

interface Step {
  kind: "set" | "forget" | "pass";
  of: number;
}

/** Plays the steps and looks at each timer: fired once, at its time, unless forgotten before. */
function play(steps: readonly Step[]): void {
  const host = hostTimers();
  const timers = makeTimers(host.ops, host.nowMs);
  const set: Array<{ dueMs: number; forget: () => void; gone: boolean; firedMs: number | null }> = [];
  const order: number[] = [];
  const add = (ms: number): void => {
    const n = set.length;
    const one = {
      dueMs: host.nowMs() + ms,
      gone: false,
      firedMs: null as number | null,
      forget: () => undefined as void,
    };
    one.forget = timers.at(one.dueMs, () => {
      assert.equal(one.firedMs, null, "fired twice");
      one.firedMs = host.nowMs();
      order.push(n);
    });
    set.push(one);
  };
  const forget = (which: number): void => {
    const one = set[which % Math.max(1, set.length)];
    if (one === undefined) return;
    if (one.firedMs === null) one.gone = true;
    one.forget();
  };
  const act = { set: add, forget, pass: (ms: number): void => host.pass(ms) };
  for (const s of steps) act[s.kind](s.of);
  host.pass(100);
  for (const one of set) assert.equal(one.firedMs, one.gone ? null : one.dueMs);
  const due = (n: number): number => set[n]?.dueMs ?? 0;
  assert.deepEqual(
    order,
    [...order].sort((a, b) => due(a) - due(b) || a - b),
  );
  assert.equal(timers.size, 0);
}

test("what is not forgotten fires once, at its time, equal times in the order they were set", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), of: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ kind: fc.constant("forget" as const), of: fc.nat() }),
    fc.record({ kind: fc.constant("pass" as const), of: fc.integer({ min: 0, max: 15 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 400 }), play), { seed: SEED, numRuns: RUNS(300) });
});
