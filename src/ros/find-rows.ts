// Which rows a command means: by id, by name, or by condition.

import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { PLAN_ROWS_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { nearest } from "../base/text.ts";
import type { RosRow } from "../port/router.ts";
import type { CommandTree } from "./commands.ts";
import type { Target } from "./intent.ts";
import { isSecretField } from "./mask.ts";
import type { Rest } from "./rest.ts";
import type { Own, Place } from "./step.ts";
import { exactPart, fits } from "./where.ts";

export interface Asking {
  rest: Rest;
  tree: CommandTree;
}

// Properties that cost the router much are left out unless somebody asks for them.
const SLOW: Readonly<Record<string, string>> = { "/file": ".id,name,type,size,last-modified,creation-time" };

/** The properties to ask for in a menu whose others are slow. */
export function slowProps(menu: string): Readonly<Record<string, string>> {
  const props = SLOW[menu];
  return props === undefined ? {} : { ".proplist": props };
}

const LABELS = ["name", "list", "host-name", "comment", "address", "dst-address", "interface"];

/** A row's name for people. */
export function labelOf(menu: string, row: RosRow): string {
  const shown = LABELS.filter((l) => !isSecretField(menu, l))
    .map((l) => row[l])
    .filter((v) => v !== undefined && v !== "")
    .slice(0, 2);
  return shown.join(" ");
}

function notFound(menu: string, what: string, names: readonly string[]): Fault {
  const near = nearest(what, names, 3);
  return fault("missing", `${menu} has no entry ${what}.`, {
    next: near.length > 0 ? `Did you mean ${near.join(", ")}?` : `Look with ${menu}/print.`,
  });
}

/** An id goes into paths: nothing else may stand there. */
const isId = (id: string | undefined): boolean => id !== undefined && /^\*[0-9A-Fa-f]+$/.test(id);

/** The rows that a target names, in the router's order. */
export async function rowsOf(s: Scope, a: Asking, menu: string, target: Target): Wait<readonly RosRow[]> {
  if (target.by === "ids") return rowsById(s, a, menu, target.ids);
  if (target.by === "find") {
    const rows = await a.rest.rows(s, {
      method: "GET",
      path: menu,
      query: { ...exactPart(menu, target.where), ...slowProps(menu) },
    });
    return isFault(rows) ? rows : rows.filter((row) => isId(row[".id"]) && fits(target.where, row));
  }
  const found: RosRow[] = [];
  for (const name of target.names) {
    const rows = await a.rest.rows(s, { method: "GET", path: menu, query: { name } });
    if (isFault(rows)) return rows;
    // Some menus list live connections under the same name beside the entry.
    const named = rows.filter((r) => r["name"] === name && isId(r[".id"]));
    const real = named.length > 1 ? named.filter((r) => r["dynamic"] !== "true") : named;
    const [row, more] = real;
    if (more !== undefined)
      return fault("conflict", `${menu} has several entries named ${name}.`, {
        next: "Name the one you mean by its .id.",
      });
    if (row !== undefined) {
      found.push(row);
      continue;
    }
    const all = await a.rest.rows(s, { method: "GET", path: menu, query: { ".proplist": ".id,name" } });
    return isFault(all)
      ? all
      : notFound(
          menu,
          name,
          all.map((r) => r["name"] ?? "").filter((n) => n !== ""),
        );
  }
  return found;
}

async function rowsById(s: Scope, a: Asking, menu: string, ids: readonly string[]): Wait<readonly RosRow[]> {
  const found: RosRow[] = [];
  for (const id of new Set(ids)) {
    const rows = await a.rest.rows(s, { method: "GET", path: `${menu}/${id}` });
    if (isFault(rows)) return rows.fault === "missing" ? notFound(menu, id, []) : rows;
    const row = rows[0];
    if (row === undefined) return notFound(menu, id, []);
    found.push({ ".id": id, ...row });
  }
  return found;
}

/** Rows to change: some, not too many. */
export async function changeable(s: Scope, a: Asking, menu: string, target: Target): Wait<readonly RosRow[]> {
  const rows = await rowsOf(s, a, menu, target);
  if (isFault(rows)) return rows;
  if (rows.length === 0)
    return fault("missing", `Nothing in ${menu} fits this condition.`, { next: `Look with ${menu}/print.` });
  if (rows.length <= PLAN_ROWS_MAX) return rows;
  return fault("limit", `This would change ${rows.length} entries; at most ${PLAN_ROWS_MAX} at once.`, {
    next: "Narrow the condition.",
  });
}

/** The one row before which another is put. */
export async function placeOf(s: Scope, a: Asking, menu: string, target: Target | null): Wait<Place | null> {
  if (target === null) return null;
  const rows = await rowsOf(s, a, menu, target);
  if (isFault(rows)) return rows;
  const [row, more] = rows;
  if (row?.[".id"] === undefined || more !== undefined)
    return fault("input", "The place must be exactly one entry.", { next: "Give its .id." });
  return { id: row[".id"], own: settable(a, menu, row) };
}

/** The values with which a removed row can be added again, or set where none can be added. */
export function settable(a: Asking, menu: string, row: RosRow): Own {
  const known = a.tree.menu(menu);
  const names = (known?.args("add") ?? known?.args("set") ?? []).map((f) => f.name);
  const wanted = new Set(names);
  const set = Object.entries(row).filter(([name, value]) => wanted.has(name) && value !== "");
  return { names, values: Object.fromEntries(set) };
}
