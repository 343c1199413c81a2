// The router as the agent sees it: masked rows to read, plans to look at, approved
// plans to apply. Nothing else reaches it.

import type { Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";

export type Risk = "read" | "reversible" | "dangerous" | "lifeline";
/** Every RouterOS value is a string; an absent field is not set. */
export type RosRow = Readonly<Record<string, string>>;

export interface PlanCall {
  method: string;
  /** Below `/rest`, such as `/ip/address/*1`. */
  path: string;
  /** JSON text. Secret fields of it are shown masked in `Plan.diff` only. */
  body?: string;
}

export interface Plan {
  /** SHA-256 over router identity and version, calls, before-values and undo. */
  hash: string;
  risk: Risk;
  /** The command as typed, one line. */
  command: string;
  /** For people: each call and before → after, masked. Plain text. */
  diff: string;
  calls: readonly PlanCall[];
}

/** Made only by core/approve.ts, spent once. */
export interface Approval {
  readonly planHash: string;
}

/** How a change stands. `pending`: done, but the router takes it back by itself unless it is kept in time. */
export interface Changed {
  state: "kept" | "reverted" | "pending";
  /** One or two sentences for the person: what was verified. */
  told: string;
  /** Of a pending one: how long it may still be kept. */
  keepMs?: number;
}

export interface RouterFacts {
  identity: string;
  version: string;
  board: string;
  uptime: string;
  /** True only for the built-in simulated router on loopback. */
  simulated: boolean;
}

export interface Router {
  /** Rows of a menu (path with slashes), masked. `where` is exact match, AND. At most `max` rows. */
  print(s: Scope, menu: string, where: Readonly<Record<string, string>>, max: number): Wait<readonly RosRow[]>;
  /** Whether a text without a slash begins as a console command: names written in full, then a command. */
  commandIn(text: string): "whole" | "menu" | null;
  /** Understands one console command without sending it. Faults: not understood, refused, unknown names. */
  plan(s: Scope, command: string): Wait<Plan>;
  /** Runs a plan of risk "read"; refuses any other. The text is masked. */
  read(s: Scope, plan: Plan): Wait<string>;
  /** Rows of one command that only reads, such as a ping, masked; refuses any other. */
  look(s: Scope, command: string): Wait<readonly RosRow[]>;
  /** Applies an approved plan: re-reads the before-values (`conflict` if they moved), applies, reads back. */
  change(s: Scope, plan: Plan, approval: Approval): Wait<Changed>;
  /** Ends a pending change: keeps it, takes it back, or (its time is over) looks what the router did by itself. */
  settle(s: Scope, planHash: string, how: "keep" | "revert" | "look"): Wait<Changed>;
  /** The plan that undoes a kept change: to be approved like any other. */
  undo(s: Scope, planHash: string): Wait<Plan>;
  /** Changes of an earlier run that this router may still take back: a sentence for people about each. */
  unfinished(s: Scope): Wait<readonly string[]>;
  /** Who the router is; asks at most once a minute. */
  facts(s: Scope): Wait<RouterFacts>;
  /** A bounded text of live facts for the system prompt; empty sections where a read failed. */
  snapshot(s: Scope): Wait<string>;
}
