// What a turn is given and what it gives back.

import type { Fault, Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Progress } from "../port/agent.ts";
import type { Inbound } from "../port/channel.ts";
import type { Usage } from "../port/provider.ts";
import type { Row } from "../port/store.ts";
import type { Budget } from "./budget.ts";
import type { CoreDeps } from "./deps.ts";
import type { Draft, Plans } from "./plans.ts";
import type { Prompter } from "./prompt.ts";
import type { Sessions } from "./session.ts";
import type { ToolSet } from "./tool-set.ts";
import type { WanWatch } from "./wan-state.ts";

/** Counted since the start, for /usage. */
export interface Counters {
  turns: number;
  commands: number;
  modelCalls: number;
  usage: Usage;
}

/** One turn's hands: the message, what it may use, and where it leaves its plans. */
export interface TurnCtx {
  readonly deps: CoreDeps;
  readonly who: Inbound;
  readonly sessions: Sessions;
  readonly tools: ToolSet;
  readonly prompter: Prompter;
  readonly budget: Budget;
  readonly wan: WanWatch;
  /** An answer that comes much later still reaches the person. */
  readonly canWait: boolean;
  /** An earlier message of this conversation still waits for a model. */
  readonly behind: boolean;
  /** To be called before an effect that lasts; a fault: it may not be begun. */
  begin(s: Scope): Wait<void>;
  /** Messages that wait for a model. */
  readonly kept: number;
  readonly plans: Plans;
  readonly counters: Counters;
  /** The pipeline's own scope, for what must outlive a /stop. */
  readonly life: Scope;
  /** Plans offered in this turn; they open together with the answer. */
  readonly drafts: Draft[];
  readonly progress: ((p: Progress) => void) | undefined;
  applying(on: boolean): void;
  /** Says something that nobody has just asked for, and keeps rows with it: now, or with the next answer there. */
  tell(text: string, rows: readonly Row[]): Promise<void>;
}

/** The answer of a turn; it becomes rows in one put. */
export interface TurnResult {
  readonly text: string;
  readonly drafts?: readonly Draft[];
  /** The plan that is applied and waits to be kept. */
  readonly pending?: string;
  /** Rows that must be kept together with the answer. */
  readonly rows?: readonly Row[];
  /** Why it could not be done; the text says it too. */
  readonly fault?: Fault;
  /** No answer yet: the message is to be kept until a model is back. */
  readonly later?: true;
  /** The press did nothing and may come again, from whom it is meant. */
  readonly refused?: true;
}
