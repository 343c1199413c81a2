// Runs the built program as a process of its own: waits for its JSON lines, collects what
// it prints, and stops it by pid. MIKROCLAW_PROGRAM names another one than Node's (the native
// binary); the simulated router, which only Node's program has, is always that of Node.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const PROGRAM = "dist/mikroclaw.mjs";
const OTHER = process.env["MIKROCLAW_PROGRAM"] ?? "";

/** Why a test of what only Node's program has is skipped; false where it is that one. */
export const nodeOnly: string | false = OTHER !== "" && "only the Node program has the built-in simulated router";

/** As a shell would be given it. */
export function commandLine(args: readonly string[]): string {
  return [...(OTHER === "" ? [process.execPath, PROGRAM] : [OTHER]), ...args].join(" ");
}

/** A line that is one JSON object. */
export type Line = Record<string, unknown>;

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly out: string[];
  readonly err: string[];
  /** The first JSON line of stdout with that `event`. */
  event(name: string): Promise<Line>;
  /** Resolves when stdout or stderr has a line with this text. */
  saw(text: string): Promise<string>;
  send(text: string): void;
  exit(): Promise<number>;
  /** SIGTERM, then the exit code; SIGKILL when it does not end. */
  stop(): Promise<number>;
}

// Nothing of the developer's own environment may reach the program.
function cleanEnv(env: Record<string, string>): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", NO_COLOR: "1", ...env };
}

/** Starts the program. `engine` is given when the caller runs one test on both engines. */
export function run(args: readonly string[], env: Record<string, string> = {}, engine?: string): Running {
  const all = [PROGRAM, ...args, ...(engine === undefined ? [] : [`--engine=${engine}`])];
  const options = { env: cleanEnv(env), stdio: "pipe" } as const;
  const child = OTHER === "" || args[0] === "sim" ? spawn(process.execPath, all, options) : spawn(OTHER, args, options);
  // One that ends at once may have closed its input before anything is written there.
  child.stdin.on("error", () => undefined);
  const out: string[] = [];
  const err: string[] = [];
  const waiting = new Set<() => void>();
  const take = (lines: string[]) => (line: string) => {
    lines.push(line);
    for (const look of [...waiting]) look();
  };
  createInterface({ input: child.stdout }).on("line", take(out));
  createInterface({ input: child.stderr }).on("line", take(err));
  const closed = once(child, "close").then(([code]) => (code as number | null) ?? -1);

  const until = <T>(what: string, find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const done = (finish: () => void): void => {
        clearTimeout(timer);
        waiting.delete(look);
        finish();
      };
      const look = (): void => {
        const found = find();
        if (found !== undefined) done(() => resolve(found));
      };
      const fail = (why: string): void =>
        done(() => reject(new Error(`${what}: ${why}\nstdout: ${out.join("\n")}\nstderr: ${err.join("\n")}`)));
      const timer = setTimeout(() => fail("not seen in 30 s"), 30_000);
      waiting.add(look);
      void closed.then(() => {
        look();
        fail("the program ended first");
      });
      look();
    });

  return {
    child,
    out,
    err,
    event: (name) => until(`event ${name}`, () => out.map(parseLine).find((l) => l?.["event"] === name) ?? undefined),
    saw: (text) => until(`text ${text}`, () => [...out, ...err].find((l) => l.includes(text))),
    send: (text) => void child.stdin.write(text),
    exit: () => closed,
    async stop() {
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 15_000);
      const code = await closed;
      clearTimeout(hard);
      return code;
    },
  };
}

function parseLine(line: string): Line | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

/** Runs to the end with `input` on stdin. */
export async function runOnce(
  args: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Promise<{ code: number; out: string; err: string }> {
  const program = run(args, env);
  program.child.stdin.end(input);
  const hard = setTimeout(() => program.child.kill("SIGKILL"), 60_000);
  const code = await program.exit();
  clearTimeout(hard);
  return { code, out: program.out.join("\n"), err: program.err.join("\n") };
}

/** A simulated router of its own process, on a free port. */
export async function startSim(): Promise<{ env: Record<string, string>; port: number; stop(): Promise<number> }> {
  const sim = run(["sim", "--port", "0", "--json", "--user", "tester", "--password", "sim-pass-4711"]);
  const { port } = (await sim.event("listening")) as { port: number };
  return {
    env: { ROUTER_HOST: `127.0.0.1:${port}`, ROUTER_USER: "tester", ROUTER_PASS: "sim-pass-4711" },
    port,
    stop: () => sim.stop(),
  };
}

/** One REST call to a simulated router, to look at what really changed. */
export async function restOf(sim: { env: Record<string, string>; port: number }, path: string): Promise<unknown> {
  const login = Buffer.from(`${sim.env["ROUTER_USER"]}:${sim.env["ROUTER_PASS"]}`).toString("base64");
  const r = await fetch(`http://127.0.0.1:${sim.port}/rest${path}`, { headers: { authorization: `Basic ${login}` } });
  return r.json();
}
