// A plan: exact calls, before → after for people (masked), and a hash over the router,
// the calls, the before-values and the undo. What is needed to apply it stays in here.

import type { Fault } from "../base/fault.ts";
import { sha256Hex } from "../base/hash.ts";
import { stableJson } from "../base/json.ts";
import { PLANS_KEPT_MAX, ROUTER_VALUE_UNITS_MAX } from "../base/limits.ts";
import { touch } from "../base/table.ts";
import { oneLine, printable } from "../base/text.ts";
import type { Plan, PlanCall, Risk, RouterFacts } from "../port/router.ts";
import type { Guard } from "./arm.ts";
import type { Intent } from "./intent.ts";
import { isSecretGiven, type Masker } from "./mask.ts";
import type { Command } from "./parse.ts";
import { type RestCall, restTarget } from "./rest.ts";
import { changedFields, type Step } from "./step.ts";

/** A plan with what applying it needs. */
export interface Kept {
  plan: Plan;
  steps: readonly Step[];
  reads: readonly Intent[];
  /** How the router itself is to take it back. */
  guard: Guard;
  /** Why it is not done on a real router; null: it is. */
  refusal: Fault | null;
}

export interface Drawn extends Pick<Kept, "guard" | "refusal"> {
  risk: Risk;
  notes: readonly string[];
  /** As typed, one line; see {@link shownCommand}. */
  command: string;
  steps: readonly Step[];
  reads: readonly Intent[];
  readCalls: readonly RestCall[];
}

function planCall(c: RestCall): PlanCall {
  const body = c.body === undefined ? {} : { body: JSON.stringify(c.body) };
  return { method: c.method, path: restTarget(c), ...body };
}

/** The hash that an approval is bound to. */
function hashOf(facts: RouterFacts, d: Drawn, calls: readonly PlanCall[]): string {
  return sha256Hex(
    stableJson({
      router: { identity: facts.identity, version: facts.version },
      calls,
      before: d.steps.map((s) => s.before),
      undo: d.steps.map((s) => (s.undo === null ? null : planCall(s.undo))),
      // A read is filtered here as well: two with the same call may differ in that.
      reads: d.reads.length === 0 ? "" : d.command,
    }),
  );
}

/** The same plan on the router as it is now; false when that is another one or another version. */
export function stillFits(facts: RouterFacts, kept: Kept): boolean {
  const drawn = { ...kept, ...kept.plan, notes: [], readCalls: [] };
  return hashOf(facts, drawn, kept.plan.calls) === kept.plan.hash;
}

/** A value in a secret's place; of an address only who logs in there and what is asked are hidden. */
const hidden = (name: string, value: string): string =>
  name === "url" ? JSON.stringify(value.replace(/\/\/[^/?]*@/, "//***@").replace(/\?.*/s, "?***")) : "***";

/** The command for people: as typed, but written anew with hidden values where it sets a secret. */
export function shownCommand(commands: readonly Command[], typed: string): string {
  const secret = commands.some((c) => [...c.values].some(([name, value]) => isSecretGiven(c, name, value)));
  if (!secret) return oneLine(printable(typed), ROUTER_VALUE_UNITS_MAX * 2);
  const written = commands.map((c) => {
    const values = [...c.values].map(
      ([name, value]) => `${name}=${isSecretGiven(c, name, value) ? hidden(name, value) : JSON.stringify(value)}`,
    );
    const items = c.items.map((i) => (i.by === "text" ? i.text : "[find …]"));
    return [`${c.menu}/${c.verb}`, ...items, ...c.unset.map((u) => `!${u}`), ...values].join(" ");
  });
  return oneLine(printable(written.join("; ")), ROUTER_VALUE_UNITS_MAX * 2);
}

function shown(masker: Masker, menu: string, field: string, value: string | null, absent: string): string {
  if (value === null) return absent;
  return value === "" ? '""' : oneLine(printable(masker.value(menu, field, value)), ROUTER_VALUE_UNITS_MAX);
}

/** A value as it is: in quotes and with escapes where it holds what a screen does not show. */
function exact(value: string): string {
  if (value !== "" && oneLine(printable(value), Number.POSITIVE_INFINITY) === value) return value;
  const code = (sign: string): string => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`;
  return [...JSON.stringify(value)].map((sign) => (printable(sign) === sign ? sign : code(sign))).join("");
}

type Say = (field: string, from: string | null, to: string | null, absent?: string) => string;

function actLines(step: Step, say: Say, value: (field: string, v: string) => string): string[] {
  const given = Object.entries(step.call.body ?? {}).filter(([name]) => name !== "numbers" && name !== ".id");
  const after = Object.entries(step.after ?? {});
  return [
    ...given.map(([name, v]) => `  ${name} = ${value(name, v)}`),
    ...after.map(([name, v]) => say(name, step.before[name] ?? null, v)),
  ];
}

function moveLine(step: Step): string {
  const place = (v: string | null | undefined): string => (typeof v === "string" ? `before ${v}` : "at the end");
  return `  place: ${place(step.before["before"])} → ${place(step.after?.["before"])}`;
}

function fieldLines(step: Step, say: Say): string[] {
  const absent = step.kind === "add" ? "(none)" : "(not set)";
  const names = step.kind === "add" ? Object.keys(step.after ?? {}) : changedFields(step);
  const lines = names.map((name) => say(name, step.before[name] ?? null, step.after?.[name] ?? null, absent));
  const place = step.kind === "add" ? step.call.body?.["place-before"] : undefined;
  return place === undefined ? lines : [...lines, `  place: (none) → before ${place}`];
}

function stepLines(masker: Masker, step: Step): string[] {
  const label = step.label === "" ? "" : ` (${oneLine(printable(masker.text(step.label)), 80)})`;
  const head = `${step.call.method} ${step.call.path}${label}`;
  const value = (field: string, v: string | null, absent = "(not set)"): string =>
    shown(masker, step.menu, field, v, absent);
  // What is sent is shown whole, or it could not be approved; a plan too long for that is not offered.
  const sent = (field: string, v: string | null): string =>
    v === null ? value(field, v) : exact(masker.value(step.menu, field, v));
  const say: Say = (field, from, to, absent) => `  ${field}: ${value(field, from, absent)} → ${sent(field, to)}`;
  if (step.kind === "act") return [head, ...actLines(step, say, sent)];
  if (step.kind === "move") return [head, moveLine(step)];
  if (step.kind !== "remove") return [head, ...fieldLines(step, say)];
  return [head, ...Object.entries(step.before).map(([name, v]) => `  ${name}: ${value(name, v)} → (removed)`)];
}

/** Draws the plan. */
export function drawPlan(facts: RouterFacts, masker: Masker, d: Drawn): Kept {
  const calls = [...d.steps.map((s) => s.call), ...d.readCalls].map(planCall);
  const body =
    d.steps.length > 0 ? d.steps.flatMap((s) => stepLines(masker, s)) : calls.map((c) => `${c.method} ${c.path}`);
  const diff = [...body, ...d.notes].join("\n");
  const plan: Plan = { hash: hashOf(facts, d, calls), risk: d.risk, command: d.command, diff, calls };
  return { plan, steps: d.steps, reads: d.reads, guard: d.guard, refusal: d.refusal };
}

export interface PlanShelf {
  put(kept: Kept): void;
  get(hash: string): Kept | null;
  drop(hash: string): void;
}

/** Plans by hash; the oldest gives way. */
export function planShelf(): PlanShelf {
  const byHash = new Map<string, Kept>();
  return {
    put: (kept) => touch(byHash, kept.plan.hash, PLANS_KEPT_MAX, kept),
    get: (hash) => byHash.get(hash) ?? null,
    drop: (hash) => void byHash.delete(hash),
  };
}
