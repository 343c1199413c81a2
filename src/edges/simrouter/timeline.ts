// What falls due in the simulated router, in order of time. Nothing runs by itself: at
// each request all that has become due runs first, each thing at its own moment, for
// which the clock is held. The same times give the same order, in any host.

import { SIM_EVENTS_MAX } from "../../base/limits-sim.ts";
import type { Clock } from "../../port/clock.ts";

export interface Timeline {
  /** The time of what is running now; else the host's. */
  readonly clock: Clock;
  /** Runs `what` after that time; the returned call forgets it. */
  later(ms: number, what: () => void): () => void;
  /** Runs all that has become due. */
  advance(): void;
  clear(): void;
}

interface Due {
  readonly atMs: number;
  readonly what: () => void;
}

/** An empty timeline on a clock. */
export function makeTimeline(host: Clock): Timeline {
  let waiting: Due[] = [];
  let heldMs: number | null = null;
  const monoMs = (): number => heldMs ?? host.monoMs();
  const take = (untilMs: number): Due | undefined => {
    const next = waiting.reduce<Due | undefined>((a, b) => (a === undefined || b.atMs < a.atMs ? b : a), undefined);
    if (next === undefined || next.atMs > untilMs) return undefined;
    waiting = waiting.filter((d) => d !== next);
    return next;
  };
  return {
    clock: {
      monoMs,
      wallMs: () => host.wallMs() - (host.monoMs() - monoMs()),
      sleep: (s, ms) => host.sleep(s, ms),
    },
    later(ms, what) {
      const due: Due = { atMs: monoMs() + Math.max(0, ms), what };
      waiting.push(due);
      return () => {
        waiting = waiting.filter((d) => d !== due);
      };
    },
    advance() {
      // What runs now may itself look at the router.
      if (heldMs !== null) return;
      const untilMs = host.monoMs();
      for (let left = SIM_EVENTS_MAX; left > 0; left -= 1) {
        const next = take(untilMs);
        if (next === undefined) break;
        heldMs = next.atMs;
        next.what();
      }
      heldMs = null;
    },
    clear() {
      waiting = [];
    },
  };
}
