// The simulator host: several machines, one network, one virtual time, one seed. Plain
// ECMAScript, so that it runs inside any engine. `step` hands over one completion; the
// caller runs its microtasks after each.

import { assert } from "../../base/bug.ts";
import { type Faults, makeFaults } from "./faults.ts";
import { type MachineOptions, makeMachine, type SimMachine } from "./machine.ts";
import { makeNetwork } from "./network.ts";
import { makePrng, type Prng } from "./prng.ts";
import { makeAgenda } from "./time.ts";
import { makeTrace, type Trace } from "./trace.ts";
import { makeWays, type Ways } from "./ways.ts";

export interface WorldOptions {
  seed: number;
  /** Wall clock of all machines at the start; 0 is a router before NTP. */
  wallStartMs: number;
  /** How many trace lines are kept to be read. */
  keepLines?: number;
}

export interface World {
  readonly seed: number;
  machine(name: string, options: MachineOptions): SimMachine;
  readonly machines: readonly SimMachine[];
  /** Delivers exactly one completion (or runs one `at`), the earliest; false when nothing is left to happen. */
  step(): boolean;
  /** Virtual milliseconds since the world began. */
  nowMs(): number;
  /** Runs `run` at that virtual time: outages, power cuts, people. */
  at(ms: number, run: () => void): void;
  readonly faults: Faults;
  readonly trace: Trace;
  /** Names, delays and cut ways. */
  readonly net: Ways & {
    /** Resets every connection between two machines ("*" is any). */
    reset(a: string, b: string): void;
    /** A datagram from anywhere to an address; lost when nobody listens. */
    datagram(from: string, to: string, port: number, bytes: Uint8Array): void;
  };
  /** Chance for peers and people: the same for the same name. */
  chance(name: string): Prng;
}

/** A world without machines. The same seed and the same programs give the same trace. */
export function makeWorld(options: WorldOptions): World {
  const { seed, wallStartMs, keepLines = 200 } = options;
  const agenda = makeAgenda(0);
  const root = makePrng(seed);
  const ways = makeWays(agenda, root.fork("ways"));
  const network = makeNetwork(agenda, root.fork("network"), ways);
  const faults = makeFaults(root.fork("faults"));
  const trace = makeTrace(keepLines);
  const machines: SimMachine[] = [];
  return {
    seed,
    machines,
    faults,
    trace,
    net: { ...ways, reset: network.reset, datagram: network.datagram },
    step: agenda.step,
    nowMs: () => agenda.nowUs() / 1000,
    at: (ms, run) => void agenda.script(ms * 1000 - agenda.nowUs(), run),
    chance: (name) => root.fork(`chance/${name}`),
    machine(name, more) {
      assert(!machines.some((m) => m.name === name), `machine ${name} is there already`);
      const around = {
        index: machines.length,
        agenda,
        prng: root.fork(`machine/${name}`),
        faults,
        trace,
        network,
        wallStartMs,
      };
      const made = makeMachine(name, more, around);
      machines.push(made);
      ways.dns.set(name.toLowerCase(), typeof more.address === "string" ? [more.address] : more.address);
      return made;
    },
  };
}
