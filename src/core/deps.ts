// What the pipeline is given: values only, bound by app/wire.ts, so that no room knows
// which channel, model or store stands behind them.

import { isFault, type Wait } from "../base/fault.ts";
import type { Image } from "../base/image.ts";
import type { Scope } from "../base/scope.ts";
import type { Secret } from "../base/secret.ts";
import type { Inbound, Outbound } from "../port/channel.ts";
import type { Clock, Log, Random } from "../port/clock.ts";
import type { Files } from "../port/host.ts";
import { parseAs } from "../port/parse.ts";
import type { Router } from "../port/router.ts";
import type { Store } from "../port/store.ts";
import type { Task } from "../port/task.ts";
import type { Tool, ToolKit, ToolResult } from "../port/tool.ts";
import type { Audit } from "./audit.ts";
import type { Span } from "./budget.ts";
import type { Limit } from "./budget-limit.ts";
import type { Models } from "./failover-types.ts";

/** A channel with its kit already given. Without `send` it is answered through Agent.say. */
export interface BoundChannel {
  readonly id: string;
  readonly can: { edit: boolean; buttons: boolean; threads: boolean; textMax: number };
  send?(s: Scope, m: Outbound): Wait<{ remoteId: string }>;
  typing?(s: Scope, chat: string): Wait<void>;
  picture?(s: Scope, ref: string): Wait<Image>;
}

/** A tool whose arguments are parsed before it sees them. */
export interface BoundTool {
  readonly name: string;
  readonly purpose: string;
  readonly schemaJson: string;
  readonly effect: "read" | "propose" | "write" | "external";
  readonly capMs: number;
  readonly outMax: number;
  call(s: Scope, kit: ToolKit, args: unknown): Wait<ToolResult>;
}

/** Binds a tool to its own schema; arguments that do not fit become an `input` fault. */
export function bindTool<A>(tool: Tool<A>, schemaJson: string): BoundTool {
  const { name, purpose, effect, capMs, outMax } = tool;
  return {
    name,
    purpose,
    schemaJson,
    effect,
    capMs,
    outMax,
    async call(s, kit, args) {
      const parsed = parseAs(tool.args, args, `The arguments of ${name}`);
      if (isFault(parsed)) return parsed;
      return tool.run(s, kit, parsed);
    },
  };
}

/** What a sender is here (policy.ts). `local` sits at this machine and is not held to a rate. */
export type Role = "local" | "owner" | "admin" | "viewer" | "stranger";

export interface CoreDeps {
  readonly store: Store;
  readonly audit: Audit;
  /** Null: not configured. */
  readonly router: Router | null;
  /** Null: not configured. */
  readonly model: Models | null;
  /** What models may cost in a day. */
  readonly budgets?: Partial<Readonly<Record<Span, Limit>>>;
  readonly tools: readonly BoundTool[];
  /** Typed tasks as slash commands; the model has them among its tools. */
  readonly tasks?: readonly Task[];
  readonly files: Files | null;
  readonly channels: ReadonlyMap<string, BoundChannel>;
  role(m: Inbound): Role;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Component → works, from the background probes. */
  health(): Readonly<Record<string, boolean>>;
  /** Turns at once. */
  readonly lanesRunning: number;
  /** Never to be seen in anything that leaves. */
  readonly secrets: readonly Secret[];
  /** Monotonic. */
  readonly startedAtMs: number;
  readonly version: string;
  /** This process ends after one answer: nobody can approve its plans. */
  readonly once?: boolean;
  /** Every step of every row, for traces that are compared between engines. */
  trace?(atMs: number, room: string, key: string, state: string): void;
}
