// What a client gives for `add` and `set`, checked against the command tree and the other
// rows: unknown and missing parameters, types, references, duplicates. The first thing
// wrong is refused in the router's words, and nothing has been changed by then.

import { type Fault, isFault, type Outcome } from "../../base/fault.ts";
import type { Field, Menu } from "../../ros/commands.ts";
import { ambiguous, noMatch, refuse } from "./errors.ts";
import { AUTO_NAMES, INTERFACE_TYPES, uniqueOf } from "./kinds.ts";
import { type Ref, refOf } from "./refs.ts";
import { type Fields, isTrue, type Row } from "./rows.ts";
import { normalise } from "./values.ts";
import type { World } from "./world.ts";

/** Values of a request, by parameter. */
export type Given = ReadonlyMap<string, string>;

/** What is to be written and what is to be unset. */
export interface Wish {
  set: Fields;
  unset: readonly string[];
}

// Words that steer the request and are no fields of a row.
const STEERING = new Set([".id", ".proplist", "numbers", "place-before", "copy-from"]);

function names(world: World, ref: Ref): string[] {
  const found = ref.menus.flatMap((m) => world.rows(m).map((r) => r.fields.get("name") ?? r.id));
  return [...found, ...ref.also];
}

/** One name: as it is, or a prefix that fits only one. */
function lookUp(world: World, argument: string, ref: Ref, value: string): Outcome<string> {
  const sign = value.startsWith("!") ? "!" : "";
  const word = value.slice(sign.length);
  const all = names(world, ref);
  if (word === "") return ambiguous(argument);
  if (all.includes(word)) return value;
  const byId = /^\*[0-9A-Fa-f]+$/.test(word)
    ? ref.menus.flatMap((m) => world.rows(m)).find((r) => r.id === word.toUpperCase())
    : undefined;
  if (byId !== undefined) return sign + (byId.fields.get("name") ?? byId.id);
  const close = all.filter((n) => n.startsWith(word));
  if (close.length > 1) return ambiguous(argument);
  return close[0] === undefined ? noMatch(argument) : sign + close[0];
}

function reference(world: World, field: Field, ref: Ref, value: string): Outcome<string> {
  if (field.enum?.includes(value)) return value;
  if (ref.many !== true) return lookUp(world, field.name, ref, value);
  const found: string[] = [];
  for (const part of value === "" ? [] : value.split(",")) {
    const one = lookUp(world, field.name, ref, part);
    if (isFault(one)) return one;
    found.push(one);
  }
  return found.join(",");
}

// An empty value takes these away; of other types it is a wrong value.
const EMPTY_UNSETS = new Set(["super", "alt", "multi", "object", "string", ""]);

function oneValue(world: World, menu: string, field: Field, value: string): Outcome<string | null> {
  if (value === "" && field.type === "super") return null;
  const ref = refOf(menu, field.name);
  if (ref !== undefined) return reference(world, field, ref, value);
  if (value === "" && EMPTY_UNSETS.has(field.type) && field.name !== "mac-address") return value;
  if (value === "" && field.enum?.length === 1) return ambiguous(field.name);
  return normalise(menu, field, value);
}

/** The field behind a parameter name; of menus that only the manual knows, any name. */
function fieldFor(menu: Menu, args: ReadonlyMap<string, Field>, name: string): Field | undefined {
  const known = args.get(name);
  if (known !== undefined || !menu.approx) return known;
  return menu.field(name) ?? { name, type: "" };
}

/** Checks the parameters of one command against the tree and the other rows. */
export function checkGiven(world: World, menu: Menu, command: "add" | "set", given: Given): Outcome<Wish> {
  const args = new Map((menu.args(command) ?? []).map((f) => [f.name, f]));
  const wish: { set: Fields; unset: string[] } = { set: new Map(), unset: [] };
  for (const [key, value] of given) {
    if (STEERING.has(key)) continue;
    const negated = key.startsWith("!");
    const field = fieldFor(menu, args, negated ? key.slice(1) : key);
    if (field === undefined) return refuse(400, `unknown parameter ${key}`);
    const made = negated ? null : oneValue(world, menu.path, field, value);
    if (isFault(made)) return made;
    if (made === null) wish.unset.push(field.name);
    else wish.set.set(field.name, made);
  }
  return wish;
}

/** The first required parameter that is absent. Interface menus name themselves. */
export function checkRequired(menu: Menu, set: Fields): Fault | null {
  for (const field of menu.args("add") ?? []) {
    const named = field.name === "name" && AUTO_NAMES.has(menu.path);
    if (field.required === true && !named && !set.has(field.name)) return refuse(400, `missing =${field.name}=`);
  }
  return null;
}

const LEASES = "/ip/dhcp-server/lease";

/** Refuses what the menu does not allow twice. `self` is the row that is being changed. */
export function checkUnique(world: World, menu: string, fields: Fields, self?: Row): Fault | null {
  const all = INTERFACE_TYPES.has(menu) ? world.rows("/interface") : world.rows(menu);
  // A reserved lease takes the place of the dynamic one.
  const others = menu === LEASES ? all.filter((r) => !isTrue(r.fields, "dynamic")) : all;
  for (const unique of uniqueOf(menu)) {
    if (!unique.fields.some((f) => fields.has(f))) continue;
    const same = others.find(
      (r) => r !== self && unique.fields.every((f) => (r.fields.get(f) ?? "") === (fields.get(f) ?? "")),
    );
    if (same !== undefined) return refuse(400, `failure: ${unique.text}`);
  }
  return null;
}

/** A free name such as bridge2. */
export function autoName(world: World, menu: string): string | null {
  const stem = AUTO_NAMES.get(menu);
  const isNamed = world.tree
    .menu(menu)
    ?.args("add")
    ?.some((field) => field.name === "name");
  if (stem === undefined || isNamed !== true) return null;
  const taken = new Set(
    (INTERFACE_TYPES.has(menu) ? world.rows("/interface") : world.rows(menu)).map((r) => r.fields.get("name")),
  );
  for (let n = 1; ; n += 1) if (!taken.has(`${stem}${n}`)) return `${stem}${n}`;
}
