// One parsed command to what is to be done over REST, without asking the router yet.
// Facts: MikroTik manual, REST API (verbs) and Scripting. Refused here: row numbers,
// whole-set changes, output to files, and every command that no table knows.

import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { translateAction } from "./action-args.ts";
import { actionFor } from "./actions.ts";
import type { Item } from "./args.ts";
import type { CommandTree, Menu } from "./commands.ts";
import { type Intent, notWhole, refuse, type Target, targetOf, type Values } from "./intent.ts";
import type { Command } from "./parse.ts";
import { pathOf } from "./path.ts";
import { translateGet, translatePrint } from "./translate-read.ts";

/** Rows of a command that changes something: there must be some, and not simply all. */
function changing(menu: Menu, c: Command, items: readonly Item[]): Outcome<Target> {
  const target = targetOf(menu, c, items);
  if (isFault(target)) return target;
  if (target === null)
    return refuse(
      `${c.menu}/${c.verb} does not say which entry.`,
      `Add its id or name, or [find …]: ${c.menu}/print shows them.`,
    );
  const whole = notWhole(c, target);
  return whole ?? target;
}

/** Values as the router wants them; `copy-from` would bring in fields that no diff shows. */
function valuesOf(c: Command, without: readonly string[] = []): Outcome<Values> {
  if (c.values.has("copy-from") || c.finds.has("copy-from"))
    return refuse("copy-from is not supported here.", "Write the values out.");
  const odd = [...c.finds.keys()].find((f) => !without.includes(f));
  if (odd !== undefined) return refuse(`${odd} cannot be a [find …] here.`, "Write the value itself.");
  const values = [...c.values].filter(([name]) => !without.includes(name));
  // Flags without a value, such as `fib` of a routing table, are sent empty.
  return Object.fromEntries([...values, ...[...c.switches].map((name) => [name, ""])]);
}

/** One place: the row that another is put before. */
function placeOf(menu: Menu, c: Command, name: string): Outcome<Target | null> {
  const text = c.values.get(name);
  if (c.finds.has(name)) return targetOf(menu, c, [{ by: "find", where: c.finds.get(name) ?? null }]);
  return text === undefined ? null : targetOf(menu, c, [{ by: "text", text, quoted: false }]);
}

// Menus of which it is sure what an entry cannot be without; elsewhere the router knows better.
const NEEDS = /^\/ip(v6)?\/(address|firewall\/[a-z-]+)$|^\/interface\/(bridge\/port|list\/member)$/;

function translateAdd(c: Command, menu: Menu): Outcome<Intent> {
  if (c.items.length > 0 || c.unset.length > 0)
    return refuse("add takes name=value pairs only.", `For example: ${c.menu}/add ${menu.fields[0] ?? "name"}=…`);
  const values = valuesOf(c, ["place-before"]);
  if (isFault(values)) return values;
  if (Object.keys(values).length === 0)
    return refuse("add does not say what to add.", `Write name=value pairs: ${menu.fields.slice(0, 6).join(", ")}…`);
  const before = placeOf(menu, c, "place-before");
  if (isFault(before)) return before;
  const needed = NEEDS.test(c.menu) ? (menu.args("add") ?? []) : [];
  const missing = needed.filter((f) => menu.field(f.name)?.required === true && values[f.name] === undefined);
  if (missing.length > 0) return refuse(`add in ${c.menu} also needs ${missing.map((f) => f.name).join(", ")}.`);
  return { do: "add", menu: c.menu, values, before };
}

function translateSet(c: Command, menu: Menu): Outcome<Intent> {
  const values = valuesOf(c);
  if (isFault(values)) return values;
  if (Object.keys(values).length + c.unset.length === 0)
    return refuse("set does not say what to change.", `Add name=value pairs: ${menu.fields.slice(0, 6).join(", ")}…`);
  const lists = menu.list || (menu.approx && c.items.length > 0);
  if (!lists && c.items.length > 0)
    return refuse(`${c.menu} has no entries to choose from.`, `Write: ${c.menu}/set name=value`);
  const target = lists ? changing(menu, c, c.items) : null;
  return isFault(target) ? target : { do: "set", menu: c.menu, target, values, unset: c.unset };
}

function translateComment(menu: Menu, c: Command): Outcome<Intent> {
  const items = [...c.items];
  const last = c.values.has("comment") ? undefined : items.pop();
  const text = c.values.get("comment") ?? (last?.by === "text" ? last.text : undefined);
  if (text === undefined)
    return refuse("comment wants an entry and a text.", `For example: ${c.menu}/comment *1 comment="…"`);
  const target = changing(menu, c, items);
  return isFault(target) ? target : { do: "set", menu: c.menu, target, values: { comment: text }, unset: [] };
}

function translateMove(menu: Menu, c: Command): Outcome<Intent> {
  const items = [...c.items];
  const second =
    items.length > 1 && !c.values.has("destination") && !c.finds.has("destination") ? items.pop() : undefined;
  const before = second === undefined ? placeOf(menu, c, "destination") : targetOf(menu, c, [second]);
  if (isFault(before)) return before;
  const target = changing(menu, c, items);
  return isFault(target) ? target : { do: "move", menu: c.menu, target, before };
}

function translateUnset(menu: Menu, c: Command): Outcome<Intent> {
  const items = [...c.items];
  const last = c.values.has("value-name") ? undefined : items.pop();
  const names = c.values.get("value-name") ?? (last?.by === "text" ? last.text : "");
  const unset = names.split(",").filter((n) => n !== "");
  if (unset.length === 0)
    return refuse("unset wants an entry and a property.", `For example: ${c.menu}/unset *1 comment`);
  const target = changing(menu, c, items);
  return isFault(target) ? target : { do: "set", menu: c.menu, target, values: {}, unset };
}

/** No values may stand beside the rows of enable, disable and remove. */
function bare(menu: Menu, c: Command): Outcome<Target> {
  if (c.values.size + c.finds.size + c.unset.length + c.switches.size > 0)
    return refuse(`${c.verb} takes entries only.`);
  return changing(menu, c, c.items);
}

/** What a command means over REST; `input` or `denied` fault for what is not translated. */
export function translate(tree: CommandTree, c: Command): Outcome<Intent> {
  const menu = tree.menu(c.menu);
  if (menu === null) return refuse(`${c.menu} is not a menu.`);
  const action = actionFor(menu, c.verb);
  if (action !== null) return translateAction(menu, c, action);
  if (c.menu === "/") return untranslated(c);
  switch (c.verb) {
    case "print":
      return translatePrint(menu, c);
    case "find":
      return translatePrint(menu, { ...c, values: new Map([["proplist", ".id"]]) });
    case "get":
      return translateGet(c, menu);
    case "add":
      return translateAdd(c, menu);
    case "set":
      return translateSet(c, menu);
    case "enable":
    case "disable": {
      const target = bare(menu, c);
      if (isFault(target)) return target;
      return {
        do: "set",
        menu: c.menu,
        target,
        values: { disabled: c.verb === "disable" ? "true" : "false" },
        unset: [],
      };
    }
    case "remove": {
      const target = bare(menu, c);
      return isFault(target) ? target : { do: "remove", menu: c.menu, target };
    }
    case "comment":
      return translateComment(menu, c);
    case "move":
      return translateMove(menu, c);
    case "unset":
      return translateUnset(menu, c);
    default:
      return untranslated(c);
  }
}

/** `edit` and its like want a person at a terminal; the rest only a console knows. */
function untranslated(c: Command): Fault {
  const path = pathOf(c.menu, c.verb);
  const isEdit = c.verb === "edit";
  const why = isEdit
    ? "it opens an editor in a terminal"
    : c.menu === "/"
      ? "it is the console's own"
      : "it wants a terminal";
  return fault("denied", `MikroClaw does not run ${path}: ${why}.`, {
    code: "not_translated",
    next: isEdit
      ? `Write ${c.menu}/set, the entry and name=value.`
      : "Type it in the router's own terminal if you need it.",
  });
}
