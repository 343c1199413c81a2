// How many /health a second servers answer, and the CPU that each takes for one.

import type { Figure } from "./figure.ts";
import type { Loader } from "./loader.ts";
import { cpuMs } from "./machine.ts";

const RUNS = 5;
export const PATH = "/health";

export interface Server {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
}

/** What the runs found of one server, in their order. */
export interface Rates {
  readonly name: string;
  readonly perSecond: readonly number[];
  readonly cpuUs: readonly number[];
}

/** One run of each to warm up, then all of them in turn: what the machine is doing else meets them alike. */
export async function ratesOf(loader: Loader, servers: readonly Server[]): Promise<readonly Rates[]> {
  const found = servers.map((server) => ({ server, perSecond: [] as number[], cpuUs: [] as number[] }));
  for (const { port } of servers) await loader.run(port, PATH);
  for (let n = 0; n < RUNS; n += 1) {
    for (const { server, ...rates } of found) {
      const before = cpuMs(server.pid);
      const { requests, perSecond } = await loader.run(server.port, PATH);
      rates.perSecond.push(perSecond);
      rates.cpuUs.push(((cpuMs(server.pid) - before) * 1_000) / requests);
    }
  }
  return found.map(({ server: { name }, ...rates }) => ({ name, ...rates }));
}

/** The rows of one server. */
export const figuresOf = (key: string, { name, perSecond, cpuUs }: Rates): readonly Figure[] => [
  { key: `${key}.rate.${name}`, unit: "per s", values: perSecond },
  { key: `${key}.cpu.${name}`, unit: "µs CPU", values: cpuUs },
];
