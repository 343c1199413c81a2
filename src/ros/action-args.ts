// Arguments of the commands of actions.ts: what is needed, defaults, bounds, and the
// switches that only steer a terminal.

import { isFault, type Outcome } from "../base/fault.ts";
import { parseRosDuration } from "../base/time.ts";
import type { Action } from "./actions.ts";
import type { Menu } from "./commands.ts";
import { type Intent, refuse, targetOf } from "./intent.ts";
import type { Command } from "./parse.ts";

const TERMINAL_ONLY = new Set(["as-value", "without-paging", "freeze-frame-interval", "once"]);
// They write files or run scripts beside the command.
const HIDDEN_EFFECTS = ["file", "append", "do", "on-event", "save-file"];

function checkBounds(action: Action, body: Readonly<Record<string, string>>): Outcome<void> {
  for (const [name, most] of Object.entries(action.most ?? {})) {
    const value = body[name];
    if (value === undefined) continue;
    if (!/^\d{1,9}$/.test(value) || Number(value) < 1 || Number(value) > most)
      return refuse(`${name} may be 1 to ${most} here.`);
  }
  for (const [name, longestMs] of Object.entries(action.longestMs ?? {})) {
    const value = body[name];
    if (value === undefined) continue;
    const ms = parseRosDuration(/^\d+$/.test(value) ? `${value}s` : value);
    if (isFault(ms)) return ms;
    if (ms > longestMs) return refuse(`${name} may be at most ${longestMs / 1_000} s here.`);
  }
  return undefined;
}

/** A known command with its arguments checked and completed. */
export function translateAction(menu: Menu, c: Command, action: Action): Outcome<Intent> {
  const hidden = HIDDEN_EFFECTS.find((h) => c.values.has(h) || c.switches.has(h));
  if (hidden !== undefined) return refuse(`${c.verb} with ${hidden} is not supported here.`);
  if (c.unset.length + c.finds.size > 0 || c.hasWhere) return refuse(`${c.verb} takes name=value pairs here.`);
  const body: Record<string, string> = { ...action.defaults };
  for (const [name, value] of c.values) if (!TERMINAL_ONLY.has(name)) body[name] = value;
  for (const s of c.switches) if (!TERMINAL_ONLY.has(s)) body[s] = "";
  if (action.once === true || c.switches.has("once")) {
    body["once"] = "";
    delete body["duration"];
  }
  if (body["proplist"] !== undefined) {
    body[".proplist"] = body["proplist"];
    delete body["proplist"];
  }
  let target = null;
  if (action.unnamed === "numbers") {
    const rows = targetOf(menu, c, c.items);
    if (isFault(rows)) return rows;
    target = rows;
  } else if (c.items.length > 0) {
    const [item, more] = c.items;
    if (action.unnamed === undefined || more !== undefined || item?.by !== "text")
      return refuse(`${c.verb} takes name=value pairs.`);
    body[action.unnamed] = item.text;
  }
  const missing = (action.needs ?? []).filter((n) => (n === "numbers" ? target === null : (body[n] ?? "") === ""));
  if (missing.length > 0)
    return refuse(
      `${c.menu}/${c.verb} needs ${missing.join(", ").replace("numbers", "an entry (id, name or [find …])")}.`,
    );
  const bounds = checkBounds(action, body);
  return isFault(bounds) ? bounds : { do: "act", menu: c.menu, verb: c.verb, action, target, body };
}
