import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import {
  decodeUtf8,
  decodeUtf8Strict,
  encodeUtf8,
  makeUtf8Decoder,
  useHostUtf8,
  utf8Length,
} from "../../../src/base/utf8.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const options = (n: number) => ({ seed: SEED, numRuns: RUNS(n) });
const oracle = new TextDecoder("utf-8", { ignoreBOM: true });
const strictOracle = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
// Any UTF-16 units, with lone surrogates and with pairs.
const units = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe010 })))
  .map((u) => String.fromCharCode(...u));
// Bytes near each other in the table of well-formed sequences.
const EDGES = [
  0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
  0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
];
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.array(fc.constantFrom(...EDGES), { maxLength: 12 }).map((b) => Uint8Array.from(b)),
);

const fits = (b: Uint8Array): boolean => {
  try {
    strictOracle.decode(b);
    return true;
  } catch {
    return false;
  }
};

function split(pieces: readonly Uint8Array[]): string {
  const decoder = makeUtf8Decoder();
  return pieces.map((p) => decoder.push(p)).join("") + decoder.end();
}

test("encodes as TextEncoder does, and says its length", () => {
  fc.assert(
    fc.property(units, (text) => {
      const expected = new TextEncoder().encode(text);
      assert.deepEqual(encodeUtf8(text), expected);
      assert.equal(utf8Length(text), expected.length);
    }),
    options(2000),
  );
});

test("decodes as TextDecoder does, whole and in every split", () => {
  fc.assert(
    fc.property(bytes, (b) => {
      const expected = oracle.decode(b);
      assert.equal(decodeUtf8(b), expected);
      assert.equal(split(Array.from(b, (x) => Uint8Array.of(x))), expected);
      for (let cut = 0; cut <= b.length; cut += 1) assert.equal(split([b.slice(0, cut), b.slice(cut)]), expected);
      const strict = decodeUtf8Strict(b);
      assert.equal(isFault(strict) ? null : strict, fits(b) ? expected : null);
    }),
    options(3000),
  );
});

test("every sequence of three bytes from the edges of the table", () => {
  for (const a of EDGES)
    for (const b of EDGES)
      for (const c of EDGES) {
        const three = Uint8Array.of(a, b, c, 0x41);
        assert.equal(decodeUtf8(three), oracle.decode(three));
      }
});

test("every code point there and back", () => {
  for (let point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 0x31) {
    if (point >= 0xd800 && point < 0xe000) continue;
    const text = String.fromCodePoint(point);
    assert.equal(decodeUtf8(encodeUtf8(text)), text);
  }
});

test("texts longer than one run of units", () => {
  const long = "aé€😀".repeat(5000);
  assert.deepEqual(encodeUtf8(long), new TextEncoder().encode(long));
  assert.equal(decodeUtf8(encodeUtf8(long)), long);
  assert.equal(decodeUtf8(encodeUtf8("a".repeat(100_000))), "a".repeat(100_000));
});

// Last in this file: the hooks stay for the rest of the process.
test("a host's functions serve long texts, and strict decoding stays strict", () => {
  let calls = 0;
  useHostUtf8(
    (text) => {
      calls += 1;
      return new TextEncoder().encode(text);
    },
    (b) => {
      calls += 1;
      return oracle.decode(b);
    },
  );
  const long = `${"é".repeat(100)}\ufffd`;
  assert.equal(decodeUtf8(encodeUtf8(long)), long);
  assert.equal(calls, 2);
  assert.equal(decodeUtf8Strict(encodeUtf8(long)), long);
  const broken = encodeUtf8(long).slice(0, -1);
  assert.ok(isFault(decodeUtf8Strict(broken)));
  assert.deepEqual(encodeUtf8("ab"), Uint8Array.of(97, 98));
  assert.equal(calls, 6);
});
