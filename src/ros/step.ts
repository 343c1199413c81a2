// One step of a change: its call, what it is about, and what it does to which fields.
// prepare.ts makes steps, plan.ts shows them, apply.ts and check.ts carry them out.

import type { RosRow } from "../port/router.ts";
import { isSecretField } from "./mask.ts";
import type { RestCall } from "./rest.ts";
import { same } from "./where.ts";

/** Values of one row before a change; null stands for "not set". */
export type Before = Readonly<Record<string, string | null>>;

/** What can be set in a row, and what is. */
export interface Own {
  names: readonly string[];
  values: Readonly<Record<string, string>>;
}

/** A row that another is put before. */
export interface Place {
  id: string;
  own: Own;
}

/** One call of a plan, with all that is needed to check it and to take it back. */
export interface Step {
  call: RestCall;
  menu: string;
  /** The row concerned; null for a new one or a menu without rows. */
  id: string | null;
  /** How people know the row. */
  label: string;
  before: Before;
  /** What should be read back; null: the row is gone (remove) or nothing can be read (commands). */
  after: Before | null;
  kind: "add" | "set" | "remove" | "move" | "act";
  /** The row as it is now, whole. */
  row?: RosRow;
  /** What makes it this row, whatever its id names when the plan is carried out. */
  own?: Own;
  /** The row that this one is put before. */
  place?: Place;
  /** Null: nothing to take back, or no way to. An added row is removed by the id it gets. */
  undo: RestCall | null;
  /** The connection ends with it: a lost answer is the answer. */
  drops?: boolean;
  /** Its reply is told. */
  answers?: boolean;
}

/** A step that was sent. */
export interface Done {
  step: Step;
  /** The row's id, also of a new one. */
  id: string | null;
  /** Ids of its menu before anything was changed, where somebody else may undo it too. */
  known?: readonly string[];
  /** What it answered, where that is told. */
  reply?: readonly RosRow[];
}

const alike = (a: string | null, b: string | null): boolean => (a === null || b === null ? a === b : same(a, b));

/**
 * The fields of a step that it changes. A secret always counts: that nothing would change
 * tells who only guessed it that the guess is right.
 */
export function changedFields(step: Step): readonly string[] {
  const { menu, before, after } = step;
  return Object.keys(after ?? {}).filter(
    (n) => isSecretField(menu, n) || !alike(before[n] ?? null, after?.[n] ?? null),
  );
}
