import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import { compilePattern } from "../../../src/ros/pattern.ts";
import { RUNS, SEED } from "../../support/seed.ts";

function matches(pattern: string, text: string): boolean {
  const made = compilePattern(pattern);
  assert.ok(!isFault(made), pattern);
  return made.test(text);
}

test("literals, anchors, repeats, choices, sets", () => {
  for (const [pattern, text, fits] of [
    ["dhcp", "system,dhcp,info", true],
    ["^ether[0-9]+$", "ether12", true],
    ["^ether[0-9]+$", "ether12x", false],
    ["a.c", "xabcx", true],
    ["a{2,3}b", "caab", true],
    ["^a{2,3}b", "aaaab", false],
    ["(foo|bar)+baz", "xfoobarbaz", true],
    ["^(a|b*)$", "", true],
    ["[^a-z]", "abc", false],
    ["[]x]", "]", true],
    ["[a-]", "-", true],
    ["[[:digit:]]{3}", "a123", true],
    ["\\.", "a.b", true],
    ["\\.", "ab", false],
    ["", "anything", true],
    ["$^", "", true],
    ["a|", "b", true],
  ] as const) {
    assert.equal(matches(pattern, text), fits, `${pattern} on ${text}`);
  }
});

test("what is not understood is refused", () => {
  for (const pattern of [
    "(",
    ")",
    "a)",
    "[a",
    "*a",
    "a{",
    "a{3,1}",
    "a{1000}",
    "\\",
    "\\d",
    "[[:no:]]",
    "[z-a]",
    "((a{99}){99}){99}",
    "(".repeat(40),
  ]) {
    assert.ok(isFault(compilePattern(pattern)), pattern);
  }
});

// RegExp is the oracle here, on patterns that mean the same in both.
test("agrees with another engine", () => {
  const atom = fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "(a|bc)", "(b|)");
  const piece = fc.tuple(atom, fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}")).map(([a, q]) => a + q);
  const pattern = fc
    .tuple(fc.constantFrom("", "^"), fc.array(piece, { maxLength: 5 }), fc.constantFrom("", "$"))
    .map(([a, p, z]) => a + p.join("") + z);
  const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 }).map((x) => x.join(""));
  fc.assert(
    fc.property(pattern, text, (p, t) => {
      assert.equal(matches(p, t), new RegExp(p).test(t), `${p} on ${t}`);
    }),
    { seed: SEED, numRuns: RUNS(2_000) },
  );
});

test("patterns that explode elsewhere end here", () => {
  assert.equal(matches("^(a*)*$", `${"a".repeat(5_000)}b`), false);
  assert.equal(matches("(a|aa)+$", `${"a".repeat(5_000)}b`), false);
  assert.equal(matches("(.*)(.*)(.*)(.*)x", "y".repeat(5_000)), false);
});
