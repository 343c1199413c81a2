import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import { parseJson, stableJson } from "../../../src/base/json.ts";
import { JSON_BYTES_MAX, JSON_DEPTH_MAX } from "../../../src/base/limits.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const options = (n: number) => ({ seed: SEED, numRuns: RUNS(n) });

test("reads what JSON.parse reads, and nothing else", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5, noUnicodeString: false }), (text) => {
      const value = JSON.parse(text) as unknown;
      if (!text.includes("__proto__")) assert.deepEqual(parseJson(text), value);
    }),
    options(1000),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'[]{}"\\:,ntruefals01-.e '), maxLength: 14 }), (text) => {
      let theirs: unknown;
      try {
        theirs = { value: JSON.parse(text) as unknown };
      } catch {
        theirs = null;
      }
      const ours = parseJson(text);
      assert.deepEqual(isFault(ours) ? null : { value: ours }, theirs);
    }),
    options(5000),
  );
});

test("depth up to the bound passes, one more does not, however it is written", () => {
  const nest = (n: number, open: string, close: string): string => open.repeat(n) + close.repeat(n);
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    const inner = open === "[" ? "" : "1";
    const text = (n: number): string => open.repeat(n) + inner + close.repeat(n);
    assert.ok(!isFault(parseJson(text(JSON_DEPTH_MAX))));
    const deep = parseJson(text(JSON_DEPTH_MAX + 1));
    assert.ok(isFault(deep) && deep.code === "json_depth");
  }
  const huge = parseJson(nest(400_000, "[", "]"));
  assert.ok(isFault(huge));
  assert.ok(isFault(parseJson("[".repeat(1_000_000))));
  assert.equal(parseJson(`"${"[".repeat(1000)}"`), "[".repeat(1000));
  assert.equal(parseJson(`"\\"${"[".repeat(1000)}"`), `"${"[".repeat(1000)}`);
  assert.deepEqual(parseJson(`["\\\\",${nest(JSON_DEPTH_MAX - 1, "[", "]")}]`), [
    "\\",
    JSON.parse(nest(JSON_DEPTH_MAX - 1, "[", "]")),
  ]);
  assert.ok(isFault(parseJson(`["\\\\",${nest(JSON_DEPTH_MAX, "[", "]")}]`)));
});

test("size is counted in bytes", () => {
  const quoted = (n: number, c: string): string => `"${c.repeat(n)}"`;
  assert.ok(!isFault(parseJson(quoted(98, "a"), 100)));
  assert.ok(isFault(parseJson(quoted(99, "a"), 100)));
  assert.ok(!isFault(parseJson(quoted(49, "é"), 100)));
  const over = parseJson(quoted(50, "é"), 100);
  assert.ok(isFault(over) && over.fault === "limit");
  assert.ok(!isFault(parseJson(quoted(JSON_BYTES_MAX - 2, "a"))));
  assert.ok(isFault(parseJson(quoted(JSON_BYTES_MAX - 1, "a"))));
});

test("a __proto__ key does no harm, however it is spelled", () => {
  for (const key of ['"__proto__"', '"\\u005f_proto__"', '"__pr\\u006fto__"']) {
    const value = parseJson(`{"a":[{${key}:{"bad":true},"b":1}]}`) as { a: Array<Record<string, unknown>> };
    const inner = value.a[0] ?? {};
    assert.deepEqual(Object.getOwnPropertyNames(inner), ["b"]);
    assert.equal(inner["bad"], undefined);
    assert.equal(Object.assign({}, inner)["bad" as never], undefined);
  }
});

test("stable text: equal for equal values, readable again", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = stableJson(value);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(stableJson(JSON.parse(text)), text);
    }),
    options(500),
  );
  assert.equal(stableJson({ b: 1, a: [{ d: undefined, c: null }] }), '{"a":[{"c":null}],"b":1}');
});
