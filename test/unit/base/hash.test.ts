import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { hex } from "../../../src/base/bytes.ts";
import { hashSecret, hmacSha256, sha256, sha256Hex, traceHash } from "../../../src/base/hash.ts";
import { secret } from "../../../src/base/secret.ts";
import { RUNS, SEED } from "../../support/seed.ts";

test("SHA-256 and HMAC as Node computes them", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.string({ unit: "grapheme" }),
      (bytes, key, text) => {
        const expected = createHash("sha256").update(bytes).digest("hex");
        assert.equal(hex(sha256(bytes)), expected);
        assert.equal(sha256Hex(bytes), expected);
        assert.equal(sha256Hex(text), createHash("sha256").update(text).digest("hex"));
        assert.equal(hashSecret(secret("x", text)), sha256Hex(text));
        assert.equal(hex(hmacSha256(key, bytes)), createHmac("sha256", key).update(bytes).digest("hex"));
      },
    ),
    { seed: SEED, numRuns: RUNS(200) },
  );
});

test("the trace hash tells texts, their order and their borders apart, and never changes", () => {
  const of = (...texts: string[]): string => {
    const h = traceHash();
    for (const t of texts) h.add(t);
    return h.hex();
  };
  assert.equal(of("a", "b"), of("a", "b"));
  const all = [
    of(),
    of(""),
    of("a"),
    of("a", "b"),
    of("ab"),
    of("b", "a"),
    of("a", "b", ""),
    of("", "a", "b"),
    of("ab\u0000"),
    of("😀"),
    of("\ud83d", "\ude00"),
  ];
  assert.equal(new Set(all).size, all.length);
  for (const h of all) assert.match(h, /^[0-9a-f]{16}$/);
  const many = new Set<string>();
  const running = traceHash();
  for (let i = 0; i < 50_000; i += 1) {
    running.add(String(i % 10));
    many.add(running.hex());
  }
  assert.equal(many.size, 50_000);
});
