import assert from "node:assert/strict";
import { test } from "node:test";
import { powerOfTwo } from "../../../src/base/power.ts";

test("powers of two are those of the language, up to what has no bound", () => {
  for (let n = 0; n <= 64; n++) assert.equal(powerOfTwo(n), 2 ** n);
  assert.equal(powerOfTwo(5_000), Infinity);
});
