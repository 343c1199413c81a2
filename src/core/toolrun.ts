// Runs what the model asked for: known tool, valid arguments, bounded time and output.
// Reads run together, everything else one after another in the model's order. Whatever
// is wrong becomes an error result that says what was expected; a change becomes a plan.

import { type Fault, fault, isFault, type Outcome, refault, sayFault, type Wait } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import {
  PLAN_DIFF_CHARS_MAX,
  PLANS_PER_TURN_MAX,
  TOOL_ARGS_BYTES_MAX,
  TOOL_CAP_MS,
  TOOL_OUT_BYTES_MAX,
  TURN_CALLS_PER_STEP_MAX,
} from "../base/limits.ts";
import { orStop, type Scope, withScope } from "../base/scope.ts";
import { redact } from "../base/secret.ts";
import { cutBytes, nearest, printable } from "../base/text.ts";
import type { Message } from "../port/provider.ts";
import type { Plan } from "../port/router.ts";
import type { Handout, ToolKit, ToolResult } from "../port/tool.ts";
import { trimResult } from "./compact-result.ts";
import type { BoundTool, CoreDeps } from "./deps.ts";
import { readableJson } from "./json-repair.ts";
import { mayNot } from "./policy.ts";
import type { TurnCtx } from "./turn-types.ts";

/** A call as the model made it, its id unique in the conversation. */
export interface Call {
  readonly callId: string;
  readonly name: string;
  readonly argsJson: string;
}

const NO_ROUTER: ToolKit["router"] = {
  print: async () => noRouter(),
  look: async () => noRouter(),
  facts: async () => noRouter(),
  plan: async () => noRouter(),
  read: async () => noRouter(),
};

/** What to say where a router is needed and none is configured. */
export function noRouter(): Fault {
  return fault("missing", "No router is configured.", {
    next: "Set ROUTER_HOST (and ROUTER_USER, ROUTER_PASS) and start again, or try `mikroclaw sim`.",
    code: "no_router",
  });
}

/** The part of the router that looks and plans. */
export function readerOf({ deps }: Pick<TurnCtx, "deps">): ToolKit["router"] {
  return deps.router ?? NO_ROUTER;
}

/** The kit that tools get: ways to look at the router, none to change it. */
export function toolKit(deps: CoreDeps): ToolKit {
  const router = readerOf({ deps });
  return {
    router: {
      print: (s, menu, where, max) => router.print(s, menu, where, max),
      look: (s, command) => router.look(s, command),
      facts: (s) => router.facts(s),
      plan: (s, command) => router.plan(s, command),
      read: (s, plan) => router.read(s, plan),
    },
    ...(deps.files === null ? {} : { files: deps.files }),
    health: () => deps.health(),
    clock: deps.clock,
    random: deps.random,
    log: deps.log,
    hide: (text) => redact(text, deps.secrets),
  };
}

/** Offers a plan to the person of this turn, together with the answer; a fault if it cannot be shown. */
export function offer(ctx: TurnCtx, plan: Plan, handout?: Handout): Outcome<string> {
  const no = mayNot(ctx.deps, ctx.who, "propose");
  if (no !== null) return no;
  if (handout !== undefined && ctx.who.isShared === true) {
    return fault("denied", "This ends with a secret for you alone, and others read this chat.", {
      next: "Ask for it in your own chat with MikroClaw.",
    });
  }
  const same = ctx.drafts.find((d) => d.plan.hash === plan.hash);
  if (same !== undefined) return same.id;
  if (ctx.drafts.length >= PLANS_PER_TURN_MAX) {
    return fault("limit", `Not more than ${PLANS_PER_TURN_MAX} plans can be offered at once.`, {
      next: "Wait until the person has decided on these.",
    });
  }
  if (plan.diff.length > PLAN_DIFF_CHARS_MAX) {
    return fault("limit", "This plan is too long to be shown whole, so it cannot be approved.", {
      next: "Do it in smaller steps.",
    });
  }
  let draft = ctx.plans.draft(ctx.who, plan, handout);
  while (ctx.drafts.some((d) => d.id === draft.id)) draft = ctx.plans.draft(ctx.who, plan, handout);
  ctx.drafts.push(draft);
  return draft.id;
}

/** Runs a plan that only reads; offers any other. Text for the model. */
async function finishPlan(s: Scope, ctx: TurnCtx, result: ToolResult): Wait<string> {
  const { plan } = result;
  if (plan === undefined) return result.text;
  if (plan.risk === "read") {
    const text = await orStop(s, toolKit(ctx.deps).router.read(s, plan));
    if (isFault(text)) return text;
    return result.text === "" ? text : `${result.text}\n${text}`;
  }
  const id = offer(ctx, plan, result.handout);
  if (isFault(id)) return id;
  const told = `Offered to the person as plan ${id} (${plan.risk}). NOTHING HAS CHANGED YET: it waits for their approval, which they give with a button or /approve ${id}. `;
  // A tool that has shown the changes already need not pay for them twice.
  const shown = result.text.includes(plan.diff) ? result.text : `${result.text}\nThe change:\n${plan.diff}`.trim();
  return `${told.trim()}\n${shown}`;
}

function unknownTool(deps: CoreDeps, name: string): Fault {
  const names = deps.tools.map((t) => t.name);
  const near = nearest(name.slice(0, 64), names)[0];
  return fault("missing", `There is no tool "${name.slice(0, 64)}".`, {
    next: `${near === undefined ? "" : `Did you mean ${near}? `}The tools are: ${names.join(", ")}.`,
  });
}

function argsOf(tool: BoundTool, argsJson: string): unknown {
  const text = readableJson(argsJson);
  // No field has this name, and dropping it unsaid would drop a filter.
  if (/"__proto__"\s*:/.test(text))
    return fault("input", `The arguments of ${tool.name} name a field "__proto__", which nothing has.`);
  const args = parseJson(text, TOOL_ARGS_BYTES_MAX);
  return isFault(args) ? refault(args, { what: `The arguments of ${tool.name} are not valid: ${args.what}` }) : args;
}

function expected(f: Fault, tool: BoundTool): Fault {
  return refault(f, { next: `${f.next ?? ""} Expected is JSON of this schema: ${tool.schemaJson}`.trim() });
}

function gaveUp(tool: BoundTool, capMs: number): Fault {
  return fault("timeout", `${tool.name} took longer than ${Math.round(capMs / 1000)} s and was given up.`, {
    maybeDone: tool.effect !== "read",
    next: "Ask for less, or say that it takes too long.",
  });
}

async function runOne(s: Scope, ctx: TurnCtx, call: Call): Wait<string> {
  const tool = ctx.tools.find(call.name);
  if (tool === undefined) return unknownTool(ctx.deps, call.name);
  const acts = tool.effect === "write" || tool.effect === "external";
  const no = acts ? mayNot(ctx.deps, ctx.who, "propose") : null;
  if (no !== null) return no;
  const args = argsOf(tool, call.argsJson);
  if (isFault(args)) return expected(args, tool);
  const begun = acts ? await ctx.begin(s) : undefined;
  if (isFault(begun)) return begun;
  const capMs = Math.min(tool.capMs, TOOL_CAP_MS);
  const out = await withScope(s, capMs, async (ts): Wait<string> => {
    // A tool that ignores its scope must not hold the turn: the wait ends, not the tool.
    const result = await orStop(ts, tool.call(ts, toolKit(ctx.deps), args));
    const text = isFault(result) ? result : await finishPlan(ts, ctx, result);
    if (isFault(text) && text === ts.stopped && s.stopped === null) return gaveUp(tool, capMs);
    return text;
  });
  if (!isFault(out)) return trimResult(out, Math.max(256, Math.min(tool.outMax, TOOL_OUT_BYTES_MAX)));
  return out.fault === "input" ? expected(out, tool) : out;
}

async function resultOf(s: Scope, ctx: TurnCtx, call: Call): Promise<Message> {
  ctx.progress?.({ kind: "tool", name: call.name.slice(0, 64), state: "started" });
  const out = await runOne(s, ctx, call);
  const failed = isFault(out);
  ctx.progress?.({ kind: "tool", name: call.name.slice(0, 64), state: failed ? "failed" : "done" });
  ctx.deps.log.event("debug", "tool.done", { tool: call.name.slice(0, 64), failed });
  const unsure = failed && out.maybeDone ? " It is not certain whether it was done." : "";
  const text = failed ? `Error (${out.fault}): ${sayFault(out)}${unsure}` : out;
  return {
    role: "tool",
    callId: call.callId,
    text: cutBytes(printable(redact(text, ctx.deps.secrets)), TOOL_OUT_BYTES_MAX + 1_024, "…"),
    isError: failed,
  };
}

function tooMany(call: Call): Message {
  const text = `Error (limit): not more than ${TURN_CALLS_PER_STEP_MAX} calls at once; this one was not run. Call it again.`;
  return { role: "tool", callId: call.callId, text, isError: true };
}

function stoppedResult(call: Call): Message {
  return { role: "tool", callId: call.callId, text: "Error (stopped): this was not run.", isError: true };
}

/** One result for each call, in the order of the calls. */
export async function runCalls(s: Scope, ctx: TurnCtx, calls: readonly Call[]): Promise<readonly Message[]> {
  const results: Message[] = [];
  const isRead = (c: Call): boolean => ctx.tools.find(c.name)?.effect === "read";
  const run = calls.slice(0, TURN_CALLS_PER_STEP_MAX);
  for (let at = 0; at < run.length; ) {
    const first = run[at];
    if (first === undefined) break;
    let end = at + 1;
    if (isRead(first)) while (end < run.length && isRead(run[end] ?? first)) end += 1;
    const batch = run.slice(at, end);
    at = end;
    if (s.stopped !== null) results.push(...batch.map(stoppedResult));
    else results.push(...(await Promise.all(batch.map((c) => resultOf(s, ctx, c)))));
  }
  return [...results, ...calls.slice(TURN_CALLS_PER_STEP_MAX).map(tooMany)];
}
