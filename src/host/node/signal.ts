// TERM, HUP and INT as operations. Until the bundle asks for the first time the process
// ends on them as any other does; a signal that nobody waits for is kept for the next.

import { TIMER_MS_MAX } from "../../base/limits.ts";
import { CODE } from "../../port/abi.ts";
import type { Done, Start } from "./op.ts";

const NUMBERS = { SIGTERM: 15, SIGHUP: 1, SIGINT: 2 } as const;
type Name = keyof typeof NUMBERS;

export interface Signals {
  readonly start: Start;
  /** Ctrl-C at a prompt arrives as a key, not as a signal. */
  raise(name: Name): void;
  close(): void;
}

/** Signals of this process; without `real` none ever comes. */
export function makeSignals(real: boolean): Signals {
  const waiting = new Set<Done>();
  const kept: number[] = [];
  const listeners = new Map<Name, () => void>();
  // Node ends a process that only waits for signals.
  let hold: NodeJS.Timeout | null = null;
  const keepAlive = (): void => {
    if (waiting.size === 0 || !real) {
      clearInterval(hold ?? undefined);
      hold = null;
    } else hold ??= setInterval(() => undefined, TIMER_MS_MAX);
  };
  const raise = (name: Name): void => {
    const number = NUMBERS[name];
    if (waiting.size === 0 && !kept.includes(number)) kept.push(number);
    for (const done of waiting) done(CODE.OK, number);
    waiting.clear();
    keepAlive();
  };
  const listen = (): void => {
    if (!real || listeners.size > 0) return;
    for (const name of Object.keys(NUMBERS) as Name[]) {
      const heard = (): void => raise(name);
      listeners.set(name, heard);
      process.on(name, heard);
    }
  };
  return {
    start(done) {
      listen();
      const first = kept.shift();
      if (first !== undefined) return void done(CODE.OK, first);
      waiting.add(done);
      keepAlive();
      return () => {
        waiting.delete(done);
        keepAlive();
        done(CODE.CANCELED);
      };
    },
    raise,
    close() {
      for (const [name, heard] of listeners) process.off(name, heard);
      listeners.clear();
      waiting.clear();
      keepAlive();
    },
  };
}
