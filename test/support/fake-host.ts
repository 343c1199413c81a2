// Virtual time for unit tests: timers fire only when a test moves the clock, in order of
// their time and then of their making. Chance is a counter. Nothing here waits for real.

import { fault, type Wait } from "../../src/base/fault.ts";
import type { Scope, Timers } from "../../src/base/scope.ts";
import type { Clock, Log, LogFields, LogLevel, Random } from "../../src/port/clock.ts";

interface Timer {
  dueMs: number;
  seq: number;
  fire: () => void;
}

export interface LogLine {
  level: LogLevel;
  name: string;
  fields: LogFields;
}

export interface VirtualTime {
  readonly timers: Timers;
  readonly clock: Clock;
  /** Lets everything run that waits for no timer. */
  settle(): Promise<void>;
  /** Moves the clock, firing what comes due on the way. */
  pass(ms: number): Promise<void>;
  /** Sets the wall clock alone. */
  setWall(ms: number): void;
  /** Timers that are armed. */
  readonly armed: number;
}

/** A clock that stands still until it is moved. */
export function virtualTime(startWallMs = 1_700_000_000_000): VirtualTime {
  let nowMs = 1_000;
  let wallOffsetMs = startWallMs - nowMs;
  let seq = 0;
  const armed = new Set<Timer>();

  const timers: Timers = {
    nowMs: () => nowMs,
    at(dueMs, fire) {
      seq += 1;
      const timer = { dueMs, seq, fire };
      armed.add(timer);
      return () => void armed.delete(timer);
    },
  };
  const settle = async (): Promise<void> => {
    // All microtasks are done before the next turn of Node's loop; twice for good measure.
    for (let i = 0; i < 2; i += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const next = (untilMs: number): Timer | undefined =>
    [...armed].filter((t) => t.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs || a.seq - b.seq)[0];

  return {
    timers,
    clock: {
      wallMs: () => nowMs + wallOffsetMs,
      monoMs: () => nowMs,
      sleep: (s: Scope, ms: number): Wait<void> =>
        new Promise((resolve) => {
          const disarm = timers.at(nowMs + ms, () => {
            forget();
            resolve(undefined);
          });
          const forget = s.onStop((why) => {
            disarm();
            resolve(why ?? fault("stopped", "stopped"));
          });
        }),
    },
    settle,
    async pass(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
        armed.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.fire();
        await settle();
      }
      nowMs = untilMs;
      await settle();
    },
    setWall(ms) {
      wallOffsetMs = ms - nowMs;
    },
    get armed() {
      return armed.size;
    },
  };
}

/** Bytes that count up: different at each call, the same at each run. */
export function countingRandom(start = 1): Random {
  let seed = start;
  return {
    bytes(n) {
      const out = new Uint8Array(n);
      for (let i = 0; i < n; i += 1) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        out[i] = seed >> 16;
      }
      return out;
    },
  };
}

/** A log that keeps its lines. */
export function listLog(): Log & { lines: LogLine[]; named(name: string): LogLine[] } {
  const lines: LogLine[] = [];
  return {
    lines,
    named: (name) => lines.filter((l) => l.name === name),
    event(level, name, fields = {}) {
      lines.push({ level, name, fields });
    },
  };
}
