import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { base64, concat, equalBytes, find, hex, unbase64, unhex } from "../../../src/base/bytes.ts";
import { isFault } from "../../../src/base/fault.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const options = { seed: SEED, numRuns: RUNS(1000) };
const bytes = fc.uint8Array({ maxLength: 40 });

test("base64 of many bytes, around where its pieces meet", () => {
  for (const size of [1_535, 1_536, 1_537, 1_538, 4_610]) {
    const bytes = new Uint8Array(size).map((_, i) => i * 7);
    assert.equal(base64(bytes), Buffer.from(bytes).toString("base64"));
  }
});

test("hex and base64 as Node writes them, there and back", () => {
  fc.assert(
    fc.property(bytes, (b) => {
      const buffer = Buffer.from(b);
      assert.equal(hex(b), buffer.toString("hex"));
      assert.equal(base64(b), buffer.toString("base64"));
      assert.equal(base64(b, "url"), buffer.toString("base64url"));
      assert.deepEqual(unhex(hex(b).toUpperCase()), b);
      assert.deepEqual(unbase64(base64(b)), b);
    }),
    options,
  );
});

test("what decodes is the one way to write it", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ABab01+/=-_ \n"), maxLength: 12 }), (text) => {
      const decoded = unbase64(text);
      if (!isFault(decoded)) assert.equal(base64(decoded), text);
      assert.equal(isFault(decoded), Buffer.from(text, "base64").toString("base64") !== text);
    }),
    options,
  );
  for (const bad of ["A", "AB", "AB=", "AB=C", "A===", "====", "AA==AA==", "AB==", "AAB="])
    assert.ok(isFault(unbase64(bad)), bad);
  for (const bad of ["0", "0g", " 00", "0x00"]) assert.ok(isFault(unhex(bad)), bad);
});

test("concat, find and equalBytes as Buffer's", () => {
  const few = fc.uint8Array({ maxLength: 6, max: 2 });
  fc.assert(
    fc.property(fc.array(few, { maxLength: 5 }), few, fc.nat(8), (pieces, needle, from) => {
      const all = concat(pieces);
      assert.deepEqual(Buffer.from(all), Buffer.concat(pieces));
      if (needle.length > 0) assert.equal(find(all, needle, from), Buffer.from(all).indexOf(needle, from));
      assert.equal(equalBytes(all, needle), Buffer.from(all).equals(needle));
    }),
    options,
  );
});
