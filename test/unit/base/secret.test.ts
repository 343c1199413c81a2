// Secrets made of parts of others: nothing of them is shown, whatever they hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameSecret, reveal, secret, secretAfter, secretFields } from "../../../src/base/secret.ts";

test("what follows a prefix stays secret; another beginning is none", () => {
  const rest = secretAfter(secret("key", "bearer:abc"), "bearer:");
  assert.ok(rest !== null);
  assert.deepEqual([reveal(rest), String(rest)], ["abc", "<secret:key>"]);
  assert.equal(secretAfter(secret("key", "Bearer:abc"), "bearer:"), null);
});

test("a URL and the fields of its fragment", () => {
  const rows: ReadonlyArray<readonly [text: string, url: string, fields: Record<string, string>]> = [
    ["https://a/t?x=1#a=1&b=2", "https://a/t?x=1", { a: "1", b: "2" }],
    ["https://a/t#a=x%2Cy%26z", "https://a/t", { a: "x,y&z" }],
    // As people paste them: "+", "=" and "#" are their own, a broken escape too.
    ["https://a/t#a=x+y==&b=1#2&c=50%", "https://a/t", { a: "x+y==", b: "1#2", c: "50%" }],
    ["https://a/t#=x&y&a=", "https://a/t", { a: "" }],
    ["https://a/t", "https://a/t", {}],
  ];
  for (const [text, url, fields] of rows) {
    const found = secretFields(secret("key", text));
    assert.equal(found.url, url);
    assert.deepEqual(Object.fromEntries([...found.fields].map(([name, s]) => [name, reveal(s)])), fields, text);
    for (const [name, s] of found.fields) assert.equal(JSON.stringify(s), `"<secret:key_${name}>"`);
  }
});

test("two of the same text are the same, whatever they are called", () => {
  assert.equal(isSameSecret(secret("a", "x"), secret("b", "x")), true);
  assert.equal(isSameSecret(secret("a", "x"), secret("a", "y")), false);
});
