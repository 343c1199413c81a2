// Background probes: what works is asked for now and then, and answered from memory, so
// that /health never waits for anything.

import { isFault, type Wait } from "../base/fault.ts";
import { PROBE_MS } from "../base/limits.ts";
import { type Scope, withScope } from "../base/scope.ts";
import type { Clock, Log } from "../port/clock.ts";

/** One thing to look after. `everyMs` is the pause between two looks. */
export interface Probe {
  readonly name: string;
  readonly everyMs: number;
  look(s: Scope): Wait<unknown>;
}

export interface Probes {
  /** Component → works, as last seen; false until first seen. Another object when anything changed. */
  state(): Readonly<Record<string, boolean>>;
  /** What real use just showed. */
  saw(name: string, works: boolean): void;
  /** Until the scope stops. */
  run(s: Scope): Promise<void>;
}

/** Probes over `list`; names in `absent` are not configured and stay false. */
export function makeProbes(list: readonly Probe[], absent: readonly string[], clock: Clock, log: Log): Probes {
  const names = [...list.map((p) => p.name), ...absent];
  let state: Readonly<Record<string, boolean>> = Object.fromEntries(names.map((name) => [name, false]));

  const saw = (name: string, works: boolean): void => {
    if (state[name] === works) return;
    state = { ...state, [name]: works };
    log.event("info", "probe.changed", { component: name, works });
  };
  const watch = async (s: Scope, p: Probe): Promise<void> => {
    for (let isFirst = true; s.stopped === null; isFirst = false) {
      const found = await withScope(s, PROBE_MS, (probe) => p.look(probe));
      // What never worked does not change, and its owner sees the log alone.
      if (isFirst && isFault(found) && s.stopped === null)
        log.event("warn", "probe.failed", { component: p.name, what: found.what, next: found.next ?? "" });
      saw(p.name, !isFault(found));
      const slept = await clock.sleep(s, p.everyMs);
      if (isFault(slept)) return;
    }
  };
  return {
    state: () => state,
    saw,
    async run(s) {
      await Promise.all(list.map((p) => watch(s, p)));
    },
  };
}
