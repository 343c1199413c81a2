// The verbs that all menus share: add, set, remove, enable, disable, unset, move, comment.
// Each checks everything first and then changes the rows, the log and the history.

import { type Fault, isFault, type Outcome } from "../../base/fault.ts";
import { SIM_ROWS_MAX } from "../../base/limits-sim.ts";
import type { Menu } from "../../ros/commands.ts";
import { autoName, checkGiven, checkRequired, checkUnique, type Given, type Wish } from "./check.ts";
import { extract } from "./containers.ts";
import { refuseByMode } from "./device-mode.ts";
import { afterAdd, afterRemove, afterSet, beforeRemove } from "./effects.ts";
import { noItem, noMatch, refuse } from "./errors.ts";
import { snapshot } from "./history.ts";
import { DYNAMIC_REMOVABLE, defaultsOf, INTERFACE_TYPES, nounOf } from "./kinds.ts";
import { rerefer } from "./links.ts";
import { report, said } from "./report.ts";
import { addRow, dropRow, type Fields, fieldsOf, findRow, isTrue, moveRow, type Row } from "./rows.ts";
import { countWhileEnabled, type World } from "./world.ts";

/** Who does it. */
export interface Actor {
  user: string;
  can(policy: string): boolean;
  peer: string;
}

/** The menu in whose table a row lives: /interface is a view of several. */
function homeMenu(world: World, menu: string, row: Row): string {
  if (menu !== "/interface") return menu;
  return [...INTERFACE_TYPES.keys()].find((m) => world.tables.get(m)?.rows.includes(row)) ?? menu;
}

/** The row with that id or name. */
export function rowNamed(world: World, menu: string, target: string): Row | undefined {
  const rows = world.rows(menu);
  if (target.startsWith("*")) return rows.find((r) => r.id === target.toUpperCase());
  return rows.find((r) => r.fields.get("name") === target);
}

/** All rows of a comma list of ids and names; `no such item` for the first unknown. */
export function rowsNamed(world: World, menu: string, targets: string): Outcome<readonly Row[]> {
  const found: Row[] = [];
  for (const target of targets.split(",").map((t) => t.trim())) {
    const row = rowNamed(world, menu, target);
    if (row === undefined) return noItem();
    found.push(row);
  }
  return found;
}

function copyFrom(world: World, menu: string, id: string | undefined): Outcome<Fields> {
  if (id === undefined) return new Map();
  const row = rowNamed(world, menu, id);
  if (row === undefined) return noItem();
  const kept = [...row.fields].filter(([name]) => !name.startsWith("~") && name !== "dynamic" && name !== "name");
  return new Map(kept);
}

/** The place for a new row; only ordered menus know one. */
function placeFor(world: World, menu: Menu, before: string | undefined): Fault | null {
  if (before === undefined) return null;
  if (!menu.ordered) return refuse(400, "unknown parameter place-before");
  return findRow(world.table(menu.path), before) === undefined ? noItem() : null;
}

/** What a new row shows: the menu's defaults, flags that are off, and what was chosen. */
function newFields(world: World, menu: Menu, chosen: Fields): Fields {
  const flags = Object.values(menu.flags).filter((f) => f === "dynamic" || f === "invalid");
  const own = Object.entries(defaultsOf(menu.path)).flatMap(([name, value]): Array<[string, string]> => {
    const called = world.family.called(menu.path, name);
    return called === null ? [] : [[called, value]];
  });
  const fields = fieldsOf({ ...Object.fromEntries(own), ...Object.fromEntries(flags.map((f) => [f, "false"])) });
  const name = autoName(world, menu.path);
  if (name !== null) fields.set("name", name);
  if ((menu.args("add") ?? []).some((f) => f.name === "disabled")) fields.set("disabled", "false");
  for (const [key, value] of chosen) fields.set(key, value);
  return fields;
}

/** `add`: the new row. */
export function add(world: World, actor: Actor, menu: Menu, given: Given): Outcome<Row> {
  const table = world.table(menu.path);
  if (table.rows.length >= SIM_ROWS_MAX) return refuse(500, "not enough memory");
  const barred = refuseByMode(world, menu.path);
  if (barred !== null) return barred;
  const wish = checkGiven(world, menu, "add", given);
  if (isFault(wish)) return wish;
  const before = given.get("place-before");
  const copied = copyFrom(world, menu.path, given.get("copy-from"));
  if (isFault(copied)) return copied;
  const chosen: Fields = new Map([...copied, ...wish.set]);
  const wrong = placeFor(world, menu, before) ?? checkRequired(menu, chosen);
  if (wrong !== null) return wrong;
  const fields = newFields(world, menu, chosen);
  const refused = checkUnique(world, menu.path, fields) ?? afterAdd(world, actor, menu.path, fields);
  if (refused !== null) return refused;
  const earlier = snapshot(world);
  const row = addRow(table, fields, before);
  fields.set("~born", String(world.upS()));
  countWhileEnabled(world, row);
  if (menu.path === "/container") extract(world, row);
  report(world, actor, menu.path, earlier, "added", `add ${said(menu.path, wish.set)}`);
  return row;
}

// What may be changed in a dynamic row: nothing, but these few commands may remove it.
function refuseDynamic(menu: string, row: Row, verb: string): Fault | null {
  return isTrue(row.fields, "dynamic") ? refuse(400, `failure: can not ${verb} dynamic ${nounOf(menu)}`) : null;
}

function apply(row: Row, wish: Wish): void {
  for (const [name, value] of wish.set) row.fields.set(name, value);
  for (const name of wish.unset) row.fields.delete(name);
}

function setOne(world: World, actor: Actor, menu: Menu, row: Row, wish: Wish): Fault | null {
  const home = homeMenu(world, menu.path, row);
  const dynamic = refuseDynamic(menu.path, row, "change");
  if (dynamic !== null) return dynamic;
  const after: Fields = new Map([...row.fields, ...wish.set]);
  const twice = checkUnique(world, home, after, row);
  if (twice !== null) return twice;
  const refused = afterSet(world, home, row, wish.set, actor.user);
  if (refused !== null) return refused;
  const before = row.fields.get("name");
  apply(row, wish);
  const now = row.fields.get("name");
  if (before !== undefined && now !== undefined && before !== now) rerefer(world, home, before, now);
  countWhileEnabled(world, row);
  return null;
}

/** `set` of one or several rows; stops at the first refusal, as the router does. */
export function set(world: World, actor: Actor, menu: Menu, rows: readonly Row[], given: Given): Fault | null {
  const wish = checkGiven(world, menu, "set", given);
  if (isFault(wish)) return wish;
  for (const row of rows) {
    const earlier = snapshot(world);
    const refused = setOne(world, actor, menu, row, wish);
    if (refused !== null) return refused;
    report(world, actor, menu.path, earlier, "changed", `set ${row.id} ${said(menu.path, wish.set)}`);
  }
  return null;
}

/** `set` of a menu without records. */
export function setSingle(world: World, actor: Actor, menu: Menu, given: Given): Fault | null {
  const wish = checkGiven(world, menu, "set", given);
  if (isFault(wish)) return wish;
  const fields = world.single(menu.path);
  const earlier = snapshot(world);
  for (const [name, value] of wish.set) fields.set(name, value);
  for (const name of wish.unset) fields.delete(name);
  report(world, actor, menu.path, earlier, "changed", `set ${said(menu.path, wish.set)}`);
  return null;
}

/** `enable` and `disable`. */
export function enable(world: World, actor: Actor, menu: Menu, rows: readonly Row[], on: boolean): Fault | null {
  const barred = on ? refuseByMode(world, menu.path) : null;
  if (barred !== null) return barred;
  for (const row of rows) {
    const wish: Wish = { set: new Map([["disabled", String(!on)]]), unset: [] };
    const earlier = snapshot(world);
    const refused = setOne(world, actor, menu, row, wish);
    if (refused !== null) return refused;
    report(world, actor, menu.path, earlier, "changed", `set ${row.id} disabled=${on ? "no" : "yes"}`);
  }
  return null;
}

/** True when the router keeps this row whatever is asked. */
function keeps(menu: string, row: Row): Fault | null {
  const f = row.fields;
  if (isTrue(f, "default") || isTrue(f, "builtin") || isTrue(f, "~builtin")) {
    return refuse(400, `failure: can not remove default ${nounOf(menu)}`);
  }
  if (menu === "/interface/ethernet" || (menu === "/interface/wifi" && f.has("default-name")) || menu === "~loopback") {
    return refuse(400, "failure: can not remove this interface");
  }
  return DYNAMIC_REMOVABLE.has(menu) ? null : refuseDynamic(menu, row, "remove");
}

/** `remove`. References to the row show its raw id from then on. */
export function remove(world: World, actor: Actor, menu: Menu, rows: readonly Row[]): Fault | null {
  for (const row of rows) {
    const home = homeMenu(world, menu.path, row);
    const kept = keeps(home, row) ?? beforeRemove(world, home, row);
    if (kept !== null) return kept;
    const earlier = snapshot(world);
    dropRow(world.table(home), row.id);
    const name = row.fields.get("name");
    if (name !== undefined) rerefer(world, home, name, row.id);
    afterRemove(world, home, row);
    report(world, actor, menu.path, earlier, "removed", `remove ${row.id}`);
  }
  return null;
}

/** `move`: rows in front of `destination`, at the end without one. */
export function move(
  world: World,
  actor: Actor,
  menu: Menu,
  rows: readonly Row[],
  destination: string | undefined,
): Fault | null {
  const table = world.table(menu.path);
  const goal = destination === undefined ? undefined : rowNamed(world, menu.path, destination);
  if (destination !== undefined && goal === undefined) return noItem();
  for (const row of rows) {
    const dynamic = refuseDynamic(menu.path, row, "move");
    if (dynamic !== null) return dynamic;
    const earlier = snapshot(world);
    moveRow(table, row.id, goal?.id);
    report(world, actor, menu.path, earlier, "moved", `move ${row.id} destination=${goal?.id ?? ""}`);
  }
  return null;
}

/** `unset` of one property. */
export function unset(world: World, actor: Actor, menu: Menu, rows: readonly Row[], property: string): Fault | null {
  const known = (menu.args("set") ?? []).find((f) => f.name === property);
  if (known === undefined || known.required === true) return noMatch("value-name");
  for (const row of rows) {
    const earlier = snapshot(world);
    const refused = setOne(world, actor, menu, row, { set: new Map(), unset: [property] });
    if (refused !== null) return refused;
    report(world, actor, menu.path, earlier, "changed", `unset ${row.id} value-name=${property}`);
  }
  return null;
}
