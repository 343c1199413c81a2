// A Bot API server on loopback that holds polls as https://core.telegram.org/bots/api#getupdates
// says and has nothing to say: the channel is up, and quiet.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const HOLD_SECONDS_MAX = 50;

export interface Telegram {
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Polls begun so far. */
  polls(): number;
  close(): Promise<void>;
}

async function parameters(request: IncomingMessage): Promise<{ timeout?: number }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}") as { timeout?: number };
}

/** Starts it on a free port. */
export async function startTelegram(): Promise<Telegram> {
  let polls = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { timeout = 0 } = await parameters(request);
    const send = (result: unknown): void => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ok: true, result }));
    };
    if (request.url?.endsWith("/getMe") === true)
      return send({ id: 1, is_bot: true, first_name: "Bench", username: "BenchBot" });
    if (request.url?.endsWith("/getUpdates") !== true) return send(true);
    polls += 1;
    const held = setTimeout(() => send([]), Math.min(timeout, HOLD_SECONDS_MAX) * 1_000);
    response.once("close", () => clearTimeout(held));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    env: {
      BOT_TOKEN: "123456:bench-token_abcdefghijklmnopqrstuv",
      TELEGRAM_ALLOWLIST: "1",
      TELEGRAM_API_ROOT: `http://127.0.0.1:${port}`,
    },
    polls: () => polls,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
