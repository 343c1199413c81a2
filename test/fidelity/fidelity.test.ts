// The same seed gives the same trace in V8 and in QuickJS, twice in a row, and other seeds
// give other traces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SEED } from "../support/seed.ts";
import { bundle, inQuickJs, inV8, seedsOf } from "./engines.ts";

const ENTRIES = ["test/fidelity/exchange.entry.ts", "test/fidelity/story.entry.ts", "test/fidelity/peers.entry.ts"];

for (const entry of ENTRIES) {
  test(`${entry}: V8 and QuickJS agree on every completion`, async () => {
    const text = await bundle(entry);
    const seen = new Set<string>();
    const seeds = seedsOf(entry);
    for (let i = 0; i < seeds; i += 1) {
      const v8 = await inV8(text, SEED + i);
      const quickJs = await inQuickJs(text, SEED + i);
      assert.deepEqual(quickJs, v8, `seed ${SEED + i}`);
      assert.ok(v8.steps > 100, `only ${v8.steps} steps: ${v8.result}`);
      assert.doesNotMatch(v8.result, /failed|did not end/);
      seen.add(v8.result);
    }
    assert.equal(seen.size, seeds);
  });

  test(`${entry}: a second run in the same process is the same`, async () => {
    const text = await bundle(entry);
    assert.deepEqual(await inV8(text, SEED), await inV8(text, SEED));
  });
}
