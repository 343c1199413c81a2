// Which model is asked first: policy as data. The chat's own choice, then rules of the owner,
// then what the way to the internet allows; what a model cannot do puts it last, never out.

import { FIRST_TOKEN_FACTOR, FIRST_TOKEN_KEPT_MS } from "../base/limits-context.ts";
import { type Learned, limitOf, tokensOfAsk } from "./compact-ask.ts";
import { sizeOf } from "./context.ts";
import type { Link, Question, Traits } from "./failover-types.ts";
import type { TaskKind } from "./task-kind.ts";

export const WAN_STATES = ["good", "metered", "weak"] as const;
export type WanState = (typeof WAN_STATES)[number];

/** What a question is like. */
export interface Wish {
  readonly channel: string;
  readonly chat?: string;
  readonly wan: WanState;
  readonly task?: TaskKind;
  /** The model that the chat has chosen. */
  readonly chosen?: string | undefined;
  /** The model that answered last here: its service may still know the conversation. */
  readonly last?: string | undefined;
  /** Nobody sits there, or nobody minds. */
  readonly mayWait?: boolean;
}

/** One line of the policy: where all of it holds, and what it prefers. */
export interface Rule {
  readonly channel?: string;
  readonly chat?: string;
  readonly wan?: WanState;
  readonly task?: TaskKind;
  /** A word of PREFERENCES, a service or a model of the chain. */
  readonly prefer: string;
}

/** Used where the owner says nothing else. A model at home needs no internet; a small one sends less. */
export const USUAL_RULES: readonly Rule[] = [
  ...(["weak", "metered"] as const).flatMap((wan) => [
    { wan, task: "background", prefer: "wait" } as const,
    ...["local", "small", "cached"].map((prefer) => ({ wan, prefer })),
  ]),
  { task: "background", prefer: "small" },
  { task: "background", prefer: "cheap" },
];

/** What the router of a question needs to know of a model. */
export interface Candidate {
  readonly name: string;
  readonly traits: Traits;
  readonly link: Pick<Link, "price">;
  readonly learned: Learned;
  /** The smallest question that was too long for it. */
  readonly tooLongBytes: number;
  readonly blind: boolean;
}

/** How far a model is from what a rule prefers: less is better. */
type Distance = (c: Candidate, wish: Wish, nowMs: number) => number;

const yes = (is: boolean): number => (is ? 0 : 1);

/** Times that are about equal have the same: the first is up to 100 ms times the factor, any other that much longer. */
function firstTokenClass(firstMs: number): number {
  let number = 1;
  for (let ms = 100 * FIRST_TOKEN_FACTOR; ms < firstMs; ms *= FIRST_TOKEN_FACTOR) number++;
  return number;
}

/** Words of rules beside names; of equals the chain's order decides. */
export const PREFERENCES: Readonly<Record<string, Distance>> = {
  small: (c) => yes(c.traits.small),
  large: (c) => yes(!c.traits.small),
  local: (c) => yes(c.traits.local),
  cached: (c, wish) => yes(c.name === wish.last),
  // A turn reads about ten times what it writes.
  cheap: ({ link: { price } }) => (price === undefined ? Infinity : price.inUsd * 10 + price.outUsd),
  fast: ({ learned }, _wish, nowMs) => {
    const { firstMs, firstAtMs } = learned;
    // Who was never measured, or long ago, is measured.
    if (firstMs === 0 || nowMs - firstAtMs > FIRST_TOKEN_KEPT_MS) return 0;
    return firstTokenClass(firstMs);
  },
  wait: () => 0,
};

const holds = (rule: Rule, wish: Wish): boolean =>
  (["channel", "wan", "task"] as const).every((what) => (rule[what] ?? wish[what]) === wish[what]) &&
  isChat(rule.chat, wish.chat);

/** The gateway puts the client before its name of a chat; the owner knows the name alone. */
function isChat(wanted: string | undefined, chat = ""): boolean {
  return wanted === undefined || chat === wanted || chat.endsWith(`:${wanted}`);
}

function distance(c: Candidate, { prefer }: Rule, wish: Wish, nowMs: number): number {
  const word = Object.hasOwn(PREFERENCES, prefer) ? PREFERENCES[prefer] : undefined;
  return word?.(c, wish, nowMs) ?? yes(isNamed(c.name, prefer));
}

/** True where `prefer` names the model, or its service. */
export function isNamed(name: string, prefer: string): boolean {
  return name === prefer || name.startsWith(`${prefer}/`);
}

/** What the model lacks for this question, in words. */
function lacks(c: Candidate, ask: Question): readonly string[] {
  const shows = c.blind && ask.messages.some((m) => m.role === "user" && m.images !== undefined);
  const tools = c.traits.toolless && ask.tools.length > 0;
  return [...(shows ? ["takes no pictures"] : []), ...(tools ? ["takes no tools of its own"] : [])];
}

/** It would get less of the conversation than there is. */
function isLong({ tooLongBytes, ...c }: Candidate, ask: Question): boolean {
  const limit = limitOf(c);
  if (sizeOf(ask.messages).bytes >= tooLongBytes) return true;
  return limit < Infinity && tokensOfAsk(ask) * c.learned.scale > limit;
}

interface Ranked<T> {
  readonly c: T;
  readonly lack: readonly string[];
  /** Lack, choice, a distance for each rule that holds, length. */
  readonly ranks: readonly number[];
}

function compare(a: Ranked<unknown>, b: Ranked<unknown>): number {
  const at = a.ranks.findIndex((rank, i) => rank !== b.ranks[i]);
  return at < 0 ? 0 : (a.ranks[at] ?? 0) < (b.ranks[at] ?? 0) ? -1 : 1;
}

function rank<T extends Candidate>(
  all: readonly T[],
  holding: readonly Rule[],
  wish: Wish,
  ask: Question,
  nowMs: number,
): Ranked<T>[] {
  const ranked = all.map((c): Ranked<T> => {
    const lack = lacks(c, ask);
    const wished = holding.map((r) => distance(c, r, wish, nowMs));
    return { c, lack, ranks: [lack.length, yes(c.name === wish.chosen), ...wished, yes(!isLong(c, ask))] };
  });
  return ranked.sort(compare);
}

/** The candidates, the best first; equals stay in the chain's order. */
export function order<T extends Candidate>(
  all: readonly T[],
  rules: readonly Rule[],
  wish: Wish,
  ask: Question,
  nowMs: number,
): T[] {
  const holding = rules.filter((r) => holds(r, wish));
  return rank(all, holding, wish, ask, nowMs).map(({ c }) => c);
}

/** "task=chat+wan=weak:small", as the owner writes it. */
function sayRule(rule: Rule): string {
  const where = (["channel", "chat", "task", "wan"] as const).flatMap((what) =>
    rule[what] === undefined ? [] : [`${what}=${rule[what]}`],
  );
  return `${where.length === 0 ? "any" : where.join("+")}:${rule.prefer}`;
}

/** Who is asked first and by what: its words, not its ranks. */
export function explain(
  all: readonly Candidate[],
  rules: readonly Rule[],
  wish: Wish,
  ask: Question,
  nowMs: number,
): string {
  const holding = rules.filter((r) => holds(r, wish));
  const ranked = rank(all, holding, wish, ask, nowMs);
  const [first, ...others] = ranked;
  if (first === undefined) return "";
  // The first thing in which it is better than some other.
  const at = first.ranks.findIndex((own, i) => others.some((o) => (o.ranks[i] ?? 0) > own));
  return `${first.c.name} (${whyOf(at, others, holding)})`;
}

function whyOf(at: number, others: ReadonlyArray<Ranked<Candidate>>, holding: readonly Rule[]): string {
  if (at < 0) return "the first of the chain";
  if (at === 1) return "chosen in this chat";
  const rule = holding[at - 2];
  if (rule !== undefined) return `rule ${sayRule(rule)}`;
  const [worst] = others.filter((o) => at > 0 || o.lack.length > 0);
  return `${worst?.c.name ?? "another"} ${worst?.lack[0] ?? "has too small a context"}`;
}

/** The code of a question that waits for a better way to the internet. */
export const LINK_WAIT = "model_wait";

/** True where the way to the internet could change anything for a question of this kind. */
export function asksForLink(links: number, rules: readonly Rule[], task: TaskKind): boolean {
  return rules.some((r) => r.wan !== undefined && (r.task ?? task) === task && (links > 1 || r.prefer === "wait"));
}

/** True where a rule lets this question wait for a better way, and no model at home could answer. */
export function mayRest(first: Candidate | undefined, rules: readonly Rule[], wish: Wish): boolean {
  if (wish.mayWait !== true || first?.traits.local === true) return false;
  return rules.some((r) => r.prefer === "wait" && holds(r, wish));
}
