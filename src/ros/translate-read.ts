// Reading commands as intents: print with what picks rows, get. Facts: MikroTik manual, Console.

import { fault, isFault, type Outcome } from "../base/fault.ts";
import type { Item } from "./args.ts";
import type { Menu } from "./commands.ts";
import type { Expr } from "./expr.ts";
import { type Intent, refuse, secretCondition, targetOf } from "./intent.ts";
import { isSecretField } from "./mask.ts";
import type { Command } from "./parse.ts";
import { fieldsOf } from "./where.ts";

// Switches of print that change only how the terminal shows rows.
const DISPLAY = new Set(
  "as-value detail brief terse without-paging value-list stats stats-detail show-ids comments bytes packets rate timestamp".split(
    " ",
  ),
);
const PRINT_VALUES = new Set(["proplist", "from"]);
// Arguments of print that pick rows, in the menus that have them.
const PICKS: Readonly<Record<string, Expr | null>> = {
  all: null,
  dynamic: { op: "set", field: "dynamic" },
  static: { op: "not", of: { op: "set", field: "dynamic" } },
};

/** The condition of a print: what stands behind where, and arguments such as `chain=input` or `dynamic`. */
function conditionOf(menu: Menu, c: Command): Expr | null {
  const values = [...c.values].filter(([name]) => !PRINT_VALUES.has(name) && menu.field(name) !== null);
  const equal = values.map(([field, value]): Expr => ({ op: "compare", field, by: "=", value }));
  const picked = [...c.switches].map((name) => (Object.hasOwn(PICKS, name) ? (PICKS[name] ?? null) : null));
  return [...equal, ...picked].reduce(
    (left, right) => (left === null || right === null ? (left ?? right) : { op: "and", left, right }),
    c.where,
  );
}

/** `print` as an intent; faults for what only a terminal can do, and for secrets. */
export function translatePrint(menu: Menu, c: Command): Outcome<Intent> {
  const odd =
    [...c.switches].find((s) => !DISPLAY.has(s) && s !== "count-only" && !Object.hasOwn(PICKS, s)) ??
    [...c.values.keys()].find((v) => !PRINT_VALUES.has(v) && (v === "interval" || menu.field(v) === null));
  if (odd === "show-sensitive")
    return fault("denied", "Secrets are never shown here.", { next: "Look at them in the router's own terminal." });
  if (odd !== undefined)
    return refuse(`print with ${odd} is not supported here.`, "Supported are where, proplist, count-only and from.");
  const where = conditionOf(menu, c);
  const secretField = fieldsOf(where).find((f) => isSecretField(c.menu, f));
  if (secretField !== undefined) return secretCondition(secretField);
  const from = c.values.get("from");
  const items: Item[] = from === undefined ? [...c.items] : [...c.items, { by: "text", text: from, quoted: false }];
  if (c.finds.has("from")) items.push({ by: "find", where: c.finds.get("from") ?? null });
  const only = targetOf(menu, c, items);
  if (isFault(only)) return only;
  const props = c.values
    .get("proplist")
    ?.split(",")
    .map((p) => p.trim())
    .filter((p) => p !== "");
  const shape = c.switches.has("count-only") ? "count" : "rows";
  const detail = c.switches.has("detail") || c.switches.has("stats-detail");
  return { do: "print", menu: c.menu, where, only, props: props ?? null, shape, detail };
}

/** `get [find …] name`, `get ether1 mtu`, `get name` where there are no records. */
export function translateGet(c: Command, menu: Menu): Outcome<Intent> {
  const named = c.values.get("value-name");
  const items = [...c.items];
  let prop = named;
  if (prop === undefined && items.length > (menu.list ? 1 : 0)) {
    const last = items.pop();
    prop = last?.by === "text" ? last.text : undefined;
  }
  if (!menu.list)
    return {
      do: "print",
      menu: c.menu,
      where: null,
      only: null,
      props: prop === undefined ? null : [prop],
      shape: "value",
    };
  const only = targetOf(menu, c, items);
  if (isFault(only)) return only;
  if (only === null)
    return refuse("get wants one entry and a property.", `For example: ${c.menu}/get [find name=…] comment`);
  return { do: "print", menu: c.menu, where: null, only, props: prop === undefined ? null : [prop], shape: "value" };
}
