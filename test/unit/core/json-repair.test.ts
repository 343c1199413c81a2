// Arguments that are nearly JSON: mended where it is clear what was meant, else left alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import * as z from "zod/mini";
import { REPAIR_UNITS_MAX } from "../../../src/base/limits-models.ts";
import { bindTool } from "../../../src/core/deps.ts";
import { repairJson } from "../../../src/core/json-repair.ts";
import { makeWorld, says } from "../../support/core-world.ts";
import { RUNS, SEED } from "../../support/seed.ts";

test("what models write instead of JSON", () => {
  const rows: ReadonlyArray<readonly [string, unknown]> = [
    ['{"a": 1,}', { a: 1 }],
    ["{'a': 'it\\'s \"so\"'}", { a: 'it\'s "so"' }],
    ['```json\n{"a": [1, 2,],}\n```', { a: [1, 2] }],
    ["{a: True, b_c: None, 'd-e': False}", { a: true, b_c: null, "d-e": false }],
    ['{"a": "two\nlines"}', { a: "two\nlines" }],
    ['{"a": "kept, }", b: -1.5e3}', { a: "kept, }", b: -1500 }],
  ];
  for (const [text, value] of rows) assert.deepEqual(JSON.parse(repairJson(text) ?? ""), value, text);
});

test("what is cut off, doubled or unclear is not guessed at", () => {
  for (const text of [
    '{"a": "x',
    '{"a": [1, 2',
    '{"a": 1}{"a": 2}',
    "{a: word}",
    "run the command",
    '{"a": 1} and more',
    "{'a: 1}",
  ]) {
    const mended = repairJson(text);
    if (mended === null) continue;
    assert.throws(() => JSON.parse(mended), text);
  }
  assert.equal(repairJson(`{"a": "${"x".repeat(REPAIR_UNITS_MAX)}"}`), null);
  assert.notEqual(repairJson(`{"a": "${"x".repeat(REPAIR_UNITS_MAX - 9)}"}`), null);
});

test("JSON itself means the same afterwards", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.boolean(), (value, wide) => {
      const mended = repairJson(JSON.stringify(value, null, wide ? 2 : undefined));
      assert.deepEqual(JSON.parse(mended ?? ""), JSON.parse(JSON.stringify(value)));
    }),
    { seed: SEED, numRuns: RUNS(300) },
  );
});

test("a call with nearly JSON is run; one that stays broken comes back with what is expected", async () => {
  const got: unknown[] = [];
  const tool = bindTool(
    {
      name: "note",
      purpose: "",
      args: () => z.strictObject({ q: z.string() }),
      effect: "read",
      capMs: 1_000,
      outMax: 100,
      run: async (_s, _kit, args) => {
        got.push(args);
        return { text: "noted" };
      },
    },
    "{}",
  );
  const script = [
    says("", [["note", "{'q': 'x',}"]]),
    says("", [["note", '"{\\"q\\":\\"y\\"}"']]),
    says("", [["note", "{'q': "]]),
    says("done"),
  ];
  const w = makeWorld({ tools: [tool], script });
  await w.tell("go");
  assert.deepEqual(got, [{ q: "x" }, { q: "y" }]);
  const last = w.asks.at(-1)?.messages.at(-1);
  assert.ok(last?.role === "tool" && last.isError);
  assert.match(last.text, /not valid.*schema/s);
  assert.deepEqual(w.texts(), ["done"]);
  await w.end();
});

test("the same call a third time ends the turn with a sentence", async () => {
  let runs = 0;
  const w = makeWorld({
    always: says("", [["echo", { q: "x" }]]),
    tools: [
      bindTool(
        {
          name: "echo",
          purpose: "",
          args: () => z.strictObject({ q: z.string() }),
          effect: "read",
          capMs: 1_000,
          outMax: 100,
          run: async () => {
            runs += 1;
            return { text: "same" };
          },
        },
        "{}",
      ),
    ],
  });
  await w.tell("go");
  assert.equal(runs, 2);
  assert.match(w.texts()[0] ?? "", /asked 3 times for the same \(echo\)/);
  await w.end();
});
