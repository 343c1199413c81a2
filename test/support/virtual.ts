// Virtual time for tests without a host: a clock, the timers of a root scope, and a way to
// let time pass. Nothing waits in real time.

import { Bug } from "../../src/base/bug.ts";
import { fault } from "../../src/base/fault.ts";
import { rootScope, type Scope, type Timers } from "../../src/base/scope.ts";
import type { Clock, Log, LogFields, Random } from "../../src/port/clock.ts";

export interface World {
  readonly scope: Scope;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Log lines so far, as a host would print them. */
  readonly lines: string[];
  /** Lets virtual time pass; what falls due runs in order. */
  pass(ms: number): Promise<void>;
  /** Runs what is ready without time passing. */
  settle(): Promise<void>;
  /** Virtual milliseconds since the start. */
  nowMs(): number;
  stop(): void;
  end(): Promise<void>;
}

const WALL_START_MS = 1_750_000_000_000;

/** A fresh world. `seed` makes its chance. */
export function makeWorld(seed = 1): World {
  let now = 0;
  const due: Array<{ atMs: number; fire: () => void }> = [];
  const timers: Timers = {
    nowMs: () => now,
    at(dueMs, fire) {
      const entry = { atMs: dueMs, fire };
      due.push(entry);
      return () => {
        const at = due.indexOf(entry);
        if (at >= 0) due.splice(at, 1);
      };
    },
  };
  const root = rootScope(timers);
  const lines: string[] = [];
  // Microtasks have no end to wait for; a macrotask lets all of them run.
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  let state = seed >>> 0 || 1;
  return {
    scope: root.scope,
    clock: {
      wallMs: () => WALL_START_MS + now,
      monoMs: () => now,
      sleep: (s, ms) =>
        new Promise((resolve) => {
          const forget = timers.at(now + ms, () => {
            quiet();
            resolve(undefined);
          });
          const quiet = s.onStop((why) => {
            forget();
            resolve(why);
          });
        }),
    },
    random: {
      bytes(n) {
        const out = new Uint8Array(n);
        for (let i = 0; i < n; i += 1) {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          out[i] = state >>> 24;
        }
        return out;
      },
    },
    log: {
      event: (level, name, fields: LogFields = {}) => void lines.push(`${level} ${name} ${JSON.stringify(fields)}`),
    },
    lines,
    async pass(ms) {
      const untilMs = now + ms;
      await settle();
      for (let steps = 0; ; steps += 1) {
        if (steps > 10_000) throw new Bug("time does not pass: something spins");
        const next = due.filter((d) => d.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        due.splice(due.indexOf(next), 1);
        now = Math.max(now, next.atMs);
        next.fire();
        await settle();
      }
      now = untilMs;
      await settle();
    },
    settle,
    nowMs: () => now,
    stop: () => root.stop(fault("stopped", "The test is over.")),
    end: () => root.end(),
  };
}
