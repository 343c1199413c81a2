// What a command means, before the router is asked: the forms that translate.ts makes
// and prepare.ts turns into calls. Also how a command names rows.

import { type Fault, fault, type Outcome } from "../base/fault.ts";
import type { Action } from "./actions.ts";
import type { Item } from "./args.ts";
import type { Menu } from "./commands.ts";
import type { Expr } from "./expr.ts";
import { isSecretField } from "./mask.ts";
import type { Command } from "./parse.ts";
import { fieldsOf, isExact, isWhole } from "./where.ts";

/** Which rows a command is about. */
export type Target =
  | { by: "ids"; ids: readonly string[] }
  | { by: "names"; names: readonly string[] }
  | { by: "find"; where: Expr | null };

export type Values = Readonly<Record<string, string>>;

export type Intent =
  | {
      do: "print";
      menu: string;
      where: Expr | null;
      only: Target | null;
      /** Null: all. */
      props: readonly string[] | null;
      shape: "rows" | "count" | "value";
      /** A line a value. */
      detail?: boolean;
    }
  | { do: "add"; menu: string; values: Values; before: Target | null }
  | { do: "set"; menu: string; target: Target | null; values: Values; unset: readonly string[] }
  | { do: "remove"; menu: string; target: Target }
  | { do: "move"; menu: string; target: Target; before: Target | null }
  | { do: "act"; menu: string; verb: string; action: Action; target: Target | null; rows: RowsName; body: Values };

/** What a call names its rows by: a command that calls them `number` does not take `numbers`, but `.id` as any. */
export type RowsName = "numbers" | ".id";

/** True when nothing on the router changes. */
export const isRead = (i: Intent): boolean => i.do === "print" || (i.do === "act" && i.action.risk === "read");

/** What to tell where REST does not pick the rows of a condition by itself. */
export function pickedHere(i: Intent): readonly string[] {
  const targets = i.do === "print" ? [i.only] : [i.do === "add" ? null : i.target, "before" in i ? i.before : null];
  const wheres = [i.do === "print" ? i.where : null, ...targets.map((t) => (t?.by === "find" ? t.where : null))];
  if (wheres.every((where) => isExact(i.menu, where))) return [];
  return ["REST has no such condition: of the entries that it gives, only those that fit are taken."];
}

/** An `input` fault about a command. */
export const refuse = (what: string, next?: string): Fault => fault("input", what, next === undefined ? {} : { next });

// Menus whose names the tree does not list because they cannot be set.
const NAMED: ReadonlySet<string> = new Set([
  "/app",
  "/disk",
  "/interface/ethernet/switch/port",
  "/ip/firewall/service-port",
  "/ip/service",
  "/ppp/active",
  "/system/package",
]);

/** Items of a command as rows; null when there are none. */
export function targetOf(menu: Menu, c: Command, items: readonly Item[]): Outcome<Target | null> {
  const find = items.find((i) => i.by === "find");
  if (find?.by === "find") {
    if (items.length > 1) return refuse("Name the entries in one way only: by id, by name or by one [find …].");
    const secretField = fieldsOf(find.where).find((f) => isSecretField(c.menu, f));
    if (secretField !== undefined) return secretCondition(secretField);
    return { by: "find", where: find.where };
  }
  // Ids are taken with blanks as well, names are not: one of them may be a word that was mistyped.
  if (items.length > 1 && items.some((i) => i.by === "text" && !i.text.startsWith("*")))
    return refuse("Several entries are joined by commas, without blanks: ether1,ether2.");
  const words = items
    .flatMap((i) => (i.by === "text" ? (i.quoted ? [i.text] : i.text.split(",")) : []))
    .filter((w) => w !== "");
  if (words.length === 0) return null;
  const number = words.find((w) => /^\d+$/.test(w));
  if (number !== undefined) {
    return refuse(
      `${number} is a row number, which holds only in the terminal that printed it.`,
      `Name the entry by its id (${c.menu}/print shows .id, such as *1F) or by a condition: [find name=…].`,
    );
  }
  if (words.every((w) => /^\*[0-9A-Fa-f]+$/.test(w))) return { by: "ids", ids: words.map((w) => w.toUpperCase()) };
  const starred = words.find((w) => w.startsWith("*"));
  if (starred !== undefined)
    return refuse(
      `"${starred}" among these is no id or stands beside names.`,
      "An id is * and hexadecimal digits, such as *1F; give only ids or only names.",
    );
  if (menu.field("name") === null && !menu.approx && !NAMED.has(c.menu)) {
    return refuse(
      `The entries of ${c.menu} have no names, so "${words[0] ?? ""}" is none.`,
      `Use an id (${c.menu}/print shows .id) or [find …].`,
    );
  }
  return { by: "names", names: words };
}

/** Conditions on secrets would let them be guessed letter by letter. */
export function secretCondition(field: string): Fault {
  return fault("denied", `${field} is secret and cannot be used in a condition.`, {
    next: "Use another property, such as name or comment.",
  });
}

/** `denied` when a change would concern every row. */
export function notWhole(c: Command, target: Target | null): Fault | null {
  if (target?.by !== "find" || !isWhole(target.where)) return null;
  return fault("denied", `This would ${c.verb} every entry of ${c.menu}.`, {
    next: "Name the entries, or give a condition that picks them: [find name=…].",
  });
}
