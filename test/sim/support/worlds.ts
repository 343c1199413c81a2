// Worlds and hosts for tests. Plain ECMAScript, so that peers and programs built on it run
// in any engine; what needs Node to drive them is in drive.ts.

import { fault, isFault, type Outcome, type Wait } from "../../../src/base/fault.ts";
import { rootScope, type Scope } from "../../../src/base/scope.ts";
import type { MachineOptions, SimMachine } from "../../../src/host/sim/machine.ts";
import { makeWorld, type World, type WorldOptions } from "../../../src/host/sim/sim.ts";
import { makeBridge } from "../../../src/port/bridge.ts";
import type { Host } from "../../../src/port/host.ts";

/** 2026-01-01: what a simulated wall clock shows at the start unless a test says otherwise. */
export const WALL_START_MS = 1_767_225_600_000;

/** A world that starts at {@link WALL_START_MS}. */
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
