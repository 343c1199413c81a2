// CPU that one turn costs the agent's process when model and router answer at once.

import { run, startSim } from "../../test/support/program.ts";
import { makeChat, type Said } from "./chat.ts";
import type { Figure, Found } from "./figure.ts";
import { cpuMs, repeat } from "./machine.ts";
import { LOOK, startModel } from "./model.ts";

const RUNS = 5;
// Together no more than the door lets so many senders say in one burst.
const CLIENTS = 8;
const WARM_TURNS = 32;
const TURNS = 72;

const ENGINES = ["quickjs", "v8"] as const;

const PLAIN = "is everything all right at home?";
const TOOL = `${LOOK} which devices are on my network?`;

export interface Cost {
  plain: number;
  tool: number;
}

interface Agent {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<unknown>;
}
type Start = (env: Record<string, string>) => Promise<Agent>;

/** What the turns were, for a report. */
export const TURN_STATE =
  `${CLIENTS} known tokens on 8 kept connections; ${2 * WARM_TURNS} turns to warm up, then ${TURNS} turns in ${CLIENTS} conversations that ` +
  `grow from 0 to ${TURNS / CLIENTS} turns; "tool" is a turn with one routeros_print of the leases`;

/** One run: an agent of its own, so that every run has the same history. */
export async function turnCost(start: Start, env: Readonly<Record<string, string>>, stream: boolean): Promise<Cost> {
  const chat = makeChat(CLIENTS);
  const agent = await start({ ...env, ...chat.env, LLM_STREAMING: stream ? "1" : "0", LOG_LEVEL: "error" });
  try {
    const cost = async (message: string, name: string, turns: number): Promise<number> => {
      const said = (): Said => ({ message, chat: name });
      const before = cpuMs(agent.pid);
      await chat.turns(agent.port, turns, said);
      return (cpuMs(agent.pid) - before) / turns;
    };
    await cost(PLAIN, "warm", WARM_TURNS);
    await cost(TOOL, "warm", WARM_TURNS);
    return { plain: await cost(PLAIN, "plain", TURNS), tool: await cost(TOOL, "tool", TURNS) };
  } finally {
    await agent.stop();
    chat.close();
  }
}

async function startEngine(engine: string, env: Record<string, string>): Promise<Agent> {
  const agent = run(["gateway", "--port", "0", "--json"], env, engine);
  const { port } = (await agent.event("listening")) as { port: number };
  return { pid: agent.child.pid ?? 0, port, stop: agent.stop };
}

/** Every engine, streamed and not, with and without one tool call. */
export async function turn(): Promise<Found> {
  const [model, sim] = [await startModel(), await startSim()];
  const figures: Figure[] = [];
  try {
    for (const engine of ENGINES) {
      for (const stream of [true, false]) {
        const costs = await repeat(RUNS, () =>
          turnCost((env) => startEngine(engine, env), { ...sim.env, ...model.env }, stream),
        );
        const figure = (kind: keyof Cost): Figure => ({
          key: `turn.${kind}.${stream ? "streamed" : "whole"}.${engine}`,
          unit: "ms CPU",
          values: costs.map((c) => c[kind]),
        });
        figures.push(figure("plain"), figure("tool"));
      }
    }
  } finally {
    await model.close();
    await sim.stop();
  }
  return {
    title: "CPU per turn with an instant model",
    command: "POST /chat to `mikroclaw gateway --port 0 --json --engine=ENGINE`; utime + stime of /proc/PID/stat",
    state: `router: simulated, a process of its own; model: HTTP server in the bench's process; a new agent for each run; ${TURN_STATE}`,
    figures,
    notes: [],
  };
}
