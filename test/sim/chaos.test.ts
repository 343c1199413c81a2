// Models that fail in every way there is, by seed: through all dialects, the real HTTP client
// and a simulated network. Every message gets exactly one final answer or one honest failure;
// no tool runs twice for one message; nothing stays open, and nothing grows.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { RUNS, SEED, WHOLE } from "../support/seed.ts";
import { type Counts, chaos } from "./support/chaos.ts";
import { drive } from "./support/drive.ts";
import { WAYS } from "./support/wire-server.ts";
import { world } from "./support/worlds.ts";

const MESSAGES = 100;
/** `make sweep` lets 10,000 messages come in: 5,000 in many worlds, 5,000 in one. */
const SEEDS = WHOLE ? RUNS(1) : 2;
const LONG = WHOLE ? 5_000 : 200;
/** By then every bounded table is full. */
const FULL = LONG / 5;
/** What a message may leave behind: its lines in the simulated machine's log and in this test's own tables. */
const LEFT_BYTES_MAX = 2_048;

function sum(all: Counts, counts: Counts): void {
  for (const [what, n] of Object.entries(counts)) all[what] = (all[what] ?? 0) + n;
}

function happened(all: Counts, ways: readonly string[], messages: number): void {
  assert.equal((all["answered"] ?? 0) + (all["failed"] ?? 0) + (all["stopped"] ?? 0), messages);
  // A run in which nothing went wrong would show nothing.
  for (const what of ways) assert.ok((all[what] ?? 0) > 0, `${what} never happened: ${JSON.stringify(all)}`);
}

const SURE = ["answered", "failed", "kept", "another", "tool", "cut", "silent", "status 429", "page 200", "reset"];

function heapBytes(): number {
  setFlagsFromString("--expose_gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

describe("models that fail", () => {
  it("every message is answered once, whatever goes wrong, by many seeds", async (t) => {
    const all: Counts = {};
    for (let i = 0; i < SEEDS; i += 1) {
      const w = world(SEED + i);
      const { wrong, counts } = await drive(w, () => chaos(w, MESSAGES));
      assert.deepEqual(wrong, [], `seed ${SEED + i}: ${JSON.stringify(counts)}`);
      sum(all, counts);
    }
    t.diagnostic(JSON.stringify(all));
    happened(all, WHOLE ? [...SURE, ...WAYS] : SURE, MESSAGES * SEEDS);
  });

  it("one program goes on as long as they do, and does not grow", async (t) => {
    const w = world(SEED);
    const heap: number[] = [];
    const look = (id: number): void => {
      if (WHOLE && (id === FULL || id === LONG)) heap.push(heapBytes());
    };
    const { wrong, counts } = await drive(w, () => chaos(w, LONG, look), Number.POSITIVE_INFINITY);
    assert.deepEqual(wrong, [], JSON.stringify(counts));
    happened(counts, SURE, LONG);
    const [first = 0, last = 0] = heap;
    const each = Math.round((last - first) / (LONG - FULL));
    t.diagnostic(`${JSON.stringify(counts)}${WHOLE ? `; ${each} bytes stay of each message` : ""}`);
    assert.ok(each < LEFT_BYTES_MAX, `${each} bytes stay of each message`);
  });
});
