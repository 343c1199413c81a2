// One seed for every property test, and a scale for their counts: `make sweep` raises it.

/** Fixed unless SEED is set; printed by fast-check when a property fails. */
export const SEED = Number(process.env["SEED"] ?? 20_250_426);

/** True in `make sweep`. */
export const WHOLE = Number(process.env["SWEEP"] ?? 1) > 1;

/** How many runs a property gets: `n` times the sweep factor. */
export function RUNS(n: number): number {
  return Math.ceil(n * Number(process.env["SWEEP"] ?? 1));
}
