// Arguments that are nearly JSON: mended where it is clear what was meant, else left alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import * as z from "zod/mini";
import { TURN_STEPS_MAX } from "../../../src/base/limits.ts";
import { REPAIR_UNITS_MAX, SAME_CALLS_MAX } from "../../../src/base/limits-models.ts";
import { bindTool } from "../../../src/core/deps.ts";
import { readableJson, repairJson } from "../../../src/core/json-repair.ts";
import { echoTool, makeWorld, says } from "../../support/core-world.ts";
import { RUNS, SEED } from "../../support/seed.ts";

test("what models write instead of JSON", () => {
  const rows: ReadonlyArray<readonly [string, unknown]> = [
    ['{"a": 1,}', { a: 1 }],
    ["{'a': 'it\\'s \"so\"'}", { a: 'it\'s "so"' }],
    ['```json\n{"a": [1, 2,],}\n```', { a: [1, 2] }],
    ["{a: True, b_c: None, 'd-e': False}", { a: true, b_c: null, "d-e": false }],
    ['{"a": "two\nlines"}', { a: "two\nlines" }],
    ['{"a": "kept, }", b: -1.5e3}', { a: "kept, }", b: -1500 }],
    ['```json\n{"a": 1}', { a: 1 }],
    ['{"a": "^\\d+\\.\\d$", "b": "tab\\t"}', { a: "^\\d+\\.\\d$", b: "tab\t" }],
    ['{"a": "C:\\u", "b": "\\u00e4"}', { a: "C:\\u", b: "ä" }],
    ['{"a": 1, // one\n "b": [2, /* two, */ ], }', { a: 1, b: [2] }],
    ["{'a': '// kept', b: '/* kept */'}", { a: "// kept", b: "/* kept */" }],
  ];
  for (const [text, value] of rows) assert.deepEqual(JSON.parse(repairJson(text) ?? ""), value, text);
});

test("what is cut off, doubled or unclear is not guessed at", () => {
  for (const text of [
    '{"a": "x',
    '{"a": [1, 2',
    '{"a": 1}{"a": 2}',
    "{a: word}",
    "{a: constructor}",
    '{"a": 01}',
    '{"a": 1}}',
    '{"a": 1 / 2}',
    '{"a": 1} // and\n {"b": 2}',
    "{a: /* cut",
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

test("arguments as they come: nothing, null and JSON in a text are objects; JSON is left as it is", () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["", "{}"],
    [" \n", "{}"],
    ["null", "{}"],
    ['"{\\"q\\":1}"', '{"q":1}'],
    ['{"q" : 1}', '{"q" : 1}'],
    ['"text"', '"text"'],
    ["nonsense", "nonsense"],
  ];
  for (const [args, json] of rows) assert.equal(readableJson(args), json, args);
});

test("a field __proto__ is refused however it is quoted", async () => {
  const script = [
    says("", [["echo", "{'q': 'x', '__proto__': {}}"]]),
    says("", [["echo", "{q: 'y', __proto__: 1}"]]),
    says("done"),
  ];
  const w = makeWorld({ script });
  await w.tell("go");
  const results = (w.asks.at(-1)?.messages ?? []).flatMap((m) => (m.role === "tool" ? [m.text] : []));
  assert.equal(results.length, 2);
  for (const text of results) assert.match(text, /name a field "__proto__"/);
  await w.end();
});

test("the work of mending grows with the text, not with its square", () => {
  const texts = [
    "[".repeat(REPAIR_UNITS_MAX),
    "{,".repeat(REPAIR_UNITS_MAX / 2),
    "a ".repeat(REPAIR_UNITS_MAX / 2),
    "/".repeat(REPAIR_UNITS_MAX),
  ];
  for (const text of texts) {
    let read = 0;
    const { slice } = String.prototype;
    String.prototype.slice = function (this: string, ...at) {
      const out = slice.apply(this, at);
      read += out.length;
      return out;
    };
    try {
      repairJson(text);
    } finally {
      String.prototype.slice = slice;
    }
    assert.ok(read <= text.length, `${read}`);
  }
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

/** What a turn ends with, and what was run, when a model calls `next` each time. */
async function circles(
  next: (step: number) => [args: unknown, result: string],
): Promise<{ said: string; runs: number }> {
  let runs = 0;
  let step = 0;
  let result = "";
  const w = makeWorld({
    always: async () => {
      step += 1;
      const [args, text] = next(step);
      result = text;
      return says("", [["echo", args]]);
    },
    tools: [
      echoTool(async () => {
        runs += 1;
        return { text: result };
      }),
    ],
  });
  await w.tell("go");
  const [said = ""] = w.texts();
  await w.end();
  return { said, runs };
}

test("the same call a third time ends the turn with a sentence, however it is written", async () => {
  const rows: ReadonlyArray<readonly [string, (n: number) => unknown]> = [
    ["as it is", () => ({ q: "x" })],
    ["with other blanks", (n) => `{${" ".repeat(n)}"q":  "x"}`],
    ["with other quotes", (n) => (n % 2 === 0 ? "{'q': 'x',}" : '{"q":"x"}')],
    ["with an escape", (n) => (n % 2 === 0 ? '{"q":"\\u0078"}' : '{"q":"x"}')],
  ];
  for (const [what, args] of rows) {
    const { said, runs } = await circles((n) => [args(n), "same"]);
    assert.equal(runs, SAME_CALLS_MAX - 1, what);
    assert.match(said, /asked 3 times for the same \(echo\)/, what);
  }
});

test("what differs is no circle: other words, or another result of the same call", async () => {
  const spaces = await circles((n) => [{ q: " ".repeat(n) }, "same"]);
  assert.equal(spaces.runs, TURN_STEPS_MAX);
  const watching = await circles((n) => [{ q: "x" }, `${n} of 12 done`]);
  assert.equal(watching.runs, TURN_STEPS_MAX);
  const inTurn = await circles((n) => [{ q: n % 2 === 0 ? "a" : "b" }, "same"]);
  assert.equal(inTurn.runs, 4, "two that take turns are one");
});

test("arguments that cannot be read: the model is told once, then the turn ends", async () => {
  const { said, runs } = await circles(() => ["{'q': ", ""]);
  assert.equal(runs, 0);
  assert.match(said, /^I stopped: the model cannot write the arguments of echo, although it was told how\..*\/model/);
  const mended = await circles((n) => (n === 1 ? ["{'q': ", ""] : [{ q: `${n}` }, `${n}`]));
  assert.equal(mended.runs, TURN_STEPS_MAX - 1);
});
