// Measures what the project promises and compares it with test/bench/budget.json:
// `node --import tsx scripts/bench.ts [--strict] [NAME…]`; "native" stands for all of the router's binary. Only
// --strict makes a figure outside its budget an exit code: a busy machine is no fault of the program.

import { existsSync } from "node:fs";
import { consoleCommands } from "./bench/console.ts";
import { type Figure, type Found, judge, readBudgets, sayFound, sayVerdicts } from "./bench/figure.ts";
import { health } from "./bench/health.ts";
import { heap } from "./bench/heap.ts";
import { machineLine } from "./bench/machine.ts";
import { NATIVE_BENCHMARKS } from "./bench/native.ts";
import { sayPeers } from "./bench/peers.ts";
import { size } from "./bench/size.ts";
import { start } from "./bench/start.ts";
import { stream } from "./bench/stream.ts";
import { tokens } from "./bench/tokens.ts";
import { turn } from "./bench/turn.ts";

// In the order of growing time; those of the binary together, so that they meet the same machine.
const BENCHMARKS: Readonly<Record<string, () => Promise<Found>>> = {
  ...{ size, tokens, stream, console: consoleCommands, start, health, turn },
  ...NATIVE_BENCHMARKS,
  heap,
};

function chosen(args: readonly string[]): string[] {
  const all = Object.keys(BENCHMARKS);
  const names = args.filter((arg) => arg !== "--strict");
  const wrong = names.find((name) => name !== "native" && !Object.hasOwn(BENCHMARKS, name));
  if (wrong !== undefined) throw new Error(`there is no benchmark ${wrong}; there are native, ${all.join(", ")}`);
  if (names.length === 0) return all;
  return all.filter(
    (name) => names.includes(name) || (names.includes("native") && Object.hasOwn(NATIVE_BENCHMARKS, name)),
  );
}

async function main(args: readonly string[]): Promise<void> {
  const names = chosen(args);
  if (!existsSync("dist/mikroclaw.mjs")) throw new Error("there is no dist/mikroclaw.mjs: run make build first");
  const budgets = readBudgets(process.cwd());
  process.stdout.write(`${machineLine()}\neach figure: the median of its runs (least to most)\n`);
  const figures: Figure[] = [];
  for (const name of names) {
    const found = await BENCHMARKS[name]?.();
    if (found === undefined) continue;
    process.stdout.write(sayFound(found));
    figures.push(...found.figures);
  }
  process.stdout.write(`${sayVerdicts(figures, budgets)}\n${machineLine()}\n`);
  process.stdout.write(sayPeers(process.cwd(), figures));
  const outside = figures.filter((figure) => ["over", "under"].includes(judge(figure, budgets)));
  process.stdout.write(outside.length === 0 ? "\nall within budget\n" : `\noutside the budget: ${outside.length}\n`);
  if (outside.length > 0 && args.includes("--strict")) process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`the benchmark could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
