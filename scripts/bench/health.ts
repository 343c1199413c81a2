// How many /health a second the gateway answers, beside a plain node:http server with the
// same body in the same run: the shared machine's mood meets all three.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { run, startSim } from "../../test/support/program.ts";
import { type Figure, type Found, median } from "./figure.ts";
import { type Loader, loaders } from "./loader.ts";
import { startModel } from "./model.ts";
import { figuresOf, PATH, ratesOf, type Server } from "./rates.ts";

const PLAIN = `
const body = process.argv[1];
const server = require("node:http").createServer((request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;

interface Running extends Server {
  stop(): Promise<unknown>;
}

async function plain(body: string): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, ["-e", PLAIN, body], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  if (child.stdout === null) throw new Error("the plain server has no output");
  const port = await new Promise<number>((told) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", (line) => told(Number(line)));
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  return { name: "node-http", pid: child.pid ?? 0, port, stop };
}

async function gateway(engine: string, env: Record<string, string>): Promise<Running> {
  const agent = run(["gateway", "--port", "0", "--json"], { ...env, LOG_LEVEL: "error" }, engine);
  const { port } = (await agent.event("listening")) as { port: number };
  return { name: engine, pid: agent.child.pid ?? 0, port, stop: agent.stop };
}

/** All servers with one loader, and what share each has of plain node:http. */
async function compare(kind: string, loader: Loader, servers: readonly Running[]): Promise<Figure[]> {
  const rates = await ratesOf(loader, servers);
  const yardstick = median(rates.find(({ name }) => name === "node-http")?.perSecond ?? []);
  return rates.flatMap((of) => {
    const share = {
      key: `health.${kind}.share.${of.name}`,
      unit: "% of node:http",
      values: of.perSecond.map((x) => (x / yardstick) * 100),
    };
    return [...figuresOf(`health.${kind}`, of), ...(of.name === "node-http" ? [] : [share])];
  });
}

/** Kept connections, then a new one for each request. */
export async function health(): Promise<Found> {
  const { kept, fresh } = loaders();
  const [model, sim] = [await startModel(), await startSim()];
  const env = { ...sim.env, ...model.env };
  const servers: Running[] = [];
  try {
    for (const engine of ["quickjs", "v8"]) servers.push(await gateway(engine, env));
    const first = servers[0];
    if (first === undefined) throw new Error("there is no server");
    const body = await (await fetch(`http://127.0.0.1:${first.port}${PATH}`)).text();
    servers.push(await plain(body));
    return {
      title: "/health per second, and the server's CPU for one",
      command: `kept: ${kept.name}; new: ${fresh.name}; GET ${PATH} of \`mikroclaw gateway --engine=ENGINE\``,
      state:
        "router: simulated; model: instant; loader and server on the same machine; one run to warm up; the servers take turns",
      figures: [...(await compare("kept", kept, servers)), ...(await compare("new", fresh, servers))],
      notes: [],
    };
  } finally {
    for (const server of servers) await server.stop();
    await model.close();
    await sim.stop();
  }
}
