// A figure: values of several runs, how they were had, and what the budget says of their
// median. Printed as one line each; nothing here ends a run.

import { readFileSync } from "node:fs";
import { table } from "../../src/base/text.ts";

/** One measured thing. `values` are those of the runs, in order. */
export interface Figure {
  /** `bench.what` or `bench.what.engine`: the key in budget.json. */
  key: string;
  unit: string;
  values: readonly number[];
  /** Where its bound is kept elsewhere than in budget.json. */
  budget?: Budget;
}

/** What one benchmark found, with what makes it repeatable. */
export interface Found {
  title: string;
  command: string;
  /** How the processes were configured and what load they had. */
  state: string;
  figures: Figure[];
  /** What could not be measured and why, or what helps to read the figures. */
  notes: string[];
}

/** A bound for the median of a figure, and where it comes from. */
export interface Budget {
  max?: number;
  min?: number;
  why: string;
}

export type Budgets = Readonly<Record<string, Budget>>;

/** The budgets of the repository. */
export function readBudgets(root: string): Budgets {
  return JSON.parse(readFileSync(`${root}/test/bench/budget.json`, "utf8")) as Budgets;
}

/** The middle value; the mean of the two middle ones of an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)];
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  if (high === undefined || low === undefined) throw new Error("a figure has at least one value");
  return (low + high) / 2;
}

/** "ok", "over" or "under" the budget, or "none" where there is no budget. */
export function judge(figure: Figure, budgets: Budgets): "ok" | "over" | "under" | "none" {
  const budget = figure.budget ?? budgets[figure.key];
  if (budget === undefined) return "none";
  const value = median(figure.values);
  if (budget.max !== undefined && value > budget.max) return "over";
  if (budget.min !== undefined && value < budget.min) return "under";
  return "ok";
}

function say(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function sayBound({ max, min }: Budget): string {
  return [max === undefined ? [] : [`at most ${say(max)}`], min === undefined ? [] : [`at least ${say(min)}`]]
    .flat()
    .join(", ");
}

/** The lines of one figure. */
function sayFigure({ key, unit, values }: Figure): string {
  const spread =
    values.length === 1 ? "" : `  (${say(Math.min(...values))} to ${say(Math.max(...values))}, ${values.length} runs)`;
  return `  ${key.padEnd(36)}${`${say(median(values))} ${unit}`.padStart(18)}${spread}`;
}

/** Everything one benchmark has to say. */
export function sayFound(found: Found): string {
  const head = [`\n${found.title}`, `  command: ${found.command}`, `  state:   ${found.state}`];
  const notes = found.notes.map((note) => `  note: ${note}`);
  return `${[...head, ...found.figures.map(sayFigure), ...notes].join("\n")}\n`;
}

/** One row for each figure that has a budget: what it is, what it may be, and the verdict. */
export function sayVerdicts(figures: readonly Figure[], budgets: Budgets): string {
  const rows = figures.flatMap((figure) => {
    const budget = figure.budget ?? budgets[figure.key];
    if (budget === undefined) return [];
    return [[figure.key, say(median(figure.values)), figure.unit, sayBound(budget), judge(figure, budgets)]];
  });
  return `\n${table([["figure", "measured", "", "budget", ""], ...rows])}\n`;
}
