// The whole program through one conversation, many seeds: nothing lost, nothing twice,
// nothing shown, nothing left open.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testParts } from "../support/commands.ts";
import { RUNS, SEED } from "../support/seed.ts";
import { drive } from "./support/drive.ts";
import { outcome, tell } from "./support/story.ts";
import { world } from "./support/worlds.ts";

const commands = testParts();

describe("a conversation with the whole program", () => {
  it("goes as it should, by many seeds", async () => {
    for (let i = 0; i < RUNS(20); i += 1) {
      const w = world(SEED + i);
      const story = tell(w, { commands });
      const wrong = await drive(w, () => story.main);
      assert.deepEqual(wrong, [], `seed ${SEED + i}\n${outcome(story).told}`);
      const { added, told } = outcome(story);
      assert.ok(added, told);
      assert.match(told, /kids-tablet/);
      assert.match(told, /ether5/);
      assert.equal(story.agent.starts, 1);
    }
  });
});
