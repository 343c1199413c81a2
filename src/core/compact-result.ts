// A tool's result that is too long, cut by its kind: of rows the first ones stay, of a log the
// newest, of an export something of each section. A marker says what was left out, and how to
// get it. Kinds are known by their looks, so that every tool's text is cut alike.

import { cutBytes } from "../base/text.ts";
import { utf8Length } from "../base/utf8.ts";

// RouterOS begins a line of its log with a date or a time.
const TIME =
  /^\W*(?:id=\*[0-9A-F]+ )?(?:time=)?"?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|[a-z]{3}\/\d\d(?:\/\d{4})? \d\d:\d\d:\d\d|\d\d-\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d)/;
const SECTION = /^\/[a-z][a-z0-9 /-]*$/;
/** Room for the marker. */
const MARKER_BYTES = 200;
const LOG_SHARE = 0.6;

const bytesOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + utf8Length(line) + 1, 0);

/** The first lines that fit. */
function headOf(lines: readonly string[], max: number): string[] {
  let room = max;
  const over = lines.findIndex((line) => {
    room -= utf8Length(line) + 1;
    return room < 0;
  });
  return lines.slice(0, over < 0 ? lines.length : over);
}

function rows(lines: readonly string[], max: number): string | null {
  const head = headOf(lines, max);
  if (head.length === 0) return null;
  const gone = lines.length - head.length;
  return `${head.join("\n")}\n[… the last ${gone} of ${lines.length} lines are left out; ask for fewer rows or fields]`;
}

function log(lines: readonly string[], max: number): string | null {
  const times = lines.flatMap((line) => TIME.exec(line)?.[1] ?? []);
  if (times.length < lines.length * LOG_SHARE) return null;
  const isNewestFirst = (times[0] ?? "") > (times.at(-1) ?? "");
  const newest = headOf(isNewestFirst ? lines : [...lines].reverse(), max);
  if (newest.length === 0) return null;
  const kept = isNewestFirst ? newest : newest.reverse();
  const marker = `[… the oldest ${lines.length - kept.length} of ${lines.length} lines are left out; ask for a topic or a text]`;
  return (isNewestFirst ? [...kept, marker] : [marker, ...kept]).join("\n");
}

function sections(lines: readonly string[]): string[][] {
  const all: string[][] = [];
  for (const line of lines) {
    const last = all.at(-1);
    if (last === undefined || SECTION.test(line)) all.push([line]);
    else last.push(line);
  }
  return all;
}

const GONE = "# … more lines of this section are left out: ";

function exported(lines: readonly string[], max: number): string | null {
  const all = sections(lines);
  if (all.filter(([first = ""]) => SECTION.test(first)).length < 2) return null;
  let room = max - all.length * (GONE.length + 8);
  let left = all.length;
  const out: string[] = [];
  // The shortest are whole first: what they leave of their share is for the long ones.
  const shares = new Map<string[], number>();
  for (const section of [...all].sort((a, b) => bytesOf(a) - bytesOf(b))) {
    const kept = headOf(section, Math.max(0, room / left));
    shares.set(section, kept.length);
    room -= bytesOf(kept);
    left -= 1;
  }
  for (const section of all) {
    const kept = shares.get(section) ?? 0;
    // A section without its heading would stand under another's.
    if (kept === 0) return null;
    out.push(...section.slice(0, kept));
    if (kept < section.length) out.push(`${GONE}${section.length - kept}`);
  }
  return `${out.join("\n")}\n[… cut: export one section alone to see all of it]`;
}

/** `text` within `max` bytes. */
export function trimResult(text: string, max: number): string {
  if (text.length * 3 <= max || utf8Length(text) <= max) return text;
  const lines = text.split("\n");
  const room = max - MARKER_BYTES;
  const found = lines.length < 4 ? null : (exported(lines, room) ?? log(lines, room) ?? rows(lines, room));
  return found ?? cutBytes(text, max, `\n[… cut: ${utf8Length(text)} bytes in all; ask for less]`);
}
