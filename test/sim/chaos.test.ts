// Models that fail in every way there is, by seed: through the real dialects, the real HTTP
// client and a simulated network. Every message gets exactly one final answer or one honest
// failure; no tool runs twice for one message; nothing stays open.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RUNS, SEED } from "../support/seed.ts";
import { type Counts, chaos } from "./support/chaos.ts";
import { drive } from "./support/drive.ts";
import { world } from "./support/worlds.ts";

const MESSAGES = 100;

describe("models that fail", () => {
  it("every message is answered once, whatever goes wrong, by many seeds", async (t) => {
    const all: Counts = {};
    for (let i = 0; i < RUNS(3); i += 1) {
      const w = world(SEED + i);
      const { wrong, counts } = await drive(w, () => chaos(w, MESSAGES));
      assert.deepEqual(wrong, [], `seed ${SEED + i}: ${JSON.stringify(counts)}`);
      for (const [what, n] of Object.entries(counts)) all[what] = (all[what] ?? 0) + n;
    }
    t.diagnostic(JSON.stringify(all));
    assert.equal((all["answered"] ?? 0) + (all["failed"] ?? 0) + (all["stopped"] ?? 0), MESSAGES * RUNS(3));
    // A run in which nothing went wrong would show nothing.
    for (const what of [
      "answered",
      "failed",
      "kept",
      "another",
      "tool",
      "cut",
      "hang",
      "status 429",
      "status 401",
      "reset",
    ]) {
      assert.ok((all[what] ?? 0) > 0, `${what} never happened: ${JSON.stringify(all)}`);
    }
  });
});
