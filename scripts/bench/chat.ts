// Turns over POST /chat with kept connections, within what the door lets one sender say:
// several clients, each with its own token and allowance.

import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { SENDER_PER_MINUTE_MAX } from "../../src/base/limits.ts";

const AT_ONCE = 8;
// A little slower than the door refills, as its clock is another one.
const REFILL_MS = 60_000 / SENDER_PER_MINUTE_MAX + 50;
const ALLOWED_AT_START = SENDER_PER_MINUTE_MAX - 1;

interface Client {
  token: string;
  allowed: number;
  atMs: number;
}

export interface Chat {
  /** For the agent's environment: it knows these clients from the start. */
  readonly env: Readonly<Record<string, string>>;
  /** One turn after the other by the next client that may speak; `message` gets the number of the turn. */
  turns(port: number, total: number, message: (n: number) => Said): Promise<void>;
  close(): void;
}

export interface Said {
  message: string;
  chat?: string;
}

function post(agent: Agent, port: number, token: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((answered, failed) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const asked = request({ agent, host: "127.0.0.1", port, path: "/chat", method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => answered({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      response.on("error", failed);
    });
    asked.on("error", failed);
    asked.end(body);
  });
}

/** Clients of one agent. */
export function makeChat(count: number): Chat {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const fresh = (token: string): Client => ({ token, allowed: ALLOWED_AT_START, atMs: Date.now() });
  const clients = Array.from({ length: count }, (_, n) => fresh(`bench-client-${n}`));
  const hash = (client: Client): string => createHash("sha256").update(client.token).digest("hex");
  let next = 0;

  const speaker = async (): Promise<Client> => {
    for (;;) {
      for (let tries = 0; tries < clients.length; tries += 1) {
        const client = clients[next % clients.length];
        next += 1;
        if (client === undefined) continue;
        const now = Date.now();
        client.allowed = Math.min(ALLOWED_AT_START, client.allowed + (now - client.atMs) / REFILL_MS);
        client.atMs = now;
        if (client.allowed < 1) continue;
        client.allowed -= 1;
        return client;
      }
      await sleep(20);
    }
  };
  return {
    env: { GATEWAY_TOKEN_SHA256: clients.map(hash).join(",") },
    async turns(port, total, message) {
      let started = 0;
      const work = async (): Promise<void> => {
        while (started < total) {
          const n = started;
          started += 1;
          const client = await speaker();
          const reply = await post(agent, port, client.token, JSON.stringify(message(n)));
          if (reply.status !== 200 || !reply.text.includes("kids-tablet")) {
            throw new Error(`turn ${n} was answered ${reply.status}: ${reply.text.slice(0, 300)}`);
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    },
    close: () => agent.destroy(),
  };
}
