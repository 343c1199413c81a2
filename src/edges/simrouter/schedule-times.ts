// When an entry of the scheduler is due, and what may stand in its times.
// Facts: MikroTik manual, Scheduler: without a start it is the moment of adding; startup
// is three seconds after the start; an interval of 0s runs once.

import { type Fault, isFault } from "../../base/fault.ts";
import { parseRosDuration } from "../../base/time.ts";
import { badValue } from "./errors.ts";
import type { Fields } from "./rows.ts";
import type { World } from "./world.ts";

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** `2026-11-21`, `nov/21/2026`, as the first; null for no date. */
function dateOf(text: string): string | null {
  const old = /^([a-z]{3})\/(\d\d?)\/(\d{4})$/i.exec(text);
  const month = old === null ? -1 : MONTHS.indexOf(old[1]?.toLowerCase() ?? "");
  const two = (n: string | number | undefined): string => String(n).padStart(2, "0");
  const iso = old === null ? text : `${old[3]}-${two(month + 1)}-${two(old[2])}`;
  return /^\d{4}-\d\d-\d\d$/.test(iso) && !Number.isNaN(Date.parse(`${iso}T00:00:00Z`)) ? iso : null;
}

function timeOf(text: string): string | null {
  if (text === "startup") return text;
  const ms = parseRosDuration(text);
  if (isFault(ms) || ms >= 86_400_000) return null;
  return new Date(ms).toISOString().slice(11, 19);
}

/** Checks and respells the times of an entry that is added (`fields` whole) or set. */
export function settleTimes(world: World, fields: Fields, isNew: boolean): Fault | null {
  const [today = "", now = ""] = world.stamp().split(" ");
  const time = timeOf(fields.get("start-time") ?? now);
  if (time === null) return badValue("start-time");
  if (isNew || fields.has("start-time")) fields.set("start-time", time);
  const date = dateOf(fields.get("start-date") ?? today);
  if (date === null) return badValue("start-date");
  if (fields.has("start-date") || (isNew && time !== "startup")) fields.set("start-date", date);
  return null;
}

/** Wall milliseconds of the next run after now; null: there is none. */
export function nextRun(world: World, fields: Fields): number | null {
  const nowMs = world.clock.wallMs();
  const interval = parseRosDuration(fields.get("interval") ?? "0s");
  const everyMs = isFault(interval) ? 0 : interval;
  const time = fields.get("start-time") ?? "00:00:00";
  const isStartup = time === "startup";
  const startMs = isStartup
    ? nowMs - Math.floor(world.upS() * 1000)
    : Date.parse(`${fields.get("start-date") ?? ""}T${time}Z`);
  if (Number.isNaN(startMs)) return null;
  if (!isStartup && startMs > nowMs) return startMs;
  if (everyMs <= 0) return null;
  return startMs + (Math.floor((nowMs - startMs) / everyMs) + 1) * everyMs;
}
