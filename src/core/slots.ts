// Small pieces that the rooms share: a promise with its resolver, a fair bound on how
// many run at once (first asked, first served), a table that forgets its oldest entry.

import type { Fault, Wait } from "../base/fault.ts";
import { launch, type Scope } from "../base/scope.ts";
import type { Log } from "../port/clock.ts";

/** A promise that somebody else resolves, once. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

/** Promise.withResolvers is younger than the engines of this project. */
export function deferred<T>(): Deferred<T> {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle(value) };
}

export interface Slots {
  /** Waits for a free slot, in the order of asking. */
  take(s: Scope): Wait<void>;
  give(): void;
}

/** At most `max` holders at once. */
export function makeSlots(max: number): Slots {
  const waiting = new Set<() => void>();
  let free = max;
  return {
    take(s) {
      const why = s.stopped;
      if (why !== null) return Promise.resolve(why);
      if (free > 0) {
        free -= 1;
        return Promise.resolve(undefined);
      }
      return new Promise<Fault | undefined>((resolve) => {
        const go = (): void => {
          forget();
          resolve(undefined);
        };
        waiting.add(go);
        const forget = s.onStop((fault) => {
          waiting.delete(go);
          resolve(fault);
        });
      });
    },
    give() {
      const next = waiting.values().next();
      if (next.done === true) {
        free += 1;
        return;
      }
      waiting.delete(next.value);
      next.value();
    },
  };
}

/** The value, or the bug that was thrown instead; for the rooms that must go on. */
export function caught<T>(wait: Promise<T>): Promise<{ value: T } | { bug: string }> {
  return wait.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ bug: sayThrown(thrown) }),
  );
}

function sayThrown(thrown: unknown): string {
  // QuickJS throws null when there is no memory left even for an error.
  if (thrown === null) return "out of memory";
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : "not an Error";
}

/** Starts work of a room by itself. A bug in it is logged, as nobody waits for it. */
export function spawn(log: Log, life: Scope, room: string, run: (s: Scope) => Wait<void>): void {
  const work = launch(life, Infinity, run);
  void caught(work.done).then((ran) => {
    if ("bug" in ran) log.event("error", `${room}.bug`, { what: ran.bug });
  });
}
