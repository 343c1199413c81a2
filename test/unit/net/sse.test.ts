import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import { SSE_LINE_BYTES_MAX } from "../../../src/base/limits.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";
import { makeSse } from "../../../src/net/sse.ts";

type Event = { event: string; data: string };

function read(pieces: readonly Uint8Array[]): Event[] {
  const events: Event[] = [];
  const sse = makeSse((e) => {
    events.push(e);
  });
  for (const piece of pieces) assert.ok(!isFault(sse.push(piece)));
  assert.ok(!isFault(sse.end()));
  return events;
}

const CASES: ReadonlyArray<readonly [name: string, text: string, events: ReadonlyArray<readonly [string, string]>]> = [
  ["one event", "data: a\n\n", [["message", "a"]]],
  [
    "CR LF",
    "event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n",
    [
      ["x", "a"],
      ["message", "b"],
    ],
  ],
  [
    "CR",
    "event: x\rdata: a\r\rdata: b\r\r",
    [
      ["x", "a"],
      ["message", "b"],
    ],
  ],
  ["byte order mark", "\ufeffdata: a\n\n", [["message", "a"]]],
  ["byte order mark inside", "data: \ufeffa\n\n", [["message", "\ufeffa"]]],
  ["several data lines", "data: a\ndata:b\ndata\n\n", [["message", "a\nb\n"]]],
  ["comments and unknown fields", ": hi\nid: 1\nretry: x\nother: y\ndata: a\n\n:\n\n", [["message", "a"]]],
  ["no data, no event", "event: x\n\ndata: a\n\n", [["message", "a"]]],
  ["only one space is dropped", "data:  a\n\n", [["message", " a"]]],
  ["non-ASCII", "data: é€😀\n\n", [["message", "é€😀"]]],
  [
    "last empty line missing",
    "data: a\n\ndata: b\n",
    [
      ["message", "a"],
      ["message", "b"],
    ],
  ],
  [
    "last empty line missing, CR LF",
    "data: a\r\n\r\ndata: b\r\n",
    [
      ["message", "a"],
      ["message", "b"],
    ],
  ],
  ["half a line at the end", "data: a\n\ndata: b", [["message", "a"]]],
  ["half a line after a whole one", "data: a\n\ndata: b\nda", [["message", "a"]]],
  ["nothing", "", []],
];

for (const [name, text, expected] of CASES) {
  test(`${name}, the same for every split`, () => {
    const bytes = encodeUtf8(text);
    const events = expected.map(([event, data]) => ({ event, data }));
    assert.deepEqual(read([bytes]), events);
    assert.deepEqual(read(Array.from(bytes, (b) => Uint8Array.of(b))), events);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      assert.deepEqual(read([bytes.slice(0, cut), bytes.slice(cut)]), events, `cut at ${cut}`);
    }
  });
}

test("an event up to the bound passes, a longer one is a limit fault for good", () => {
  for (const [size, passes] of [
    [SSE_LINE_BYTES_MAX - 6, true],
    [SSE_LINE_BYTES_MAX + 1, false],
  ] as const) {
    let got = 0;
    const sse = makeSse((e) => {
      got = e.data.length;
    });
    sse.push(encodeUtf8("data: "));
    const pushed = sse.push(encodeUtf8("a".repeat(size)));
    assert.equal(isFault(pushed) && pushed.fault === "limit", !passes);
    const ended = sse.push(encodeUtf8("\n\n"));
    assert.equal(isFault(ended), !passes);
    assert.equal(got, passes ? size : 0);
  }
});

test("many short data lines of one event are bounded too", () => {
  const sse = makeSse(() => undefined);
  let pushed: unknown;
  for (let i = 0; i <= SSE_LINE_BYTES_MAX / 1000 && !isFault(pushed); i += 1)
    pushed = sse.push(encodeUtf8(`data: ${"a".repeat(1000)}\n`));
  assert.ok(isFault(pushed));
});

test("the fault of the listener stops the reading", () => {
  const seen: string[] = [];
  const sse = makeSse((e) => {
    seen.push(e.data);
    return e.data === "b" ? fault("input", "No.") : undefined;
  });
  const pushed = sse.push(encodeUtf8("data: a\n\ndata: b\n\ndata: c\n\n"));
  assert.ok(isFault(pushed) && pushed.what === "No.");
  assert.ok(isFault(sse.push(encodeUtf8("data: d\n\n"))));
  assert.deepEqual(seen, ["a", "b"]);
});
