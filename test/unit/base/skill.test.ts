// Messages of a skill's pipe, and that both programs that speak them have the same numbers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import * as limits from "../../../src/base/limits.ts";
import { makeSkillReader, skillLimits, skillMessage, skillScript } from "../../../src/base/skill.ts";
import { SKILL_END } from "../../../src/host/node/skill-end.ts";
import { RUNS, SEED } from "../../support/seed.ts";

function framed(text: string): Uint8Array {
  const bytes = skillMessage(text);
  assert.ok(!isFault(bytes));
  return bytes;
}

test("messages arrive whole, however the pipe cuts them", () => {
  const texts = fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 6 });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(200), { minLength: 1 }), (messages, cuts) => {
      const wire = Buffer.concat(messages.map(framed));
      const take = makeSkillReader();
      const got: string[] = [];
      for (let at = 0, n = 0; at < wire.length; n += 1) {
        const end = at + 1 + (cuts[n % cuts.length] ?? 0);
        const whole = take(wire.subarray(at, end));
        assert.ok(!isFault(whole));
        got.push(...whole);
        at = end;
      }
      assert.deepEqual(got, messages);
    }),
    { seed: SEED, numRuns: RUNS(100) },
  );
});

test("a message at the bound passes, one beyond is a limit, on both ends", () => {
  const most = "x".repeat(limits.SKILL_MESSAGE_BYTES_MAX);
  const wire = framed(most);
  assert.deepEqual(makeSkillReader()(wire), [most]);
  const more = skillMessage(`${most}x`);
  assert.ok(isFault(more) && more.fault === "limit");
  const [, ...rest] = wire;
  const lying = Uint8Array.of(1, ...rest.slice(0, 3));
  const refused = makeSkillReader()(lying);
  assert.ok(isFault(refused) && refused.fault === "limit");
});

test("limits are taken on both sides of each bound", () => {
  const { SKILL_MS_MAX: ms, SKILL_HEAP_BYTES_MIN: least, SKILL_HEAP_BYTES_MAX: most } = limits;
  for (const [capMs, heap] of [
    [1, least],
    [ms, most],
  ])
    assert.deepEqual(skillLimits(capMs, heap), { capMs, heapBytes: heap });
  const wrong = [
    [0, least],
    [ms + 1, least],
    [1.5, least],
    ["1", least],
    [1, least - 1],
    [1, most + 1],
    [1, 2e6 + 0.5],
    [1, null],
  ];
  for (const [capMs, heap] of wrong) assert.equal(skillLimits(capMs, heap), null, `${capMs} ${heap}`);
});

test("the script carries any source and input as data", () => {
  const source = "`$\u007b1}`; \u2028 \\ ' \" </script>";
  assert.ok(skillScript(source, { a: 1 }).endsWith(`(${JSON.stringify(source)}, {"a":1})`));
  assert.ok(skillScript("1", undefined).endsWith(`("1", null)`));
});

test("the native host has the same bounds and ends", () => {
  const header = readFileSync("src/host/native/skill.h", "utf8");
  const numbers = [...header.matchAll(/(SKILLS?_\w+) = (\d+)/g)].map(
    ([, name = "", value]) => [name, Number(value)] as const,
  );
  assert.ok(numbers.length >= 12);
  for (const [name, value] of numbers) {
    const end = Object.entries(SKILL_END).find(([key]) => name === `SKILL_${key}`)?.[1];
    const ours = end ?? (limits as Record<string, number>)[name];
    // A jail exists only there, and BROKE is any other end.
    if (name !== "SKILL_NO_JAIL" && name !== "SKILL_BROKE") assert.equal(ours, value, name);
  }
});
