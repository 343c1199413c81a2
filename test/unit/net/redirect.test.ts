import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { REDIRECTS_MAX } from "../../../src/base/limits.ts";
import { rootScope } from "../../../src/base/scope.ts";
import { secret } from "../../../src/base/secret.ts";
import { sendFollowing } from "../../../src/net/redirect.ts";
import type { Request } from "../../../src/port/http.ts";
import { virtualTime } from "../../support/fake-host.ts";

const START: Request = {
  method: "GET",
  url: "https://a.example/1",
  headers: [
    ["Accept", "text/html"],
    ["Authorization", secret("key", "Bearer x")],
    ["Cookie", "c=d"],
    ["X-Key", secret("other", "y")],
  ],
  maxBytes: 100,
  repeatable: true,
  tls: { roots: "none", pinSha256: "ab" },
  target: secret("path", "/secret"),
};

async function follow(answers: ReadonlyArray<readonly [status: number, location?: string]>, request = START) {
  const sent: Request[] = [];
  const http = {
    async send(_s: unknown, r: Request) {
      const [status, location] = answers[sent.length] ?? [200];
      sent.push(r);
      return {
        status,
        headers: location === undefined ? [] : [["location", location] as const],
        body: new Uint8Array(0),
      };
    },
  };
  const root = rootScope(virtualTime().timers);
  const result = await sendFollowing(root.scope, http, request);
  await root.end();
  return { result, sent };
}

test("same origin keeps the headers, and the place is told", async () => {
  const { result, sent } = await follow([[302, "/2?x"], [307, "3"], [200]]);
  assert.ok(!isFault(result));
  assert.equal(result.url, "https://a.example/3");
  assert.deepEqual(
    sent.map((r) => r.url),
    ["https://a.example/1", "https://a.example/2?x", "https://a.example/3"],
  );
  assert.deepEqual(sent[2]?.headers, START.headers);
  assert.equal(sent[1]?.target, undefined, "a secret path belongs to the first address");
});

test("another host, port or scheme gets no credentials and no pin", async () => {
  for (const to of ["https://b.example/", "https://a.example:8443/", "//c.example/"]) {
    const { sent } = await follow([[301, to], [200]]);
    assert.deepEqual(sent[1]?.headers, [["Accept", "text/html"]], to);
    assert.equal(sent[1]?.tls, undefined);
  }
});

test("never from https to http, nor to what is no plain address", async () => {
  const down = await follow([[302, "http://a.example/"]]);
  assert.ok(isFault(down.result) && down.result.fault === "denied");
  assert.match(down.result.next ?? "", /http:\/\//);
  for (const to of [
    "ftp://a.example/",
    "file:///etc/passwd",
    "javascript:1",
    "https://u:p@a.example/",
    "https://0x7f.1/",
  ]) {
    const { result, sent } = await follow([[302, to]]);
    assert.ok(isFault(result) && result.fault === "failed", to);
    assert.match(result.next ?? "", /browser/);
    assert.equal(sent.length, 1);
  }
});

test("a few redirects pass, one more does not", async () => {
  const hops = (n: number) => Array.from({ length: n }, (_, i) => [302, `/${i}`] as const);
  assert.ok(!isFault((await follow(hops(REDIRECTS_MAX))).result));
  const { result, sent } = await follow(hops(REDIRECTS_MAX + 1));
  assert.ok(isFault(result) && result.fault === "failed");
  assert.match(result.next ?? "", /browser/);
  assert.equal(sent.length, REDIRECTS_MAX + 1);
});

test("writes are not followed; a redirect without a place is the answer", async () => {
  const { result } = await follow([[302, "/"]], { ...START, method: "POST" });
  assert.ok(isFault(result) && result.fault === "input");
  assert.match(result.next ?? "", /final address/);
  const bare = await follow([[302]]);
  assert.ok(!isFault(bare.result) && bare.result.status === 302);
  const other = await follow([[304, "/"]]);
  assert.ok(!isFault(other.result) && other.result.status === 304);
});
