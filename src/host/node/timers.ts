// TIMER over one Node timer: never early by the monotonic clock (Node's own can be, by the
// length of the task that set them), equal times in the order of their submits.

import { TIMER_MS_MAX } from "../../base/limits.ts";
import { CODE } from "../../port/abi.ts";
import type { Done, Start } from "./op.ts";

interface Due {
  atMs: number;
  done: Done;
}

/** The timers of one host. */
export function makeTimers(): { start: Start; close(): void } {
  // Sorted. The bundle keeps its deadlines behind one timer, so the list is short.
  const waiting: Due[] = [];
  let armed: { atMs: number; timeout: NodeJS.Timeout } | null = null;
  const disarm = (): void => {
    clearTimeout(armed?.timeout);
    armed = null;
  };
  const arm = (): void => {
    const first = waiting[0];
    if (first === undefined) return disarm();
    if (armed !== null && armed.atMs <= first.atMs) return;
    disarm();
    const ms = Math.min(Math.max(0, Math.ceil(first.atMs - performance.now())), TIMER_MS_MAX);
    armed = { atMs: first.atMs, timeout: setTimeout(tick, ms) };
  };
  const tick = (): void => {
    armed = null;
    const nowMs = performance.now();
    for (let first = waiting[0]; first !== undefined && first.atMs <= nowMs; first = waiting[0]) {
      waiting.shift();
      first.done(CODE.OK);
    }
    arm();
  };
  return {
    start(done, ms) {
      const mine: Due = { atMs: performance.now() + (typeof ms === "number" ? Math.max(0, ms) : 0), done };
      const after = waiting.findLastIndex((each) => each.atMs <= mine.atMs);
      waiting.splice(after + 1, 0, mine);
      arm();
      return () => {
        const at = waiting.indexOf(mine);
        if (at >= 0) waiting.splice(at, 1);
        if (waiting.length === 0) disarm();
        done(CODE.CANCELED);
      };
    },
    close() {
      waiting.length = 0;
      disarm();
    },
  };
}
