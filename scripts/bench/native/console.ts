// Console commands per second in the router's binary: `explain --json -`, which reads a line, reads and
// translates the command and writes the answer; the start is taken off by a shorter run.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { corpus } from "../console.ts";
import type { Found } from "../figure.ts";
import { repeat } from "../machine.ts";
import type { Binary } from "./binary.ts";

const RUNS = 5;
const SHORT = 100;
const LONG = 2_100;

/** Milliseconds that so many commands take. */
async function explained(path: string, lines: readonly string[], count: number): Promise<number> {
  const text = Array.from({ length: count }, (_, i) => lines[i % lines.length] ?? "").join("\n");
  const from = performance.now();
  const child = spawn(path, ["explain", "--json", "-"], { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.end(`${text}\n`);
  await once(child, "exit");
  return performance.now() - from;
}

export async function nativeConsole(binary: Binary): Promise<Found> {
  const lines = corpus();
  const values = await repeat(RUNS, async () => {
    const short = await explained(binary.path, lines, SHORT);
    const long = await explained(binary.path, lines, LONG);
    return ((LONG - SHORT) * 1_000) / (long - short);
  });
  return {
    title: "The router's binary: console commands per second",
    command: `${binary.from} explain --json - with ${LONG} commands, less ${SHORT}`,
    state: "each read from a pipe, read, translated, explained and written as JSON",
    figures: [{ key: "native.console", unit: "commands/s", values }],
    notes: [],
  };
}
