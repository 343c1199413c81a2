// Both sides of the bounds on bodies, and the paced writer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault, type Outcome } from "../../../src/base/fault.ts";
import { HTTP_CHUNK_LINE_BYTES_MAX, HTTP_TRAILER_BYTES_MAX, WRITE_BYTES_MAX } from "../../../src/base/limits.ts";
import { rootScope } from "../../../src/base/scope.ts";
import { makeBody, makeCollector, readBody } from "../../../src/net/http-body.ts";
import type { Framing } from "../../../src/net/http-head.ts";
import { makeReader, writeAll } from "../../../src/net/stream.ts";
import { virtualTime } from "../../support/fake-host.ts";
import { scripted } from "../../support/pipe.ts";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const { scope } = rootScope(virtualTime().timers);

function read(text: string, framing: Framing, max = 100): Promise<Outcome<Uint8Array>> {
  const reader = makeReader(scripted([latin1(text)]), "request");
  return readBody(scope, makeBody(reader, framing, "request"), framing, max, "request");
}

test("a chunk line up to its bound passes, one more character does not", async () => {
  for (const over of [0, 1]) {
    const line = `1;${"x".repeat(HTTP_CHUNK_LINE_BYTES_MAX - 2 + over)}`;
    const r = await read(`${line}\r\na\r\n0\r\n\r\n`, { kind: "chunked" });
    assert.equal(isFault(r), over === 1);
  }
});

test("a trailer up to its bound passes, one more byte does not", async () => {
  for (const over of [0, 1]) {
    const one = `a:${"b".repeat(HTTP_TRAILER_BYTES_MAX / 2 - 4)}\r\n`;
    const two = `c:${"d".repeat(HTTP_TRAILER_BYTES_MAX / 2 - 4 + over)}\r\n`;
    const r = await read(`0\r\n${one}${two}\r\n`, { kind: "chunked" });
    assert.equal(isFault(r), over === 1);
  }
});

test("a body up to the caller's bound passes, one more byte does not", async () => {
  for (const framing of [{ kind: "length", bytes: 5 }, { kind: "chunked" }, { kind: "close" }] as const) {
    const text = framing.kind === "chunked" ? "5\r\nhello\r\n0\r\n\r\n" : "hello";
    assert.ok(!isFault(await read(text, framing, 5)), framing.kind);
    const r = await read(text, framing, 4);
    assert.ok(isFault(r) && r.fault === "limit", framing.kind);
  }
});

test("a collector puts any pieces together", () => {
  for (const sizes of [[], [5], [1, 1, 1], [0, 3], [3, 0], [1000, 1, 5000, 2], Array.from({ length: 3000 }, () => 1)]) {
    const total = sizes.reduce((a, b) => a + b, 0);
    const collector = makeCollector(total, "request");
    const expected: number[] = [];
    for (const size of sizes) {
      const piece = Uint8Array.from({ length: size }, () => expected.push(expected.length % 251) % 251);
      for (let i = 0; i < size; i += 1) expected[expected.length - size + i] = piece[i] ?? 0;
      assert.equal(collector.add(piece), undefined);
    }
    assert.deepEqual([...collector.all()], expected);
    assert.ok(isFault(collector.add(Uint8Array.of(1))));
  }
});

test("a long write goes out in pieces, in order, and ends with the first fault", async () => {
  const bytes = Uint8Array.from({ length: 2 * WRITE_BYTES_MAX + 1 }, (_, i) => i % 251);
  const sizes: number[] = [];
  const sink = scripted([]);
  let told = 0;
  const wrote = await writeAll(scope, sink, bytes, () => {
    told += 1;
  });
  assert.ok(!isFault(wrote));
  for (const piece of sink.written) sizes.push(piece.length);
  assert.deepEqual(sizes, [WRITE_BYTES_MAX, WRITE_BYTES_MAX, 1]);
  assert.equal(told, 3);
  assert.deepEqual(Buffer.concat(sink.written), Buffer.from(bytes));
  let calls = 0;
  const failing = {
    write: async (): Promise<Outcome<void>> => {
      calls += 1;
      return calls === 2 ? fault("unreachable", "Gone.") : undefined;
    },
  };
  assert.ok(isFault(await writeAll(scope, failing, bytes)));
  assert.equal(calls, 2);
});
