// A tool: something the model may ask for. The kit is all it may use.

import type { Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Clock, Log, Random } from "./clock.ts";
import type { Files } from "./host.ts";
import type { Http } from "./http.ts";
import type { Memory } from "./memory.ts";
import type { Plan, Router } from "./router.ts";
import type { Schema } from "./schema.ts";

export interface ToolKit {
  router: Pick<Router, "print" | "look" | "facts" | "plan" | "read">;
  http?: Http;
  files?: Files;
  memory?: Memory;
  /** What the background probes last saw: component → works. */
  health: () => Readonly<Record<string, boolean>>;
  clock: Clock;
  random: Random;
  log: Log;
  /** The text without the secrets that this program knows; for what is kept outside of a talk. */
  hide?: (text: string) => string;
}

/**
 * What only the person may see, made once the plan is carried out, and told with the approval:
 * never the model's, a log's or a plan's. `isDark`: on a screen with light letters.
 */
export type Handout = (s: Scope, isDark: boolean) => Wait<string>;

export interface ToolResult {
  text: string;
  /** A change to be shown to the person; it waits for approval. */
  plan?: Plan;
  handout?: Handout;
}

/**
 * `effect` says how calls may run: "read" in parallel, others one after another in the
 * model's order. "propose" changes nothing itself: it may return a plan.
 */
export interface Tool<A> {
  readonly name: string;
  readonly purpose: string;
  readonly args: Schema<A>;
  readonly effect: "read" | "propose" | "write" | "external";
  readonly capMs: number;
  readonly outMax: number;
  run(s: Scope, kit: ToolKit, args: A): Wait<ToolResult>;
}
