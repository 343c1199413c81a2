// Seeded chance: fixed values (they must never change, seeds in bug reports depend on
// them), ranges, and independence of named sequences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { torn } from "../../../src/host/sim/disk-tree.ts";
import { makePrng } from "../../../src/host/sim/prng.ts";
import { RUNS, SEED } from "../../support/seed.ts";

test("the numbers of a seed never change", () => {
  const p = makePrng(1);
  const first = [p.u32(), p.u32(), p.u32()];
  const again = makePrng(1);
  assert.deepEqual([again.u32(), again.u32(), again.u32()], first);
  assert.deepEqual(first, PINNED);
});

const PINNED = [1155048525, 2331426104, 1464338687];

test("seeds beyond 32 bits differ", () => {
  assert.notEqual(makePrng(5).u32(), makePrng(5 + 2 ** 32).u32());
});

test("a fork depends on its name, not on what was drawn before", () => {
  const a = makePrng(SEED);
  const b = makePrng(SEED);
  b.bytes(100);
  assert.equal(a.fork("x").u32(), b.fork("x").u32());
  assert.notEqual(a.fork("x").u32(), a.fork("y").u32());
});

test("ranges hold and all of a small range comes", () => {
  const p = makePrng(SEED);
  const seen = new Set<number>();
  for (let i = 0; i < RUNS(2_000); i += 1) {
    const n = p.between(3, 9);
    assert.ok(n >= 3 && n <= 9);
    seen.add(n);
  }
  assert.equal(seen.size, 7);
  assert.equal(p.below(1), 0);
  assert.equal(p.chance(0), false);
  assert.equal(p.chance(100), true);
});

test("bits are even: each of 32 is set in about half of the draws", () => {
  const p = makePrng(SEED);
  const ones = new Array<number>(32).fill(0);
  for (let i = 0; i < 4_000; i += 1) {
    const n = p.u32();
    for (let bit = 0; bit < 32; bit += 1) ones[bit] = (ones[bit] ?? 0) + ((n >>> bit) & 1);
  }
  for (const count of ones) assert.ok(count > 1_800 && count < 2_200, String(count));
});

test("a torn file holds old or new bytes or zeros, and keeps what it only appended to", () => {
  for (let i = 0; i < RUNS(500); i += 1) {
    const p = makePrng(SEED + i);
    const old = p.bytes(p.below(2_000)).fill(1);
    const now = new Uint8Array(p.below(2_000)).fill(2);
    for (const b of torn(p, old, now)) assert.ok(b <= 2);
    const longer = new Uint8Array(old.length + p.below(2_000)).fill(2);
    longer.set(old);
    const left = torn(p, old, longer);
    assert.deepEqual(left.slice(0, old.length), old);
    assert.ok(left.length <= longer.length);
  }
});
