// A model service that speaks the OpenAI chat completions dialect, streaming and not,
// answering as a script says. Shapes: platform.openai.com/docs/api-reference/chat.

import { fault, isFault, type Wait } from "../../../src/base/fault.ts";
import { parseJson } from "../../../src/base/json.ts";
import type { Scope } from "../../../src/base/scope.ts";
import { isSecret, reveal } from "../../../src/base/secret.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/base/utf8.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import type { Host } from "../../../src/port/host.ts";
import type { Incoming, Reply } from "../../../src/port/http.ts";
import { json, type Peer, type PeerOptions, startPeer } from "./peer.ts";

export interface ModelMessage {
  role: string;
  content: string | null;
  tool_calls?: ReadonlyArray<{ id: string; function: { name: string; arguments: string } }>;
  tool_call_id?: string;
}

/** One request as the script sees it. */
export interface ModelAsk {
  /** 1 is the first request of this server. */
  n: number;
  model: string;
  messages: readonly ModelMessage[];
  /** Names of the offered tools. */
  tools: readonly string[];
  stream: boolean;
  /** The last words of the person, without what the agent adds to them. */
  lastUser: string;
  /** What tools answered since then. */
  results: readonly string[];
  authorization: string;
}

/** What the model answers. An answer with neither text nor calls is empty. */
export interface ModelAnswer {
  text?: string;
  calls?: ReadonlyArray<{ name: string; args: object | string; id?: string }>;
  /** Instead of an answer: a status with an error body. */
  status?: number;
  error?: string;
  retryAfterS?: number;
  /** Before the first byte, and between the pieces of a stream. */
  delayMs?: number;
  paceMs?: number;
  /** Never answers. */
  hang?: boolean;
  /** Breaks the connection after so many events of the stream. */
  cutAfter?: number;
  finish?: string;
}

export interface ModelServer extends Peer {
  readonly asks: readonly ModelAsk[];
  /** Base URL for `LLM_BASE_URL`. */
  readonly baseUrl: string;
}

interface Body {
  model?: string;
  messages?: ModelMessage[];
  tools?: Array<{ function: { name: string } }>;
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
}

function askOf(n: number, body: Body, r: Incoming): ModelAsk {
  const messages = body.messages ?? [];
  const at = messages.findLastIndex((m) => m.role === "user");
  const authorization = r.headers.find(([name]) => name.toLowerCase() === "authorization")?.[1] ?? "";
  return {
    n,
    model: body.model ?? "",
    messages,
    tools: (body.tools ?? []).map((t) => t.function.name),
    stream: body.stream === true,
    lastUser: messages[at]?.content?.split("\n\n[MikroClaw adds:")[0] ?? "",
    results: messages.slice(at + 1).flatMap((m) => (m.role === "tool" ? [m.content ?? ""] : [])),
    authorization: isSecret(authorization) ? reveal(authorization) : authorization,
  };
}

interface Call {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

function callsOf(ask: ModelAsk, answer: ModelAnswer): Call[] {
  return (answer.calls ?? []).map((c, i) => ({
    id: c.id ?? `call_${ask.n}_${i}`,
    type: "function",
    function: { name: c.name, arguments: typeof c.args === "string" ? c.args : JSON.stringify(c.args) },
  }));
}

const usageOf = (ask: ModelAsk, answer: ModelAnswer): object => ({
  prompt_tokens: Math.ceil(JSON.stringify(ask.messages).length / 4),
  completion_tokens: Math.ceil((answer.text?.length ?? 0) / 4) + 8 * (answer.calls?.length ?? 0),
  total_tokens: 1,
});

function whole(ask: ModelAsk, answer: ModelAnswer): Reply {
  const calls = callsOf(ask, answer);
  const message = {
    role: "assistant",
    content: answer.text ?? null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  const finish = answer.finish ?? (calls.length > 0 ? "tool_calls" : "stop");
  return json(200, {
    id: `chatcmpl-${ask.n}`,
    object: "chat.completion",
    created: 1,
    model: ask.model,
    choices: [{ index: 0, message, finish_reason: finish, logprobs: null }],
    usage: usageOf(ask, answer),
  });
}

/** The stream's events, as services send them: text and arguments in pieces, the finish in its own event. */
function events(ask: ModelAsk, answer: ModelAnswer, withUsage: boolean): string[] {
  const base = { id: `chatcmpl-${ask.n}`, object: "chat.completion.chunk", created: 1, model: ask.model };
  const delta = (d: object, finish: string | null = null): string =>
    JSON.stringify({ ...base, choices: [{ index: 0, delta: d, finish_reason: finish }] });
  const out = [delta({ role: "assistant", content: "" })];
  for (const piece of (answer.text ?? "").match(/[\s\S]{1,9}/gu) ?? []) out.push(delta({ content: piece }));
  const calls = callsOf(ask, answer);
  calls.forEach((c, index) => {
    out.push(
      delta({
        tool_calls: [{ index, id: c.id, type: "function", function: { name: c.function.name, arguments: "" } }],
      }),
    );
    for (const piece of c.function.arguments.match(/[\s\S]{1,7}/gu) ?? []) {
      out.push(delta({ tool_calls: [{ index, function: { arguments: piece } }] }));
    }
  });
  out.push(delta({}, answer.finish ?? (calls.length > 0 ? "tool_calls" : "stop")));
  if (withUsage) out.push(JSON.stringify({ ...base, choices: [], usage: usageOf(ask, answer) }));
  out.push("[DONE]");
  return out;
}

function streamed(host: Host, ask: ModelAsk, answer: ModelAnswer, withUsage: boolean): Reply {
  const list = events(ask, answer, withUsage).slice(0, answer.cutAfter);
  return {
    status: 200,
    headers: [["content-type", "text/event-stream"]],
    async pump(s, out) {
      for (const data of list) {
        const written = await out.write(s, encodeUtf8(`data: ${data}\n\n`));
        const slept =
          isFault(written) || answer.paceMs === undefined ? written : await host.clock.sleep(s, answer.paceMs);
        if (isFault(slept)) return slept;
      }
      if (answer.cutAfter !== undefined) return fault("failed", "The script cuts the stream here.");
    },
  };
}

async function wait(s: Scope, host: Host, answer: ModelAnswer): Wait<void> {
  if (answer.hang === true) return host.clock.sleep(s, 86_400_000);
  if (answer.delayMs !== undefined) return host.clock.sleep(s, answer.delayMs);
}

function refusal(answer: ModelAnswer, status: number): Reply {
  const headers = answer.retryAfterS === undefined ? [] : ([["retry-after", String(answer.retryAfterS)]] as const);
  return json(
    status,
    { error: { message: answer.error ?? "scripted", type: "server_error", param: null, code: null } },
    headers,
  );
}

/** One completion request. */
async function complete(
  s: Scope,
  host: Host,
  r: Incoming,
  asks: ModelAsk[],
  script: (ask: ModelAsk) => ModelAnswer,
): Wait<Reply> {
  const bytes = await r.body(s, 1_048_576);
  if (isFault(bytes)) return bytes;
  const body = parseJson(decodeUtf8(bytes));
  if (isFault(body)) {
    return json(400, { error: { message: "We could not parse the JSON body.", type: "invalid_request_error" } });
  }
  const ask = askOf(asks.length + 1, body as Body, r);
  asks.push(ask);
  const answer = script(ask);
  const waited = await wait(s, host, answer);
  if (isFault(waited)) return waited;
  if (answer.status !== undefined) return refusal(answer, answer.status);
  if (!ask.stream) return whole(ask, answer);
  return streamed(host, ask, answer, (body as Body).stream_options?.include_usage === true);
}

const MODELS = { object: "list", data: [{ id: "sim-model", object: "model", created: 1, owned_by: "sim" }] };

/** Serves `/v1/models` and `/v1/chat/completions`; `script` answers each request. */
export function modelServer(w: World, options: PeerOptions, script: (ask: ModelAsk) => ModelAnswer): ModelServer {
  const asks: ModelAsk[] = [];
  const peer = startPeer(w, options, (host) => async (s, r) => {
    const route = `${r.method} ${r.path}`;
    if (route === "GET /v1/models") return json(200, MODELS);
    if (route === "POST /v1/chat/completions") return complete(s, host, r, asks, script);
    return json(404, { error: { message: "Not found", type: "invalid_request_error" } });
  });
  return { ...peer, asks, baseUrl: `${options.tls === true ? "https" : "http"}://${options.name}:${options.port}/v1` };
}
