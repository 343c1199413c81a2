// Times of the day and days of the week as people write them, as RouterOS's firewall wants
// them. A span over midnight is two. Facts: MikroTik manual, Filter: time.

import { fault, type Outcome } from "../../base/fault.ts";
import { word } from "../../base/text.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY = /^(sun|mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?)(day)?$/;

/** "21:00", "21:30", "7": minutes since midnight; null for anything else. */
function minutesOf(text: string): number | null {
  const found = /^(\d{1,2})(?:[:.](\d{2}))?$/.exec(text);
  const [hours, minutes] = [Number(found?.[1] ?? 99), Number(found?.[2] ?? 0)];
  const all = hours * 60 + minutes;
  return minutes < 60 && all <= 1_440 ? all : null;
}

/** Places of days in the week: "mon-fri", "sat,sun"; all of them for "". */
function daysOf(text: string): readonly number[] | null {
  const found = new Set<number>();
  for (const part of text.toLowerCase().replaceAll(" ", "").split(",")) {
    const [first = -1, last = first, more] = part
      .split("-")
      .map((d) => (DAY.test(d) ? DAYS.indexOf(d.slice(0, 3)) : -1));
    if (first < 0 || last < 0 || more !== undefined) return null;
    for (let day = first; found.add(day % 7) && day % 7 !== last; ) day += 1;
  }
  return [...found].sort((a, b) => a - b);
}

/** Values of `time` for a rule each; none: always. */
export function timesOf(hours: string, days: string): Outcome<readonly string[]> {
  if (hours === "" && days === "") return [];
  const ends = (hours || "0:00-24:00").replaceAll(" ", "").split("-").map(minutesOf);
  const [from = null, to = null, more] = ends;
  if (from === null || to === null || from === to || more !== undefined)
    return fault("input", `${word(hours)} is no time of the day: write from-to, such as 21:00-07:00.`);
  const on = daysOf(days || DAYS.join(","));
  if (on === null) return fault("input", `${word(days)} are no days: write mon-fri or sat,sun.`);
  const names = (shift: number): string =>
    [...on]
      .map((day) => (day + shift) % 7)
      .sort((a, b) => a - b)
      .map((day) => DAYS[day] ?? "")
      .join(",");
  const at = (minutes: number): string => {
    if (minutes === 1_440) return "1d";
    const text = `${minutes >= 60 ? `${Math.floor(minutes / 60)}h` : ""}${minutes % 60 === 0 ? "" : `${minutes % 60}m`}`;
    return text === "" ? "0s" : text;
  };
  if (from < to) return [`${at(from)}-${at(to)},${names(0)}`];
  const evening = `${at(from)}-1d,${names(0)}`;
  return to === 0 ? [evening] : [evening, `0s-${at(to)},${names(1)}`];
}

/** Two values of `time` that mean the same; a router may order the days in its own way. */
export function sameTime(a: string, b: string): boolean {
  const plain = (text: string): string => text.split(/[-,]/).sort().join();
  return plain(a) === plain(b) && a.split(",")[0] === b.split(",")[0];
}
