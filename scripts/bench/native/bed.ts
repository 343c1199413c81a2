// What a gateway on a router talks to, on loopback: a simulated router (a process of its own),
// a model that answers at once, and a Bot API server that has nothing to say.

import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startSim } from "../../../test/support/program.ts";
import { type Model, startModel } from "../model.ts";
import { startTelegram, type Telegram } from "../telegram.ts";

const TRIES_MAX = 300;
const TRY_MS = 100;

export interface Bed {
  readonly env: Readonly<Record<string, string>>;
  readonly routerPort: number;
  readonly model: Model;
  readonly telegram: Telegram;
  close(): Promise<void>;
}

/** Starts all three. */
export async function makeBed(): Promise<Bed> {
  const [sim, model, telegram] = await Promise.all([startSim(), startModel(), startTelegram()]);
  return {
    env: { ...sim.env, ...model.env, ...telegram.env },
    routerPort: sim.port,
    model,
    telegram,
    async close() {
      await Promise.all([sim.stop(), model.close(), telegram.close()]);
    },
  };
}

/** The body of /health. */
export async function healthOf(port: number): Promise<string> {
  const reply = await fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: "close" } });
  if (reply.status !== 200) throw new Error(`/health answered ${reply.status}`);
  return reply.text();
}

/** Waits until the gateway says that router and model are up and Telegram is polled. */
export async function up(port: number, telegram: Telegram): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { components } = JSON.parse(await healthOf(port)) as { components: { llm: boolean; routeros: boolean } };
    if (components.llm && components.routeros && telegram.polls() > 0) return;
    await sleep(TRY_MS);
  }
  throw new Error(`not all parts came up: ${await healthOf(port)}, ${telegram.polls()} polls`);
}

/** How many descriptors a process has open. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
