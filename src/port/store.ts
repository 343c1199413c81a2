// Rows: what the rooms of the pipeline hand to each other, kept as one table after another.

import type { Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";

export interface Row {
  table: string;
  key: string;
  state: string;
  /** Wall or monotonic milliseconds as the table's room defines; ordered by `due`. */
  dueMs: number;
  tries: number;
  json: string;
}

/** States after which nobody waits for a row: a bounded store may forget these, oldest first. */
export const FINAL_STATES: ReadonlySet<string> = new Set([
  "answered",
  "refused",
  "dropped",
  "sent",
  "dead",
  "kept",
  "reverted",
  "denied",
  "expired",
  "failed",
]);

export interface Store {
  /** Honest about a power cut. */
  readonly keeps: "process" | "disk";
  /** All or none; kept when it resolves. `limit` when a table is full of rows that are not final. */
  put(s: Scope, rows: readonly Row[]): Wait<void>;
  get(s: Scope, table: string, key: string): Wait<Row | null>;
  /** Rows in that state, by `dueMs`, then in the order they were first put. */
  due(s: Scope, table: string, state: string, max: number): Wait<readonly Row[]>;
}
