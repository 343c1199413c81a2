// Chunks of a streamed answer, or one whole reply, to an Answer. What a chunk may look like
// beside the documentation is written at each place; an answer whose end was not seen is a
// fault, so that no half tool call is ever run.

import type { Fault, Outcome } from "../../base/fault.ts";
import { ANSWER_BYTES_MAX } from "../../base/limits.ts";
import type { Answer, Ask, Delta, Part, Usage } from "../../port/provider.ts";
import { type Assembler, cutOff, tooLong, tooManyCalls, withoutContent } from "./dialect.ts";
import { errorFault, isErrorValue, type Peer } from "./errors.ts";
import { usedIds } from "./history.ts";
import { type Calls, makeCalls } from "./openai-calls.ts";
import { count, isObjectText, isRecord, wellFormed } from "./values.ts";
import { makeVisibleText, type VisibleText } from "./visible-text.ts";

interface State {
  readonly service: string;
  readonly text: VisibleText;
  readonly calls: Calls;
  usage: Usage;
  finish: string;
  isDone: boolean;
  sawChoice: boolean;
  refusal: string;
  /** `reasoning_content` is sent back even when empty, so null (never seen) is something else. */
  reasoning: string | null;
  details: unknown[];
  fromMessage: boolean;
  size: number;
}

/** Puts one answer together. `onDelta` gets what a person may see, as it comes. */
export function makeAssembler(ask: Ask, peer: Peer, onDelta: (d: Delta) => void): Assembler {
  const names = new Set(ask.tools.map((t) => t.name));
  const st: State = {
    service: peer.service,
    text: makeVisibleText((text) => onDelta({ kind: "text", text })),
    calls: makeCalls(names, usedIds(ask)),
    usage: { inTokens: 0, outTokens: 0, cachedTokens: 0 },
    finish: "",
    isDone: false,
    sawChoice: false,
    refusal: "",
    reasoning: null,
    details: [],
    fromMessage: false,
    size: 0,
  };
  return {
    add(chunk) {
      const bad = isErrorValue(chunk, isRecord(chunk) && chunk["choices"] !== undefined)
        ? errorFault(peer, 200, chunk)
        : addChunk(st, chunk);
      if (bad !== null) return bad;
      if (st.finish === "error") return errorFault(peer, 200, "The answer ended with an error.");
      if (st.size + st.calls.size > ANSWER_BYTES_MAX) return tooLong(peer.service);
    },
    done() {
      st.isDone = true;
    },
    get ended() {
      return st.isDone || st.finish !== "";
    },
    answer: () => finishAnswer(st, onDelta),
  };
}

function addChunk(st: State, chunk: unknown): Fault | null {
  if (!isRecord(chunk)) return null;
  const xGroq = isRecord(chunk["x_groq"]) ? chunk["x_groq"]["usage"] : undefined;
  const choice = firstChoice(chunk["choices"]);
  // Kimi's stands in the last choice.
  addUsage(st, chunk["usage"] ?? xGroq ?? choice?.["usage"]);
  if (choice === null) return null;
  st.sawChoice = true;
  const bad = addChoice(st, choice);
  if (bad !== null) return bad;
  if (st.finish === "" && typeof choice["finish_reason"] === "string") st.finish = choice["finish_reason"];
  if (choice["error"] !== undefined && choice["error"] !== null) st.finish = "error";
  return null;
}

// Others than the first are alternatives that nobody asked for; some services leave out the index.
function firstChoice(choices: unknown): Record<string, unknown> | null {
  if (!Array.isArray(choices)) return null;
  for (const choice of choices) if (isRecord(choice) && (choice["index"] ?? 0) === 0) return choice;
  return null;
}

function addChoice(st: State, choice: Record<string, unknown>): Fault | null {
  if (isRecord(choice["delta"])) return addDelta(st, choice["delta"]);
  const message = choice["message"];
  if (!isRecord(message)) return null;
  // A whole message in a stream repeats what came before it; only what is new counts.
  const whole = contentText(message["content"]);
  const have = st.text.text;
  const rest = whole.startsWith(have) ? whole.slice(have.length) : have === "" || st.fromMessage ? whole : "";
  st.fromMessage = st.fromMessage || have === "";
  const tools = st.calls.count === 0 ? message["tool_calls"] : undefined;
  return addDelta(st, { ...message, content: rest, tool_calls: tools });
}

function addDelta(st: State, delta: Record<string, unknown>): Fault | null {
  const text = contentText(delta["content"]);
  if (text !== "") st.text.push(text);
  if (typeof delta["refusal"] === "string") st.refusal += delta["refusal"];
  addReasoning(st, delta);
  st.size += text.length;
  const calls = delta["tool_calls"];
  if (!Array.isArray(calls)) return null;
  for (const call of calls) {
    if (!st.calls.add(call)) {
      return tooManyCalls(st.service);
    }
  }
  return null;
}

// Mistral and Cohere answer a list of parts; those that are not text are reasoning.
function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((p) => (isRecord(p) && p["type"] === "text" && typeof p["text"] === "string" ? p["text"] : ""))
    .join("");
}

// DeepSeek and OpenRouter want their reasoning back; `reasoning` and `thinking` of others are dropped.
function addReasoning(st: State, delta: Record<string, unknown>): void {
  if ("reasoning_content" in delta) {
    const piece = typeof delta["reasoning_content"] === "string" ? delta["reasoning_content"] : "";
    st.reasoning = (st.reasoning ?? "") + piece;
    st.size += piece.length;
  }
  if (!Array.isArray(delta["reasoning_details"])) return;
  for (const detail of delta["reasoning_details"]) {
    if (!isRecord(detail)) continue;
    st.size += JSON.stringify(detail).length;
    if (!joinDetail(st.details.at(-1), detail)) st.details.push({ ...detail });
  }
}

// Pieces of one reasoning text belong together (https://openrouter.ai/docs/use-cases/reasoning-tokens).
function joinDetail(last: unknown, next: Record<string, unknown>): boolean {
  if (!isRecord(last) || last["type"] !== next["type"] || last["index"] !== next["index"]) return false;
  if (typeof last["text"] !== "string" || typeof next["text"] !== "string") return false;
  const text = last["text"] + next["text"];
  Object.assign(last, next, { text, signature: next["signature"] ?? last["signature"] });
  return true;
}

function addUsage(st: State, usage: unknown): void {
  if (!isRecord(usage)) return;
  const details = isRecord(usage["prompt_tokens_details"]) ? usage["prompt_tokens_details"] : usage;
  st.usage = {
    inTokens: count(usage["prompt_tokens"]) ?? st.usage.inTokens,
    outTokens: count(usage["completion_tokens"]) ?? st.usage.outTokens,
    cachedTokens: count(details["cached_tokens"]) ?? count(usage["prompt_cache_hit_tokens"]) ?? st.usage.cachedTokens,
  };
}

function finishAnswer(st: State, onDelta: (d: Delta) => void): Outcome<Answer> {
  if (!st.isDone && st.finish === "") {
    return cutOff(st.service);
  }
  if (!st.sawChoice) {
    return withoutContent(st.service);
  }
  st.text.end();
  const found = st.calls.found();
  const whole = found.every((c) => isObjectText(c.argsJson) && c.name !== "");
  // Cut at the token limit: a batch of calls that the model did not finish is not run in part.
  const calls = st.finish === "length" && !whole ? [] : found;
  for (const c of calls) onDelta({ kind: "call", callId: c.callId, name: c.name });
  const refusal = st.text.text === "" ? wellFormed(st.refusal) : "";
  if (refusal !== "") onDelta({ kind: "text", text: refusal });
  const parts: Part[] = [
    ...reasoningPart(st, calls.length > 0),
    ...textPart(st.text.text + refusal),
    ...calls.map((c): Part => ({ kind: "call", callId: c.callId, name: c.name, argsJson: wellFormed(c.argsJson) })),
  ];
  return { parts, stop: stopOf(st, calls.length > 0), usage: st.usage };
}

function textPart(text: string): Part[] {
  return text === "" ? [] : [{ kind: "text", text }];
}

// Only messages with calls are sent back with their reasoning.
function reasoningPart(st: State, hasCalls: boolean): Part[] {
  if (!hasCalls || (st.reasoning === null && st.details.length === 0)) return [];
  const data = {
    ...(st.reasoning === null ? {} : { reasoning_content: st.reasoning }),
    ...(st.details.length === 0 ? {} : { reasoning_details: st.details }),
  };
  return [{ kind: "opaque", provider: `openai:${st.service}`, data: JSON.stringify(data) }];
}

// Services say "stop", null or "" beside calls, and "tool_calls" without any.
function stopOf(st: State, hasCalls: boolean): Answer["stop"] {
  if (st.finish === "content_filter" || st.refusal !== "") return "refused";
  if (hasCalls) return "tools";
  return st.finish === "length" ? "length" : "end";
}
