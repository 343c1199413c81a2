// What slash commands share: their shape, reading rows, words from strangers made
// harmless, numbers with units, and handing a console command to the router.

import { type Fault, fault, isFault, sayFault, type Wait } from "../base/fault.ts";
import { COMMAND_BYTES_MAX, COMMAND_OUT_BYTES_MAX, REST_ROWS_MAX } from "../base/limits.ts";
import { orStop, type Scope } from "../base/scope.ts";
import { cutBytes } from "../base/text.ts";
import { utf8Length } from "../base/utf8.ts";
import type { RosRow } from "../port/router.ts";
import { noRouter, offer, readerOf } from "./toolrun.ts";
import type { TurnCtx, TurnResult } from "./turn-types.ts";

/** One slash command. It costs no tokens and says clearly what is missing. */
export interface Command {
  readonly name: string;
  /** Arguments as shown in /help. */
  readonly usage: string;
  readonly purpose: string;
  /** Other names, not shown. */
  readonly also?: readonly string[];
  /** True when these arguments make it a console command of the same name. */
  isConsole?(args: string): boolean;
  run(s: Scope, ctx: TurnCtx, args: string): Promise<TurnResult | Fault>;
}

/** Rows of a menu; a fault says that no router is there. */
export function rowsOf(s: Scope, ctx: TurnCtx, menu: string, max = REST_ROWS_MAX): Wait<readonly RosRow[]> {
  return orStop(s, readerOf(ctx).print(s, menu, {}, max));
}

/** Text within the bound of one answer. */
export function clip(text: string): string {
  return cutBytes(text, COMMAND_OUT_BYTES_MAX, "\n[… cut]");
}

/** A console command: reads are answered, changes are offered for approval. */
export async function runConsole(s: Scope, ctx: TurnCtx, command: string): Promise<TurnResult | Fault> {
  const { router } = ctx.deps;
  if (router === null) return noRouter();
  if (utf8Length(command) > COMMAND_BYTES_MAX) {
    return fault("input", `A console command has at most ${COMMAND_BYTES_MAX} bytes.`, { next: "Do it in steps." });
  }
  const plan = await orStop(s, router.plan(s, command));
  if (isFault(plan)) return plan;
  if (plan.risk === "read") {
    const text = await orStop(s, router.read(s, plan));
    if (isFault(text)) return text;
    return { text: clip(text.trim() === "" ? "(nothing there)" : text) };
  }
  const id = offer(ctx, plan);
  if (isFault(id)) return id;
  return { text: "This changes the router, so it waits for your approval.", drafts: ctx.drafts };
}

/** The answer that a fault becomes. */
export function faultResult(f: Fault): TurnResult {
  const unsure = f.maybeDone ? " It is not certain whether it was done." : "";
  return { text: `${sayFault(f)}${unsure}`, fault: f };
}
