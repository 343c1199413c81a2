// The same seeds as in fidelity.test.ts give the same traces in the native binary as in V8, and
// so as in the WebAssembly engine: on this machine's processor all of them, emulated some.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OP, SYNC } from "../../src/port/abi.ts";
import { archs, runner, runScript, testBuild } from "../support/native.ts";
import { SEED, WHOLE } from "../support/seed.ts";
import { bundle, inV8, type Ran, seedsOf } from "./engines.ts";

const ENTRIES = ["exchange", "story", "peers"];
/** Seeds that an emulated processor gets. */
const EMULATED = WHOLE ? 20 : 2;

// One step a completion, so that all jobs run between two steps as they do elsewhere.
const DRIVER = `;(() => {
  const [seed] = JSON.parse(__host.sync(${SYNC.ARGS}));
  let steps = 0;
  globalThis.__complete = () => {
    if (step() === true) {
      steps += 1;
      __host.submit(1, ${OP.TIMER}, 0);
      return;
    }
    __host.sync(${SYNC.PRINT}, JSON.stringify({ result: result(), steps }), "out");
    __host.sync(${SYNC.EXIT}, 0);
  };
  start(Number(seed));
  __host.submit(1, ${OP.TIMER}, 0);
})();`;

for (const arch of archs()) {
  for (const entry of ENTRIES) {
    test(`native ${arch}, ${entry}: V8 agrees on every completion`, async (t) => {
      const build = testBuild(arch);
      if ("skip" in build) return t.skip(build.skip);
      const path = `test/fidelity/${entry}.entry.ts`;
      const text = await bundle(path);
      const seeds = runner(arch).length > 0 ? EMULATED : seedsOf(path);
      for (let seed = SEED; seed < SEED + seeds; seed += 1) {
        const native = runScript(build.start, text + DRIVER, [String(seed)]);
        const v8 = await inV8(text, seed);
        const { code, out, err } = await native;
        assert.equal(err, "");
        assert.equal(code, 0);
        assert.deepEqual(JSON.parse(out) as Ran, v8, `seed ${seed}`);
        assert.doesNotMatch(v8.result, /failed|did not end/);
      }
    });
  }
}
