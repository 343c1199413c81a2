// What a chain of models is made of and what it answers: values that the rooms, the commands
// and app/models.ts share.

import type { Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Answer, Ask, Delta, Usage } from "../port/provider.ts";
import type { Price } from "./budget-limit.ts";
import type { Rule, Wish } from "./failover-route.ts";
import type { TaskKind } from "./task-kind.ts";

/** What a model is like, as far as it is known. */
export interface Traits {
  readonly toolless: boolean;
  /** In the owner's own network. */
  readonly local: boolean;
  readonly small: boolean;
  /** What it may be sent, answer included, as the owner says. */
  readonly contextTokens?: number | undefined;
}

/** One key of a service; `name` is the same wherever this key is used, `mark` as long as it is the same key. */
export interface ModelKey {
  readonly name: string;
  readonly mark: string;
  readonly kind: "key" | "token" | "OAuth";
  complete(s: Scope, ask: Ask, onDelta: (d: Delta) => void): Wait<Answer>;
}

/** One model of one service, with one or more keys. */
export interface Link {
  /** As the owner writes it: `service` or `service/model`. */
  readonly name: string;
  /** The model's name as the service knows it. */
  readonly model: string;
  readonly traits: Traits;
  readonly keys: readonly ModelKey[];
  readonly price?: Price | undefined;
}

export interface Question extends Omit<Ask, "model"> {
  /** Plans that are open, for what is left out of a long conversation. */
  readonly plans?: readonly string[];
}

/** An answer and who gave it. */
export interface Answered {
  readonly answer: Answer;
  readonly by: Link;
  /** Who should have, and why not; only when another was asked first. */
  readonly instead?: { readonly of: string; readonly why: string };
}

/** What an answer that broke off or was stopped costs, as far as it can be told. */
export type OnLost = (by: Link, guess: Usage) => void;

/** What is known of a link, for people. `restMs` of a key: 0 ready, Infinity parked or being tried. */
export interface LinkState {
  readonly link: Link;
  readonly why: string;
  /** Time to its first token; 0: not measured. */
  readonly firstMs: number;
  readonly keys: ReadonlyArray<{ kind: ModelKey["kind"]; answers: number; restMs: number }>;
}

export interface Models {
  readonly links: readonly Link[];
  /** `onText` is null where nobody reads along: a broken answer is then simply asked for again. */
  ask(s: Scope, q: Question, wish: Wish, onText: ((text: string) => void) | null, onLost?: OnLost): Wait<Answered>;
  states(): readonly LinkState[];
  /** False: the way to the internet changes nothing for a question of this kind. */
  asksForLink(task: TaskKind): boolean;
  /** Who would be asked first, and why. */
  explain(q: Question, wish: Wish): string;
  /** From now on these, with what is known of those among them that stay. */
  replace(links: readonly Link[], rules: readonly Rule[]): void;
  /** Somebody waits: what rests for a passing reason may be asked again now. */
  lookAgain(): void;
  /** Somebody changed something: what was parked or rests is asked again. */
  wake(name: string): void;
  /** Reads the owner's configuration again; what became of it. Absent where that cannot be. */
  reload?(s: Scope): Wait<string>;
}
