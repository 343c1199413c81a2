// How many /health a second the router's binary answers, on one core, beside lighttpd with a
// file of the same body on the same core, in turn; what asks them runs on the other core.

import type { Figure, Found } from "../figure.ts";
import { type Loader, loaders } from "../loader.ts";
import { figuresOf, PATH, ratesOf, type Server } from "../rates.ts";
import { healthOf, makeBed, up } from "./bed.ts";
import { type Binary, LOADER_CORE, onCore, SERVER_CORE, startGateway } from "./binary.ts";
import { startLighttpd } from "./lighttpd.ts";

/** Pairs: what the machine is doing else meets both of a pair. */
async function compare(kind: string, loader: Loader, servers: readonly Server[]): Promise<Figure[]> {
  const [own, lighttpd] = await ratesOf(loader, servers);
  const key = `native.health.${kind}`;
  const rows = [own, lighttpd].flatMap((of) => (of === undefined ? [] : figuresOf(key, of)));
  if (own === undefined || lighttpd === undefined) return rows;
  const shares = own.perSecond.map((rate, n) => rate / (lighttpd.perSecond[n] ?? Number.NaN));
  return [{ key: `${key}.share`, unit: "of lighttpd", values: shares }, ...rows];
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
