import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cutBytes, cutUnits, nearest, oneLine, printable, splitUnits, table } from "../../../src/base/text.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const options = { seed: SEED, numRuns: RUNS(1000) };
const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n", "é", "€", "😀", "👨‍👩‍👧"), maxLength: 60 });
// Half of a surrogate pair would become U+FFFD.
const isWhole = (t: string): boolean => Buffer.from(t).toString() === t;
const size = (t: string): number => Buffer.byteLength(t);

test("cutting keeps the bound and whole characters", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 3, max: 80 }), (t, max) => {
      const bytes = cutBytes(t, max, "…");
      assert.ok(size(bytes) <= max);
      assert.ok(isWhole(bytes));
      if (size(t) <= max) assert.equal(bytes, t);
      else {
        assert.ok(bytes.endsWith("…") && t.startsWith(bytes.slice(0, -1)));
        assert.ok(size(bytes) > max - 4, "no more is cut than must be");
      }
      const units = cutUnits(t, max);
      assert.ok(units.length <= max && units.length >= Math.min(t.length, max - 1));
      assert.ok(isWhole(units) && t.startsWith(units));
    }),
    options,
  );
});

test("pieces are bounded, whole, and lose nothing but white space at the cuts", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 30 }), (t, max) => {
      const pieces = splitUnits(t, max);
      assert.ok(pieces.length > 0);
      for (const p of pieces) assert.ok(p.length <= max && isWhole(p));
      assert.equal(pieces.join("").replace(/\s/g, ""), t.replace(/\s/g, ""));
    }),
    options,
  );
  assert.deepEqual(splitUnits("line one\nline two\nline three", 20), ["line one\nline two", "line three"]);
  assert.deepEqual(splitUnits("", 5), [""]);
});

test("one line", () => {
  assert.equal(oneLine("  a\r\n\tb\u0000c\u2028d ", 50), "a b c d");
  assert.equal(oneLine("abcdef", 4), "abc…");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 2, max: 20 }), (t, max) => {
      const line = oneLine(t, max);
      assert.ok(line.length <= max);
      assert.doesNotMatch(line, /[\n\r\u0000-\u001f\u007f]/);
    }),
    options,
  );
});

test("did you mean", () => {
  const words = ["address", "add", "remove", "interface", "firewall"];
  assert.deepEqual(nearest("adress", words), ["address"]);
  assert.deepEqual(nearest("interfac", words), ["interface"]);
  assert.deepEqual(nearest("ADD", words), ["add", "address"]);
  assert.deepEqual(nearest("zzz", words), []);
  assert.deepEqual(nearest("aa", ["ab", "ac", "ad", "ae"], 2), ["ab", "ac"]);
});

test("tables are aligned", () => {
  assert.equal(
    table([
      ["a", "bbb", "c"],
      ["dd", "e"],
      ["é", "", "f"],
    ]),
    "a   bbb  c\ndd  e\né        f",
  );
  assert.equal(table([]), "");
});

test("nothing that moves a cursor or hides text is left", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007x", "x"],
    ["\u001b]8;;http://a\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["\u001b(0x", "x"],
    ["a\u001b", "a"],
    ["a\tb\nc", "a\tb\nc"],
    ["a\r\nb\rc", "a\nbc"],
    ["\u009b31mx", "31mx"],
    ["user\u202etxt.exe", "usertxt.exe"],
    ["a\u200bb\ufeffc\u2066d\u2069", "abcd"],
    ["\u{e0041}x", "x"],
    ["👨‍👩‍👧", "👨‍👩‍👧"],
  ];
  assert.equal(printable("half \ud83d of \u{1f600} and \ude00"), "half  of \u{1f600} and ");
  for (const [from, to] of cases) assert.equal(printable(from), to);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("\u001b", "[", "]", "0", ";", "m", "\u0007", "a", "\n", "\\"), maxLength: 20 }),
      (t) => {
        assert.doesNotMatch(printable(t), /[\u0000-\u0008\u000b-\u001f]/);
      },
    ),
    options,
  );
});
