// Console commands of typed tasks: their values are always quoted, so that no text from
// outside can become a command of its own.

import { isFault, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import type { RosRow } from "../../port/router.ts";
import type { ToolKit } from "../../port/tool.ts";
import { type RowsOf, rowsIfAny } from "../rows.ts";
import { quoted } from "../undo-script.ts";

type Fields = Readonly<Record<string, string | undefined>>;

/** Fields as arguments; those without a value are left out. */
function argumentsOf(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, value]) => (value === undefined ? "" : ` ${name}=${quoted(value)}`))
    .join("");
}

const idOf = (row: RosRow): string => quoted(row[".id"] ?? "");

/** `menu/add name="value" …` */
export const adding = (menu: string, fields: Fields): string => `${menu}/add${argumentsOf(fields)}`;

/** `menu/set *1 name="value" …`, or without a row where the menu has none. */
export const setting = (menu: string, row: RosRow | null, fields: Fields): string =>
  `${menu}/set${row === null ? "" : ` ${idOf(row)}`}${argumentsOf(fields)}`;

/** `menu/remove *1 *2`, or another command of rows; together they can be put back together. */
export const doing = (menu: string, verb: string, ...rows: readonly RosRow[]): string =>
  `${menu}/${verb} ${rows.map(idOf).join(" ")}`;

/** Reads all menus that a change must know, none where this router has no such menu; what may not be read is a fault. */
export async function reading(s: Scope, kit: ToolKit, menus: readonly string[]): Wait<RowsOf> {
  const all = new Map<string, readonly RosRow[]>();
  for (const menu of menus) {
    const rows = await rowsIfAny(s, kit.router, menu);
    if (isFault(rows)) return rows;
    all.set(menu, rows);
  }
  return (menu) => all.get(menu) ?? [];
}

/** "no" and the like, for switches of tasks. */
export const isNo = (text: string): boolean => /^(no|off|false|0)$/i.test(text);
