// Measures what the project promises and compares it with test/bench/budget.json:
// `node --import tsx scripts/bench.ts [--strict] [NAME…]`. Only --strict makes a figure
// outside its budget an exit code: a busy machine is no fault of the program.

import { existsSync } from "node:fs";
import { type Found, judge, readBudgets, sayFound } from "./bench/figure.ts";
import { health } from "./bench/health.ts";
import { heap } from "./bench/heap.ts";
import { machineLine } from "./bench/machine.ts";
import { size } from "./bench/size.ts";
import { start } from "./bench/start.ts";
import { tokens } from "./bench/tokens.ts";
import { turn } from "./bench/turn.ts";

// In the order of growing time.
const BENCHMARKS: Readonly<Record<string, () => Promise<Found>>> = { size, tokens, start, health, turn, heap };

function chosen(args: readonly string[]): string[] {
  const names = args.filter((arg) => arg !== "--strict");
  const wrong = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (wrong !== undefined)
    throw new Error(`there is no benchmark ${wrong}; there are ${Object.keys(BENCHMARKS).join(", ")}`);
  return names.length > 0 ? names : Object.keys(BENCHMARKS);
}

async function main(args: readonly string[]): Promise<void> {
  const names = chosen(args);
  if (!existsSync("dist/mikroclaw.mjs")) throw new Error("there is no dist/mikroclaw.mjs: run make build first");
  const budgets = readBudgets(process.cwd());
  process.stdout.write(`${machineLine()}\neach figure: the median of its runs (least to most)\n`);
  const outside: string[] = [];
  for (const name of names) {
    const found = await BENCHMARKS[name]?.();
    if (found === undefined) continue;
    process.stdout.write(sayFound(found, budgets));
    for (const figure of found.figures) {
      const verdict = judge(figure, budgets[figure.key]);
      if (verdict === "over" || verdict === "under") outside.push(`${figure.key} is ${verdict} its budget`);
    }
  }
  process.stdout.write(outside.length === 0 ? "\nall within budget\n" : `\n${outside.join("\n")}\n`);
  if (outside.length > 0 && args.includes("--strict")) process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`the benchmark could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
