// Our conversation as a request to OpenAI's Responses API, kept by us and not by the service.
// Sources: https://platform.openai.com/docs/api-reference/responses/create and
// .../docs/guides/reasoning: encrypted reasoning goes back right before its calls.

import type { Ask, Part } from "../../port/provider.ts";
import { hiddenOf } from "./draft.ts";
import { argsSent, dataUrl, makeIds, ofTools, resultText, safeName, schemaOf, turnsOf } from "./history.ts";
import { type Fields, isBlank } from "./values.ts";

type WireContent = { type: "input_text"; text: string } | { type: "input_image"; image_url: string; detail: "auto" };

type WireItem =
  | { type: "message"; role: "user" | "assistant"; content: string }
  | { type: "message"; role: "user"; content: WireContent[] }
  | { type: "function_call"; call_id: string; name: string; arguments: string }
  | { type: "function_call_output"; call_id: string; output: string }
  | { type: "reasoning"; id: string; summary: []; encrypted_content: string };

export interface ResponsesBody {
  model: string;
  instructions?: string;
  input: WireItem[];
  tools?: Array<{ type: "function"; name: string; description: string; parameters: Fields; strict: false }>;
  tool_choice?: "none" | "required" | { type: "function"; name: string };
  parallel_tool_calls?: false;
  max_output_tokens: number;
  store: false;
  include: ["reasoning.encrypted_content"];
  stream: boolean;
}

/** The request as the official client's types have it. `tag` marks the reasoning that may go back. */
export function responsesBody(ask: Ask, tag: string, stream: boolean): ResponsesBody {
  const body: ResponsesBody = {
    model: ask.model,
    input: items(ask, tag),
    max_output_tokens: ask.maxTokens,
    store: false,
    include: ["reasoning.encrypted_content"],
    stream,
  };
  if (ask.system !== "") body.instructions = ask.system;
  if (ask.tools.length > 0) addTools(body, ask);
  return body;
}

function addTools(body: ResponsesBody, { tools, toolChoice = "auto", parallel }: Ask): void {
  body.tools = wireTools(tools);
  if (parallel === false) body.parallel_tool_calls = false;
  if (typeof toolChoice === "object") body.tool_choice = { type: "function", name: toolChoice.name };
  else if (toolChoice !== "auto") body.tool_choice = toolChoice;
}

const wireTools = ofTools((tools) =>
  tools.map((offer) => ({
    type: "function" as const,
    name: offer.name,
    description: offer.purpose,
    parameters: schemaOf(offer),
    // Strict schemas need every key required and none beside; ours are free.
    strict: false as const,
  })),
);

function items(ask: Ask, tag: string): WireItem[] {
  const out: WireItem[] = [];
  const idOf = makeIds(/^[A-Za-z0-9_-]{1,64}$/);
  for (const turn of turnsOf(ask.messages)) {
    if (turn.role === "user") {
      const { text, images } = turn;
      const shown = images.map((i) => ({
        type: "input_image" as const,
        image_url: dataUrl(i),
        detail: "auto" as const,
      }));
      const content = [{ type: "input_text" as const, text }, ...shown];
      out.push({ type: "message", role: "user", ...(shown.length === 0 ? { content: text } : { content }) });
      continue;
    }
    out.push(...turn.parts.flatMap((p) => item(p, tag, idOf)));
    for (const r of turn.results) {
      out.push({ type: "function_call_output", call_id: idOf(r.callId), output: resultText(r) });
    }
  }
  return out;
}

function item(part: Part, tag: string, idOf: (id: string) => string): WireItem[] {
  if (part.kind === "text") {
    return isBlank(part.text) ? [] : [{ type: "message", role: "assistant", content: part.text }];
  }
  if (part.kind === "call") {
    const call = { name: safeName(part.name), arguments: argsSent(part.argsJson) };
    return [{ type: "function_call", call_id: idOf(part.callId), ...call }];
  }
  const data = hiddenOf(part, tag);
  return data === null ? [] : [data as unknown as WireItem];
}
