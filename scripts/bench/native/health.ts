// How many /health a second the router's binary answers, on one core, beside lighttpd with a
// file of the same body on the same core, in turn; what asks them runs on the other core.

import type { Figure, Found } from "../figure.ts";
import { type Loader, loaders } from "../loader.ts";
import { cpuMs } from "../machine.ts";
import { healthOf, makeBed, up } from "./bed.ts";
import { type Binary, LOADER_CORE, onCore, SERVER_CORE, startGateway } from "./binary.ts";
import { startLighttpd } from "./lighttpd.ts";

const RUNS = 5;
const PATH = "/health";

interface Server {
  name: "mikroclaw" | "lighttpd";
  pid: number;
  port: number;
}

interface Rate {
  perSecond: number;
  cpuUs: number;
}

async function once(loader: Loader, server: Server): Promise<Rate> {
  const before = cpuMs(server.pid);
  const { requests, perSecond } = await loader.run(server.port, PATH);
  return { perSecond, cpuUs: ((cpuMs(server.pid) - before) * 1_000) / requests };
}

/** Pairs: what the machine is doing else meets both of a pair. */
async function compare(kind: string, loader: Loader, servers: readonly Server[]): Promise<Figure[]> {
  const rates: Record<Server["name"], Rate[]> = { mikroclaw: [], lighttpd: [] };
  for (const server of servers) await once(loader, server);
  for (let n = 0; n < RUNS; n += 1) {
    for (const server of servers) rates[server.name].push(await once(loader, server));
  }
  const rows = servers.flatMap(({ name }) => [
    { key: `native.health.${kind}.rate.${name}`, unit: "per s", values: rates[name].map((r) => r.perSecond) },
    { key: `native.health.${kind}.cpu.${name}`, unit: "µs CPU", values: rates[name].map((r) => r.cpuUs) },
  ]);
  if (rates.lighttpd.length === 0) return rows;
  const shares = rates.mikroclaw.map((rate, n) => rate.perSecond / (rates.lighttpd[n]?.perSecond ?? Number.NaN));
  return [{ key: `native.health.${kind}.share`, unit: "of lighttpd", values: shares }, ...rows];
}

/** Kept connections, then a new one for each request. */
export async function nativeHealth(binary: Binary): Promise<Found> {
  const { kept, fresh } = loaders((words) => onCore(LOADER_CORE, words));
  const bed = await makeBed();
  const gateway = await startGateway(binary.path, { ...bed.env, LOG_LEVEL: "error" });
  const lighttpd = await startLighttpd(await healthOf(gateway.port));
  const servers: Server[] = [{ name: "mikroclaw", pid: gateway.pid, port: gateway.port }];
  if (lighttpd !== null) servers.push({ name: "lighttpd", pid: lighttpd.pid, port: lighttpd.port });
  try {
    await up(gateway.port, bed.telegram);
    return {
      title: "The router's binary: /health per second on one core, and its CPU for one",
      command: `kept: ${kept.name}; new: ${fresh.name}; GET ${PATH} of \`${binary.from} gateway\``,
      state:
        `router: simulated; model: instant; Telegram: polled; servers on core ${SERVER_CORE}, what asks on core ${LOADER_CORE}; ` +
        "one run to warm up; the two servers take turns, and the share is that of each pair",
      figures: [...(await compare("kept", kept, servers)), ...(await compare("new", fresh, servers))],
      notes: lighttpd === null ? ["lighttpd is not installed: rates without a yardstick"] : [],
    };
  } finally {
    await lighttpd?.stop();
    await gateway.stop();
    await bed.close();
  }
}
