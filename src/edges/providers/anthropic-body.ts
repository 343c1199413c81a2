// Our conversation as a request to Anthropic's Messages API. Sources:
// https://platform.claude.com/docs/en/api/messages and the types of the official client. No
// temperature is sent: since version 2026-10-21 any is refused.

import type { Image } from "../../base/image.ts";
import type { Ask, Part } from "../../port/provider.ts";
import { hiddenOf } from "./draft.ts";
import {
  argsObject,
  beginWithUser,
  makeIds,
  ofTools,
  resultText,
  safeName,
  schemaOf,
  type Turn,
  turnsOf,
} from "./history.ts";
import { type Fields, isBlank } from "./values.ts";

interface Marked {
  cache_control?: { type: "ephemeral" };
}

interface WireTool extends Marked {
  name: string;
  description: string;
  input_schema: Fields & { type: "object" };
}

type ImageType = "image/jpeg" | "image/png" | "image/gif" | "image/webp";

type WireBlock =
  | ({ type: "text"; text: string } & Marked)
  | { type: "image"; source: { type: "base64"; media_type: ImageType; data: string } }
  | ({ type: "tool_use"; id: string; name: string; input: Fields } & Marked)
  | ({ type: "tool_result"; tool_use_id: string; content: string; is_error?: true } & Marked)
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "redacted_thinking"; data: string };

export interface MessagesBody {
  model: string;
  max_tokens: number;
  system?: Array<{ type: "text"; text: string } & Marked>;
  messages: Array<{ role: "user" | "assistant"; content: WireBlock[] }>;
  tools?: WireTool[];
  tool_choice?:
    | { type: "none" }
    | { type: "auto" | "any"; disable_parallel_tool_use?: true }
    | { type: "tool"; name: string; disable_parallel_tool_use?: true };
  stream: boolean;
}

const MARK = { cache_control: { type: "ephemeral" as const } };

/** The request as the official client's types have it. `tag` marks the thinking that may go back. */
export function messagesBody(ask: Ask, tag: string, stream: boolean): MessagesBody {
  const body: MessagesBody = {
    model: ask.model,
    max_tokens: ask.maxTokens,
    messages: wireMessages(beginWithUser(turnsOf(ask.messages)), tag),
    stream,
  };
  // Tools come first in what is cached, then the system prompt, then the messages.
  if (ask.tools.length > 0) {
    body.tools = wireTools(ask.tools);
    addChoice(body, ask);
  }
  if (ask.system !== "") body.system = [{ type: "text", text: ask.system, ...MARK }];
  return body;
}

function addChoice(body: MessagesBody, { toolChoice = "auto", parallel }: Ask): void {
  const alone = parallel === false ? { disable_parallel_tool_use: true as const } : {};
  if (toolChoice === "none") body.tool_choice = { type: "none" };
  else if (typeof toolChoice === "object") body.tool_choice = { type: "tool", ...toolChoice, ...alone };
  else if (toolChoice === "required") body.tool_choice = { type: "any", ...alone };
  else if (parallel === false) body.tool_choice = { type: "auto", ...alone };
}

const wireTools = ofTools((tools) =>
  tools.map(
    (offer, i): WireTool => ({
      name: offer.name,
      description: offer.purpose,
      input_schema: { ...schemaOf(offer), type: "object" },
      ...(i === tools.length - 1 ? MARK : {}),
    }),
  ),
);

function wireImage({ mediaType, data }: Image): WireBlock {
  return { type: "image", source: { type: "base64", media_type: mediaType as ImageType, data } };
}

function wireMessages(turns: readonly Turn[], tag: string): MessagesBody["messages"] {
  const out: MessagesBody["messages"] = [];
  const idOf = makeIds(/^[A-Za-z0-9_-]{1,64}$/);
  const toUser = (blocks: WireBlock[]): void => {
    const last = out.at(-1);
    if (last?.role === "user") last.content.push(...blocks);
    else out.push({ role: "user", content: blocks });
  };
  for (const turn of turns) {
    // The API refuses empty texts, and ones of white space alone.
    if (turn.role === "user") {
      toUser([{ type: "text", text: isBlank(turn.text) ? "(empty)" : turn.text }, ...turn.images.map(wireImage)]);
      continue;
    }
    out.push({ role: "assistant", content: turn.parts.flatMap((p) => wirePart(p, tag, idOf)) });
    // All results of one message together, and before any text.
    if (turn.results.length > 0) {
      toUser(
        turn.results.map((r) => ({
          type: "tool_result",
          tool_use_id: idOf(r.callId),
          content: r.text === "" ? resultText(r) : r.text,
          ...(r.isError ? { is_error: true } : {}),
        })),
      );
    }
  }
  markEnds(out);
  return out;
}

// Asked for again: in the next turn all before this one's question, which is followed by what
// is not kept, and in its next step all up to the newest result.
function markEnds(messages: MessagesBody["messages"]): void {
  const blocks = messages.flatMap(({ role, content }) => content.map((block) => ({ role, block })));
  const question = blocks.findLastIndex(({ role, block }) => role === "user" && block.type === "text");
  mark(blocks[question - 1]?.block);
  const last = blocks.at(-1)?.block;
  if (last?.type === "tool_result") mark(last);
}

// Thinking takes no mark.
function mark(block: WireBlock | undefined): void {
  if (block !== undefined && !block.type.endsWith("thinking")) Object.assign(block, MARK);
}

function wirePart(part: Part, tag: string, idOf: (id: string) => string): WireBlock[] {
  if (part.kind === "text") return isBlank(part.text) ? [] : [{ type: "text", text: part.text }];
  if (part.kind === "call") {
    return [{ type: "tool_use", id: idOf(part.callId), name: safeName(part.name), input: argsObject(part.argsJson) }];
  }
  const data = hiddenOf(part, tag);
  // Thinking goes back as it came, signature and all, or not at all.
  return data === null ? [] : [data as unknown as WireBlock];
}
