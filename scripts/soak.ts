// `node --import tsx scripts/soak.ts MINUTES`: the soak alone, as long as one likes (30 unless given), beside its budgets.

import { type Figure, judge, readBudgets, sayFound, sayVerdicts } from "./bench/figure.ts";
import { machineLine } from "./bench/machine.ts";
import { binary } from "./bench/native/binary.ts";
import { soak } from "./bench/native/soak.ts";

const MINUTES_USUAL = 30;

async function main(given: string | undefined): Promise<void> {
  const minutes = Number(given ?? MINUTES_USUAL);
  if (!(minutes > 0)) throw new Error(`"${String(given)}" is no number of minutes`);
  const copy = binary();
  if ("missing" in copy) throw new Error(copy.missing);
  process.stdout.write(`${machineLine()}\n`);
  try {
    const found = await soak(copy, minutes);
    const budgets = readBudgets(process.cwd());
    process.stdout.write(`${sayFound(found)}${sayVerdicts(found.figures, budgets)}`);
    const over = (figure: Figure): boolean => ["over", "under"].includes(judge(figure, budgets));
    if (found.figures.some(over)) process.exitCode = 1;
  } finally {
    copy.remove();
  }
}

try {
  await main(process.argv[2]);
} catch (error) {
  process.stderr.write(`the soak could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
