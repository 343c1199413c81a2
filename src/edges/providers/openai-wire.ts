// Our conversation as the body of an OpenAI chat completion. Sources:
// https://platform.openai.com/docs/api-reference/chat/create and the types of the official
// client; what other vendors insist on is named where it is done.

import { assert } from "../../base/bug.ts";
import { isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import type { Ask, Message, Part, ToolOffer } from "../../port/provider.ts";

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

type WireMessage =
  | { role: "system"; content: string }
  | { role: "user"; content: string }
  | ({ role: "assistant"; content: string | null; tool_calls?: WireCall[] } & WireReasoning)
  | { role: "tool"; tool_call_id: string; content: string };

interface WireTool {
  type: "function";
  function: { name: string; description: string; parameters: Record<string, unknown> };
}

export type TokensField = "max_tokens" | "max_completion_tokens";

interface WireBase {
  model: string;
  messages: WireMessage[];
  tools?: WireTool[];
  max_tokens?: number;
  max_completion_tokens?: number;
}

export type WireRequest = WireBase & ({ stream: false } | { stream: true; stream_options: { include_usage: true } });

export interface WireOptions {
  /** Which service's opaque parts may be handed back. */
  service: string;
  tokensField: TokensField;
  stream: boolean;
}

/** True for a JSON object. */
export function isRecord(x: unknown): x is Record<string, unknown> {
  return typeof x === "object" && x !== null && !Array.isArray(x);
}

/** True for JSON text of one object: what a call's arguments must be. */
export function isObjectText(text: string): boolean {
  if (!text.trimStart().startsWith("{")) return false;
  const value = parseJson(text);
  return !isFault(value) && isRecord(value);
}

// JSON.stringify writes a lone surrogate as an escape that strict servers refuse, and some
// databases behind them stop at NUL.
const UNSENDABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** `text` without NUL and with U+FFFD for lone surrogates. */
export function wellFormed(text: string): string {
  return text.replace(UNSENDABLE, (unit) => (unit === "\u0000" ? "" : "\ufffd"));
}

/** The request as JSON text. */
export function requestJson(ask: Ask, options: WireOptions): string {
  return JSON.stringify(requestBody(ask, options), (_, value: unknown) =>
    typeof value === "string" ? wellFormed(value) : value,
  );
}

/** The request as the official client's types have it. */
export function requestBody(ask: Ask, options: WireOptions): WireRequest {
  const base: WireBase = { model: ask.model, messages: wireMessages(ask, options.service) };
  // An empty list is refused by several services.
  if (ask.tools.length > 0) base.tools = ask.tools.map(wireTool);
  base[options.tokensField] = ask.maxTokens;
  return options.stream
    ? { ...base, stream: true, stream_options: { include_usage: true } }
    : { ...base, stream: false };
}

function wireTool(offer: ToolOffer): WireTool {
  const parameters = parseJson(offer.schemaJson);
  assert(!isFault(parameters) && isRecord(parameters), "a tool's schema is a JSON object");
  return { type: "function", function: { name: offer.name, description: offer.purpose, parameters } };
}

function wireMessages(ask: Ask, service: string): WireMessage[] {
  const out: WireMessage[] = ask.system === "" ? [] : [{ role: "system", content: ask.system }];
  const idOf = idRule(service);
  const open = new Map<string, string>();
  // Every call is answered at once, or the service refuses the whole conversation; a history
  // that was cut may lack an answer, or hold one without its call.
  const close = (): void => {
    for (const id of open.values()) out.push({ role: "tool", tool_call_id: id, content: "This call was not run." });
    open.clear();
  };
  const addResult = (message: Extract<Message, { role: "tool" }>): void => {
    const id = open.get(message.callId);
    if (id !== undefined) out.push({ role: "tool", tool_call_id: id, content: toolText(message) });
    open.delete(message.callId);
  };
  const addAssistant = (parts: readonly Part[]): void => {
    const assistant = wireAssistant(parts, service, idOf);
    if (assistant !== null) out.push(assistant);
    for (const part of parts) if (part.kind === "call") open.set(part.callId, idOf(part.callId));
  };
  for (const message of ask.messages) {
    if (message.role !== "tool") close();
    if (message.role === "tool") addResult(message);
    else if (message.role === "user") addUser(out, message.text);
    else addAssistant(message.parts);
  }
  close();
  return out;
}

function toolText(m: Extract<Message, { role: "tool" }>): string {
  if (m.text === "") return m.isError ? "Error." : "(no output)";
  return m.isError && !/^error/i.test(m.text) ? `Error: ${m.text}` : m.text;
}

// Mistral, Perplexity and the chat templates of llama.cpp and vLLM want roles to alternate.
function addUser(out: WireMessage[], text: string): void {
  const last = out.at(-1);
  if (last?.role === "user") last.content += `\n\n${text}`;
  else out.push({ role: "user", content: text });
}

function wireAssistant(parts: readonly Part[], service: string, idOf: (id: string) => string): WireMessage | null {
  const text = parts.map((p) => (p.kind === "text" ? p.text : "")).join("");
  const calls = parts.flatMap((p) => (p.kind === "call" ? [wireCall(p, idOf)] : []));
  if (text === "" && calls.length === 0) return null;
  const message: WireMessage = { role: "assistant", content: text === "" ? null : text };
  if (calls.length === 0) return message;
  // DeepSeek answers 400 unless the reasoning of a message with calls comes back, even empty;
  // elsewhere reasoning is only dead weight, so messages without calls go without it.
  return { ...message, tool_calls: calls, ...reasoningOf(parts, service) };
}

function wireCall(part: Extract<Part, { kind: "call" }>, idOf: (id: string) => string): WireCall {
  // Services parse the arguments of earlier calls again, and refuse the conversation for broken ones.
  const args = isObjectText(part.argsJson) ? part.argsJson : JSON.stringify({ invalid_arguments: part.argsJson });
  const name = part.name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
  return {
    id: idOf(part.callId),
    type: "function",
    function: { name: name === "" ? "unknown" : name, arguments: args },
  };
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

/** Mistral takes ids of exactly nine letters and digits; others take what they gave. */
function idRule(service: string): (id: string) => string {
  if (!service.endsWith("mistral.ai")) return (id) => id;
  const given = new Map<string, string>();
  return (id) => {
    if (/^[A-Za-z0-9]{9}$/.test(id)) return id;
    const made = given.get(id) ?? `mc${String(given.size).padStart(7, "0")}`;
    given.set(id, made);
    return made;
  };
}
