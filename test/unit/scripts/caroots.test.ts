// The table of Mozilla's authorities: who gets in, and that each key comes out as it was.

import assert from "node:assert/strict";
import { createPublicKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { rootCertificates } from "node:tls";
import { type Anchor, anchorsOf, nameHash, pack, parseCertdata } from "../../../scripts/native/caroots.ts";

const octal = (bytes: Uint8Array): string =>
  `MULTILINE_OCTAL\n${[...bytes].map((b) => `\\${b.toString(8).padStart(3, "0")}`).join("")}\nEND`;

interface Wish {
  trust?: string;
  distrust?: string;
}

/** A certdata.txt of real roots (those that come with Node), trusted as wished. */
function certdata(wishes: readonly Wish[]): string {
  const objects = wishes.map(({ trust = "CKT_NSS_TRUSTED_DELEGATOR", distrust }, i) => {
    const der = new X509Certificate(rootCertificates[i] ?? "").raw;
    const same = `CKA_LABEL UTF8 "Root ${i}"\nCKA_ISSUER ${octal(Buffer.of(i))}\nCKA_SERIAL_NUMBER ${octal(Buffer.of(1, i))}`;
    const after = distrust === undefined ? "CK_BBOOL CK_FALSE" : octal(Buffer.from(distrust));
    return [
      `CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\n${same}\nCKA_SUBJECT ${octal(Buffer.from(`name ${i}`))}`,
      `CKA_VALUE ${octal(der)}\nCKA_NSS_SERVER_DISTRUST_AFTER ${after}\n`,
      `CKA_CLASS CK_OBJECT_CLASS CKO_NSS_TRUST\n${same}\nCKA_TRUST_SERVER_AUTH CK_TRUST ${trust}\n`,
    ].join("\n");
  });
  return `# CKA_CLASS of a comment\n\nBEGINDATA\n${objects.join("\n")}`;
}

/** Looks a name up as roots.c does. */
function find(table: Buffer, subject: Buffer): Array<{ key: Buffer; distrustAfter: number }> {
  const kinds: Array<{ prefix: Buffer; suffix: Buffer; bodyBytes: number }> = [];
  let at = 8;
  for (let n = table.readUInt16LE(4); n > 0; n -= 1) {
    const prefix = table.subarray(at + 1, at + 1 + table.readUInt8(at));
    at += 1 + prefix.length;
    const suffix = table.subarray(at + 1, at + 1 + table.readUInt8(at));
    at += 1 + suffix.length;
    kinds.push({ prefix, suffix, bodyBytes: table.readUInt16LE(at) });
    at += 2;
  }
  const count = table.readUInt16LE(6);
  const entries = Array.from({ length: count }, (_, i) => table.subarray(at + 16 * i, at + 16 * (i + 1)));
  const sorted = [...entries].sort((a, b) => Buffer.compare(a.subarray(0, 8), b.subarray(0, 8)));
  assert.deepEqual(entries, sorted, "the entries are in the order of their hashes");
  const bodies = at + 16 * count;
  return entries
    .filter((e) => e.subarray(0, 8).equals(nameHash(subject)))
    .map((e) => {
      const kind = kinds[e.readUInt8(15)];
      assert.ok(kind !== undefined);
      const from = bodies + e.readUIntLE(12, 3);
      const key = Buffer.concat([kind.prefix, table.subarray(from, from + kind.bodyBytes), kind.suffix]);
      return { key, distrustAfter: e.readUInt32LE(8) };
    });
}

test("only authorities that may name servers get in", () => {
  const wishes = [{}, { trust: "CKT_NSS_MUST_VERIFY_TRUST" }, { trust: "CKT_NSS_NOT_TRUSTED" }, {}];
  const anchors = anchorsOf(parseCertdata(certdata(wishes)));
  assert.deepEqual(
    anchors.map((a) => a.label),
    ['"Root 0"', '"Root 3"'],
  );
});

test("a day of distrust is kept, an unreadable one is an error", () => {
  const [anchor] = anchorsOf(parseCertdata(certdata([{ distrust: "241130235959Z" }])));
  assert.equal(anchor?.distrustAfter, 20_241_130);
  assert.throws(() => anchorsOf(parseCertdata(certdata([{ distrust: "soon" }]))), /distrust/);
});

test("every key of Node's own roots comes out of the table as it went in", () => {
  const anchors = anchorsOf(parseCertdata(certdata(rootCertificates.map(() => ({})))));
  assert.equal(anchors.length, rootCertificates.length);
  const table = pack(anchors);
  assert.ok(table.length < anchors.reduce((sum, a) => sum + a.key.length, 0), "shared parts are kept once");
  for (const anchor of anchors) {
    const found = find(table, anchor.subject);
    assert.equal(found.length, 1, anchor.label);
    assert.deepEqual(found[0], { key: anchor.key, distrustAfter: 0 });
    assert.ok(createPublicKey({ key: anchor.key, format: "der", type: "spki" }).asymmetricKeyType);
  }
  assert.deepEqual(find(table, Buffer.from("nobody")), []);
  assert.deepEqual(pack([...anchors].reverse()), table, "the order of the input does not matter");
});

test("two authorities of the same name are both found", () => {
  const [a, b] = anchorsOf(parseCertdata(certdata([{}, {}]))) as [Anchor, Anchor];
  assert.equal(find(pack([a, { ...b, subject: a.subject }]), a.subject).length, 2);
});
