// The state of the network between machines: names, delays, and which ways are cut.

import type { Way } from "./pipe.ts";
import type { Prng } from "./prng.ts";
import type { Agenda } from "./time.ts";

/** "hole": packets vanish, as behind a silent firewall. "refuse": every new connection is refused at once. */
export type LinkState = "up" | "hole" | "refuse";

/** What a name resolves to: addresses, no such name, or no answer at all. */
export type DnsAnswer = readonly string[] | "fail" | "hang";

export interface Ways {
  /** Both directions between two machines, by name; "*" is any machine. The latest call wins. */
  link(a: string, b: string, state: LinkState): void;
  state(from: string, to: string): LinkState;
  way(from: string, to: string): Way;
  /** Delay of one packet, microseconds. */
  latencyUs(from: string, to: string): number;
  /** Fixes the delay between two machines instead of leaving it to the seed. */
  delay(a: string, b: string, ms: number): void;
  dns: Map<string, DnsAnswer>;
}

/** A network where everything is up. */
export function makeWays(agenda: Agenda, prng: Prng): Ways {
  const links: Array<{ a: string; b: string; state: LinkState }> = [];
  const delays = new Map<string, number>();
  let waiting: Array<{ from: string; to: string; run: () => void }> = [];

  const fits = (pattern: string, name: string): boolean => pattern === "*" || pattern === name;
  const state = (from: string, to: string): LinkState => {
    if (from === to) return "up";
    const last = links.findLast(({ a, b }) => (fits(a, from) && fits(b, to)) || (fits(a, to) && fits(b, from)));
    return last?.state ?? "up";
  };
  const latencyUs = (from: string, to: string): number => {
    if (from === to) return prng.between(5, 40);
    const key = from < to ? `${from}>${to}` : `${to}>${from}`;
    let base = delays.get(key);
    if (base === undefined) {
      // From the same rack to the other side of the world.
      base = prng.fork(key).pick([150, 800, 4_000, 25_000, 120_000]);
      delays.set(key, base);
    }
    return base + prng.below(1 + (base >> 3));
  };
  return {
    dns: new Map(),
    state,
    latencyUs,
    delay(a, b, ms) {
      delays.set(a < b ? `${a}>${b}` : `${b}>${a}`, Math.round(ms * 1000));
    },
    link(a, b, next) {
      const at = links.findIndex((l) => (l.a === a && l.b === b) || (l.a === b && l.b === a));
      if (at >= 0) links.splice(at, 1);
      links.push({ a, b, state: next });
      const parked = waiting;
      waiting = [];
      for (const w of parked) {
        if (state(w.from, w.to) === "hole") waiting.push(w);
        else agenda.after(0, w.run);
      }
    },
    way: (from, to) => ({
      latencyUs: () => latencyUs(from, to),
      isOpen: () => state(from, to) !== "hole",
      whenOpen: (run) => void waiting.push({ from, to, run }),
    }),
  };
}
