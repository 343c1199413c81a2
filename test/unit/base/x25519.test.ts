// Keys of X25519 against RFC 7748's vectors and OpenSSL's own.

import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { clamped, x25519 } from "../../../src/base/x25519.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");

test("the vectors of RFC 7748, section 5.2", () => {
  for (const [key, point, out] of [
    [
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ],
    [
      "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ],
  ] as const)
    assert.equal(hex(x25519(bytes(key), bytes(point))), out);
});

test("public keys are those that OpenSSL makes of the same private ones", () => {
  const head = bytes("302e020100300506032b656e04220420");
  for (let i = 0; i < 12; i += 1) {
    const random = randomBytes(32);
    const key = clamped(random);
    assert.equal((key[0] ?? 0) & 7, 0);
    assert.equal((key[31] ?? 0) >> 6, 1);
    const own = createPrivateKey({ key: Buffer.concat([head, key]), format: "der", type: "pkcs8" });
    const der = createPublicKey(own).export({ format: "der", type: "spki" });
    assert.equal(hex(x25519(key)), der.subarray(-32).toString("hex"));
    assert.equal(hex(x25519(random)), hex(x25519(key)), "clamping twice changes nothing");
  }
});
