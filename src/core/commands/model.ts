// /model: the chain of models with their states, and which one this chat prefers.

import { fault, isFault } from "../../base/fault.ts";
import { ANSWER_TOKENS_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { count, nearest, table } from "../../base/text.ts";
import { formatDuration } from "../../base/time.ts";
import { sayPrice } from "../budget-limit.ts";
import type { Command } from "../command-kit.ts";
import type { LinkState, Models } from "../failover-types.ts";
import { mayNot } from "../policy.ts";
import { laneKey } from "../rows.ts";
import { messagesOf } from "../session.ts";
import type { TurnCtx } from "../turn-types.ts";

function sayRest(restMs: number, why: string): string {
  if (restMs === 0) return "ready";
  const reason = why === "" ? "" : ` (${why})`;
  return restMs === Infinity ? `parked${reason}` : `rests ${formatDuration(restMs)}${reason}`;
}

/** What is known of a model: its price, the context that the owner tells, how fast it begins. */
function sayTraits({ link: { price, traits }, firstMs }: LinkState): string {
  const { contextTokens } = traits;
  return [
    ...(price === undefined ? [] : [sayPrice(price)]),
    ...(contextTokens === undefined ? [] : [`${contextTokens} tokens`]),
    ...(firstMs === 0 ? [] : [`begins after ${(firstMs / 1_000).toFixed(1)} s`]),
  ].join(", ");
}

function rowsOf(state: LinkState, chosen: string | undefined): string[][] {
  const { link, why, keys } = state;
  return keys.map((k, i) => [
    (i === 0 ? `${link.name}${link.name === chosen ? " *" : ""}` : `  key ${i + 1}`) +
      (k.kind === "key" ? "" : `, ${k.kind}`),
    sayRest(k.restMs, why),
    count(k.answers, "answer"),
    i === 0 ? sayTraits(state) : "",
  ]);
}

function find(models: Models, args: string): string | undefined {
  const all = models.links.map((l) => l.name);
  const wanted = args.toLowerCase();
  const number = /^\d{1,2}$/.test(args) ? all[Number(args) - 1] : undefined;
  return (
    number ?? all.find((name) => name.toLowerCase() === wanted) ?? all.find((n) => n.toLowerCase().includes(wanted))
  );
}

/** Who would be asked now, and why. */
async function decision(s: Scope, ctx: TurnCtx, models: Models): Promise<string> {
  const session = ctx.sessions.of(laneKey(ctx.who));
  const { task = "chat", chosen, answeredBy } = session;
  const wan = await ctx.wan.state(s, task);
  const { channel, chat } = ctx.who;
  const q = { system: "", messages: messagesOf(session), tools: ctx.tools.offered(), maxTokens: ANSWER_TOKENS_MAX };
  const first = models.explain(q, { channel, chat, wan, task, chosen, last: answeredBy });
  return `A question like the last one (${task}; way to the internet: ${wan}) goes first to ${first}.`;
}

export const model: Command = {
  name: "model",
  usage: "[NAME|auto|reload]",
  purpose: "the models; which one this chat prefers; keys read again",
  async run(s, ctx, args) {
    const { model: models } = ctx.deps;
    if (models === null) return fault("missing", "No language model is configured.", { code: "no_model" });
    const session = ctx.sessions.of(laneKey(ctx.who));
    if (args === "") {
      const rows = models.states().flatMap((state) => rowsOf(state, session.chosen));
      const how =
        "Else they are asked in this order. Prefer one in this chat with /model NAME, none with /model auto. After new keys: /model reload.";
      return { text: `${table(rows)}\n${await decision(s, ctx, models)}\n${how}` };
    }
    if (args === "reload") {
      const no = mayNot(ctx.deps, ctx.who, "manage");
      if (no !== null) return no;
      const done = await (models.reload?.(s) ?? fault("missing", "Nothing can be read again here."));
      return isFault(done) ? done : { text: done };
    }
    if (args === "auto") {
      delete session.chosen;
      return { text: "This chat has no model of its own any more." };
    }
    const found = find(models, args);
    if (found === undefined) {
      const near = nearest(
        args.slice(0, 64),
        models.links.map((l) => l.name),
      )[0];
      const next =
        near === undefined ? "See /model; others are added with RELIABLE_PROVIDERS." : `Did you mean ${near}?`;
      return fault("missing", "No configured model has this name.", { next });
    }
    session.chosen = found;
    // Whoever chooses a model believes that it works.
    models.wake(found);
    return { text: `This chat asks ${found} first from now on; the others stay behind it.` };
  },
};
