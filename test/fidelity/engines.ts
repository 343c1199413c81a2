// Runs one bundled program in V8 and in QuickJS. The program puts `start(seed)`, `step()`
// and `result()` on the global; microtasks are drained after every step, as a host does.

import { setImmediate as tick } from "node:timers/promises";
import { createContext, runInContext, Script } from "node:vm";
import * as esbuild from "esbuild";
import { getQuickJS } from "quickjs-emscripten";
import { bare } from "../../scripts/build/options.ts";
import { packCommands } from "../../scripts/gen-commands.ts";
import { RUNS } from "../support/seed.ts";

/** The bundle's text, made as the product's is: for an engine that has only ECMAScript. */
export async function bundle(entry: string): Promise<string> {
  const options = bare(process.cwd(), entry, "fidelity.js");
  // A host hands the command tree over as a resource; here it comes with the program.
  const commands = JSON.stringify(
    Object.fromEntries(Object.entries(packCommands()).map(([name, part]) => [name, new TextDecoder().decode(part)])),
  );
  const define = { ...options.define, __COMMANDS__: commands };
  const made = await esbuild.build({ ...options, define, write: false, metafile: false });
  const text = made.outputFiles?.[0]?.text;
  if (text === undefined) throw new Error("esbuild made no bundle");
  return text;
}

/** How many seeds a program gets: `make sweep` makes a thousand conversations of the twenty. */
export function seedsOf(entry: string): number {
  return RUNS(entry.includes("story") ? 20 : 5);
}

const STEPS_MAX = 5_000_000;

/** What the program says at its end. */
export interface Ran {
  result: string;
  steps: number;
}

/** In a bare context of V8: no Node global is there. */
export async function inV8(text: string, seed: number): Promise<Ran> {
  const context = createContext({});
  new Script(text, { filename: "fidelity.js" }).runInContext(context);
  runInContext(`start(${seed})`, context);
  await tick();
  let steps = 0;
  while (runInContext("step()", context) === true && steps < STEPS_MAX) {
    steps += 1;
    await tick();
  }
  return { result: String(runInContext("result()", context)), steps };
}

/** In QuickJS, where microtasks run only when they are told to. */
export async function inQuickJs(text: string, seed: number): Promise<Ran> {
  const quickJs = await getQuickJS();
  const runtime = quickJs.newRuntime();
  const context = runtime.newContext();
  const run = (code: string): unknown => {
    const value = context.unwrapResult(context.evalCode(code, "fidelity.js"));
    const out: unknown = context.dump(value);
    value.dispose();
    return out;
  };
  const drain = (): void => {
    const ran = runtime.executePendingJobs();
    if (ran.error === undefined) return;
    const error: unknown = context.dump(ran.error);
    ran.error.dispose();
    throw new Error(`a job failed in QuickJS: ${JSON.stringify(error)}`);
  };
  try {
    run(text);
    run(`start(${seed})`);
    drain();
    let steps = 0;
    while (run("step()") === true && steps < STEPS_MAX) {
      steps += 1;
      drain();
    }
    return { result: String(run("result()")), steps };
  } finally {
    context.dispose();
    runtime.dispose();
  }
}
