// What every Store keeps, whatever it is made of: all or none, order, bounds, honesty.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fault, isFault } from "../../src/base/fault.ts";
import { STORE_FINAL_ROWS_MAX, STORE_ROWS_MAX } from "../../src/base/limits.ts";
import { rootScope, type Scope } from "../../src/base/scope.ts";
import type { Row, Store } from "../../src/port/store.ts";
import { RUNS, SEED } from "../support/seed.ts";

export interface MadeStore {
  store: Store;
  /** Lets go of what it holds. */
  end(): Promise<void>;
}

const noTimers = { nowMs: () => 0, at: () => () => undefined };

function row(key: string, more: Partial<Row> = {}): Row {
  return { table: "in", key, state: "new", dueMs: 0, tries: 0, json: "{}", ...more };
}

async function using(make: () => Promise<MadeStore>, run: (store: Store, s: Scope) => Promise<void>): Promise<void> {
  const root = rootScope(noTimers);
  const made = await make();
  await run(made.store, root.scope);
  await made.end();
  await root.end();
}

async function keys(store: Store, s: Scope, state: string, max = STORE_ROWS_MAX): Promise<string[]> {
  const rows = await store.due(s, "in", state, max);
  assert.ok(!isFault(rows));
  return rows.map((r) => r.key);
}

/** The suite, run on one implementation. */
export function storeSuite(name: string, make: () => Promise<MadeStore>): void {
  const it = (what: string, run: (store: Store, s: Scope) => Promise<void>): void => {
    test(`store ${name}: ${what}`, () => using(make, run));
  };

  it("what was put is got as it was, and not otherwise", async (store, s) => {
    const made = row("a", { json: '{"x":"ü\\u0000"}', dueMs: 5.5, tries: 3 });
    assert.equal(await store.put(s, [made]), undefined);
    assert.deepEqual({ ...(await store.get(s, "in", "a")) }, made);
    assert.equal(await store.get(s, "out", "a"), null);
    assert.equal(await store.get(s, "in", "b"), null);
  });

  it("a row put again replaces the old one, in its old place", async (store, s) => {
    await store.put(s, [row("a"), row("b")]);
    await store.put(s, [row("a", { tries: 1 })]);
    assert.deepEqual(await keys(store, s, "new"), ["a", "b"]);
    assert.equal(((await store.get(s, "in", "a")) as Row).tries, 1);
  });

  it("due gives one state only, by time, then by first put, at most max", async (store, s) => {
    await store.put(s, [
      row("c", { dueMs: 2 }),
      row("a", { dueMs: 1 }),
      row("b", { dueMs: 1 }),
      row("d", { state: "x" }),
    ]);
    assert.deepEqual(await keys(store, s, "new"), ["a", "b", "c"]);
    assert.deepEqual(await keys(store, s, "new", 2), ["a", "b"]);
    await store.put(s, [row("a", { state: "x", dueMs: 9 })]);
    assert.deepEqual(await keys(store, s, "x"), ["d", "a"]);
  });

  it("keys are data, whatever they look like", async (store, s) => {
    for (const key of ["__proto__", "constructor", "a/b", "%2F", "", "ключ"]) {
      await store.put(s, [row(key, { table: "__proto__" })]);
      assert.equal(((await store.get(s, "__proto__", key)) as Row).key, key);
    }
  });

  it("a changed object does not change what is kept", async (store, s) => {
    const mine = row("a");
    await store.put(s, [mine]);
    mine.state = "changed";
    assert.equal(((await store.get(s, "in", "a")) as Row).state, "new");
  });

  it("full of rows that wait it refuses, and keeps none of that put", async (store, s) => {
    await store.put(
      s,
      Array.from({ length: STORE_ROWS_MAX - 1 }, (_, i) => row(`k${i}`)),
    );
    assert.equal(await store.put(s, [row("last")]), undefined);
    const refused = await store.put(s, [row("k0", { state: "running" }), row("over")]);
    assert.ok(isFault(refused));
    assert.equal(refused.fault, "limit");
    assert.equal(((await store.get(s, "in", "k0")) as Row).state, "new");
    assert.equal(await store.get(s, "in", "over"), null);
    // Another table has room of its own, and rows that are there may change.
    assert.equal(await store.put(s, [row("x", { table: "out" })]), undefined);
    assert.equal(await store.put(s, [row("k0", { state: "answered" })]), undefined);
    assert.equal(await store.put(s, [row("over")]), undefined);
  });

  it("STORE_FINAL_ROWS_MAX final rows are known, in the order they ended, and any number that waits", async (store, s) => {
    await store.put(s, [row("slow"), row("waits")]);
    for (let i = 0; i < STORE_FINAL_ROWS_MAX - 1; i += 1) await store.put(s, [row(`f${i}`, { state: "answered" })]);
    await store.put(s, [row("slow", { state: "answered" })]);
    assert.ok(await store.get(s, "in", "f0"));
    await store.put(s, [row("last", { state: "refused" })]);
    assert.equal(await store.get(s, "in", "f0"), null);
    for (const key of ["f1", "slow", "waits", "last"]) assert.ok(await store.get(s, "in", key), key);
  });

  it("full it forgets the oldest final rows first, never one that waits", async (store, s) => {
    const finals = STORE_FINAL_ROWS_MAX;
    await store.put(
      s,
      Array.from({ length: finals }, (_, i) => row(`f${i}`, { state: "answered" })),
    );
    await store.put(
      s,
      Array.from({ length: STORE_ROWS_MAX - finals }, (_, i) => row(`w${i}`)),
    );
    assert.equal(await store.put(s, [row("n1"), row("n2")]), undefined);
    assert.equal(await store.get(s, "in", "f0"), null);
    assert.equal(await store.get(s, "in", "f1"), null);
    assert.ok(await store.get(s, "in", "f2"));
    assert.ok(await store.get(s, "in", "w0"));
  });

  it("a stopped scope puts nothing", async (store, s) => {
    const other = rootScope(noTimers);
    other.stop(fault("stopped", "over"));
    const put = await store.put(other.scope, [row("a")]);
    assert.ok(isFault(put));
    assert.equal(await store.get(s, "in", "a"), null);
    await other.end();
  });

  test(`store ${name}: agrees with a plain map`, async () => {
    const op = fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      state: fc.constantFrom("new", "answered"),
      dueMs: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 30 }), (ops) =>
        using(make, async (store, s) => {
          const model = new Map<string, Row>();
          for (const o of ops) {
            await store.put(s, [row(o.key, o)]);
            model.set(o.key, row(o.key, o));
          }
          for (const [key, kept] of model) assert.deepEqual({ ...(await store.get(s, "in", key)) }, kept);
          for (const state of ["new", "answered"]) {
            const want = [...model.values()].filter((r) => r.state === state).sort((a, b) => a.dueMs - b.dueMs);
            assert.deepEqual(
              await keys(store, s, state),
              want.map((r) => r.key),
            );
          }
        }),
      ),
      { seed: SEED, numRuns: RUNS(50) },
    );
  });
}
