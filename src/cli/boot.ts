// The bundle's way in and out: takes the host's ABI from the global, gives it the one
// completion call, runs a program and leaves with its exit code. A Bug that reaches this
// place ends the process with 70; a second signal ends it at once.

import { Bug } from "../base/bug.ts";
import { fault, isFault, type Wait } from "../base/fault.ts";
import { launch, rootScope, type Scope } from "../base/scope.ts";
import type { Abi, Complete } from "../port/abi.ts";
import { makeBridge } from "../port/bridge.ts";
import type { Host } from "../port/host.ts";

/** Exit codes; 3 is "approval needed". */
export const EXIT = { ok: 0, fault: 1, usage: 2, approval: 3, bug: 70 } as const;

/** A running program: the scope lives until it has returned. */
export interface Program {
  host: Host;
  scope: Scope;
  /** Resolves at the first SIGTERM, SIGINT or SIGHUP. */
  signalled: Promise<void>;
  /** Asked at Ctrl+C: true when it was for something that runs here and the program goes on. */
  onInterrupt: (() => boolean) | null;
  /** Called at SIGHUP, and the program goes on; without it that ends the program. */
  onHangup: (() => void) | null;
}

/** Runs `main` on the host that the global offers. */
export function startProgram(main: (program: Program) => Promise<number>): void {
  const outer = globalThis as unknown as { __host?: Abi; __complete?: Complete };
  const abi = outer.__host;
  if (abi === undefined) throw new Bug("no __host on the global: this bundle runs inside a MikroClaw host");
  const { host, complete } = makeBridge(abi);
  outer.__complete = complete;
  void runProgram(host, main);
}

async function runProgram(host: Host, main: (program: Program) => Promise<number>): Promise<void> {
  const root = rootScope(host.timers);
  let tell: () => void = () => undefined;
  const signalled = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const program: Program = { host, scope: root.scope, signalled, onInterrupt: null, onHangup: null };
  void watchSignals(program, tell);
  try {
    const code = await main(program);
    await root.end();
    host.exit(code);
  } catch (bug) {
    const what = bug instanceof Error ? `${bug.name}: ${bug.message}\n${bug.stack ?? ""}` : String(bug);
    host.log.event("error", "program.bug", { what });
    host.exit(EXIT.bug);
  }
}

async function watchSignals(program: Program, tell: () => void): Promise<void> {
  const { host, scope } = program;
  for (let count = 0; ; ) {
    const signal = await host.signal(scope);
    if (isFault(signal)) return;
    if (signal === "int" && program.onInterrupt?.() === true) continue;
    if (signal === "hup" && program.onHangup !== null) {
      program.onHangup();
      continue;
    }
    count += 1;
    if (count > 1) return host.exit(EXIT.fault);
    tell();
  }
}

/** Runs a short command that a signal stops; answers 1 when it was stopped. */
export async function untilSignal(program: Program, capMs: number, run: (s: Scope) => Wait<number>): Promise<number> {
  const work = launch(program.scope, capMs, run);
  void program.signalled.then(() => work.stop(fault("stopped", "Stopped by a signal.")));
  const code = await work.done;
  return isFault(code) ? EXIT.fault : code;
}
