// The official clients, each asked the same three things as our providers: a question with
// tools, the tools' results, and what went wrong. Their requests are written as their own
// documentation writes them; a canon brings both sides' bodies to what they mean.

import Anthropic from "@anthropic-ai/sdk";
import { type Content, FunctionCallingConfigMode, GoogleGenAI, type Schema } from "@google/genai";
import OpenAI from "openai";
import { anthropic } from "../../src/edges/providers/anthropic.ts";
import type { ModelConfig } from "../../src/edges/providers/dialect.ts";
import { gemini } from "../../src/edges/providers/gemini.ts";
import { openai } from "../../src/edges/providers/openai.ts";
import { responses } from "../../src/edges/providers/openai-responses.ts";
import type { Provider } from "../../src/port/provider.ts";

import { PNG } from "../support/pictures.ts";

const DATA_URL = `data:image/png;base64,${PNG.data}`;
export const MODEL = "test-model";
export const SYSTEM = "You look after a router.";
export const QUESTION = "which leases are there?";
export const MAX_TOKENS = 10_000;
export const TOOLS = [
  {
    name: "get_leases",
    description: "Reads leases.",
    schema: { type: "object" as const, properties: { active: { type: "boolean" } }, required: ["active"] },
  },
  {
    name: "ping",
    description: "Pings.",
    schema: { type: "object" as const, properties: { host: { type: "string" } }, required: ["host"] },
  },
];
/** What the tools answer, in order. */
export const RESULTS = ["three leases", "3 ms"];

export interface Said {
  text: string;
  calls: Array<{ name: string; args: unknown }>;
  usage: { in: number; out: number };
}

// A tool must be called for the question, one at a time; its results are answered in words.
type Step = "ask" | "answer";

/** A conversation with one client. */
export interface Talk {
  ask(): Promise<Said>;
  /** Gives the results of the calls and asks on. */
  answer(): Promise<Said>;
}

/** The meaning of a request, the same whichever way it was written. */
export interface Canon {
  model: unknown;
  system: string;
  maxTokens: unknown;
  stream: boolean;
  tools: unknown;
  turns: unknown[];
}

type Body = Record<string, unknown>;

export interface Sdk {
  name: string;
  provider: Provider<ModelConfig>;
  /** Below the server's root. */
  base: string;
  talk(url: string, stream: boolean): Talk;
  canon(path: string, body: Body): Canon;
  /** What the server leaves out of its answers. */
  edit?(answer: string): string;
  /** Status of an error that the client threw. */
  statusOf(error: unknown): number | undefined;
}

const bothSteps = (run: (step: Step) => Promise<Said>): Talk => ({
  ask: () => run("ask"),
  answer: () => run("answer"),
});

const KEY = "k-0123456789";
const list = (x: unknown): Body[] => (Array.isArray(x) ? x : []) as Body[];
const of = (x: unknown): Body => (x ?? {}) as Body;
const parsed = (text: unknown): unknown => JSON.parse(String(text) === "" ? "{}" : String(text));

// ---- OpenAI chat completions

function chatTalk(url: string, stream: boolean): Talk {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 });
  const image = { type: "image_url" as const, image_url: { url: DATA_URL } };
  const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [
    { role: "system", content: SYSTEM },
    { role: "user", content: [{ type: "text", text: QUESTION }, image] },
  ];
  const tools = TOOLS.map(({ name, description, schema }) => ({
    type: "function" as const,
    function: { name, description, parameters: schema },
  }));
  const ask = async (step: Step): Promise<Said> => {
    const choice =
      step === "ask"
        ? { tool_choice: "required" as const, parallel_tool_calls: false }
        : { tool_choice: "none" as const };
    const params = { model: MODEL, messages, tools, max_tokens: MAX_TOKENS, ...choice };
    const reply = stream
      ? await client.chat.completions
          .stream({ ...params, stream_options: { include_usage: true } })
          .finalChatCompletion()
      : await client.chat.completions.create(params);
    const message = reply.choices[0]?.message;
    if (message === undefined) throw new Error("no choice");
    messages.push(message);
    const calls = (message.tool_calls ?? []).flatMap((c) => (c.type === "function" ? [c] : []));
    for (const [i, call] of calls.entries()) {
      messages.push({ role: "tool", tool_call_id: call.id, content: RESULTS[i] ?? "" });
    }
    return {
      text: message.content ?? "",
      calls: calls.map((c) => ({ name: c.function.name, args: parsed(c.function.arguments) })),
      usage: { in: reply.usage?.prompt_tokens ?? 0, out: reply.usage?.completion_tokens ?? 0 },
    };
  };
  return bothSteps(ask);
}

function chatCanon(_path: string, body: Body): Canon {
  const [first, ...rest] = list(body["messages"]);
  return {
    model: body["model"],
    system: String(first?.["content"]),
    maxTokens: body["max_tokens"],
    stream: body["stream"] === true,
    tools: [list(body["tools"]).map((t) => t["function"]), body["tool_choice"], body["parallel_tool_calls"]],
    turns: rest.map((m) => ({
      role: m["role"],
      text: m["content"] ?? "",
      answers: m["tool_call_id"],
      calls: list(m["tool_calls"]).map((c) => ({
        id: c["id"],
        name: of(c["function"])["name"],
        args: parsed(of(c["function"])["arguments"]),
      })),
    })),
  };
}

// ---- OpenAI Responses

function responsesTalk(url: string, stream: boolean): Talk {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 });
  const image = { type: "input_image" as const, image_url: DATA_URL, detail: "auto" as const };
  const input: OpenAI.Responses.ResponseInput = [
    { role: "user", content: [{ type: "input_text", text: QUESTION }, image] },
  ];
  const tools = TOOLS.map(({ name, description, schema }) => ({
    type: "function" as const,
    ...{ name, description, parameters: schema, strict: false },
  }));
  const ask = async (step: Step): Promise<Said> => {
    const params = {
      ...(step === "ask"
        ? { tool_choice: "required" as const, parallel_tool_calls: false }
        : { tool_choice: "none" as const }),
      ...{ model: MODEL, instructions: SYSTEM, input, tools, max_output_tokens: MAX_TOKENS, store: false },
      include: ["reasoning.encrypted_content" as const],
    };
    const reply = stream
      ? await client.responses.stream(params).finalResponse()
      : await client.responses.create(params);
    const calls = reply.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    // As its documentation does; the type of what comes is wider than of what may be sent.
    input.push(...(reply.output as OpenAI.Responses.ResponseInput));
    for (const [i, { call_id }] of calls.entries()) {
      input.push({ type: "function_call_output", call_id, output: RESULTS[i] ?? "" });
    }
    return {
      text: reply.output_text,
      calls: calls.map((c) => ({ name: c.name, args: parsed(c.arguments) })),
      usage: { in: reply.usage?.input_tokens ?? 0, out: reply.usage?.output_tokens ?? 0 },
    };
  };
  return bothSteps(ask);
}

function responsesCanon(_path: string, body: Body): Canon {
  const items = list(body["input"]).filter((i) => i["type"] !== "reasoning" || i["encrypted_content"] !== undefined);
  return {
    model: body["model"],
    system: String(body["instructions"]),
    maxTokens: body["max_output_tokens"],
    stream: body["stream"] === true,
    tools: [body["tools"], body["store"], body["include"], body["tool_choice"], body["parallel_tool_calls"]],
    turns: items.map((i) => {
      const { type = "message", role, content, call_id, name, output } = i;
      const texts =
        typeof content === "string"
          ? content
          : list(content)
              .map((c) => c["text"])
              .join("");
      return {
        type,
        role,
        texts,
        call_id,
        name,
        output,
        shown: typeof content === "string" ? [] : list(content).flatMap((c) => c["image_url"] ?? []),
        // It differs from one answer to the next.
        sealed: i["encrypted_content"] !== undefined,
        args: i["arguments"] === undefined ? null : parsed(i["arguments"]),
      };
    }),
  };
}

// ---- Anthropic Messages

function claudeTalk(url: string, stream: boolean): Talk {
  const client = new Anthropic({ baseURL: url, apiKey: KEY, maxRetries: 0 });
  const source = { type: "base64" as const, media_type: "image/png" as const, data: PNG.data };
  const messages: Anthropic.MessageParam[] = [
    {
      role: "user",
      content: [
        { type: "text", text: QUESTION },
        { type: "image", source },
      ],
    },
  ];
  const tools = TOOLS.map(({ name, description, schema }) => ({ name, description, input_schema: schema }));
  const ask = async (step: Step): Promise<Said> => {
    const tool_choice =
      step === "ask" ? { type: "any" as const, disable_parallel_tool_use: true } : { type: "none" as const };
    const params = { model: MODEL, max_tokens: MAX_TOKENS, system: SYSTEM, messages, tools, tool_choice };
    const reply = stream ? await client.messages.stream(params).finalMessage() : await client.messages.create(params);
    const calls = reply.content.flatMap((b) => (b.type === "tool_use" ? [b] : []));
    messages.push({ role: "assistant", content: reply.content as Anthropic.ContentBlockParam[] });
    if (calls.length > 0) {
      messages.push({
        role: "user",
        content: calls.map((c, i) => ({ type: "tool_result", tool_use_id: c.id, content: RESULTS[i] ?? "" })),
      });
    }
    return {
      text: reply.content.map((b) => (b.type === "text" ? b.text : "")).join(""),
      calls: calls.map((c) => ({ name: c.name, args: c.input })),
      usage: { in: reply.usage.input_tokens, out: reply.usage.output_tokens },
    };
  };
  return bothSteps(ask);
}

// A text and a list of one text block mean the same; marks for the cache mean nothing.
function claudeBlocks(content: unknown): unknown[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return list(content).map(({ cache_control: _, ...block }) => block);
}

function claudeCanon(_path: string, body: Body): Canon {
  return {
    model: body["model"],
    system: claudeBlocks(body["system"])
      .map((b) => of(b)["text"])
      .join(""),
    maxTokens: body["max_tokens"],
    stream: body["stream"] === true,
    tools: [list(body["tools"]).map(({ cache_control: _, ...tool }) => tool), body["tool_choice"]],
    turns: list(body["messages"]).map((m) => ({ role: m["role"], blocks: claudeBlocks(m["content"]) })),
  };
}

// ---- Gemini generateContent

function geminiTalk(url: string, stream: boolean): Talk {
  const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: url } });
  const inlineData = { mimeType: "image/png", data: PNG.data };
  const contents: Content[] = [{ role: "user", parts: [{ text: QUESTION }, { inlineData }] }];
  const functionDeclarations = TOOLS.map(({ name, description, schema }) => ({
    ...{ name, description, parameters: upper(schema) as Schema },
  }));
  const usual = {
    systemInstruction: { parts: [{ text: SYSTEM }] },
    tools: [{ functionDeclarations }],
    maxOutputTokens: MAX_TOKENS,
  };
  const ask = async (step: Step): Promise<Said> => {
    const mode = step === "ask" ? FunctionCallingConfigMode.ANY : FunctionCallingConfigMode.NONE;
    const params = { model: MODEL, contents, config: { ...usual, toolConfig: { functionCallingConfig: { mode } } } };
    const replies = [];
    if (stream) for await (const chunk of await client.models.generateContentStream(params)) replies.push(chunk);
    else replies.push(await client.models.generateContent(params));
    const parts = replies.flatMap((r) => r.candidates?.[0]?.content?.parts ?? []);
    const calls = parts.flatMap((p) => (p.functionCall === undefined ? [] : [p.functionCall]));
    contents.push({ role: "model", parts });
    if (calls.length > 0) {
      const answers = calls.map((c, i) => ({
        functionResponse: {
          ...(c.id === undefined ? {} : { id: c.id }),
          name: c.name ?? "",
          response: { result: RESULTS[i] ?? "" },
        },
      }));
      contents.push({ role: "user", parts: answers });
    }
    const usage = replies.at(-1)?.usageMetadata;
    return {
      text: parts.map((p) => (p.thought === true ? "" : (p.text ?? ""))).join(""),
      calls: calls.map((c) => ({ name: c.name ?? "", args: c.args ?? {} })),
      usage: { in: usage?.promptTokenCount ?? 0, out: usage?.candidatesTokenCount ?? 0 },
    };
  };
  return bothSteps(ask);
}

/** The names of types as Google's client has them. */
function upper(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, k === "type" && typeof v === "string" ? v.toUpperCase() : upper(v)]),
  );
}

function geminiCanon(path: string, body: Body): Canon {
  const config = of(body["generationConfig"]);
  const real = (c: Body): Body[] =>
    list(c["parts"]).filter((p) => p["thoughtSignature"] !== undefined || (p["thought"] !== true && p["text"] !== ""));
  return {
    model: /models\/([^:]+):/.exec(path)?.[1],
    system: list(of(body["systemInstruction"])["parts"])
      .map((p) => p["text"])
      .join(""),
    maxTokens: config["maxOutputTokens"],
    stream: path.includes(":streamGenerateContent?alt=sse"),
    tools: [body["tools"], body["toolConfig"]],
    turns: list(body["contents"]).map((c) => {
      // Pieces of one text that came apart mean the text.
      const text = real(c)
        .map((p) => p["text"] ?? "")
        .join("");
      return { role: c["role"], text, others: real(c).filter((p) => p["text"] === undefined) };
    }),
  };
}

// The first call of a step is signed (https://ai.google.dev/gemini-api/docs/thought-signatures).
const signed = (answer: string): string =>
  answer.replace('{"functionCall":', '{"thoughtSignature":"c2lnbmVk","functionCall":');

const statusOf = (error: unknown): number | undefined => {
  const { status } = of(error);
  return typeof status === "number" ? status : undefined;
};

export const SDKS: readonly Sdk[] = [
  { name: "openai, chat completions", provider: openai, base: "/v1", talk: chatTalk, canon: chatCanon, statusOf },
  { name: "openai, responses", provider: responses, base: "/v1", talk: responsesTalk, canon: responsesCanon, statusOf },
  { name: "@anthropic-ai/sdk", provider: anthropic, base: "/v1", talk: claudeTalk, canon: claudeCanon, statusOf },
  {
    name: "@google/genai",
    provider: gemini,
    base: "/v1beta",
    talk: geminiTalk,
    canon: geminiCanon,
    edit: signed,
    statusOf,
  },
];
