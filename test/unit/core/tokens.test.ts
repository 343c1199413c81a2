// Estimates of tokens beside a real tokenizer's counts, for each kind of text; the figures are
// printed. Other vendors differ, so a model's own counts correct them (failover.test.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { TOKEN_SAMPLE_UNITS, TOKEN_SAMPLES } from "../../../src/base/limits-context.ts";
import { tokensIn } from "../../../src/core/tokens.ts";
import { RUNS, SEED } from "../../support/seed.ts";
import { TOKEN_TEXTS } from "../../support/token-texts.ts";

for (const [kind, text] of Object.entries(TOKEN_TEXTS)) {
  test(`the estimate for ${kind} is near the count, also of a long text by its samples`, (t) => {
    const share = (of: string): number => tokensIn(of) / countTokens(of);
    const long = Array.from({ length: 12 }, () => text).join("\n");
    const [one, many] = [share(text), share(long)];
    const bytes = Buffer.byteLength(text) / 4 / countTokens(text);
    t.diagnostic(
      `${kind}: ${countTokens(text)} tokens; estimate / count ${one.toFixed(2)}, sampled ${many.toFixed(2)}; bytes/4 / count ${bytes.toFixed(2)}`,
    );
    for (const found of [one, many]) assert.ok(found > 0.88 && found < 1.2, `${kind}: ${found}`);
  });
}

test("more text is never fewer tokens, and none is none", () => {
  assert.equal(tokensIn(""), 0);
  const whole = TOKEN_SAMPLES * TOKEN_SAMPLE_UNITS;
  // At both sides of where samples begin.
  assert.equal(tokensIn("ab ".repeat(whole).slice(0, whole)), tokensIn("ab ".repeat(whole).slice(0, whole - 1)));
  const over = tokensIn("ab ".repeat(whole).slice(0, whole + 1));
  assert.ok(Math.abs(over - tokensIn("ab ".repeat(whole).slice(0, whole))) < whole / 100);
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({ unit: "binary", maxLength: 200 }),
      (a, b) => {
        assert.ok(Number.isInteger(tokensIn(a)) && tokensIn(a) >= 0);
        assert.ok(tokensIn(`${a}\n\n${b}`) >= tokensIn(a) - 1);
      },
    ),
    { seed: SEED, numRuns: RUNS(200) },
  );
});

test("the work of an estimate does not grow with a text beyond its samples", () => {
  let read = 0;
  const huge = Object.assign(new String("x1 ".repeat(100_000)), {
    slice(from: number, to: number) {
      read += to - from;
      return "x1 ".repeat(100_000).slice(from, to);
    },
  });
  tokensIn(huge as unknown as string);
  assert.equal(read, TOKEN_SAMPLES * TOKEN_SAMPLE_UNITS);
});
