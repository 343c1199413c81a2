// Arguments of the commands of actions.ts: what is needed, defaults, bounds, and the
// switches that only steer a terminal.

import { type Fault, isFault, type Outcome } from "../base/fault.ts";
import { parseRosDuration } from "../base/time.ts";
import type { Action } from "./actions.ts";
import type { Menu } from "./commands.ts";
import { type Intent, notWhole, refuse, targetOf } from "./intent.ts";
import type { Command } from "./parse.ts";

const TERMINAL_ONLY = new Set(["as-value", "without-paging", "freeze-frame-interval", "once"]);
// They write files or run scripts beside the command.
const HIDDEN_EFFECTS = ["file", "append", "do", "on-event", "save-file"];

function checkCount(name: string, value: string, most: number): Fault | null {
  const n = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return n >= 1 && n <= most ? null : refuse(`${name} may be 1 to ${most} here.`);
}

function checkTime(name: string, value: string, longestMs: number): Fault | null {
  const ms = parseRosDuration(/^\d+$/.test(value) ? `${value}s` : value);
  if (isFault(ms)) return ms;
  return ms <= longestMs ? null : refuse(`${name} may be at most ${longestMs / 1_000} s here.`);
}

function checkBounds(action: Action, body: Readonly<Record<string, string>>): Fault | null {
  for (const [name, value] of Object.entries(body)) {
    const most = action.most?.[name];
    const longestMs = action.longestMs?.[name];
    const bad =
      (most === undefined ? null : checkCount(name, value, most)) ??
      (longestMs === undefined ? null : checkTime(name, value, longestMs));
    if (bad !== null) return bad;
  }
  return null;
}

/** What is sent, without what only steers a terminal. */
function bodyOf(c: Command, action: Action): Record<string, string> {
  const body: Record<string, string> = { ...action.defaults };
  for (const [name, value] of c.values)
    if (!TERMINAL_ONLY.has(name)) body[name === "proplist" ? ".proplist" : name] = value;
  for (const s of c.switches) if (!TERMINAL_ONLY.has(s)) body[s] = "";
  if (action.once !== true && !c.switches.has("once")) return body;
  const { duration: _, ...single } = body;
  return { ...single, once: "" };
}

/** The value of the unnamed argument; null when there is none. */
function unnamedOf(c: Command, action: Action): Outcome<string | null> {
  const [item, more] = c.items;
  if (item === undefined) return null;
  if (action.unnamed === undefined || more !== undefined || item.by !== "text")
    return refuse(`${c.verb} takes name=value pairs.`);
  return item.text;
}

/** A known command with its arguments checked and completed. */
export function translateAction(menu: Menu, c: Command, action: Action): Outcome<Intent> {
  const hidden = HIDDEN_EFFECTS.find((h) => c.values.has(h) || c.switches.has(h));
  if (hidden !== undefined) return refuse(`${c.verb} with ${hidden} is not supported here.`);
  if (c.unset.length + c.finds.size > 0 || c.hasWhere) return refuse(`${c.verb} takes name=value pairs here.`);
  const rows = action.unnamed === "numbers";
  const target = rows ? targetOf(menu, c, c.items) : null;
  if (isFault(target)) return target;
  const value = rows ? null : unnamedOf(c, action);
  if (isFault(value)) return value;
  const body = bodyOf(c, action);
  if (value !== null && action.unnamed !== undefined) body[action.unnamed] = value;
  const missing = (action.needs ?? []).filter((n) => (n === "numbers" ? target === null : (body[n] ?? "") === ""));
  if (missing.length > 0) {
    const names = missing.join(", ").replace("numbers", "an entry (id, name or [find …])");
    return refuse(`${c.menu}/${c.verb} needs ${names}.`);
  }
  const bad = checkBounds(action, body) ?? (action.risk === "read" ? null : notWhole(c, target));
  const isNumber = menu.args(c.verb)?.some((f) => f.name === "number") === true;
  return bad ?? { do: "act", menu: c.menu, verb: c.verb, action, target, rows: isNumber ? ".id" : "numbers", body };
}
