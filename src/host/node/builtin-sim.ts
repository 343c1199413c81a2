// The built-in simulated router for `make run`: a second engine in this process, quiet,
// on a free port of loopback, with a password that only this process knows.

import { randomBytes } from "node:crypto";
import { isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { type EngineKind, startEngine } from "./engine.ts";
import { makeNodeHost, type Sink } from "./host.ts";

/** The environment by which the agent reaches it. */
export interface SimRouter {
  env: Readonly<Record<string, string>>;
}

function portOf(line: string): number | null {
  const said = parseJson(line);
  if (typeof said !== "object" || said === null || isFault(said)) return null;
  const { event, port } = said as Record<string, unknown>;
  return event === "listening" && typeof port === "number" ? port : null;
}

/** Calls `take` with every whole line that is written. */
function lineSink(take: (line: string) => void): Sink {
  let rest = "";
  return {
    write(text, written) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
      if (written !== undefined) setImmediate(written);
    },
  };
}

/** Starts it and waits until it listens; an error says what it wrote instead. */
export function startBuiltinSim(
  kind: EngineKind,
  script: string,
  resources: Readonly<Record<string, Uint8Array>>,
): Promise<SimRouter> {
  const password = randomBytes(12).toString("hex");
  const args = ["sim", "--port", "0", "--json", "--user", "admin", "--password", password];
  return new Promise((listening, failed) => {
    const complaints: string[] = [];
    const host = makeNodeHost({
      args,
      env: {},
      roots: {},
      resources,
      out: lineSink((line) => {
        const port = portOf(line);
        if (port === null) return;
        const login = { ROUTER_USER: "admin", ROUTER_PASS: password };
        listening({ env: { ROUTER_HOST: `127.0.0.1:${port}`, ...login, ROUTER_PIN: "" } });
      }),
      err: lineSink((line) => void (complaints.length < 5 && complaints.push(line))),
      exit: (code) => failed(new Error(`the simulated router ended with code ${code}. ${complaints.join(" ")}`)),
      engine: kind,
      terminal: false,
    });
    startEngine(kind, script, host).catch(failed);
  });
}
