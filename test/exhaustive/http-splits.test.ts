// However the network cuts a message into pieces, it is read the same way: every message of
// the corpora is fed whole, byte by byte, and in every split into two (short ones: three).

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../src/base/fault.ts";
import { rootScope, type Scope } from "../../src/base/scope.ts";
import { makeBody, readBody } from "../../src/net/http-body.ts";
import type { Side } from "../../src/net/http-fault.ts";
import { parseRequestHead } from "../../src/net/http-request.ts";
import { parseResponseHead } from "../../src/net/http-response.ts";
import { makeReader, type Reader } from "../../src/net/stream.ts";
import { virtualTime } from "../support/fake-host.ts";
import { scripted } from "../support/pipe.ts";
import { BAD_REQUESTS } from "../unit/net/bad-requests.ts";
import { BAD_RESPONSES } from "../unit/net/bad-responses.ts";

/** What follows a chunk size that is tried. */
const MORE = 20;
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

async function head(s: Scope, reader: Reader): Promise<string | { end: string }> {
  for (;;) {
    const text = reader.takeHead();
    if (isFault(text)) return { end: text.what };
    if (text !== null) return text;
    const more = await reader.fill(s);
    if (isFault(more) || !more) return { end: "the stream ended" };
  }
}

/** Everything that can be seen of up to three messages in a row, as text. */
async function reading(s: Scope, pieces: readonly Uint8Array[], side: Side): Promise<string> {
  const reader = makeReader(scripted(pieces), side);
  const seen: unknown[] = [];
  for (let n = 0; n < 3; n += 1) {
    const text = await head(s, reader);
    if (typeof text !== "string") {
      seen.push(text);
      break;
    }
    const parsed = side === "request" ? parseRequestHead(text) : parseResponseHead(text, "GET");
    seen.push(parsed);
    if (isFault(parsed)) break;
    const body = await readBody(s, makeBody(reader, parsed.framing, side), parsed.framing, 10_000, side);
    seen.push(isFault(body) ? body : Buffer.from(body).toString("latin1"));
    if (isFault(body)) break;
  }
  return JSON.stringify(seen);
}

const GOOD_REQUESTS = [
  "GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nGET /c HTTP/1.0\r\n\r\n",
  "\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nT: u\r\nV: w\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
];
const GOOD_RESPONSES = [
  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200\r\n\r\nuntil the end",
  "HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n00\r\n\r\nHTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n",
];

const cases: ReadonlyArray<readonly [Side, string]> = [
  ...[...GOOD_REQUESTS, ...BAD_REQUESTS.map(([, bytes]) => bytes)].map((m) => ["request", m] as const),
  ...[...GOOD_RESPONSES, ...BAD_RESPONSES.map(([, bytes]) => bytes)].map((m) => ["response", m] as const),
];

/** Splits into two; a message too long for all of them is split near its line ends and its ends. */
function cuts(length: number): number[] {
  const all = Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1);
  return length <= 1000 ? all : all.filter((i) => i < 60 || i > length - 60 || i % 997 === 0);
}

test("every message reads the same in every split", async () => {
  const root = rootScope(virtualTime().timers);
  let compared = 0;
  for (const [side, message] of cases) {
    const bytes = latin1(message);
    const whole = await reading(root.scope, [bytes], side);
    if (bytes.length > 0)
      assert.equal(
        await reading(
          root.scope,
          Array.from(bytes, (b) => Uint8Array.of(b)),
          side,
        ),
        whole,
        message,
      );
    for (const cut of cuts(bytes.length)) {
      assert.equal(
        await reading(root.scope, [bytes.slice(0, cut), bytes.slice(cut)], side),
        whole,
        `${JSON.stringify(message)} cut at ${cut}`,
      );
      compared += 1;
    }
  }
  assert.ok(compared > 5000, `only ${compared} splits`);
  await root.end();
});

test("a chunked body reads the same in every split into three", async () => {
  const root = rootScope(virtualTime().timers);
  const bytes = latin1(
    "POST / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:chunked\r\n\r\n2;a\r\nhe\r\n1\r\n!\r\n0\r\nT:u\r\n\r\n",
  );
  const whole = await reading(root.scope, [bytes], "request");
  assert.match(whole, /"he!"/);
  for (let a = 1; a < bytes.length - 1; a += 1) {
    for (let b = a + 1; b < bytes.length; b += 1) {
      assert.equal(
        await reading(root.scope, [bytes.slice(0, a), bytes.slice(a, b), bytes.slice(b)], "request"),
        whole,
        `${a} ${b}`,
      );
    }
  }
  await root.end();
});

test("every text of up to four of the letters that matter is either a chunk size or refused", async () => {
  const root = rootScope(virtualTime().timers);
  const letters = ["0", "1", "a", "F", "g", " ", "\t", ";", "x", "-", "+", "\r", "\n"];
  const all = (n: number): string[] => (n === 0 ? [""] : all(n - 1).flatMap((t) => ["", ...letters].map((l) => t + l)));
  for (const size of new Set(all(4))) {
    // That would be two lines.
    if (size.includes("\r\n")) continue;
    const message = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${"z".repeat(MORE)}`;
    const reader = makeReader(scripted([latin1(message)]), "request");
    assert.equal(typeof (await head(root.scope, reader)), "string");
    const step = makeBody(reader, { kind: "chunked" }, "request").step();
    const digits = /^([0-9a-fA-F]{1,8})(?:[ \t]*;[^\r\n]*)?$/.exec(size);
    const length = digits === null ? null : Number.parseInt(digits[1] ?? "", 16);
    if (length === null) assert.ok(isFault(step), JSON.stringify(size));
    // A last chunk is followed by the trailer, which "zzz…" begins.
    else if (length === 0) assert.ok(step === "more" || isFault(step), JSON.stringify(size));
    else assert.ok(step instanceof Uint8Array && step.length === Math.min(length, MORE), JSON.stringify(size));
  }
  await root.end();
});
