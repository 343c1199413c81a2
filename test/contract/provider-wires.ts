// How each dialect's service writes an answer, byte for byte as its documents show it: the
// scripts of the one suite that all dialects pass.

import { anthropic } from "../../src/edges/providers/anthropic.ts";
import type { ModelConfig } from "../../src/edges/providers/dialect.ts";
import { gemini } from "../../src/edges/providers/gemini.ts";
import { ollama } from "../../src/edges/providers/ollama.ts";
import { openai } from "../../src/edges/providers/openai.ts";
import { responses } from "../../src/edges/providers/openai-responses.ts";
import type { Provider } from "../../src/port/provider.ts";

export interface Says {
  /** Pieces of text. */
  texts?: readonly string[];
  calls?: ReadonlyArray<{ id?: string; name: string; args: string }>;
  /** Reasoning that is not for the person, with what proves it. */
  thinking?: string;
  finish?: "end" | "tools" | "length" | "refused" | "never";
  usage?: { fresh: number; cached: number; out: number };
  model?: string;
}

type Body = Record<string, unknown>;

export interface Wire {
  name: string;
  provider: Provider<ModelConfig>;
  /** Path below the base URL, and the header with the key. */
  path: string;
  keyHeader: string;
  stream(says: Says): string;
  whole(says: Says): string;
  /** What a service sends instead of an event when it fails in the middle. */
  failure: string;
  /** Arguments come as text that may be broken; else they are objects already. */
  argsAreText: boolean;
  /** A service of this dialect may leave out a call's id. */
  idsMayLack: boolean;
  /** Roles of the messages of a request, results as "result". */
  roles(body: Body): string[];
  /** What of a request's assistant messages is reasoning. */
  reasoning(body: Body): unknown;
  /** Names and ids of the calls that a request holds, and the ids of its results. */
  calls(body: Body): { names: string[]; ids: unknown[]; results: unknown[] };
}

const json = JSON.stringify;
const events = (list: readonly object[]): string => list.map((e) => `data: ${json(e)}\n\n`).join("");
const list = (x: unknown): Body[] => (Array.isArray(x) ? x : []) as Body[];

function finishWord(says: Says, words: Record<"end" | "tools" | "length" | "refused", string>): string {
  const finish = says.finish ?? ((says.calls ?? []).length > 0 ? "tools" : "end");
  return finish === "never" ? "" : words[finish];
}

// ---- OpenAI chat completions

function chatUsage({ usage: u }: Says): object | null {
  if (u === undefined) return null;
  const prompt = u.fresh + u.cached;
  return {
    prompt_tokens: prompt,
    completion_tokens: u.out,
    total_tokens: prompt + u.out,
    prompt_tokens_details: { cached_tokens: u.cached },
  };
}

const CHAT_END = { end: "stop", tools: "tool_calls", length: "length", refused: "content_filter" };

const CHAT: Wire = {
  name: "openai",
  provider: openai,
  path: "/chat/completions",
  keyHeader: "authorization",
  argsAreText: true,
  idsMayLack: true,
  stream(says) {
    const chunk = (delta: object, finish: string | null = null): object => ({
      id: "c",
      object: "chat.completion.chunk",
      model: says.model ?? "m",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const half = (args: string): number => Math.floor(args.length / 2);
    const calls = says.calls ?? [];
    const out = [
      chunk({ role: "assistant", content: "" }),
      ...(says.thinking === undefined ? [] : [chunk({ reasoning_content: says.thinking })]),
      ...(says.texts ?? []).map((content) => chunk({ content })),
      ...calls.map(({ id, name, args }, index) =>
        chunk({
          tool_calls: [{ index, id, type: "function", function: { name, arguments: args.slice(0, half(args)) } }],
        }),
      ),
      ...calls.map(({ args }, index) =>
        chunk({ tool_calls: [{ index, function: { arguments: args.slice(half(args)) } }] }),
      ),
    ];
    if (says.finish === "never") return events(out);
    const usage = chatUsage(says);
    return `${events([...out, chunk({}, finishWord(says, CHAT_END)), ...(usage === null ? [] : [{ choices: [], usage }])])}data: [DONE]\n\n`;
  },
  whole(says) {
    const calls = says.calls?.map(({ id, name, args }) => ({
      id,
      type: "function",
      function: { name, arguments: args },
    }));
    return json({
      model: says.model ?? "m",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: says.texts?.join("") ?? null,
            ...(says.thinking === undefined ? {} : { reasoning_content: says.thinking }),
            ...(calls === undefined ? {} : { tool_calls: calls }),
          },
          finish_reason: finishWord(says, CHAT_END),
        },
      ],
      usage: chatUsage(says),
    });
  },
  failure: `data: ${json({ error: { message: "Slow down", type: "rate_limit_error", code: 429 } })}\n\n`,
  roles: (body) => list(body["messages"]).map((m) => (m["role"] === "tool" ? "result" : String(m["role"]))),
  reasoning: (body) => list(body["messages"]).flatMap((m) => m["reasoning_content"] ?? []),
  calls(body) {
    const calls = list(body["messages"]).flatMap((m) => list(m["tool_calls"]));
    return {
      names: calls.map((c) => String((c["function"] as Body)["name"])),
      ids: calls.map((c) => c["id"]),
      results: list(body["messages"]).flatMap((m) => m["tool_call_id"] ?? []),
    };
  },
};

// ---- Anthropic Messages

const CLAUDE_END = { end: "end_turn", tools: "tool_use", length: "max_tokens", refused: "refusal" };

function claudeUsage({ usage: u }: Says, key: "in" | "out"): object {
  if (u === undefined) return {};
  return key === "out"
    ? { output_tokens: u.out }
    : { input_tokens: u.fresh, cache_creation_input_tokens: 0, cache_read_input_tokens: u.cached, output_tokens: 1 };
}

const CLAUDE: Wire = {
  name: "anthropic",
  provider: anthropic,
  path: "/messages",
  keyHeader: "x-api-key",
  argsAreText: true,
  idsMayLack: true,
  stream(says) {
    const out: object[] = [
      {
        type: "message_start",
        message: {
          id: "m",
          type: "message",
          role: "assistant",
          model: says.model ?? "m",
          content: [],
          usage: claudeUsage(says, "in"),
        },
      },
      { type: "ping" },
    ];
    let index = 0;
    const block = (start: object, deltas: readonly object[]): void => {
      out.push({ type: "content_block_start", index, content_block: start });
      for (const delta of deltas) out.push({ type: "content_block_delta", index, delta });
      out.push({ type: "content_block_stop", index });
      index += 1;
    };
    if (says.thinking !== undefined) {
      block({ type: "thinking", thinking: "", signature: "" }, [
        { type: "thinking_delta", thinking: says.thinking },
        { type: "signature_delta", signature: "sig+/=" },
      ]);
    }
    if (says.texts !== undefined) {
      block(
        { type: "text", text: "" },
        says.texts.map((text) => ({ type: "text_delta", text })),
      );
    }
    for (const { id, name, args } of says.calls ?? []) {
      const half = Math.floor(args.length / 2);
      block({ type: "tool_use", id, name, input: {} }, [
        { type: "input_json_delta", partial_json: args.slice(0, half) },
        { type: "input_json_delta", partial_json: args.slice(half) },
      ]);
    }
    const write = (e: object): string => `event: ${(e as { type: string }).type}\ndata: ${json(e)}\n\n`;
    if (says.finish === "never") return out.map(write).join("");
    out.push(
      { type: "message_delta", delta: { stop_reason: finishWord(says, CLAUDE_END) }, usage: claudeUsage(says, "out") },
      { type: "message_stop" },
    );
    return out.map(write).join("");
  },
  whole(says) {
    const inputOf = (args: string): unknown => (args === "" ? {} : JSON.parse(args));
    return json({
      id: "m",
      type: "message",
      role: "assistant",
      model: says.model ?? "m",
      content: [
        ...(says.thinking === undefined ? [] : [{ type: "thinking", thinking: says.thinking, signature: "sig+/=" }]),
        ...(says.texts === undefined ? [] : [{ type: "text", text: says.texts.join("") }]),
        ...(says.calls ?? []).map(({ id, name, args }) => ({ type: "tool_use", id, name, input: inputOf(args) })),
      ],
      stop_reason: finishWord(says, CLAUDE_END),
      usage: { ...claudeUsage(says, "in"), ...claudeUsage(says, "out") },
    });
  },
  failure: `event: error\ndata: ${json({ type: "error", error: { type: "rate_limit_error", message: "Slow down" } })}\n\n`,
  roles: (body) =>
    list(body["messages"]).flatMap((m) =>
      list(m["content"]).some((b) => b["type"] === "tool_result") ? ["result"] : [String(m["role"])],
    ),
  reasoning: (body) =>
    list(body["messages"]).flatMap((m) => list(m["content"]).filter((b) => b["type"] === "thinking")),
  calls(body) {
    const blocks = list(body["messages"]).flatMap((m) => list(m["content"]));
    const uses = blocks.filter((b) => b["type"] === "tool_use");
    return {
      names: uses.map((b) => String(b["name"])),
      ids: uses.map((b) => b["id"]),
      results: blocks.flatMap((b) => b["tool_use_id"] ?? []),
    };
  },
};

// ---- Gemini generateContent

const GEMINI_END = { end: "STOP", tools: "STOP", length: "MAX_TOKENS", refused: "SAFETY" };

function geminiParts(says: Says): object[] {
  return [
    ...(says.thinking === undefined ? [] : [{ text: says.thinking, thought: true }]),
    ...(says.texts ?? []).map((text) => ({ text })),
    ...(says.calls ?? []).map(({ id, name, args }, i) => ({
      functionCall: { name, args: args === "" ? {} : JSON.parse(args), ...(id === undefined ? {} : { id }) },
      // Of parallel calls only the first one is signed.
      ...(i === 0 && says.thinking !== undefined ? { thoughtSignature: "sig+/=" } : {}),
    })),
  ];
}

function geminiUsage({ usage: u }: Says): object {
  if (u === undefined) return {};
  return {
    usageMetadata: {
      promptTokenCount: u.fresh + u.cached,
      cachedContentTokenCount: u.cached,
      candidatesTokenCount: u.out - 1,
      thoughtsTokenCount: 1,
    },
  };
}

const GEMINI: Wire = {
  name: "gemini",
  provider: gemini,
  path: "/models/test-model:streamGenerateContent?alt=sse",
  keyHeader: "x-goog-api-key",
  argsAreText: false,
  idsMayLack: true,
  stream(says) {
    const chunk = (candidate: object, more: object = {}): object => ({
      candidates: [{ index: 0, ...candidate }],
      modelVersion: says.model ?? "m",
      ...more,
    });
    const out = geminiParts(says).map((part) => chunk({ content: { role: "model", parts: [part] } }));
    if (says.finish === "never") return events(out);
    return events([...out, chunk({ finishReason: finishWord(says, GEMINI_END) }, geminiUsage(says))]);
  },
  whole: (says) =>
    json({
      candidates: [
        { content: { role: "model", parts: geminiParts(says) }, finishReason: finishWord(says, GEMINI_END) },
      ],
      ...geminiUsage(says),
    }),
  failure: `data: ${json({ error: { code: 429, message: "Slow down", status: "RESOURCE_EXHAUSTED" } })}\n\n`,
  roles: (body) =>
    list(body["contents"]).map((c) => {
      if (list(c["parts"]).some((p) => p["functionResponse"] !== undefined)) return "result";
      return c["role"] === "model" ? "assistant" : String(c["role"]);
    }),
  reasoning: (body) =>
    list(body["contents"]).flatMap((c) => list(c["parts"]).filter((p) => p["thoughtSignature"] !== undefined)),
  calls(body) {
    const parts = list(body["contents"]).flatMap((c) => list(c["parts"]));
    const calls = parts.flatMap((p) => (p["functionCall"] === undefined ? [] : [p["functionCall"] as Body]));
    const answers = parts.flatMap((p) => (p["functionResponse"] === undefined ? [] : [p["functionResponse"] as Body]));
    return {
      names: calls.map((c) => String(c["name"])),
      ids: calls.map((c) => c["name"]),
      results: answers.map((a) => a["name"]),
    };
  },
};

// ---- Ollama chat

const OLLAMA_END = { end: "stop", tools: "stop", length: "length", refused: "stop" };

function ollamaCalls(says: Says): object {
  if (says.calls === undefined) return {};
  return {
    tool_calls: says.calls.map(({ id, name, args }) => ({
      ...(id === undefined ? {} : { id }),
      function: { name, arguments: args === "" ? {} : JSON.parse(args) },
    })),
  };
}

function ollamaEnd(says: Says): object {
  const { usage: u } = says;
  const counts = u === undefined ? {} : { prompt_eval_count: u.fresh + u.cached, eval_count: u.out };
  return { done: true, done_reason: finishWord(says, OLLAMA_END), ...counts };
}

const OLLAMA: Wire = {
  name: "ollama",
  provider: ollama,
  path: "/api/chat",
  keyHeader: "authorization",
  argsAreText: false,
  idsMayLack: true,
  stream(says) {
    const line = (message: object, more: object = { done: false }): object => ({
      model: says.model ?? "m",
      created_at: "2026-01-01T00:00:00Z",
      message: { role: "assistant", content: "", ...message },
      ...more,
    });
    const out = [
      ...(says.thinking === undefined ? [] : [line({ thinking: says.thinking })]),
      ...(says.texts ?? []).map((content) => line({ content })),
      ...(says.calls === undefined ? [] : [line(ollamaCalls(says))]),
    ];
    if (says.finish !== "never") out.push(line({}, ollamaEnd(says)));
    return out.map((l) => `${json(l)}\n`).join("");
  },
  whole: (says) =>
    json({
      model: says.model ?? "m",
      message: {
        role: "assistant",
        content: says.texts?.join("") ?? "",
        ...(says.thinking === undefined ? {} : { thinking: says.thinking }),
        ...ollamaCalls(says),
      },
      ...ollamaEnd(says),
    }),
  failure: `${json({ error: "Slow down" })}\n`,
  roles: (body) => list(body["messages"]).map((m) => (m["role"] === "tool" ? "result" : String(m["role"]))),
  reasoning: (body) => list(body["messages"]).flatMap((m) => m["thinking"] ?? []),
  calls(body) {
    const calls = list(body["messages"]).flatMap((m) => list(m["tool_calls"]));
    const names = calls.map((c) => String((c["function"] as Body)["name"]));
    return { names, ids: names, results: list(body["messages"]).flatMap((m) => m["tool_name"] ?? []) };
  },
};

// ---- OpenAI Responses

function responseOutput(says: Says): object[] {
  return [
    ...(says.thinking === undefined
      ? []
      : [{ type: "reasoning", id: "rs_1", summary: [], encrypted_content: `sealed ${says.thinking}` }]),
    ...(says.texts === undefined
      ? []
      : [
          {
            type: "message",
            id: "msg_1",
            role: "assistant",
            content: [{ type: "output_text", text: says.texts.join("") }],
          },
        ]),
    ...(says.calls ?? []).map(({ id, name, args }, i) => ({
      type: "function_call",
      id: `fc_${i}`,
      call_id: id,
      name,
      arguments: args,
    })),
  ];
}

function responseEnd(says: Says): Body {
  const { finish, usage: u } = says;
  const cut = finish === "length" || finish === "refused";
  const reason = finish === "refused" ? "content_filter" : "max_output_tokens";
  return {
    id: "resp_1",
    object: "response",
    model: says.model ?? "m",
    status: cut ? "incomplete" : "completed",
    error: null,
    incomplete_details: cut ? { reason } : null,
    output: responseOutput(says),
    usage:
      u === undefined
        ? null
        : {
            input_tokens: u.fresh + u.cached,
            input_tokens_details: { cached_tokens: u.cached },
            output_tokens: u.out,
            output_tokens_details: { reasoning_tokens: 1 },
          },
  };
}

const RESPONSES: Wire = {
  name: "openai-responses",
  provider: responses,
  path: "/responses",
  keyHeader: "authorization",
  argsAreText: true,
  idsMayLack: true,
  stream(says) {
    const out: Body[] = [
      { type: "response.created", response: { id: "resp_1", status: "in_progress", output: [] } },
      { type: "response.in_progress", response: { id: "resp_1", status: "in_progress", output: [] } },
    ];
    responseOutput(says).forEach((item, output_index) => {
      const { type, id, arguments: args = "" } = item as { type: string; id: string; arguments?: string };
      const added =
        type === "function_call" ? { ...item, arguments: "" } : { type, id, role: "assistant", content: [] };
      out.push({ type: "response.output_item.added", output_index, item: added });
      if (type === "message") {
        for (const delta of says.texts ?? []) {
          out.push({ type: "response.output_text.delta", item_id: id, output_index, content_index: 0, delta });
        }
        out.push({
          type: "response.output_text.done",
          item_id: id,
          output_index,
          content_index: 0,
          text: says.texts?.join(""),
        });
      }
      if (type === "function_call") {
        const half = Math.floor(args.length / 2);
        for (const delta of [args.slice(0, half), args.slice(half)]) {
          out.push({ type: "response.function_call_arguments.delta", item_id: id, output_index, delta });
        }
        out.push({ type: "response.function_call_arguments.done", item_id: id, output_index, arguments: args });
      }
      out.push({ type: "response.output_item.done", output_index, item });
    });
    if (says.finish !== "never") {
      const response = responseEnd(says);
      out.push({ type: `response.${String(response["status"])}`, response });
    }
    return out.map((e, n) => `event: ${String(e["type"])}\ndata: ${json({ ...e, sequence_number: n })}\n\n`).join("");
  },
  whole: (says) => json(responseEnd(says)),
  failure: `event: error\ndata: ${json({ type: "error", code: "rate_limit_exceeded", message: "Slow down", param: null })}\n\n`,
  roles: (body) =>
    list(body["input"])
      .filter((i) => i["type"] !== "reasoning")
      .map((i) => {
        if (i["type"] === "function_call_output") return "result";
        return i["type"] === "function_call" ? "assistant" : String(i["role"]);
      }),
  reasoning: (body) => list(body["input"]).filter((i) => i["type"] === "reasoning"),
  calls(body) {
    const calls = list(body["input"]).filter((i) => i["type"] === "function_call");
    return {
      names: calls.map((c) => String(c["name"])),
      ids: calls.map((c) => c["call_id"]),
      results: list(body["input"]).flatMap((i) => (i["type"] === "function_call_output" ? [i["call_id"]] : [])),
    };
  },
};

export const WIRES: readonly Wire[] = [CHAT, CLAUDE, GEMINI, OLLAMA, RESPONSES];
