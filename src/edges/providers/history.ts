// The conversation as every service wants it: each assistant's calls answered at once and
// completely, roles in turn, names and ids of letters that all accept. Dialects write these
// turns in their own words.

import { assert } from "../../base/bug.ts";
import { isFault } from "../../base/fault.ts";
import type { Image } from "../../base/image.ts";
import { parseJson } from "../../base/json.ts";
import type { Ask, Message, Part, ToolOffer } from "../../port/provider.ts";
import { type Fields, isBlank, isObjectText, isRecord, parseObject } from "./values.ts";

/** What a tool answered. */
export interface Result {
  readonly callId: string;
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
}

export type Turn =
  | { readonly role: "user"; text: string; images: readonly Image[] }
  | { readonly role: "assistant"; readonly parts: readonly Part[]; readonly results: Result[] };

const NOT_RUN = "This call was not run.";

/**
 * The messages as turns. A history that was cut may lack an answer, or hold one without its
 * call; services refuse the whole conversation for either.
 */
export function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  const open = new Map<string, string>();
  const answer = (callId: string, text: string, isError: boolean): void => {
    const last = turns.at(-1);
    const name = open.get(callId);
    if (name === undefined || last?.role !== "assistant") return;
    last.results.push({ callId, name, text, isError });
    open.delete(callId);
  };
  const close = (): void => {
    for (const id of [...open.keys()]) answer(id, NOT_RUN, false);
    // Where results have no ids, their order tells whose they are.
    const last = turns.at(-1);
    if (last?.role !== "assistant") return;
    const order = last.parts.map((p) => (p.kind === "call" ? p.callId : ""));
    last.results.sort((a, b) => order.indexOf(a.callId) - order.indexOf(b.callId));
  };
  for (const message of messages) {
    if (message.role === "tool") {
      answer(message.callId, message.text, message.isError);
      continue;
    }
    close();
    if (message.role === "user") addUser(turns, message.text, message.images ?? []);
    else if (message.parts.some(says)) {
      turns.push({ role: "assistant", parts: message.parts, results: [] });
      for (const part of message.parts) if (part.kind === "call") open.set(part.callId, part.name);
    }
  }
  close();
  return turns;
}

function says(part: Part): boolean {
  return part.kind === "call" || (part.kind === "text" && !isBlank(part.text));
}

// Mistral, Perplexity and the chat templates of llama.cpp and vLLM want roles to alternate.
function addUser(turns: Turn[], text: string, images: readonly Image[]): void {
  const last = turns.at(-1);
  if (last?.role !== "user") {
    turns.push({ role: "user", text, images });
    return;
  }
  last.text += `\n\n${text}`;
  last.images = [...last.images, ...images];
}

/** Turns that begin with a person, as Anthropic and Gemini demand. */
export function beginWithUser(turns: readonly Turn[]): readonly Turn[] {
  if (turns[0]?.role === "user") return turns;
  return [{ role: "user", text: "(What was said before is left out.)", images: [] }, ...turns];
}

/** A picture where its URL is asked for. */
export function dataUrl({ mediaType, data }: Image): string {
  return `data:${mediaType};base64,${data}`;
}

/** A result's text where the service has no field for errors; none takes an empty one. */
export function resultText(result: Pick<Result, "text" | "isError">): string {
  if (result.text === "") return result.isError ? "Error." : "(no output)";
  return result.isError && !/^error/i.test(result.text) ? `Error: ${result.text}` : result.text;
}

/** Letters that every service takes in the name of a function. */
export function safeName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
  if (plain === "") return "unknown";
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain.slice(0, 63)}`;
}

/** Arguments as an object. Those of an earlier call that were none are told as what they were. */
export function argsObject(argsJson: string): Fields {
  return parseObject(argsJson) ?? { invalid_arguments: argsJson };
}

/** The same as text: services parse the arguments of earlier calls again, and refuse the conversation for broken ones. */
export function argsSent(argsJson: string): string {
  return isObjectText(argsJson) ? argsJson : JSON.stringify(argsObject(argsJson));
}

/** Ids that fit `form`: what does not is replaced, the same id always by the same. */
export function makeIds(form: RegExp): (id: string) => string {
  const given = new Map<string, string>();
  return (id) => {
    if (form.test(id)) return id;
    const made = given.get(id) ?? `mc${String(given.size).padStart(7, "0")}`;
    given.set(id, made);
    return made;
  };
}

/** A tool's schema as a value. */
export function schemaOf(offer: ToolOffer): Fields {
  const schema = parseJson(offer.schemaJson);
  assert(!isFault(schema) && isRecord(schema), "a tool's schema is a JSON object");
  return schema;
}

/** `make`, once for the same list of tools: all questions have one, and nobody changes what was made. */
export function ofTools<T>(make: (tools: readonly ToolOffer[]) => T): (tools: readonly ToolOffer[]) => T {
  const made = new WeakMap<readonly ToolOffer[], T>();
  return (tools) => {
    const known = made.get(tools) ?? make(tools);
    made.set(tools, known);
    return known;
  };
}

/** Ids of calls that the conversation already holds. */
export function usedIds(ask: Ask): ReadonlySet<string> {
  return new Set(
    ask.messages.flatMap((m) => {
      if (m.role === "tool") return [m.callId];
      return m.role === "assistant" ? m.parts.flatMap((p) => (p.kind === "call" ? [p.callId] : [])) : [];
    }),
  );
}
