// Which model is asked first: policy as data. The chat's own choice, then rules of the owner,
// then what the way to the internet allows; what a model cannot do puts it last, never out.

import { sizeOf } from "./context.ts";
import type { Question, Traits } from "./failover-types.ts";

export type WanState = "good" | "metered" | "weak";

/** What a question is like. */
export interface Wish {
  readonly channel: string;
  readonly wan: WanState;
  /** The model that the chat has chosen. */
  readonly chosen?: string | undefined;
}

/** One line of the policy: where it holds, and what it prefers ("small", "local", or a model of the chain). */
export interface Rule {
  readonly channel?: string;
  readonly wan?: WanState;
  readonly prefer: string;
}

/** Used where the owner says nothing else. A model at home needs no internet; a small one sends less. */
export const USUAL_RULES: readonly Rule[] = [
  { wan: "weak", prefer: "local" },
  { wan: "weak", prefer: "small" },
  { wan: "metered", prefer: "local" },
  { wan: "metered", prefer: "small" },
];

/** What the router of a question needs to know of a model. */
export interface Candidate {
  readonly name: string;
  readonly traits: Traits;
  /** The smallest question that was too long for it. */
  readonly tooLongBytes: number;
  readonly blind: boolean;
}

/** The candidates, the best first; equals stay in the chain's order. */
export function order<T extends Candidate>(all: readonly T[], rules: readonly Rule[], wish: Wish, ask: Question): T[] {
  const { bytes } = sizeOf(ask.messages);
  const holding = rules.filter((r) => (r.channel ?? wish.channel) === wish.channel && (r.wan ?? wish.wan) === wish.wan);
  const shows = ask.messages.some((m) => m.role === "user" && m.images !== undefined);
  const rank = (c: T): number => {
    const unable =
      (shows && c.blind ? 2 : 0) +
      (ask.tools.length > 0 && c.traits.toolless ? 2 : 0) +
      (bytes >= c.tooLongBytes ? 1 : 0);
    const rule = holding.findIndex((r) => fits(c, r.prefer));
    const wished = c.name === wish.chosen ? -1 : rule < 0 ? holding.length : rule;
    return unable * 1_000 + wished;
  };
  return [...all].sort((a, b) => rank(a) - rank(b));
}

function fits({ name, traits }: Candidate, prefer: string): boolean {
  if (prefer === "small") return traits.small;
  return prefer === "local" ? traits.local : prefer === name;
}
