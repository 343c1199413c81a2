// The program under Node: chooses the engine, loads the bundle beside this file and joins
// it with this machine. Everything that thinks is in the bundle.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startBuiltinSim } from "./builtin-sim.ts";
import { readEarly } from "./early.ts";
import { ENGINES, type EngineKind, startEngine } from "./engine.ts";
import { makeNodeHost } from "./host.ts";
import { runSkill } from "./skill-main.ts";

const FLAG = "--engine=";

function isEngine(name: string): name is EngineKind {
  return (ENGINES as readonly string[]).includes(name);
}

// A reader that went away (`mikroclaw … | head`) is no error.
function quietPipes(): void {
  const gone = (error: NodeJS.ErrnoException): void => process.exit(error.code === "EPIPE" ? 0 : 1);
  process.stdout.on("error", gone);
  process.stderr.on("error", gone);
}

async function main(): Promise<void> {
  quietPipes();
  const given = process.argv.slice(2);
  const at = given.indexOf("--engine");
  if (at >= 0) given.splice(at, 2, `${FLAG}${given[at + 1] ?? ""}`);
  if (given[0] === "--sandbox") await runSkill(Number(given[1]), Number(given[2]));
  const self = fileURLToPath(import.meta.url);
  const engine = given.findLast((arg) => arg.startsWith(FLAG))?.slice(FLAG.length) ?? "quickjs";
  if (!isEngine(engine)) {
    process.stderr.write(`There is no engine "${engine}": use ${ENGINES.join(" or ")}.\n`);
    process.exit(2);
  }
  const args = given.filter((arg) => !arg.startsWith(FLAG));
  const load = (name: string): Buffer => readFileSync(resolve(dirname(self), name));
  const parts = readdirSync(dirname(self)).filter((file) => /^(commands|simulator)\d*\.bin$/.test(file));
  const resources = Object.fromEntries(parts.map((file) => [file.slice(0, -4), new Uint8Array(load(file))]));
  const sim = load("sim.bundle.js").toString();
  const { workspace, routerHost } = readEarly(args, process.env);
  const builtin = process.env["MIKROCLAW_BUILTIN_SIM"] === "1" && routerHost === "" && args[0] !== "sim";
  const router = builtin ? (await startBuiltinSim(engine, sim, resources)).env : {};
  const host = makeNodeHost({
    args,
    env: { ...process.env, ...router },
    roots: { workspace: resolve(workspace || "workspace") },
    resources,
    out: process.stdout,
    err: process.stderr,
    exit: (code) => process.exit(code),
    engine,
    program: [process.execPath, self],
    terminal: true,
  });
  process.on("uncaughtException", (bug) => host.crash(String(bug.stack ?? bug)));
  process.on("unhandledRejection", (bug) => host.crash(bug instanceof Error ? String(bug.stack) : String(bug)));
  // Nothing is under way and nobody said EXIT: without this it would look like success.
  process.on("beforeExit", () => host.crash("the program waits for nothing and has not ended"));
  await startEngine(engine, args[0] === "sim" ? sim : load("mikroclaw.bundle.js").toString(), host);
}

await main();
