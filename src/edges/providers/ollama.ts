// Ollama's own chat API (https://github.com/ollama/ollama/blob/main/docs/api.md): lines of
// JSON, arguments as objects, results by the tool's name. Unlike its OpenAI form it lets us
// say how large the context is; without that, what does not fit is cut off silently.

import {
  MODEL_THOUGHTS_TIGHT_TOKENS,
  OLLAMA_CONTEXT_TOKENS_MAX,
  OLLAMA_CONTEXT_TOKENS_MIN,
} from "../../base/limits.ts";
import { IMAGE_WEIGHT_BYTES } from "../../base/limits-models.ts";
import { utf8Length } from "../../base/utf8.ts";
import type { Ask, Delta, Part, Provider } from "../../port/provider.ts";
import type { Assembler, Dialect, ModelConfig } from "./dialect.ts";
import { type Draft, hiddenOf, makeDraft } from "./draft.ts";
import { errorFault, isErrorValue, type Peer } from "./errors.ts";
import { argsObject, resultText, safeName, turnsOf } from "./history.ts";
import { wireTools } from "./openai-wire.ts";
import { makeProvider } from "./service.ts";
import { argsText, count, type Fields, fieldsAt, isRecord, recordsAt, textAt } from "./values.ts";

const tag = (service: string, model: string): string => `ollama:${service}:${model}`;

function wireMessages(ask: Ask, mark: string): Fields[] {
  const out: Fields[] = ask.system === "" ? [] : [{ role: "system", content: ask.system }];
  for (const turn of turnsOf(ask.messages)) {
    if (turn.role === "user") {
      const images = turn.images.map((i) => i.data);
      out.push({ role: "user", content: turn.text, ...(images.length === 0 ? {} : { images }) });
      continue;
    }
    out.push(wireAssistant(turn.parts, mark));
    for (const r of turn.results) out.push({ role: "tool", tool_name: safeName(r.name), content: resultText(r) });
  }
  return out;
}

function wireAssistant(parts: readonly Part[], mark: string): Fields {
  const text = parts.map((p) => (p.kind === "text" ? p.text : "")).join("");
  const calls = parts.flatMap((p) =>
    p.kind === "call" ? [{ function: { name: safeName(p.name), arguments: argsObject(p.argsJson) } }] : [],
  );
  const message: Fields = { role: "assistant", content: text };
  if (calls.length === 0) return message;
  // A model that thinks between calls goes on from its thoughts.
  const thinking = parts.map((p) => textAt(hiddenOf(p, mark) ?? {}, "thinking")).join("");
  return { ...message, ...(thinking === "" ? {} : { thinking }), tool_calls: calls };
}

// About three bytes make a token in the texts of routers; sizes double, as each new one loads the model again.
function contextTokens(ask: Ask, messages: readonly Fields[], tools: readonly object[]): number {
  let images = 0;
  const text = JSON.stringify([messages, tools], (key, value) => {
    if (key !== "images" || !Array.isArray(value)) return value;
    images += value.length;
  });
  const wanted = Math.ceil((utf8Length(text) + images * IMAGE_WEIGHT_BYTES) / 3) + ask.maxTokens;
  let size = OLLAMA_CONTEXT_TOKENS_MIN;
  while (size < wanted && size < OLLAMA_CONTEXT_TOKENS_MAX) size *= 2;
  return size;
}

function chatBody(ask: Ask, config: ModelConfig, peer: Peer): Fields {
  const messages = wireMessages(ask, tag(peer.service, ask.model));
  // It has no word for it.
  const tools = ask.toolChoice === "none" ? [] : wireTools(ask.tools);
  return {
    model: ask.model,
    messages,
    ...(tools.length === 0 ? {} : { tools }),
    options: { num_predict: ask.maxTokens, num_ctx: contextTokens(ask, messages, tools) },
    stream: config.stream,
  };
}

function makeChatReader(ask: Ask, peer: Peer, onDelta: (d: Delta) => void): Assembler {
  const draft = makeDraft(ask, peer.service, tag(peer.service, ask.model), onDelta);
  let thoughts: Fields | null = null;
  const think = (piece: string): void => {
    if (piece === "") return;
    if (thoughts === null) {
      thoughts = { thinking: "" };
      draft.hidden(thoughts);
    }
    thoughts["thinking"] = textAt(thoughts, "thinking") + piece;
    draft.grew(piece.length);
  };
  return {
    add(value) {
      const isOwn = isRecord(value) && isRecord(value["message"]);
      if (isErrorValue(value, isOwn)) return errorFault(peer, 200, value);
      if (isRecord(value)) addLine(draft, value, think);
      return draft.bounds();
    },
    // A whole reply says "done" itself.
    done: () => undefined,
    get ended() {
      return draft.stop !== "";
    },
    answer: () => draft.answer(),
  };
}

function addLine(draft: Draft, line: Fields, think: (piece: string) => void): void {
  const message = fieldsAt(line, "message");
  if (isRecord(line["message"])) draft.sawAny = true;
  think(textAt(message, "thinking"));
  draft.text(textAt(message, "content"));
  for (const call of recordsAt(message, "tool_calls")) {
    const f = fieldsAt(call, "function");
    draft.call(textAt(call, "id"), textAt(f, "name"), argsText(f["arguments"]));
  }
  if (line["done"] !== true) return;
  draft.stop = line["done_reason"] === "length" ? "length" : "end";
  const { inTokens, outTokens } = draft.usage;
  // What Ollama kept from the last call is left out of its count and not told.
  draft.usage = {
    inTokens: count(line["prompt_eval_count"]) ?? inTokens,
    outTokens: count(line["eval_count"]) ?? outTokens,
    cachedTokens: 0,
  };
}

const dialect: Dialect = {
  keyHeader: "authorization",
  listPath: "/api/tags",
  lines: true,
  spare: {},
  thoughtTokens: () => MODEL_THOUGHTS_TIGHT_TOKENS,
  headers: () => [],
  path: () => "/api/chat",
  body: chatBody,
  assemble: makeChatReader,
};

/** Ollama's native chat. */
export const ollama: Provider<ModelConfig> = { id: "ollama", ...makeProvider(dialect) };
