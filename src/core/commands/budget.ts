// /budget and /usage: what models have cost, and what they may cost in a day.

import { fault, isFault } from "../../base/fault.ts";
import { count, table } from "../../base/text.ts";
import { formatDuration } from "../../base/time.ts";
import { SPANS, type Span, saySpent } from "../budget.ts";
import { parseLimit, sayLimit } from "../budget-limit.ts";
import type { Command } from "../command-kit.ts";
import type { CoreDeps } from "../deps.ts";
import { mayNot } from "../policy.ts";
import { laneKey } from "../rows.ts";
import type { TurnCtx } from "../turn-types.ts";

const NAMES: Readonly<Record<Span, string>> = { day: "day (all chats)", chat: "chat", owner: "owner (you)" };

function overview({ budget, who, deps }: TurnCtx): string {
  const rows = table([
    ["today (UTC)", "used", "budget"],
    ...SPANS.map((span) => [NAMES[span], saySpent(budget.spent(span, who)), sayLimit(budget.limit(span))]),
  ]);
  const dates = (deps.model?.links ?? []).flatMap(({ price }) => price?.date ?? []).sort();
  const notes = [
    ...(dates[0] === undefined ? [] : [`Prices are yours, from MODEL_PRICES, the oldest of ${dates[0]}.`]),
    // Who starts it anew has a new budget; that should not surprise.
    ...(deps.store.keeps === "disk"
      ? []
      : [`Counted since the start ${upTime(deps)} ago; these counts and budgets set in a chat end with the program.`]),
  ];
  return [rows, ...notes].join("\n");
}

const upTime = ({ clock, startedAtMs }: CoreDeps): string => formatDuration(clock.monoMs() - startedAtMs);

export const budgetCommand: Command = {
  name: "budget",
  usage: "[day|chat|owner AMOUNT|off]",
  purpose: "what models may cost in a day",
  async run(s, ctx, args) {
    const opened = await ctx.budget.open(s, ctx.who);
    if (isFault(opened)) return opened;
    if (args === "") return { text: overview(ctx) };
    const [word = "", ...rest] = args.split(/\s+/);
    const span = SPANS.find((x) => x === word.toLowerCase());
    const limit = parseLimit(rest.join(" "));
    if (span === undefined || limit === null) {
      const next = "Send /budget day 200000, /budget chat 2 usd, /budget owner 100k 1usd, or /budget day off.";
      return fault("input", "This is no budget.", { next });
    }
    const no = mayNot(ctx.deps, ctx.who, "manage");
    if (no !== null) return no;
    const kept = await ctx.budget.set(s, span, limit);
    if (isFault(kept)) return kept;
    return { text: `The budget is set.\n${overview(ctx)}` };
  },
};

export const usage: Command = {
  name: "usage",
  usage: "",
  purpose: "turns, tokens and costs",
  async run(s, ctx) {
    const { counters, deps } = ctx;
    const opened = await ctx.budget.open(s, ctx.who);
    if (isFault(opened)) return opened;
    const here = ctx.sessions.of(laneKey(ctx.who));
    const cost = (u: typeof here.usage): string[] => [`${u.inTokens}`, `${u.outTokens}`, `${u.cachedTokens}`];
    const sums = table([
      ["tokens", "in", "out", "cached"],
      ["this chat", ...cost(here.usage)],
      ["all chats", ...cost(counters.usage)],
    ]);
    const models = deps.model === null ? "no model" : deps.model.links.map((l) => l.name).join(", ");
    return {
      text: `Since the start ${upTime(deps)} ago: ${count(counters.turns, "turn")} (commands: ${counters.commands}), ${count(counters.modelCalls, "call")} of the model (${models}).\n${sums}\n\n${overview(ctx)}`,
    };
  },
};
