// What the owner says about models beside their names: prices, traits, routes and budgets, from
// configuration text to values. Prices are the owner's own; none is known to this program.

import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { ROUTES_MAX } from "../base/limits-context.ts";
import { SPANS, type Span } from "../core/budget.ts";
import { type Limit, type Price, parseLimit } from "../core/budget-limit.ts";
import { isNamed, PREFERENCES, type Rule, USUAL_RULES, WAN_STATES } from "../core/failover-route.ts";
import type { Traits } from "../core/failover-types.ts";
import { TASKS } from "../core/task-kind.ts";
import type { Config } from "./config.ts";

export interface Policy {
  readonly prices: ReadonlyMap<string, Price>;
  readonly traits: ReadonlyMap<string, Partial<Traits>>;
  readonly rules: readonly Rule[];
  readonly budgets: Partial<Readonly<Record<Span, Limit>>>;
}

/** All of it; a fault names the entry that is not understood. */
export function modelPolicy(config: Config): Outcome<Policy> {
  const prices = eachOf(config, "MODEL_PRICES", "openai/gpt=1.5/6/0.2@2026-01-31", priceOf);
  if (isFault(prices)) return prices;
  const traits = eachOf(config, "MODEL_TRAITS", "ollama/qwen3:8b=8k+small", traitsOf);
  if (isFault(traits)) return traits;
  const rules = eachOf(config, "MODEL_ROUTES", "wan=metered+task=chat:small", ruleOf);
  if (isFault(rules)) return rules;
  if (rules.length > ROUTES_MAX)
    return fault("input", `MODEL_ROUTES has more than ${ROUTES_MAX} entries.`, { code: "bad_config" });
  const budgets = SPANS.flatMap((span) => {
    const limit = parseLimit(config.text(`BUDGET_${span.toUpperCase()}`) ?? "");
    return limit === null ? [] : [[span, limit] as const];
  });
  return {
    prices: new Map(prices),
    traits: new Map(traits),
    rules: [...rules, ...USUAL_RULES],
    budgets: Object.fromEntries(budgets),
  };
}

/** Every entry of a list; null is one that is not understood. */
function eachOf<T>(
  config: Config,
  variable: string,
  example: string,
  parse: (entry: string) => T | null,
): Outcome<T[]> {
  const all: T[] = [];
  for (const entry of config.list(variable) ?? []) {
    const one = parse(entry);
    if (one === null) return unclear(variable, entry, example);
    all.push(one);
  }
  return all;
}

const PRICE =
  /^(\S+)=(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?(?:@(\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])))?$/;

function priceOf(entry: string): [name: string, price: Price] | null {
  const found = PRICE.exec(entry);
  if (found === null) return null;
  const [, name = "", inUsd = "", outUsd = "", cachedUsd = inUsd, date] = found;
  const price = { inUsd: Number(inUsd), outUsd: Number(outUsd), cachedUsd: Number(cachedUsd) };
  return [name, date === undefined ? price : { ...price, date }];
}

const TRAITS: ReadonlyMap<string, Partial<Traits>> = new Map([
  ["small", { small: true }],
  ["large", { small: false }],
  ["local", { local: true }],
  ["remote", { local: false }],
]);

function traitsOf(entry: string): [name: string, traits: Partial<Traits>] | null {
  const [, name = "", words = ""] = /^(\S+)=([a-z0-9+]+)$/.exec(entry) ?? [];
  let traits: Partial<Traits> = {};
  for (const word of words.split("+")) {
    const [, tokens, k] = /^([1-9]\d{0,6})(k?)$/.exec(word) ?? [];
    const own = tokens === undefined ? TRAITS.get(word) : { contextTokens: Number(tokens) * (k === "k" ? 1_024 : 1) };
    if (own === undefined) return null;
    traits = { ...traits, ...own };
  }
  return name === "" ? null : [name, traits];
}

const isOneOf = <T extends string>(words: readonly T[], word: string): word is T => words.some((w) => w === word);

const WHERE: Readonly<Record<string, (value: string) => Partial<Rule> | null>> = {
  channel: (channel) => ({ channel }),
  chat: (chat) => ({ chat }),
  task: (task) => (isOneOf(TASKS, task) ? { task } : null),
  wan: (wan) => (isOneOf(WAN_STATES, wan) ? { wan } : null),
};

/** "any:cheap", "wan=weak+task=background:wait": what holds, then what is preferred there. */
function ruleOf(entry: string): Rule | null {
  const [, where = "", prefer = ""] = /^([^:\s]+):(\S+)$/.exec(entry) ?? [];
  let rule: Rule = { prefer };
  for (const part of where === "any" ? [] : where.split("+")) {
    const [, what = "", value = ""] = /^([a-z]+)=(\S+)$/.exec(part) ?? [];
    const one = Object.hasOwn(WHERE, what) && !Object.hasOwn(rule, what) ? WHERE[what]?.(value) : null;
    if (!one) return null;
    rule = { ...rule, ...one };
  }
  return prefer === "" ? null : rule;
}

/** Names in routes, prices and traits that no model of the chain has: nothing comes of them. */
export function strangersIn({ rules, prices, traits }: Policy, models: readonly string[]): readonly string[] {
  const routes = rules.map((r) => r.prefer).filter((name) => !Object.hasOwn(PREFERENCES, name));
  return [
    ...routes.filter((name) => !models.some((model) => isNamed(model, name))),
    ...[...prices.keys(), ...traits.keys()].filter((name) => !models.includes(name)),
  ];
}

function unclear(variable: string, entry: string, example: string): Fault {
  return fault("input", `${variable} has an entry that is not understood: ${entry.slice(0, 80)}`, {
    code: "bad_config",
    next: `Write it like ${example}`,
  });
}
