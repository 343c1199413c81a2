// The agent in its container, as this computer reaches it: its health, and pairing with
// the code that it printed into the router's log.

import { request } from "undici";
import type { Router, Row } from "./router.ts";
import type { Clock } from "./run.ts";

const START_MS = 60_000;
const POLL_MS = 2_000;
const REPLY_MS = 10_000;

const CODE = /pairing[ _]?code"?\s*[:=]\s*"?([A-Z0-9]{8})\b/i;

/** The newest pairing code among the container's lines. */
export function pairingCode(log: readonly Row[]): string | null {
  const lines = log.filter((r) => /container/.test(r["topics"] ?? "")).map((r) => CODE.exec(r["message"] ?? "")?.[1]);
  return lines.findLast((code) => code !== undefined) ?? null;
}

async function ask(method: "GET" | "POST", url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const reply = await request(url, { method, headers, headersTimeout: REPLY_MS, bodyTimeout: REPLY_MS });
  const text = await reply.body.text();
  if (reply.statusCode >= 400) throw new Error(`${method} ${url}: ${reply.statusCode} ${text}`);
  return JSON.parse(text);
}

const MENDS: Readonly<Record<string, string>> = {
  llm: "no model yet: run this again with --env ANTHROPIC_API_KEY (or another one), or use it without a model",
  routeros:
    "it does not reach the router: look at /log on the router and at the mikroclaw rules of /ip/firewall/filter",
};

/** What works and what does not, a line each. */
export function healthLines(health: unknown): string[] {
  const parts = typeof health === "object" && health !== null && "components" in health ? health.components : {};
  if (typeof parts !== "object" || parts === null) return [];
  return Object.entries(parts)
    .filter(([name, works]) => works === true || MENDS[name] !== undefined)
    .map(([name, works]) => (works === true ? `  ok    ${name}` : `  wait  ${name}: ${MENDS[name] ?? ""}`));
}

/** Waits until the agent answers; null: it does not. */
export async function health(gateway: string, clock: Clock): Promise<unknown> {
  for (let waited = 0; waited < START_MS; waited += POLL_MS) {
    try {
      return await ask("GET", `${gateway}/health`);
    } catch {
      await clock.sleep(POLL_MS);
    }
  }
  return null;
}

/** Pairs with the agent; null: the log shows no code. */
export async function pair(router: Router, gateway: string): Promise<string | null> {
  const code = pairingCode(await router.rows("/log", "?.proplist=.id,topics,message"));
  if (code === null) return null;
  const made = await ask("POST", `${gateway}/pair`, { "x-pairing-code": code });
  return typeof made === "object" && made !== null && "token" in made ? String(made.token) : null;
}
