// Parsers against mutated corpora. They must never throw, and what they accept must hold:
// the same reading again, in pieces, and by other parsers. A canary with one planted mistake
// must be found by the same fuzzer, so that a blind one fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../src/base/fault.ts";
import { parseJson } from "../../src/base/json.ts";
import { rootScope, type Scope } from "../../src/base/scope.ts";
import { parseUrl } from "../../src/base/url.ts";
import { makeBody, readBody } from "../../src/net/http-body.ts";
import { type Framing, headerValue, writeFields } from "../../src/net/http-head.ts";
import { parseRequestHead } from "../../src/net/http-request.ts";
import { parseResponseHead } from "../../src/net/http-response.ts";
import { makeReader } from "../../src/net/stream.ts";
import { virtualTime } from "../support/fake-host.ts";
import { scripted } from "../support/pipe.ts";
import { RUNS, SEED } from "../support/seed.ts";
import { BAD_REQUESTS } from "../unit/net/bad-requests.ts";
import { BAD_RESPONSES } from "../unit/net/bad-responses.ts";
import { dice, mutate } from "./mutate.ts";

const short = (m: string): boolean => m.length < 500;
const headOf = (m: string): string => m.split("\r\n\r\n")[0] ?? "";
const requests = [
  ...BAD_REQUESTS.map(([, m]) => headOf(m)).filter(short),
  "POST /a?b HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 5\r\nX: y",
];
const responses = [
  ...BAD_RESPONSES.map(([, m]) => headOf(m)).filter(short),
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y",
];
const bodies = BAD_REQUESTS.filter(([, m]) => m.includes("chunked\r\n\r\n") && short(m)).map(([, m]) =>
  m.slice(m.indexOf("\r\n\r\n") + 4),
);
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);

/** Feeds `n` inputs and says how many `check` took as accepted. */
function feed(n: number, corpus: readonly string[], check: (input: string) => boolean): number {
  const roll = dice(SEED);
  let accepted = 0;
  for (let i = 0; i < n; i += 1) {
    const input = mutate(corpus, roll);
    try {
      if (check(input)) accepted += 1;
    } catch (e) {
      throw new Error(`input ${i} of seed ${SEED}: ${JSON.stringify(input)}`, { cause: e });
    }
  }
  return accepted;
}

/** What must hold of every accepted request head, whatever parser accepted it. */
function holds(
  text: string,
  parsed: { path: string; headers: ReadonlyArray<readonly [string, unknown]>; framing: Framing },
): void {
  const names = parsed.headers.map(([name]) => name);
  for (const name of names) assert.match(name, /^[!#$%&'*+\-.^_`|~0-9a-z]+$/);
  for (const [, value] of parsed.headers) assert.doesNotMatch(String(value), /[\r\n\0]/);
  assert.doesNotMatch(parsed.path, /[\0-\x1f\\]/);
  assert.ok(names.filter((n) => n === "host").length <= 1);
  assert.ok(names.filter((n) => n === "content-length").length <= 1);
  assert.ok(!(names.includes("content-length") && names.includes("transfer-encoding")));
  assert.equal(parsed.framing.kind === "chunked", names.includes("transfer-encoding"));
  assert.equal(text.replace(/\r\n/g, "").search(/[\r\n]/), -1, "no bare line end is left");
  assert.equal(text.split("\r\n").length - 1, names.length, "one line, one header");
}

test("request heads", () => {
  const accepted = feed(RUNS(60_000), requests, (text) => {
    const parsed = parseRequestHead(text);
    if (isFault(parsed)) return false;
    const isAbsolute = /^\S+ [a-z]+:/i.test(text);
    if (!isAbsolute) holds(text, parsed);
    if (parsed.framing.kind === "length")
      assert.equal(
        headerValue(parsed.headers, "content-length")?.replace(/^0+(?=\d)/, ""),
        String(parsed.framing.bytes),
      );
    assert.ok(!isFault(writeFields(parsed.headers)), "what is read can be written");
    return true;
  });
  assert.ok(accepted > 500, `only ${accepted} accepted`);
});

test("response heads", () => {
  const accepted = feed(RUNS(60_000), responses, (text) => {
    const parsed = parseResponseHead(text, "GET");
    if (isFault(parsed)) return false;
    assert.ok(parsed.status >= 100 && parsed.status < 600);
    assert.ok(!isFault(writeFields(parsed.headers)));
    return true;
  });
  assert.ok(accepted > 500, `only ${accepted} accepted`);
});

test("chunked bodies", async () => {
  const root = rootScope(virtualTime().timers);
  const roll = dice(SEED);
  let accepted = 0;
  const framing: Framing = { kind: "chunked" };
  const read = async (s: Scope, pieces: readonly Uint8Array[]): Promise<string> => {
    const reader = makeReader(scripted(pieces), "request");
    const body = await readBody(s, makeBody(reader, framing, "request"), framing, 1000, "request");
    return isFault(body) ? `fault ${body.code}` : `${Buffer.from(body).toString("latin1")} + ${reader.buffered === 0}`;
  };
  for (let i = 0; i < RUNS(10_000); i += 1) {
    const input = mutate([...bodies, "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: u\r\n\r\n"], roll);
    const bytes = latin1(input);
    const whole = await read(root.scope, [bytes]);
    if (!whole.startsWith("fault")) accepted += 1;
    const cut = roll(bytes.length + 1);
    const split = await read(
      root.scope,
      [bytes.slice(0, cut), bytes.slice(cut)].filter((p) => p.length > 0),
    );
    assert.equal(split.split(" + ")[0], whole.split(" + ")[0], JSON.stringify([input, cut]));
  }
  assert.ok(accepted > 100, `only ${accepted} accepted`);
  await root.end();
});

test("addresses: what is accepted, Node reads with the same host", () => {
  const corpus = [
    "http://a.example/b/../c?d#e",
    "https://[2001:db8::1]:8443/",
    "http://192.0.2.1:80/x%20y",
    "https://a_b.example/?q=%C3%A9",
  ];
  const accepted = feed(RUNS(60_000), corpus, (text) => {
    const url = parseUrl(text);
    if (isFault(url) || text.includes("xn--")) return false;
    const theirs = new URL(text);
    assert.equal(url.host, theirs.hostname.replace(/^\[|\]$/g, ""));
    assert.equal(theirs.username, "");
    return true;
  });
  assert.ok(accepted > 500, `only ${accepted} accepted`);
});

test("JSON: never throws, and agrees with JSON.parse", () => {
  const corpus = [
    '{"a":[1,-2.5e3,"x\\u00e9\\n",null,true],"b":{"__proto__":{"c":1}}}',
    '[[[["\\\\\\""]]]]',
    '"\ud83d\ude00"',
  ];
  const accepted = feed(RUNS(60_000), corpus, (text) => {
    const value = parseJson(text);
    let theirs = true;
    try {
      JSON.parse(text);
    } catch {
      theirs = false;
    }
    assert.equal(!isFault(value), theirs);
    assert.equal(({} as Record<string, unknown>)["c"], undefined);
    return theirs;
  });
  assert.ok(accepted > 500, `only ${accepted} accepted`);
});

test("the canary is found: a parser that takes the last of two lengths", () => {
  const canary = (text: string): ReturnType<typeof parseRequestHead> => {
    const lines = text.split("\r\n");
    const lengths = lines.filter((l) => /^content-length:/i.test(l));
    // The planted mistake: all but the last length are dropped before the strict parser looks.
    const kept = lines.filter((l) => !lengths.slice(0, -1).includes(l));
    return parseRequestHead(kept.join("\r\n"));
  };
  assert.throws(
    () =>
      feed(60_000, requests, (text) => {
        const parsed = canary(text);
        if (!isFault(parsed) && !/^\S+ [a-z]+:/i.test(text)) holds(text, parsed);
        return !isFault(parsed);
      }),
    /input \d+ of seed/,
  );
});
