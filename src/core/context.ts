// What of a conversation fits into the next request. Results of tools in old turns go first, then
// old turns, then results and early steps of the running turn, then the length of its last
// results. A call and its results never part, and what goes leaves a word of itself.

import { HISTORY_BYTES_MAX, HISTORY_MESSAGES_MAX } from "../base/limits.ts";
import { DIGEST_BYTES_MAX, DIGEST_SHARE, THIN_RESULT_BYTES, THIN_RESULT_BYTES_MIN } from "../base/limits-context.ts";
import { IMAGE_WEIGHT_BYTES } from "../base/limits-models.ts";
import { cutBytes } from "../base/text.ts";
import { utf8Length } from "../base/utf8.ts";
import type { Message } from "../port/provider.ts";
import { digestIn, digestOf, withDigest, withSteps } from "./compact.ts";
import { trimResult } from "./compact-result.ts";
import { tokensIn } from "./tokens.ts";

/** How much something is: bytes of JSON, messages, tokens as they are estimated; 0 where they do not matter. */
export interface Size {
  readonly bytes: number;
  readonly count: number;
  readonly tokens: number;
}

const KEPT: Size = { bytes: HISTORY_BYTES_MAX, count: HISTORY_MESSAGES_MAX, tokens: Infinity };

const plus = (a: Size, b: Size, sign = 1): Size => ({
  bytes: a.bytes + sign * b.bytes,
  count: a.count + sign * b.count,
  tokens: a.tokens + sign * b.tokens,
});

/** What a measure takes of a text, of a byte of hidden thoughts or pictures, of the rest of a message. */
interface Measure {
  readonly known: WeakMap<Message, number>;
  ofText(text: string): number;
  readonly byte: number;
  readonly frame: number;
}

// A conversation is measured again with every turn; its messages never change. Keys and quotes of
// a message in JSON come to about 40 bytes, and to few tokens.
const BYTES: Measure = { known: new WeakMap(), ofText: utf8Length, byte: 1, frame: 40 };
const TOKENS: Measure = { known: new WeakMap(), ofText: tokensIn, byte: 1 / 4, frame: 5 };

function measure(m: Message, by: Measure): number {
  if (m.role === "tool") return by.ofText(m.text) + by.frame;
  if (m.role === "user") return by.ofText(m.text) + by.frame + (m.images?.length ?? 0) * IMAGE_WEIGHT_BYTES * by.byte;
  return m.parts.reduce((sum, p) => {
    if (p.kind === "text") return sum + by.ofText(p.text);
    if (p.kind === "opaque") return sum + p.data.length * by.byte;
    return sum + by.ofText(p.argsJson) + by.frame + (p.name.length + p.callId.length) * by.byte;
  }, by.frame);
}

function sumOf(messages: readonly Message[], by: Measure): number {
  let sum = 0;
  for (const m of messages) {
    const known = by.known.get(m) ?? measure(m, by);
    by.known.set(m, known);
    sum += known;
  }
  return sum;
}

/** About how many tokens these messages are. To estimate takes time: only where it matters. */
export function tokensOf(messages: readonly Message[]): number {
  return sumOf(messages, TOKENS);
}

/** How many messages these are, and about how many bytes of JSON. */
export function sizeOf(messages: readonly Message[]): Size {
  return { bytes: sumOf(messages, BYTES), count: messages.length, tokens: 0 };
}

/** Steps: a user's message, or an answer of the model with the results of its calls. */
function stepsOf(messages: readonly Message[]): Message[][] {
  const steps: Message[][] = [];
  for (const m of messages) {
    const last = steps.at(-1);
    if (m.role === "tool" && last !== undefined) last.push(m);
    else steps.push([m]);
  }
  return steps;
}

/** Turns: each from a user's message to the next one's. */
function turnsOf(messages: readonly Message[]): Message[][] {
  const turns: Message[][] = [];
  for (const m of messages) {
    const last = turns.at(-1);
    if (last === undefined || m.role === "user") turns.push([m]);
    else last.push(m);
  }
  return turns;
}

const thinned = new WeakMap<Message, Message>();

/** The message without most of a long result. The same for the same, so that caches hold. */
function thin(m: Message): Message {
  if (m.role !== "tool") return m;
  const bytes = utf8Length(m.text);
  if (bytes <= THIN_RESULT_BYTES_MIN) return m;
  const text = `${cutBytes(m.text, THIN_RESULT_BYTES, "…")}\n[${bytes} bytes, left out by now; read again what you need]`;
  const made = thinned.get(m) ?? { ...m, text };
  thinned.set(m, made);
  return made;
}

function cutResults(step: readonly Message[], bytes: number): Message[] {
  const results = step.filter((m) => m.role === "tool").length;
  const each = Math.max(256, Math.floor(bytes / Math.max(1, results)));
  return step.map((m) => (m.role === "tool" ? { ...m, text: trimResult(m.text, each) } : m));
}

// A service finds in its cache what begins as the last request did. A conversation that lost its
// oldest part with each new turn would begin anew every time, so it goes in quarters of the room.
const QUARTERS = 4;

const DIMENSIONS = ["bytes", "count", "tokens"] as const;

/** What must be reached so that nothing more goes for some time. */
function goalOf(size: Size, max: Size): Size {
  const of = (dimension: (typeof DIMENSIONS)[number]): number => {
    const quarter = max[dimension] / QUARTERS;
    const over = size[dimension] - max[dimension];
    return over <= 0 ? max[dimension] : size[dimension] - Math.ceil(over / quarter) * quarter;
  };
  return { bytes: of("bytes"), count: of("count"), tokens: of("tokens") };
}

const within = (size: Size, max: Size): boolean => DIMENSIONS.every((d) => size[d] <= max[d]);

/** The conversation while it shrinks. */
interface Shrinking {
  size: Size;
  readonly goal: Size;
  of(messages: readonly Message[]): Size;
}

function shrink<T extends readonly Message[]>(
  at: Shrinking,
  part: T,
  smaller: (part: T) => readonly Message[],
): Message[] {
  const less = [...smaller(part)];
  at.size = plus(plus(at.size, at.of(part), -1), at.of(less));
  return less;
}

/** Thins what is old, the oldest first: a quarter more than must go, as it can be had again. */
function thinOld(at: Shrinking, parts: Message[][], max: Size): Message[][] {
  if (within(at.size, at.goal)) return parts;
  const helps = (d: "bytes" | "tokens"): boolean => max[d] < Infinity && at.size[d] > at.goal[d] - max[d] / QUARTERS;
  return parts.map((part, i) =>
    i < parts.length - 1 && (helps("bytes") || helps("tokens")) ? shrink(at, part, (p) => p.map(thin)) : part,
  );
}

export interface Fitted {
  readonly messages: readonly Message[];
  /** What is not in it any more. */
  readonly left: readonly Message[];
}

/** The newest part of the conversation within `room`; `plans` are those that are open. */
export function fitHistory(
  messages: readonly Message[],
  room: Partial<Size> = {},
  plans: () => readonly string[] = () => [],
): Fitted {
  const max = { ...KEPT, ...room };
  const of = (some: readonly Message[]): Size =>
    max.tokens === Infinity ? sizeOf(some) : { ...sizeOf(some), tokens: tokensOf(some) };
  const size = of(messages);
  if (within(size, max)) return { messages, left: [] };
  const at: Shrinking = { size, goal: goalOf(size, max), of };
  const left: Message[] = [];
  let turns = thinOld(at, turnsOf(messages), max);
  while (!within(at.size, at.goal) && turns.length > 1) {
    const [oldest = []] = turns;
    left.push(...oldest);
    shrink(at, oldest, () => []);
    turns = turns.slice(1);
  }
  const [running = [], ...younger] = turns;
  const kept = younger.length > 0 ? running : fitRunning(at, running, max, left.length > 0);
  const [first, ...rest] = [...kept, ...younger.flat()];
  const gone = running.length - kept.length;
  if (first?.role !== "user" || (left.length === 0 && gone === 0))
    return { messages: [...kept, ...younger.flat()], left };
  const before = digestIn(first);
  const digest = left.length === 0 ? before : digestOf(left, plans());
  const whole = gone === 0 ? digest : withSteps(digest, running.slice(1, 1 + gone));
  const bytes = Math.min(DIGEST_BYTES_MAX, DIGEST_SHARE * Math.min(max.bytes, max.tokens * 3));
  return { messages: [whole === null ? first : withDigest(first, whole, bytes), ...rest], left };
}

/** The running turn: its question and its last step stay. */
function fitRunning(at: Shrinking, running: Message[], max: Size, hasDigest: boolean): Message[] {
  let steps = thinOld(at, stepsOf(running), max);
  const isQuestion = steps[0]?.[0]?.role === "user";
  while (!within(at.size, at.goal) && steps.length > 2) {
    const [gone = []] = steps.splice(isQuestion ? 1 : 0, 1);
    shrink(at, gone, () => []);
    hasDigest = true;
  }
  const last = steps.at(-1) ?? [];
  const spare = { bytes: hasDigest ? DIGEST_SHARE * Math.min(max.bytes, max.tokens * 3) : 0, count: 0, tokens: 0 };
  const now = plus(at.size, spare);
  if (within(now, max)) return steps.flat();
  const results = at.of(last.filter((m) => m.role === "tool"));
  const others = plus(now, results, -1);
  // What tokens leave, in bytes of such results.
  const byTokens =
    max.tokens === Infinity ? Infinity : ((max.tokens - others.tokens) * results.bytes) / Math.max(1, results.tokens);
  steps = [...steps.slice(0, -1), cutResults(last, Math.min(max.bytes - others.bytes, byTokens) - 1_024)];
  return steps.flat();
}
