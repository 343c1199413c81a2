// The program as dist/mikroclaw.mjs runs it, in an engine that tells its parent how large its
// heap is: `guest.mjs ENGINE ARGUMENTS…`, beside an IPC channel ("heap" asks).

import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ENGINES, startEngine } from "../../src/host/node/engine.ts";
import { makeNodeHost } from "../../src/host/node/host.ts";
import { commandParts } from "./parts.ts";

const [name, ...args] = process.argv.slice(2);
const kind = ENGINES.find((each) => each === name);
if (kind === undefined) throw new Error(`there is no engine ${String(name)}`);

const host = makeNodeHost({
  args,
  env: process.env,
  roots: {},
  resources: commandParts(),
  out: process.stdout,
  err: process.stderr,
  exit: (code) => process.exit(code),
  engine: kind,
  terminal: true,
});
const engine = await startEngine(kind, readFileSync("dist/mikroclaw.bundle.js", "utf8"), host);
// Only now: the flag --expose-gc would put `gc` into the bundle's own context as well.
setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc") as NodeJS.GCFunction;
process.on("message", (asked) => {
  if (asked === "heap") process.send?.({ heap: engine.heapBytes() });
});
