// The same seed gives the same trace in the native binary as in V8, on every processor that
// is tested (NATIVE_ARCHS).

import assert from "node:assert/strict";
import { test } from "node:test";
import { OP, SYNC } from "../../src/port/abi.ts";
import { archs, runScript, testBuild } from "../support/native.ts";
import { RUNS, SEED } from "../support/seed.ts";
import { bundle, inV8, type Ran } from "./engines.ts";

const ENTRIES = ["exchange", "story", "peers"];

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
      const text = await bundle(`test/fidelity/${entry}.entry.ts`);
      for (let i = 0; i < RUNS(2); i += 1) {
        const { code, out, err } = await runScript(build.start, text + DRIVER, [String(SEED + i)]);
        assert.equal(err, "");
        assert.equal(code, 0);
        assert.deepEqual(JSON.parse(out) as Ran, await inV8(text, SEED + i), `seed ${SEED + i}`);
      }
    });
  }
}
