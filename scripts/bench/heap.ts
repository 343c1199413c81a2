// What stays in memory after 1, 1,000 and 10,000 turns. Bounded tables (rows, conversations)
// fill up on the way; after that nothing may grow.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as esbuild from "esbuild";
import { SENDER_PER_MINUTE_MAX, TOKENS_MAX } from "../../src/base/limits.ts";
import { startSim } from "../../test/support/program.ts";
import { node } from "../build/options.ts";
import { makeChat, type Said } from "./chat.ts";
import type { Figure, Found } from "./figure.ts";
import { rssMb } from "./machine.ts";
import { startModel } from "./model.ts";

const GUEST = "dist/bench/guest.mjs";
const MARKS = [1, 1_000, 2_000, 4_000, 10_000];
const ENGINES = ["quickjs", "v8"] as const;
const CHATS = 4;

interface Guest {
  port: number;
  heap(): Promise<number>;
  rss(): number;
  stop(): Promise<void>;
}

async function listening(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("the guest has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, port } = JSON.parse(line) as { event?: string; port?: number };
    if (event === "listening" && port !== undefined) return port;
  }
  throw new Error("the guest ended before it listened");
}

async function startGuest(engine: string, env: Record<string, string>): Promise<Guest> {
  const child = fork(GUEST, [engine, "gateway", "--port", "0", "--json"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
    execArgv: [],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const port = await listening(child);
  child.stdout?.resume();
  return {
    port,
    heap: async () => {
      child.send("heap");
      const [message] = await once(child, "message");
      return (message as { heap: number }).heap;
    },
    rss: () => rssMb(child.pid ?? 0),
    async stop() {
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(hard);
    },
  };
}

/** Half of the turns in each client's usual conversation, half in changing ones. */
export function saidIn(n: number): Said {
  const message = `question ${n}: is everything all right at home?`;
  return n % 2 === 0 ? { message } : { message, chat: `c${Math.floor(n / 128) % CHATS}` };
}

async function measure(engine: string, routerEnv: Record<string, string>) {
  const [model, chat] = [await startModel(), makeChat(TOKENS_MAX)];
  const env = { ...routerEnv, ...model.env, ...chat.env, LOG_LEVEL: "error" };
  const guest = await startGuest(engine, env);
  const heaps: number[] = [];
  try {
    let done = 0;
    for (const mark of MARKS) {
      const first = done;
      await chat.turns(guest.port, mark - first, (n) => saidIn(first + n));
      done = mark;
      heaps.push(await guest.heap());
    }
    return { heaps, rss: guest.rss() };
  } finally {
    await guest.stop();
    chat.close();
    await model.close();
  }
}

function figuresOf(engine: string, heaps: readonly number[], rss: number): Figure[] {
  const at = (mark: number): number => heaps[MARKS.indexOf(mark)] ?? Number.NaN;
  const growth = (from: number, to: number): Figure => ({
    key: `heap.growth.${from}-${to}.${engine}`,
    unit: "%",
    values: [(at(to) / at(from) - 1) * 100],
  });
  return [
    ...MARKS.map((mark) => ({ key: `heap.after.${mark}.${engine}`, unit: "KB", values: [at(mark) / 1_024] })),
    growth(1_000, 10_000),
    growth(4_000, 10_000),
    growth(1, 10_000),
    { key: `heap.rss.10000.${engine}`, unit: "MB", values: [rss] },
  ];
}

/** Both engines at once, each with its own model; the pace is what the door allows. */
export async function heap(): Promise<Found> {
  await esbuild.build({
    ...node(process.cwd()),
    entryPoints: ["scripts/bench/guest.ts"],
    outfile: GUEST,
    target: "node20",
  });
  const sim = await startSim();
  try {
    const found = await Promise.all(
      ENGINES.map(async (engine) => {
        const { heaps, rss } = await measure(engine, sim.env);
        return figuresOf(engine, heaps, rss);
      }),
    );
    return {
      title: "Heap after many turns",
      command: `${GUEST} ENGINE gateway --port 0 --json: the same bundle and host as dist/mikroclaw.mjs`,
      state:
        `router: simulated; model: instant, streamed; plain turns by ${TOKENS_MAX} clients, half in one conversation each, half in ` +
        `${CHATS} changing ones; after a collection: quickjs memory_used_size of the engine, v8 heapUsed of the whole process; ` +
        `1 run an engine; the pace is that of the door, ${TOKENS_MAX} clients with ${SENDER_PER_MINUTE_MAX} messages a minute`,
      figures: found.flat(),
      notes: [],
    };
  } finally {
    await sim.stop();
  }
}
