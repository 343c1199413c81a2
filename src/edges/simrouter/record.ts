// What a client gets to see of a row: its own fields and those that move, without the
// simulation's, and with secrets hidden from users who lack the policy `sensitive`.

import { SECRET_BY_MENU, SECRET_EXTRA, SECRET_NAMES } from "../../ros/secret-fields.ts";
import { liveFields, liveSingle } from "./live.ts";
import type { Fields, Row } from "./rows.ts";
import type { World } from "./world.ts";

export type Shown = Record<string, string>;

const HIDDEN = "*****";
const NAMES = new Set(SECRET_NAMES);

// Fields that hold secrets by our own list but that a router shows to every reader.
const SHOWN_TO_ALL = new Set(["/container/envs value", "/snmp/community name", "/system/routerboard serial-number"]);

/** True when the router hides this field from users without the policy `sensitive`. */
function isSensitive(menu: string, field: string): boolean {
  if (SHOWN_TO_ALL.has(`${menu} ${field}`)) return false;
  const last = field.slice(field.lastIndexOf(".") + 1);
  if (NAMES.has(last) && !(menu.startsWith("/container/envs") && last === "key")) return true;
  const below = (of: string): boolean => menu === of || menu.startsWith(`${of}/`);
  return [...SECRET_BY_MENU].some(([of, fields]) => below(of) && fields.split(" ").includes(last));
}

/** True when the field is no business of a log line. */
export function isPrivate(menu: string, field: string): boolean {
  const extra = SECRET_EXTRA.some(([of, fields]) => menu.startsWith(of) && fields.split(" ").includes(field));
  return extra || isSensitive(menu, field);
}

function visible(menu: string, fields: Fields, more: Shown, sensitive: boolean): Shown {
  const shown: Shown = {};
  for (const [name, value] of [...fields, ...Object.entries(more)]) {
    if (name.startsWith("~")) continue;
    shown[name] = !sensitive && value !== "" && isSensitive(menu, name) ? HIDDEN : value;
  }
  return shown;
}

/** One row as `print` shows it. */
export function record(world: World, menu: string, row: Row, sensitive: boolean): Shown {
  const live = liveFields(world, menu, row);
  // /interface is a view: only what it names is shown there.
  const own: Fields = menu === "/interface" ? new Map() : row.fields;
  return { ".id": row.id, ...visible(menu, own, live, sensitive) };
}

/** The object of a menu without records. */
export function singleRecord(world: World, menu: string, sensitive: boolean): Shown {
  return visible(menu, world.single(menu), liveSingle(world, menu), sensitive);
}

/** The chosen fields of a record; an unknown name is left out, as the router does. */
export function choose(shown: Shown, proplist: readonly string[] | null, withId: boolean): Shown {
  if (proplist === null) return shown;
  const chosen: Shown = {};
  if (withId && shown[".id"] !== undefined) chosen[".id"] = shown[".id"];
  for (const name of proplist) {
    const value = shown[name];
    if (value !== undefined) chosen[name] = value;
  }
  return chosen;
}
