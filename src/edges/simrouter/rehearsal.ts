// A change tried on a twin before it touches the router: who could reach what before, and
// who can after.

import type { Clock } from "../../port/clock.ts";
import type { CommandTree } from "../../ros/commands.ts";
import type { Reach, ReachOptions } from "./reach-gate.ts";
import { makeSimRouter } from "./rest.ts";

export interface Rehearsal {
  /** What of the export the twin does not have. */
  readonly problems: readonly string[];
  /** The refusal of the change; null: it went through. */
  readonly refused: string | null;
  readonly before: readonly Reach[];
  readonly after: readonly Reach[];
  /** Ways that the change opened or closed. */
  readonly changed: readonly Reach[];
}

export interface RehearsalOptions {
  readonly tree: CommandTree;
  readonly clock: Clock;
  /** `/export` of the router. */
  readonly config: string;
  /** Its release, such as "7.16". */
  readonly ros?: string;
  readonly reach: ReachOptions;
}

/** Tries console commands on a twin made of an export. */
export function rehearse(options: RehearsalOptions, script: string): Rehearsal {
  const { world, problems } = makeSimRouter({ ...options, seed: 1, user: "admin", password: "" });
  const before = world.reach();
  const refused = world.run(script);
  const after = world.reach();
  const changed = after.filter((r, at) => r.reach !== before[at]?.reach);
  return { problems, refused, before, after, changed };
}
