// What a change leaves behind: a log line with the command, without secrets, a row of the
// history, and whatever follows from it.

import { type Snapshot, stepSince } from "./history.ts";
import { nounOf } from "./kinds.ts";
import { settleAll } from "./links.ts";
import { isPrivate } from "./record.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

const quoted = (value: string): string => (/^[A-Za-z0-9._:/,*!-]+$/.test(value) ? value : JSON.stringify(value));

/** The command as the router repeats it in its log, without secrets. */
export function said(menu: string, fields: Iterable<readonly [string, string]>): string {
  const parts = [...fields].map(([name, value]) => `${name}=${isPrivate(menu, name) ? "*****" : quoted(value)}`);
  return parts.join(" ");
}

/** Tells the log and the history what was done since `before`. */
export function report(
  world: World,
  actor: Actor,
  menu: string,
  before: Snapshot,
  what: string,
  command: string,
): void {
  const path = menu.slice(1).split("/").join(" ");
  world.note("system,info", `${nounOf(menu)} ${what} by ${actor.user} (/${path} ${command})`);
  world.remember(`${nounOf(menu)} ${what}`, actor.user, stepSince(world, before));
  settleAll(world);
  world.changed(menu);
}
