// One conversation has N host operations: every one of them fails in turn, in three ways
// and alone or with all that follow for a while. No lost reply, no duplicate write, no
// hang, no leak. A sample by default; `make sweep` takes every operation.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FaultRule } from "../../src/host/sim/faults.ts";
import type { World } from "../../src/host/sim/sim.ts";
import { drive } from "../sim/support/drive.ts";
import { outcome, type Story, tell } from "../sim/support/story.ts";
import { world } from "../sim/support/worlds.ts";
import { testParts } from "../support/commands.ts";
import { SEED, WHOLE } from "../support/seed.ts";

const commands = testParts();
/** Without `make sweep` every so-many-th operation is taken; prime, so that it drifts over the cycles. */
const STRIDE = WHOLE ? 1 : 13;
/** Everything fails for so long, then the world is well again. */
const OUTAGE_MS = 90_000;
const STEPS_MAX = 400_000;

/** How often the operations are counted, in virtual time; how long the power is off. */
const LOOK_MS = 5;
const OFF_MS = 4_000;

type Way = Pick<FaultRule, "mode" | "how"> | "power cut";
const WAYS: readonly Way[] = [
  { mode: "once", how: "code" },
  { mode: "once", how: "lost" },
  { mode: "once", how: "hang" },
  { mode: "from", how: "code" },
  { mode: "from", how: "hang" },
  "power cut",
];

const nameOf = (way: Way): string =>
  way === "power cut" ? way : `${way.mode === "once" ? "alone" : "with all that follow"}, ${way.how}`;

/** Runs `then` soon after the agent's operation `nth` was submitted. */
function after(w: World, nth: number, then: () => void): void {
  const look = (): void => {
    if (w.faults.submitted("agent") >= nth) then();
    else w.at(w.nowMs() + LOOK_MS, look);
  };
  w.at(0, look);
}

function trouble(w: World, story: Story, nth: number, way: Way): void {
  if (way === "power cut") {
    after(w, nth, () => story.agent.cut(OFF_MS));
    return;
  }
  const undo = w.faults.add({ machine: "agent", nth, ...way });
  // The outage ends some time after it has begun, not after the world has.
  if (way.mode === "from") after(w, nth, () => w.at(w.nowMs() + OUTAGE_MS, undo));
}

/** Runs the conversation with one trouble; what went wrong. */
async function suffer(nth: number, way: Way): Promise<readonly string[]> {
  const w = world(SEED);
  const story = tell(w, { commands, trouble: (s) => trouble(w, s, nth, way) });
  try {
    const wrong = await drive(w, () => story.main, STEPS_MAX);
    const { added, told } = outcome(story);
    const claims = told.includes("The change is made and read back as planned.");
    return claims && !added ? [...wrong, "it claims a change that is not there"] : wrong;
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

describe("every host operation fails in turn", () => {
  for (const way of WAYS) {
    it(nameOf(way), async (t) => {
      const clean = world(SEED);
      const quiet = tell(clean, { commands });
      assert.deepEqual(await drive(clean, () => quiet.main), []);
      const total = clean.faults.submitted("agent");
      const failed: string[] = [];
      let runs = 0;
      const first = WHOLE ? 1 : 1 + ((WAYS.indexOf(way) * 3) % STRIDE);
      for (let nth = first; nth <= total; nth += STRIDE) {
        runs += 1;
        const wrong = await suffer(nth, way);
        if (wrong.length > 0) failed.push(`operation ${nth} of ${total}: ${wrong.join("; ")}`);
      }
      t.diagnostic(`${runs} of ${total} operations failed in turn`);
      assert.deepEqual(failed, []);
    });
  }
});
