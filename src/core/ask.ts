// What a turn asks its models with: within the budget, by the route that fits, the text shown
// as it comes, and what the person is told beside the answer (another model answered, most of
// the budget is used).

import { type Fault, isFault, type Wait } from "../base/fault.ts";
import { ANSWER_TOKENS_MAX } from "../base/limits.ts";
import { LINK_WAIT_MS } from "../base/limits-context.ts";
import type { Scope } from "../base/scope.ts";
import { redact } from "../base/secret.ts";
import { printable } from "../base/text.ts";
import type { Answer, Message, ToolChoice, Usage } from "../port/provider.ts";
import { guessOf } from "./compact-ask.ts";
import { openPlans } from "./compact-talk.ts";
import type { WanState, Wish } from "./failover-route.ts";
import type { Answered, Link, Models, Question } from "./failover-types.ts";
import type { Session } from "./session.ts";
import { type TaskKind, taskOf } from "./task-kind.ts";
import type { TurnCtx } from "./turn-types.ts";

/** The models as one turn sees them. */
export interface Asker {
  ask(s: Scope, messages: readonly Message[], toolChoice: ToolChoice): Wait<Answer>;
  /** What is to be told beside the answer. */
  readonly notes: readonly string[];
}

/** The models for one turn of this conversation. */
export async function makeAsker(s: Scope, ctx: TurnCtx, models: Models, session: Session): Promise<Asker> {
  const notes: string[] = [];
  const { budget, deps, who } = ctx;
  // Both may read the router: a question waits for the longer of them, not for one after the other.
  const [system, wan] = await Promise.all([ctx.prompter.text(s), ctx.wan.state(s, taskOf(who.text, [], false))]);
  const opened = await budget.open(s, who);
  if (isFault(opened)) deps.log.event("warn", "budget.unread", { what: opened.what });

  const note = (text: string | null): void => {
    if (text !== null) notes.push(`[${text}]`);
  };
  const spend = ({ price }: Link, usage: Usage, isGuess = true): void => {
    ctx.counters.usage = add(ctx.counters.usage, usage);
    session.usage = add(session.usage, usage);
    note(budget.spend(who, usage, price, isGuess));
  };
  const look = (q: Question, { answer, by, instead }: Answered): Answer => {
    // Some services do not count, and a budget that counts nothing holds nothing back.
    const isGuess = answer.usage.inTokens + answer.usage.outTokens === 0;
    spend(by, isGuess ? guessOf(q, answer.parts) : answer.usage, isGuess);
    if (instead !== undefined && session.answeredBy !== by.name) {
      note(`${instead.of} gave no answer (${instead.why}); ${by.name} answers instead.`);
    }
    session.answeredBy = by.name;
    return answer;
  };
  let isFirst = true;
  return {
    notes,
    async ask(ss, messages, toolChoice): Promise<Answer | Fault> {
      const plans = openPlans(ctx);
      const wish = wishOf(ctx, session, wan, taskOf(who.text, messages, plans.length > 0), isFirst);
      isFirst = false;
      session.task = wish.task;
      const refusal = budget.refusal(who);
      if (refusal !== null) return refusal;
      ctx.counters.modelCalls += 1;
      let live = true;
      const show = (text: string): void => {
        if (live && text !== "") ctx.progress?.({ kind: "text", text: printable(redact(text, deps.secrets)) });
      };
      const q = { system, messages, tools: ctx.tools.offered(), plans, toolChoice, maxTokens: ANSWER_TOKENS_MAX };
      const answered = await models.ask(ss, q, wish, ctx.progress === undefined ? null : show, spend);
      live = false;
      return isFault(answered) ? answered : look(q, answered);
    },
  };
}

/** What the question is like. Only a turn that has done nothing yet may wait. */
function wishOf(
  { who, canWait, deps }: TurnCtx,
  session: Session,
  wan: WanState,
  task: TaskKind,
  isFirst: boolean,
): Wish {
  const ageMs = deps.clock.wallMs() - who.sentMs;
  return {
    ...{ channel: who.channel, chat: who.chat, wan, task },
    ...{ chosen: session.chosen, last: session.answeredBy },
    mayWait: isFirst && canWait && ageMs >= 0 && ageMs < LINK_WAIT_MS,
  };
}

function add(a: Usage, b: Usage): Usage {
  return {
    inTokens: a.inTokens + b.inTokens,
    outTokens: a.outTokens + b.outTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
  };
}
