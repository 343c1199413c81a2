// The router's binary of this machine's processor as the benchmarks run it: a copy, as a build may replace it
// meanwhile, started the way the container starts it, on one core where taskset is there.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { has } from "../machine.ts";

const ARCHS: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const STOP_MS = 15_000;
/** The servers under test run on this core, what puts load on them on the other. */
export const SERVER_CORE = 0;
export const LOADER_CORE = 1;

/** Where the copy is, and what it is a copy of. */
export interface Binary {
  readonly path: string;
  readonly from: string;
  remove(): void;
}

/** A running gateway. */
export interface Gateway {
  readonly pid: number;
  readonly port: number;
  /** What it wrote to stderr so far. */
  log(): string;
  stop(): Promise<void>;
}

/** A copy of the built binary, in a folder of its own. */
export function binary(): Binary | { missing: string } {
  const arch = process.platform === "linux" ? ARCHS[process.arch] : undefined;
  if (arch === undefined) return { missing: "there is no router binary for this machine" };
  const from = `dist/${arch}/mikroclaw`;
  if (!existsSync(from)) return { missing: `${from} is not built (make binary)` };
  const folder = mkdtempSync(join(tmpdir(), "mikroclaw-bench-"));
  const path = join(folder, "mikroclaw");
  copyFileSync(from, path);
  chmodSync(path, 0o755);
  return { path, from, remove: () => rmSync(folder, { recursive: true }) };
}

/** The words that start a program on one core. */
export function onCore(core: number, words: readonly string[]): readonly string[] {
  return has("taskset") ? ["taskset", "-c", String(core), ...words] : words;
}

/** How a child is started: nothing of the developer's own environment may reach it. */
export function start(words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const [program = "", ...args] = words;
  return spawn(program, args, {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** SIGTERM, and SIGKILL when it does not end. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(hard);
}

/** Starts `gateway` on a free port of loopback and waits until it listens. */
export async function startGateway(path: string, env: Readonly<Record<string, string>>): Promise<Gateway> {
  const child = start(onCore(SERVER_CORE, [path, "gateway", "--port", "0", "--json"]), env);
  let said = "";
  child.stderr?.on("data", (bytes: Buffer) => {
    said = `${said}${bytes.toString()}`.slice(-16_384);
  });
  if (child.stdout === null) throw new Error("the gateway has no output");
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise<number>((told, failed) => {
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`the gateway ended with ${String(code)}: ${said}`)));
    lines.on("line", (line) => {
      const { event, port: at } = JSON.parse(line) as { event?: string; port?: number };
      if (event === "listening" && at !== undefined) told(at);
    });
  });
  return { pid: child.pid ?? 0, port, log: () => said, stop: () => stop(child) };
}
