// The conversation of one turn as the model is asked: it grows with each step, and is made to
// fit each time. What was left out on the way is known, for a summary afterwards.

import type { Message } from "../port/provider.ts";
import { withSummary } from "./compact.ts";
import { fitHistory, sizeOf } from "./context.ts";
import { messagesOf, type Session } from "./session.ts";
import type { TurnCtx } from "./turn-types.ts";

/** What is said in the turn follows what was said before. */
export interface Talk {
  readonly messages: readonly Message[];
  /** What went out in this turn. */
  readonly left: readonly Message[];
  add(...said: readonly Message[]): void;
  /** To half of it, once a turn, where a model finds it too long; false when nothing is left to leave out. */
  shorten(): boolean;
}

/** The plans that wait for this person, for a model that has not seen how they were offered. */
export function openPlans({ plans, who, drafts }: Pick<TurnCtx, "plans" | "who" | "drafts">): readonly string[] {
  const of = (list: ReadonlyArray<{ id: string; plan: { command: string } }>, what: string): string[] =>
    list.map(({ id, plan }) => `${id} ${what}: ${plan.command}`);
  return [
    ...of(plans.pendingOf(who), "is applied and waits for /keep"),
    ...of(plans.of(who), "waits for approval"),
    ...of(drafts, "is offered with this answer"),
  ];
}

/** The talk of a turn that begins with `question`. */
export function makeTalk(ctx: TurnCtx, session: Session, question: Message): Talk {
  const { summary } = session;
  const messages = messagesOf(session);
  const before = summary === undefined ? messages : messages.map((m, i) => (i === 0 ? withSummary(m, summary) : m));
  const left: Message[] = [];
  const fit = (messages: readonly Message[], bytes?: number): readonly Message[] => {
    const fitted = fitHistory(messages, bytes === undefined ? {} : { bytes }, () => openPlans(ctx));
    left.push(...fitted.left);
    return fitted.messages;
  };
  // Beside the talk: what knows itself stays in memory until a collection, with all that a turn has.
  const now = { messages: fit([...before, question]), isShort: false };
  return {
    get messages() {
      return now.messages;
    },
    left,
    add(...said) {
      now.messages = fit([...now.messages, ...said]);
    },
    shorten() {
      const { bytes } = sizeOf(now.messages);
      now.messages = fit(now.messages, bytes / 2);
      const isFirst = !now.isShort;
      now.isShort = true;
      return isFirst && sizeOf(now.messages).bytes < bytes;
    },
  };
}
