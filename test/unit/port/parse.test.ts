import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod/mini";
import { isFault } from "../../../src/base/fault.ts";
import { parseAs, parseJsonAs } from "../../../src/port/parse.ts";

const schema = () =>
  z.strictObject({ name: z.string().check(z.minLength(1)), at: z.array(z.object({ port: z.int() })) });

test("what fits comes out, and a fault names the place and what was expected, never the value", () => {
  const good = { name: "a", at: [{ port: 1 }] };
  assert.deepEqual(parseAs(schema, good, "The file"), good);
  assert.deepEqual(parseJsonAs(schema, JSON.stringify(good), "The file"), good);
  const cases: ReadonlyArray<readonly [unknown, RegExp]> = [
    [{ name: "a", at: [{ port: "hush" }] }, /^The file is not as expected at "at\.0\.port": .*number.*string\.$/],
    [{ name: "", at: [] }, /^The file is not as expected at "name": .*>=1 characters\.$/],
    [{ name: "a", at: [], extra: "hush" }, /^The file is not as expected: .*"extra"\.$/],
    ["hush", /^The file is not as expected: .*object.*\.$/],
    [{ at: [{}, {}] }, /\(and 2 more\)\.$/],
    [{ name: "a", at: [], ["\u001b[31m\u202e".repeat(99)]: 1 }, /^[ -~]{1,300}$/],
  ];
  for (const [value, what] of cases) {
    const f = parseAs(schema, value, "The file");
    assert.ok(isFault(f) && f.fault === "input");
    assert.match(f.what, what);
    assert.doesNotMatch(f.what, /hush/);
  }
  const broken = parseJsonAs(schema, '{"name":', "The file");
  assert.ok(isFault(broken) && broken.code === "bad_json");
});
