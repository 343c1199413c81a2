// The whole agent on a simulated machine, started again when it ends, as a container
// runtime would. Plain ECMAScript: it runs inside any engine.

import { loadConfig } from "../../../src/app/config.ts";
import { type Announce, type Served, serve } from "../../../src/app/serve.ts";
import { fault, isFault } from "../../../src/base/fault.ts";
import { rootScope, type Scope } from "../../../src/base/scope.ts";
import type { MachineOptions, SimMachine } from "../../../src/host/sim/machine.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import type { Host } from "../../../src/port/host.ts";
import { bridged } from "./worlds.ts";

export interface AgentMachine {
  readonly machine: SimMachine;
  /** How often the program was started. */
  readonly starts: number;
  /** Ends the program in good order; resolves when nothing of it is left. */
  stop(): Promise<void>;
  /** Ends the program in good order and starts it again at once. */
  restart(): Promise<void>;
  /** Cuts the program's power and starts it again after `offMs`. */
  cut(offMs: number): void;
}

const QUIET: Announce = { listening: () => undefined, pairing: () => undefined, notice: () => undefined };
const RESTART_MS = 2_000;

interface Running {
  readonly host: Host;
  readonly scope: Scope;
  end(): Promise<void>;
  readonly served: Promise<Served | null>;
}

async function begin(host: Host, scope: Scope): Promise<Served | null> {
  const config = await loadConfig(scope, host, new Map());
  if (isFault(config)) return null;
  const served = await serve(scope, host, config, { version: "0.0.0-sim", atPrompt: false }, QUIET);
  return isFault(served) ? null : served;
}

function start(machine: SimMachine): Running {
  const host = bridged(machine);
  const root = rootScope(host.timers);
  return {
    host,
    scope: root.scope,
    end: async () => {
      root.stop(fault("stopped", "The program ends."));
      await root.end();
    },
    served: begin(host, root.scope),
  };
}

/** Installs the agent on a new machine of the world and starts it. */
export function agentMachine(w: World, options: MachineOptions): AgentMachine {
  const machine = w.machine("agent", options);
  let starts = 0;
  let stopping = false;
  let running: Running | null = null;

  const boot = (): void => {
    starts += 1;
    const now = start(machine);
    running = now;
    void now.served.then((served) => {
      if (served === null && running === now && !stopping) again();
    });
  };
  // A start that failed (the port, the configuration) is tried again in a fresh process.
  const again = (): void => {
    machine.kill();
    w.at(w.nowMs() + RESTART_MS, () => {
      if (stopping) return;
      machine.restart();
      boot();
    });
  };
  boot();
  const finish = async (): Promise<void> => {
    const last = running;
    if (last === null) return;
    const served = await last.served;
    await served?.close();
    await last.end();
  };
  return {
    machine,
    get starts() {
      return starts;
    },
    async stop() {
      stopping = true;
      await finish();
    },
    async restart() {
      await finish();
      machine.kill();
      machine.restart();
      boot();
    },
    cut(offMs) {
      // Whoever waits for its orderly end would wait for ever.
      if (stopping) return;
      machine.crash();
      running = null;
      w.at(w.nowMs() + offMs, () => {
        if (stopping) return;
        machine.restart();
        boot();
      });
    },
  };
}
