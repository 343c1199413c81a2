// From the start of the process to its first answer of /health, and what memory it then has.

import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../test/support/ports.ts";
import { run, startSim } from "../../test/support/program.ts";
import type { Figure, Found } from "./figure.ts";
import { cpuMs, repeat, rssMb } from "./machine.ts";
import { startModel } from "./model.ts";

const RUNS = 9;
const ENGINES = ["quickjs", "v8"] as const;
const TRIES_MAX = 10_000;
const REST_MS = 1_500;

function isUp(port: number): Promise<boolean> {
  return new Promise((told) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    socket.once("data", (bytes) => {
      told(bytes.toString("latin1").startsWith("HTTP/1.1 200 "));
      socket.destroy();
    });
    socket.once("error", () => told(false));
    socket.once("close", () => told(false));
  });
}

async function once(engine: string, env: Record<string, string>) {
  const port = await freePort();
  const startedMs = performance.now();
  const agent = run(["gateway", "--port", String(port), "--json"], env, engine);
  const pid = agent.child.pid ?? 0;
  try {
    for (let tries = 0; !(await isUp(port)); tries += 1) {
      if (tries > TRIES_MAX) throw new Error(`no answer of /health: ${agent.err.join("\n")}`);
      await sleep(1);
    }
    const ms = performance.now() - startedMs;
    const cpu = cpuMs(pid);
    await sleep(REST_MS);
    return { ms, cpu, rss: rssMb(pid) };
  } finally {
    await agent.stop();
  }
}

/** Both engines in turn, with router and model configured. */
export async function start(): Promise<Found> {
  const [model, sim] = [await startModel(), await startSim()];
  const figures: Figure[] = [];
  try {
    for (const engine of ENGINES) {
      const seen = await repeat(RUNS, () => once(engine, { ...sim.env, ...model.env }));
      figures.push(
        { key: `start.health.${engine}`, unit: "ms", values: seen.map((s) => s.ms) },
        { key: `start.cpu.${engine}`, unit: "ms CPU", values: seen.map((s) => s.cpu) },
        { key: `start.rss.${engine}`, unit: "MB", values: seen.map((s) => s.rss) },
      );
    }
  } finally {
    await model.close();
    await sim.stop();
  }
  return {
    title: "From start to the first /health 200, and memory then",
    command: "`mikroclaw gateway --port PORT --json --engine=ENGINE`, asked again each ms until it answers",
    state: `router: simulated; model: instant; the process is new each time, its files are in the page cache; RSS after ${REST_MS} ms idle`,
    figures,
    notes: [],
  };
}
