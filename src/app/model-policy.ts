// What the owner says about models beside their names: prices, routes and budgets, from
// configuration text to values. Prices are the owner's own; none is known to this program.

import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { SPANS, type Span } from "../core/budget.ts";
import { type Limit, type Price, parseLimit } from "../core/budget-limit.ts";
import { type Rule, USUAL_RULES } from "../core/failover-route.ts";
import type { Config } from "./config.ts";

export interface Policy {
  readonly prices: ReadonlyMap<string, Price>;
  readonly rules: readonly Rule[];
  readonly budgets: Partial<Readonly<Record<Span, Limit>>>;
}

/** All of it; a fault names the entry that is not understood. */
export function modelPolicy(config: Config): Outcome<Policy> {
  const prices = new Map<string, Price>();
  for (const entry of config.list("MODEL_PRICES") ?? []) {
    const found = /^(\S+)=(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?$/.exec(entry);
    if (found === null) return unclear("MODEL_PRICES", entry, "openai/gpt=1.5/6/0.2");
    const [, name = "", inUsd = "", outUsd = "", cachedUsd = inUsd] = found;
    prices.set(name, { inUsd: Number(inUsd), outUsd: Number(outUsd), cachedUsd: Number(cachedUsd) });
  }
  const rules: Rule[] = [];
  for (const entry of config.list("MODEL_ROUTES") ?? []) {
    const rule = ruleOf(entry);
    if (isFault(rule)) return rule;
    rules.push(rule);
  }
  const budgets = SPANS.flatMap((span) => {
    const limit = parseLimit(config.text(`BUDGET_${span.toUpperCase()}`) ?? "");
    return limit === null ? [] : [[span, limit] as const];
  });
  return { prices, rules: [...rules, ...USUAL_RULES], budgets: Object.fromEntries(budgets) };
}

function ruleOf(entry: string): Outcome<Rule> {
  const found = /^(?:channel=([a-z]+)|wan=(good|metered|weak)):(\S+)$/.exec(entry);
  if (found === null) return unclear("MODEL_ROUTES", entry, "wan=metered:local");
  const [, channel, wan, prefer = ""] = found;
  if (channel !== undefined) return { channel, prefer };
  return { wan: wan === "weak" || wan === "metered" ? wan : "good", prefer };
}

function unclear(variable: string, entry: string, example: string): Fault {
  return fault("input", `${variable} has an entry that is not understood: ${entry.slice(0, 80)}`, {
    code: "bad_config",
    next: `Write it like ${example}`,
  });
}
