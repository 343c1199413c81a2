// Our conversation as the body of an OpenAI chat completion. Sources:
// https://platform.openai.com/docs/api-reference/chat/create and the types of the official
// client; what other vendors insist on is named where it is done.

import { isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import type { Ask, Part, ToolOffer } from "../../port/provider.ts";
import {
  argsSent,
  dataUrl,
  makeIds,
  ofTools,
  type Result,
  resultText,
  safeName,
  schemaOf,
  type Turn,
  turnsOf,
} from "./history.ts";
import { type Fields, isRecord } from "./values.ts";

interface WireCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/** Reasoning that a service wants back, field by field as it came. */
interface WireReasoning {
  reasoning_content?: string;
  reasoning_details?: unknown[];
}

type WirePart = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };

type WireMessage =
  | { role: "system"; content: string }
  | { role: "user"; content: string | WirePart[] }
  | ({ role: "assistant"; content: string | null; tool_calls?: WireCall[] } & WireReasoning)
  | { role: "tool"; tool_call_id: string; content: string };

interface WireTool {
  type: "function";
  function: { name: string; description: string; parameters: Fields };
}

export type TokensField = "max_tokens" | "max_completion_tokens";

interface WireBase {
  model: string;
  messages: WireMessage[];
  tools?: WireTool[];
  tool_choice?: "none" | "required" | { type: "function"; function: { name: string } };
  parallel_tool_calls?: false;
  max_tokens?: number;
  max_completion_tokens?: number;
}

export type WireRequest = WireBase & ({ stream: false } | { stream: true; stream_options: { include_usage: true } });

export interface WireOptions {
  /** Which service's opaque parts may be handed back. */
  service: string;
  tokensField: TokensField;
  stream: boolean;
  /** Ids of calls must be nine letters and digits (Mistral). */
  nineIds?: boolean | undefined;
  toolChoice?: "absent" | "any" | undefined;
}

/** The request as the official client's types have it. */
export function requestBody(ask: Ask, options: WireOptions): WireRequest {
  const base: WireBase = { model: ask.model, messages: wireMessages(ask, options) };
  // An empty list is refused by several services.
  if (ask.tools.length > 0) addTools(base, ask, options);
  base[options.tokensField] = ask.maxTokens;
  return options.stream
    ? { ...base, stream: true, stream_options: { include_usage: true } }
    : { ...base, stream: false };
}

function addTools(base: WireBase, { tools, toolChoice = "auto", parallel }: Ask, options: WireOptions): void {
  if (options.toolChoice === "absent") {
    if (toolChoice !== "none") base.tools = wireTools(tools);
    return;
  }
  base.tools = wireTools(tools);
  if (parallel === false) base.parallel_tool_calls = false;
  if (typeof toolChoice === "object") base.tool_choice = { type: "function", function: toolChoice };
  // Mistral's word; the client's types have OpenAI's.
  else if (toolChoice === "required" && options.toolChoice === "any") base.tool_choice = "any" as "required";
  else if (toolChoice !== "auto") base.tool_choice = toolChoice;
}

/** The tools in this form, which Ollama's own API has too. */
export const wireTools = ofTools((tools) => tools.map(wireTool));

function wireTool(offer: ToolOffer): WireTool {
  return {
    type: "function",
    function: { name: offer.name, description: offer.purpose, parameters: schemaOf(offer) },
  };
}

type IdOf = (id: string) => string;

function wireMessages(ask: Ask, options: WireOptions): WireMessage[] {
  const out: WireMessage[] = ask.system === "" ? [] : [{ role: "system", content: ask.system }];
  const nine = options.nineIds ?? options.service.endsWith("mistral.ai");
  const idOf: IdOf = nine ? makeIds(/^[A-Za-z0-9]{9}$/) : (id) => id;
  for (const turn of turnsOf(ask.messages)) {
    if (turn.role === "user") out.push({ role: "user", content: userContent(turn) });
    else out.push(wireAssistant(turn.parts, options.service, idOf), ...turn.results.map((r) => wireResult(r, idOf)));
  }
  return out;
}

function userContent({ text, images }: Extract<Turn, { role: "user" }>): string | WirePart[] {
  if (images.length === 0) return text;
  return [
    { type: "text", text },
    ...images.map((i) => ({ type: "image_url" as const, image_url: { url: dataUrl(i) } })),
  ];
}

function wireResult(result: Result, idOf: IdOf): WireMessage {
  return { role: "tool", tool_call_id: idOf(result.callId), content: resultText(result) };
}

function wireAssistant(parts: readonly Part[], service: string, idOf: IdOf): WireMessage {
  const text = parts.map((p) => (p.kind === "text" ? p.text : "")).join("");
  const calls = parts.flatMap((p) => (p.kind === "call" ? [wireCall(p, idOf)] : []));
  const message: WireMessage = { role: "assistant", content: text === "" ? null : text };
  if (calls.length === 0) return message;
  // DeepSeek answers 400 unless the reasoning of a message with calls comes back, even empty;
  // elsewhere reasoning is only dead weight, so messages without calls go without it.
  return { ...message, tool_calls: calls, ...reasoningOf(parts, service) };
}

function wireCall(part: Extract<Part, { kind: "call" }>, idOf: IdOf): WireCall {
  const called = { name: safeName(part.name), arguments: argsSent(part.argsJson) };
  return { id: idOf(part.callId), type: "function", function: called };
}

function reasoningOf(parts: readonly Part[], service: string): WireReasoning {
  const out: WireReasoning = {};
  for (const part of parts) {
    if (part.kind !== "opaque" || part.provider !== `openai:${service}`) continue;
    const data = parseJson(part.data);
    if (isFault(data) || !isRecord(data)) continue;
    if (typeof data["reasoning_content"] === "string") out.reasoning_content = data["reasoning_content"];
    if (Array.isArray(data["reasoning_details"])) out.reasoning_details = data["reasoning_details"];
  }
  return out;
}
