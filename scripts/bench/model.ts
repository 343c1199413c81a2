// A model service that answers at once, in this process: OpenAI chat completions, streamed or
// not. A message that asks to look is answered by a call of routeros_print, then by text.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A message that holds this word is answered with a tool call first. */
export const LOOK = "look:";

const ANSWER = "There are eleven devices on the network; the newest is the kids-tablet at 192.168.88.21.";
const CALL = { name: "routeros_print", arguments: '{"menu":"/ip/dhcp-server/lease"}' };
const PIECE_UNITS = 8;

interface ModelRequest {
  stream?: boolean;
  tools?: unknown;
  messages: Array<{ role: string; content: string }>;
}

export interface Model {
  readonly env: Readonly<Record<string, string>>;
  /** The body of the last question. */
  last(): ModelRequest | null;
  close(): Promise<void>;
}

function wantsCall({ messages }: ModelRequest): boolean {
  const last = messages.at(-1);
  return last?.role === "user" && last.content.includes(LOOK);
}

const usage = { prompt_tokens: 1_500, completion_tokens: 24, total_tokens: 1_524 };

function whole(asked: ModelRequest): string {
  const call = wantsCall(asked);
  const message = call
    ? { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: CALL }] }
    : { role: "assistant", content: ANSWER };
  const choice = { index: 0, message, finish_reason: call ? "tool_calls" : "stop" };
  return JSON.stringify({ id: "x", object: "chat.completion", created: 1, model: "instant", choices: [choice], usage });
}

function pieces(asked: ModelRequest): string {
  const event = (delta: object, finish: string | null): string => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    return `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", created: 1, model: "instant", choices })}\n\n`;
  };
  const call = wantsCall(asked);
  const said = call
    ? [event({ role: "assistant", tool_calls: [{ index: 0, id: "call_1", type: "function", function: CALL }] }, null)]
    : Array.from({ length: Math.ceil(ANSWER.length / PIECE_UNITS) }, (_, n) =>
        event({ content: ANSWER.slice(n * PIECE_UNITS, (n + 1) * PIECE_UNITS) }, null),
      );
  const end = `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", created: 1, model: "instant", choices: [], usage })}`;
  return `${said.join("")}${event({}, call ? "tool_calls" : "stop")}${end}\n\ndata: [DONE]\n\n`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Starts it on a free port of loopback; `onAsk` sees the body of every question. */
export async function startModel(onAsk: (body: string) => void = () => undefined): Promise<Model> {
  let last: ModelRequest | null = null;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await textOf(request);
    if (request.method === "GET") {
      response.setHeader("content-type", "application/json");
      return void response.end('{"object":"list","data":[{"id":"instant","object":"model"}]}');
    }
    onAsk(text);
    const asked = JSON.parse(text) as ModelRequest;
    last = asked;
    const stream = asked.stream === true;
    response.setHeader("content-type", stream ? "text/event-stream" : "application/json");
    response.end(stream ? pieces(asked) : whole(asked));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    env: { LLM_BASE_URL: `http://127.0.0.1:${port}/v1`, LLM_API_KEY: "bench", MODEL: "instant" },
    last: () => last,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
