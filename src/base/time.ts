// Times for people and for RouterOS, without Intl. RouterOS writes durations as
// 1w2d3h4m5s, 00:05:00 or 551us (https://help.mikrotik.com/docs/spaces/ROS/pages/47579229/Scripting).

import { type Fault, fault } from "./fault.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const WEEK = 604_800_000;
/** The last instant a Date can hold (ECMAScript 21.4.1.1). */
const LAST_MS = 8.64e15;

function two(n: number): string {
  return String(n).padStart(2, "0");
}

/** RFC 3339 to the second: "2025-04-26T10:00:00Z", or with an offset "…+02:00". */
export function isoTime(wallMs: number, offsetMin = 0): string {
  const shown = Math.min(LAST_MS, Math.max(-LAST_MS, Math.floor(wallMs) + offsetMin * MINUTE));
  const text = new Date(shown).toISOString().replace(/\.\d+Z$/, "");
  if (offsetMin === 0) return `${text}Z`;
  const away = Math.abs(offsetMin);
  return `${text}${offsetMin < 0 ? "-" : "+"}${two(Math.floor(away / 60))}:${two(away % 60)}`;
}

const PARTS =
  /^(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9}):(\d\d):(\d\d)(\.\d{1,9})?|(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9})(\.\d{1,9})?s)?(?:(\d{1,9})ms)?(?:(\d{1,9})us)?(?:(\d{1,9})ns)?)$/;

/** Milliseconds of a RouterOS duration; parts of one are kept. */
export function parseRosDuration(text: string): number | Fault {
  const found = text === "" ? null : PARTS.exec(text);
  if (found === null) {
    return fault("input", "This is not a duration.", {
      next: "Write it like 1d2h30m, 45s or 00:05:00.",
      code: "bad_duration",
    });
  }
  const n = (index: number): number => Number(found[index] ?? 0);
  const clock = n(3) * HOUR + n(4) * MINUTE + n(5) * SECOND + n(6) * SECOND;
  const words = n(7) * HOUR + n(8) * MINUTE + n(9) * SECOND + n(10) * SECOND + n(11) + n(12) / 1e3 + n(13) / 1e6;
  return n(1) * WEEK + n(2) * DAY + clock + words;
}

/** For people: the two largest units, such as "3h 4m" or "250 ms". */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < SECOND) return `${whole} ms`;
  const units: ReadonlyArray<readonly [number, string]> = [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "m"],
    [SECOND, "s"],
  ];
  const first = units.findIndex(([size]) => whole >= size);
  const shown: string[] = [];
  let left = whole;
  for (const [size, name] of units.slice(first, first + 2)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) shown.push(`${count}${name}`);
  }
  return shown.join(" ");
}

/** As RouterOS prints it: "1w2d3h4m5s", "250ms", "0s". */
export function rosDuration(ms: number): string {
  let left = Math.max(0, Math.round(ms));
  let out = "";
  const units: ReadonlyArray<readonly [number, string]> = [
    [WEEK, "w"],
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "m"],
    [SECOND, "s"],
    [1, "ms"],
  ];
  for (const [size, name] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) out += `${count}${name}`;
  }
  return out === "" ? "0s" : out;
}
