// Drives simulated machines from a Node test: makes hosts of them and steps their world
// while an async body runs, until it settles. Nothing left to happen before that is a
// deadlock, and the error lists what was being waited for.

import { setImmediate as tick } from "node:timers/promises";
import { fault, isFault, type Outcome, type Wait } from "../../../src/base/fault.ts";
import { rootScope, type Scope } from "../../../src/base/scope.ts";
import type { MachineOptions, SimMachine } from "../../../src/host/sim/machine.ts";
import { makeWorld, type World, type WorldOptions } from "../../../src/host/sim/sim.ts";
import { makeBridge } from "../../../src/port/bridge.ts";
import type { Host } from "../../../src/port/host.ts";

/** 2026-01-01: what a simulated wall clock shows at the start unless a test says otherwise. */
export const WALL_START_MS = 1_767_225_600_000;

/** Runs all microtasks, and what Node itself still has to do. */
export const drain = (): Promise<void> => tick();

export function world(seed: number, more: Partial<WorldOptions> = {}): World {
  return makeWorld({ seed, wallStartMs: WALL_START_MS, ...more });
}

/** The Host of the program that runs on the machine now; call it again after `restart`. */
export function bridged(machine: SimMachine): Host {
  const { host, complete } = makeBridge(machine.abi);
  machine.onComplete(complete);
  return host;
}

export interface Sim {
  machine: SimMachine;
  host: Host;
}

/** A machine with a host on it. */
export function machineOn(w: World, name: string, options: MachineOptions): Sim {
  const machine = w.machine(name, options);
  return { machine, host: bridged(machine) };
}

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

/** Runs `body` with a scope of the host's own clock and ends that scope afterwards. */
export async function withRoot<T>(host: Host, body: (s: Scope) => Promise<T>): Promise<T> {
  const root = rootScope(host.timers);
  try {
    return await body(root.scope);
  } finally {
    root.stop(fault("stopped", "The test is over."));
    await root.end();
  }
}

/** The value, or an error with the fault's sentence. */
export async function ok<T>(wait: Wait<T> | Outcome<T>): Promise<T> {
  const r = await wait;
  if (isFault(r)) throw new Error(`unexpected fault ${r.fault}/${r.code}: ${r.what}`);
  return r;
}
