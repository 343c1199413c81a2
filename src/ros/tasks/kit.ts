// Console commands of typed tasks: their values are always quoted, so that no text from
// outside can become a command of its own.

import type { RosRow } from "../../port/router.ts";
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

/** `menu/remove *1`, or another command of one row. */
export const doing = (menu: string, verb: string, row: RosRow): string => `${menu}/${verb} ${idOf(row)}`;
