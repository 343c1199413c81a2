// Looking at a step's row: is it still as it was planned on, and is it as was wanted?

import { fault, isFault, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { RosRow } from "../port/router.ts";
import { isSecretField } from "./mask.ts";
import { orderOf } from "./prepare.ts";
import type { Rest } from "./rest.ts";
import type { Before, Done, Own, Step } from "./step.ts";
import { same } from "./where.ts";

export interface Looking {
  rest: Rest;
}

/** How a step's row stands: as before, as wanted, or something else. */
export type Stand = "before" | "after" | "other";

// Values that run by themselves while a plan waits.
const RUNNING = new Set(["timeout", "expires-after", "last-seen"]);

/** The row of a step with some fields; null when it is gone. */
export async function readRow(
  s: Scope,
  l: Looking,
  step: Step,
  id: string | null,
  names: readonly string[],
): Wait<RosRow | null> {
  const path = id === null ? step.menu : `${step.menu}/${id}`;
  const query = names.length === 0 ? { ".proplist": ".id" } : { ".proplist": [".id", ...names].join(",") };
  const rows = await l.rest.rows(s, { method: "GET", path, query });
  if (isFault(rows)) return rows.fault === "missing" ? null : rows;
  return rows[0] ?? null;
}

/** Fields in which a row differs from what is wanted. */
export function differing(step: Step, row: RosRow, wanted: Before, exact: boolean): string[] {
  return Object.keys(wanted).filter((name) => {
    if (RUNNING.has(name)) return false;
    const [want, has] = [wanted[name] ?? "", row[name] ?? ""];
    // Secrets are often written only, or shown hidden.
    if (isSecretField(step.menu, name)) return exact && has !== want;
    return exact || want === "" || has === "" ? has !== want : !same(has, want);
  });
}

async function standOfPlace(s: Scope, l: Looking, step: Step): Wait<Stand> {
  const order = await orderOf(s, l, step.menu);
  if (isFault(order)) return order;
  const at = order.indexOf(step.id ?? "");
  if (at < 0) return "other";
  if ((order[at + 1] ?? null) === (step.before["before"] ?? null)) return "before";
  const place = step.after?.["before"] ?? null;
  // Several may have been moved to the same place: then each stands before it.
  return place === null || at < order.indexOf(place) ? "after" : "other";
}

/** Where a step stands now. Steps that leave nothing to read are "other". */
export async function standOf(s: Scope, l: Looking, step: Step, id = step.id): Wait<Stand> {
  if (step.kind === "move") return standOfPlace(s, l, step);
  if (step.kind === "act" && step.after === null) return "other";
  const names = Object.keys({ ...step.before, ...step.after });
  const row = await readRow(s, l, step, id, names);
  if (isFault(row)) return row;
  if (row === null) return step.kind === "remove" ? "after" : "other";
  const wanted = step.after;
  if (differing(step, row, step.before, true).length === 0 && step.kind !== "add") return "before";
  return wanted !== null && differing(step, row, wanted, false).length === 0 ? "after" : "other";
}

/** True when the id still names that row: ids may be given to others, and rows be written anew. */
async function isStill(
  s: Scope,
  l: Looking,
  step: Step,
  id: string | null,
  own: Own,
  before: Before = {},
): Wait<boolean> {
  const path = id === null ? step.menu : `${step.menu}/${id}`;
  const rows = await l.rest.rows(s, { method: "GET", path });
  if (isFault(rows)) return rows.fault === "missing" ? false : rows;
  const set = own.names.map((name) => [name, own.values[name] ?? null] as const);
  const [row] = rows;
  return row !== undefined && differing(step, row, { ...Object.fromEntries(set), ...before }, true).length === 0;
}

const NONE: Own = { names: [], values: {} };

async function isAsPlanned(s: Scope, l: Looking, step: Step): Wait<boolean> {
  const { kind, place, own = NONE, before } = step;
  const isPlace = place === undefined || (await isStill(s, l, step, place.id, place.own));
  if (isPlace !== true || kind === "add") return isPlace;
  const isPlaced = kind !== "move" || (await standOf(s, l, step));
  if (isFault(isPlaced)) return isPlaced;
  if (isPlaced !== true && isPlaced !== "before") return false;
  if (kind === "act" && step.row === undefined) return true;
  return isStill(s, l, step, step.id, own, kind === "move" ? {} : before);
}

/** `conflict` when a row is not any more as it was when the plan was made. */
export async function checkBefore(s: Scope, l: Looking, step: Step): Wait<void> {
  const isPlanned = await isAsPlanned(s, l, step);
  if (isFault(isPlanned)) return isPlanned;
  if (isPlanned) return undefined;
  return fault("conflict", `${step.call.path} has changed since this was planned; nothing was done.`, {
    next: "Ask for it again: the new plan shows how it stands now.",
  });
}

/** The new row that an add made although its answer was lost; null when there is none. */
export async function findAdded(s: Scope, l: Looking, step: Step, known: readonly string[]): Wait<string | null> {
  const rows = await l.rest.rows(s, { method: "GET", path: step.menu });
  if (isFault(rows)) return rows;
  const fresh = rows.filter((r) => !known.includes(r[".id"] ?? ""));
  return fresh.find((r) => differing(step, r, step.after ?? {}, false).length === 0)?.[".id"] ?? null;
}

/** Where a step that was sent stands, whoever may have undone it since: what was put back has a new id. */
export async function standSince(s: Scope, l: Looking, { step, id, known = [] }: Done): Wait<Stand> {
  if (step.kind === "add" && id !== null) {
    const row = await readRow(s, l, step, id, []);
    return isFault(row) ? row : row === null ? "before" : "after";
  }
  const stand = step.kind === "add" ? "other" : await standOf(s, l, step);
  if (isFault(stand) || !(step.kind === "add" || (step.kind === "remove" && stand === "after"))) return stand;
  const wanted = step.kind === "add" ? step : { ...step, after: step.before };
  const there = await findAdded(s, l, wanted, known);
  if (isFault(there)) return there;
  return (there === null) === (step.kind === "add") ? "before" : "after";
}
