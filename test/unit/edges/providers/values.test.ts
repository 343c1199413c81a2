// The JSON of a request's body: no escape of a lone surrogate and no NUL leaves in it.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUtf8Strict, encodeUtf8 } from "../../../../src/base/utf8.ts";
import { bodyJson, wellFormed } from "../../../../src/edges/providers/values.ts";
import { RUNS, SEED } from "../../../support/seed.ts";

const SETTINGS = { seed: SEED, numRuns: RUNS(500) };

/** The same by Node's own means, text by text. */
const repaired = (text: string): string => Buffer.from(text).toString().replaceAll("\0", "");

function repairedValue(value: unknown): unknown {
  if (typeof value === "string") return repaired(value);
  if (Array.isArray(value)) return value.map(repairedValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [repaired(k), repairedValue(v)]));
}

// Halves of pairs, NUL, quotes and backslashes beside what their escapes look like as text.
const unit = fc.constantFrom(
  "\ud83d",
  "\udc4b",
  "\ud800",
  "\udfff",
  "\0",
  "\\",
  '"',
  "u",
  "ud800",
  "u0000",
  "\n",
  "ü",
  "a",
);
const text = fc.oneof(
  fc.array(unit, { maxLength: 12 }).map((units) => units.join("")),
  fc.string({ unit: "binary" }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(text, fc.integer(), fc.constant(null), fc.array(tie("any"), { maxLength: 4 }), tie("object")),
  object: fc.dictionary(text, tie("any"), { maxKeys: 4 }),
})).object;

test("a body says the same as one whose texts were mended before", () => {
  fc.assert(
    fc.property(value, (body) => {
      assert.deepEqual(
        JSON.parse(bodyJson(body as Record<string, unknown>)),
        JSON.parse(JSON.stringify(repairedValue(body))),
      );
    }),
    SETTINGS,
  );
});

test("nothing ill-formed is left in a body, nor anything else changed", () => {
  fc.assert(
    fc.property(value, (body) => {
      const json = bodyJson(body as Record<string, unknown>);
      assert.equal(decodeUtf8Strict(encodeUtf8(json)), json);
      const said: string[] = [];
      JSON.parse(json, (key, v: unknown) => {
        said.push(key, ...(typeof v === "string" ? [v] : []));
        return v;
      });
      for (const each of said) assert.equal(repaired(each), each);
      if (JSON.stringify(body) === JSON.stringify(repairedValue(body))) assert.equal(json, JSON.stringify(body));
    }),
    SETTINGS,
  );
});

test("tools whose text is kept stand in each body as they are", () => {
  fc.assert(
    fc.property(value, value, fc.array(value, { maxLength: 3 }), (first, second, tools) => {
      for (const body of [first, second, {}]) {
        const whole = { ...(body as object), tools };
        assert.deepEqual(JSON.parse(bodyJson(whole)), JSON.parse(JSON.stringify(repairedValue(whole))));
      }
    }),
    SETTINGS,
  );
  for (const tools of [undefined, null, "x", 0])
    assert.equal(bodyJson({ a: 1, tools }), JSON.stringify({ a: 1, tools }));
});

test("a text is mended as Node would", () => {
  fc.assert(
    fc.property(text, (t) => assert.equal(wellFormed(t), repaired(t))),
    SETTINGS,
  );
});
