// Cases of the host suite on the bare ABI: numbers, completions, bounds and codes, as the
// design's table has them.

import assert from "node:assert/strict";
import fc from "fast-check";
import { HOST_OPS_MAX } from "../../src/base/limits.ts";
import { CODE, OP, SYNC } from "../../src/port/abi.ts";
import { RUNS, SEED } from "../support/seed.ts";
import { type RawCase, type RawGround, type Recorder, record } from "./host-ground.ts";

const AT = JSON.stringify({ host: "127.0.0.1", port: 0 });

async function connected(r: Recorder): Promise<{ listener: number; near: number; far: number }> {
  const [, text] = await r.submit(OP.LISTEN, AT).done;
  const { handle: listener, port } = JSON.parse(String(text)) as { handle: number; port: number };
  const accepting = r.submit(OP.ACCEPT, listener);
  const [, near] = await r.submit(OP.CONNECT, JSON.stringify({ host: "127.0.0.1", port })).done;
  const [, accepted] = await accepting.done;
  const { handle: far } = JSON.parse(String(accepted)) as { handle: number };
  return { listener, near: Number(near), far };
}

async function closeHandles(r: Recorder, ...handles: readonly number[]): Promise<void> {
  for (const handle of handles) assert.deepEqual((await r.submit(OP.CLOSE, handle).done)[0], CODE.OK);
}

async function codeOf(r: Recorder, op: number, a?: number | string, b?: number | Uint8Array): Promise<number> {
  const [code, value] = await r.submit(op, a, b).done;
  if (code !== CODE.OK)
    assert.match(String(value), /\w{3}.*[.]$/, `operation ${op} answers no sentence: ${String(value)}`);
  return code;
}

async function invalids(raw: RawGround): Promise<void> {
  const r = record(raw);
  const { listener, near, far } = await connected(r);
  const bytes = new Uint8Array([1]);
  const wrong: ReadonlyArray<[string, number, number | string, (number | Uint8Array)?]> = [
    ["read of a handle that never was", OP.READ, 999_999, 10],
    ["write to a handle that never was", OP.WRITE, 999_999, bytes],
    ["close of a handle that never was", OP.CLOSE, 999_999],
    ["read of a listener", OP.READ, listener, 10],
    ["accept on a stream", OP.ACCEPT, near],
    ["read of nothing", OP.READ, near, 0],
    ["port out of range", OP.LISTEN, JSON.stringify({ host: "127.0.0.1", port: 65_536 })],
    ["connect to port 0", OP.CONNECT, JSON.stringify({ host: "127.0.0.1", port: 0 })],
    ["connect without a host", OP.CONNECT, JSON.stringify({ port: 80 })],
    ["a path upwards", OP.FS_READ, JSON.stringify({ root: "workspace", path: "../x", max: 1 })],
    ["an absolute path", OP.FS_WRITE, JSON.stringify({ root: "workspace", path: "/x" }), bytes],
    ["a target upwards", OP.FS_RENAME, JSON.stringify({ root: "workspace", path: "x", to: "../y" })],
  ];
  await r.submit(OP.FS_WRITE, JSON.stringify({ root: "workspace", path: "x" }), bytes).done;
  for (const [what, op, a, b] of wrong) assert.equal(await codeOf(r, op, a, b), CODE.INVALID, what);
  const reading = r.submit(OP.READ, near, 10);
  assert.equal(await codeOf(r, OP.READ, near, 10), CODE.INVALID, "a second read");
  const accepting = r.submit(OP.ACCEPT, listener);
  assert.equal(await codeOf(r, OP.ACCEPT, listener), CODE.INVALID, "a second accept");
  await closeHandles(r, near, far, listener);
  assert.equal((await reading.done)[0], CODE.CANCELED);
  assert.equal((await accepting.done)[0], CODE.CANCELED);
  assert.equal(await codeOf(r, OP.READ, near, 10), CODE.INVALID, "a read after the close");
  assert.deepEqual(r.wrongs, []);
}

async function busy(raw: RawGround): Promise<void> {
  const r = record(raw);
  const timers = Array.from({ length: HOST_OPS_MAX }, () => r.submit(OP.TIMER, 3_600_000));
  assert.equal((await r.submit(OP.TIMER, 0).done)[0], CODE.BUSY);
  raw.abi.cancel(timers[0]?.id ?? 0);
  assert.equal((await timers[0]?.done)?.[0], CODE.CANCELED);
  assert.equal((await r.submit(OP.TIMER, 0).done)[0], CODE.OK);
  for (const { id } of timers) raw.abi.cancel(id);
  for (const { done } of timers) assert.equal((await done)[0], CODE.CANCELED);
  assert.deepEqual(r.wrongs, []);
}

// Everything at once, half of it cancelled at once: each answers once, none inside a submit.
async function onceEach(raw: RawGround): Promise<void> {
  const r = record(raw);
  const { listener, near, far } = await connected(r);
  const file = JSON.stringify({ root: "workspace", path: "f", max: 10 });
  const starts: ReadonlyArray<() => ReturnType<Recorder["submit"]>> = [
    () => r.submit(OP.TIMER, 0),
    () => r.submit(OP.TIMER, 3),
    () => r.submit(OP.RESOLVE, "127.0.0.1"),
    () => r.submit(OP.FS_WRITE, file, new Uint8Array(10)),
    () => r.submit(OP.FS_READ, file),
    () => r.submit(OP.FS_STAT, file),
    () => r.submit(OP.READ, near, 10),
    () => r.submit(OP.WRITE, far, new Uint8Array(1)),
    () => r.submit(OP.READ, 999_999, 10),
    () => r.submit(OP.CONNECT, JSON.stringify({ host: "127.0.0.1", port: 1 })),
    () => r.submit(127),
  ];
  for (let round = 0; round < 6; round += 1) {
    const all = starts.map((start) => start());
    for (const [i, { id }] of all.entries()) {
      if ((i + round) % 2 === 0) raw.abi.cancel(id);
      if ((i + round) % 4 === 0) raw.abi.cancel(id);
    }
    // What could wait for ever is ended.
    const reading = all[6];
    if (reading !== undefined) raw.abi.cancel(reading.id);
    await Promise.all(all.map(({ done }) => done));
  }
  await closeHandles(r, near, far, listener);
  await r.submit(OP.TIMER, 30).done;
  assert.deepEqual(r.wrongs, []);
  assert.equal(new Set(r.order).size, r.order.length);
}

async function utf8(raw: RawGround): Promise<void> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  );
  const fixed = [
    "",
    "\0",
    "a\0b",
    "\ufeff",
    "\ufeffabc",
    "\ud800",
    "a\udc00b\ud800",
    "\u{1f600}",
    "x".repeat(100_000),
    "й".repeat(50_000),
  ];
  fc.assert(
    fc.property(text, (t) => {
      assert.deepEqual(raw.abi.sync(SYNC.UTF8_ENCODE, t), encoder.encode(t));
    }),
    { seed: SEED, numRuns: RUNS(300), examples: fixed.map((t) => [t]) },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(raw.abi.sync(SYNC.UTF8_DECODE, bytes), decoder.decode(bytes));
    }),
    {
      seed: SEED,
      numRuns: RUNS(300),
      examples: [
        ...fixed.map((t) => encoder.encode(t)),
        new Uint8Array([0xed, 0xa0, 0x80]),
        new Uint8Array([0xf0, 0x9f, 0x98]),
      ].map((b) => [b]),
    },
  );
}

// A host may take none at once; what it takes comes first, and never passes a write that waits.
async function writeNow(raw: RawGround): Promise<void> {
  const r = record(raw);
  const { listener, near, far } = await connected(r);
  const now = (handle: number | string, bytes: Uint8Array | undefined): number =>
    Number(raw.abi.sync(SYNC.WRITE_NOW, handle, bytes));
  const sent: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const bytes = Uint8Array.from({ length: 1 + 50 * round }, (_, i) => (i + round) % 256);
    const took = now(near, bytes);
    assert.ok(took >= 0 && took <= bytes.length, String(took));
    if (took < bytes.length) await r.submit(OP.WRITE, near, bytes.subarray(took)).done;
    sent.push(...bytes);
  }
  const got: number[] = [];
  while (got.length < sent.length) {
    const [code, piece] = await r.submit(OP.READ, far, 1_000).done;
    assert.ok(code === CODE.OK && piece instanceof Uint8Array && piece.length > 0);
    got.push(...piece);
  }
  assert.deepEqual(got, sent);
  const waiting = r.submit(OP.WRITE, near, new Uint8Array(32 * 1024 * 1024));
  assert.equal(now(near, new Uint8Array(1)), 0, "while a write waits");
  for (const [handle, bytes] of [
    [listener, new Uint8Array(1)],
    [999_999, new Uint8Array(1)],
    ["x", new Uint8Array(1)],
    [far, undefined],
  ] as const)
    assert.equal(now(handle, bytes), 0);
  await closeHandles(r, near);
  assert.notEqual((await waiting.done)[0], CODE.OK);
  assert.equal(now(near, new Uint8Array(1)), 0, "after the close");
  await closeHandles(r, far, listener);
  assert.deepEqual(r.wrongs, []);
}

export const rawCases: readonly RawCase[] = [
  { id: "raw-invalid", title: "what makes no sense is INVALID with a sentence", on: invalids },
  { id: "raw-busy", title: "one operation too many is BUSY, and a place is free again after a completion", on: busy },
  { id: "raw-once", title: "every submit completes once, later, never nested, cancelled or not", on: onceEach },
  { id: "raw-write-now", title: "bytes written at once keep their order with those of writes", on: writeNow },
  { id: "raw-utf8", title: "UTF-8 both ways is that of the Encoding Standard", on: utf8 },
  {
    id: "raw-cancel-unknown",
    title: "cancelling what is not under way does nothing",
    async on(raw) {
      const r = record(raw);
      const timer = r.submit(OP.TIMER, 0);
      await timer.done;
      for (const id of [timer.id, 0, -1, 1.5, 12_345, Number.NaN]) raw.abi.cancel(id);
      assert.equal((await r.submit(OP.TIMER, 1).done)[0], CODE.OK);
      assert.deepEqual(r.wrongs, []);
    },
  },
  {
    id: "raw-ids",
    title: "a number in use, or that is no positive integer, is refused loudly",
    async on(raw) {
      const done = new Promise<void>((resolve) => raw.onComplete(() => resolve()));
      raw.abi.submit(7, OP.TIMER, 5);
      for (const id of [7, 0, -1, 1.5, Number.NaN]) assert.throws(() => raw.abi.submit(id, OP.TIMER, 0), `id ${id}`);
      await done;
    },
  },
  {
    id: "raw-reuse",
    title: "a number is free again inside its completion",
    async on(raw) {
      const codes: number[] = [];
      await new Promise<void>((resolve) => {
        raw.onComplete((id, code) => {
          codes.push(code);
          if (codes.length < 3) raw.abi.submit(id, OP.TIMER, 0);
          else resolve();
        });
        raw.abi.submit(1, OP.TIMER, 0);
      });
      assert.deepEqual(codes, [CODE.OK, CODE.OK, CODE.OK]);
    },
  },
  {
    id: "raw-timer-order",
    title: "timers of the same length complete in the order of their submits",
    async on(raw) {
      const r = record(raw);
      const timers = Array.from({ length: 20 }, () => r.submit(OP.TIMER, 5));
      await Promise.all(timers.map(({ done }) => done));
      assert.deepEqual(
        r.order,
        timers.map(({ id }) => id),
      );
    },
  },
  {
    id: "raw-close-order",
    title: "a close completes after what was pending on its handle",
    async on(raw) {
      const r = record(raw);
      const { listener, near, far } = await connected(r);
      const reading = r.submit(OP.READ, near, 10);
      const closing = r.submit(OP.CLOSE, near);
      assert.equal((await closing.done)[0], CODE.OK);
      assert.equal((await reading.done)[0], CODE.CANCELED);
      assert.ok(r.order.indexOf(reading.id) < r.order.indexOf(closing.id));
      await closeHandles(r, far, listener);
    },
  },
  {
    id: "raw-unknown",
    title: "an unknown operation is UNSUPPORTED with a sentence",
    async on(raw) {
      assert.equal(await codeOf(record(raw), 127), CODE.UNSUPPORTED);
    },
  },
];
