// A question as a model with a known context gets it: fewer tools, less of the conversation. And
// what is learned of a model from its answers: how it counts tokens, how fast it begins.

import { MODEL_THOUGHTS_TIGHT_TOKENS } from "../base/limits.ts";
import { CONTEXT_TOKENS_MIN, TOKEN_SCALE_MAX, TOKEN_SCALE_MIN, TOO_LONG_SHARE } from "../base/limits-context.ts";
import type { Part, Usage } from "../port/provider.ts";
import { fitHistory, tokensOf } from "./context.ts";
import type { Question, Traits } from "./failover-types.ts";
import { tokensIn } from "./tokens.ts";
import { slimTools, tokensOfTools } from "./tool-set.ts";

/** What its answers have shown of a model. Numbers alone: nothing grows. */
export interface Learned {
  /** Time to the first token, smoothed; 0: not measured. */
  firstMs: number;
  firstAtMs: number;
  /** What its service counts, against our estimate. */
  scale: number;
  /** What it may be sent, after a question that was too long. */
  tooLong: number;
}

/** Nothing is known yet. */
export function makeLearned(): Learned {
  return { firstMs: 0, firstAtMs: 0, scale: 1, tooLong: Infinity };
}

/** Its first words came after `ms`. */
export function heardAfter(learned: Learned, ms: number, nowMs: number): void {
  const known = Math.max(1, ms);
  learned.firstMs = learned.firstMs === 0 ? known : (learned.firstMs + known) / 2;
  learned.firstAtMs = nowMs;
}

interface Known {
  readonly traits: Traits;
  readonly learned: Learned;
}

/** Its service has counted a question. Only what bounds a question is worth the time of an estimate. */
export function counted(c: Known, ask: Question, { inTokens }: Usage): void {
  if (limitOf(c) === Infinity || !(inTokens > 0)) return;
  const seen = Math.min(TOKEN_SCALE_MAX, Math.max(TOKEN_SCALE_MIN, inTokens / Math.max(1, tokensSent(ask))));
  c.learned.scale = (c.learned.scale + seen) / 2;
}

/** A question was too long. */
export function wasTooLong(learned: Learned, ask: Question): void {
  const less = tokensOfAsk(ask) - (1 - TOO_LONG_SHARE) * tokensSent(ask);
  learned.tooLong = Math.min(learned.tooLong, less * learned.scale);
}

/** Tokens that a model may be sent, answer included; Infinity where nothing is known. */
export function limitOf({ traits, learned }: Known): number {
  return Math.min(traits.contextTokens ?? Infinity, learned.tooLong);
}

/** How many tokens a question is. */
export function tokensSent({ system, messages, tools }: Question): number {
  return tokensOf(messages) + tokensIn(system) + tokensOfTools(tools);
}

/** What such an answer costs where nobody counted. */
export function guessOf(q: Question, parts: readonly Part[]): Usage {
  return { inTokens: tokensSent(q), outTokens: tokensOf([{ role: "assistant", parts }]), cachedTokens: 0 };
}

/** The same with room for its answer and the thinking before it, which services count as well. */
export function tokensOfAsk(ask: Question): number {
  return tokensSent(ask) + ask.maxTokens + MODEL_THOUGHTS_TIGHT_TOKENS;
}

/** The question within a context of `limit` tokens. */
export function fitAsk(ask: Question, limit: number, scale: number): Question {
  const room = limit / scale;
  if (room === Infinity || tokensOfAsk(ask) <= room) return ask;
  const tools = slimTools(ask.tools, room);
  const tokens = tokensOfAsk({ ...ask, tools, messages: [] });
  const { messages } = fitHistory(
    ask.messages,
    { tokens: Math.max(CONTEXT_TOKENS_MIN, room - tokens) },
    () => ask.plans ?? [],
  );
  return { ...ask, tools, messages };
}
