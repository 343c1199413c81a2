// Drives a simulated world from a Node test: steps it while an async body runs, until that
// settles. Nothing left to happen before is a deadlock, and the error lists what was being
// waited for.

import { setImmediate as tick } from "node:timers/promises";
import type { World } from "../../../src/host/sim/sim.ts";

/** Runs all microtasks, and what Node itself still has to do. */
const drain = (): Promise<void> => tick();

/** Steps allowed for one `drive` unless said. */
const STEPS_MAX = 2_000_000;

function deadlock(w: World, what: string): Error {
  const pending = w.machines.flatMap((m) => m.pending());
  const last = w.trace.lines.slice(-12);
  return new Error(
    `deadlock: ${what} at ${w.nowMs()} ms, seed ${w.seed}\nunder way:\n  ${pending.join("\n  ")}\nlast:\n  ${last.join("\n  ")}`,
  );
}

/** Runs `body` while stepping the world; answers what it answers, throws what it throws. */
export async function drive<T>(w: World, body: () => Promise<T>, stepsMax = STEPS_MAX): Promise<T> {
  let settled = false;
  const running = body().finally(() => {
    settled = true;
  });
  // Whoever awaits `running` below sees the error; this keeps it from being reported twice.
  running.catch(() => undefined);
  await drain();
  for (let steps = 0; !settled; steps += 1) {
    if (steps >= stepsMax) throw deadlock(w, `${stepsMax} steps were not enough`);
    if (!w.step()) await lastChance(() => settled, w);
    await drain();
  }
  return running;
}

/** The body may be busy with Node itself (a file, a process): a few turns of its loop before giving up. */
async function lastChance(settled: () => boolean, w: World): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) {
    await drain();
    if (settled() || w.step()) return;
  }
  throw deadlock(w, "nothing is left to happen");
}

/** Steps until nothing is left to happen before `untilMs` of virtual time. */
export async function settle(w: World, untilMs: number, stepsMax = STEPS_MAX): Promise<void> {
  let reached = false;
  w.at(Math.max(untilMs, w.nowMs()), () => {
    reached = true;
  });
  for (let steps = 0; !reached && steps < stepsMax; steps += 1) {
    w.step();
    await drain();
  }
}
