// Text for people and machines: cutting without breaking a character, one line out of
// many, tables, "did you mean". Lengths are UTF-16 units or UTF-8 bytes, as the name says.

import leven from "leven";
import { assert } from "./bug.ts";
import { DEVICE_NAME_CHARS_MAX } from "./limits.ts";
import { utf8Length } from "./utf8.ts";

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** At most `maxUnits` units of `text`; a surrogate pair stays whole. */
export function cutUnits(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) return text;
  const splits = isHigh(text.charCodeAt(maxUnits - 1)) && isLow(text.charCodeAt(maxUnits));
  return text.slice(0, Math.max(0, splits ? maxUnits - 1 : maxUnits));
}

/** `text`, or its longest beginning that fits with `marker` into `maxBytes` of UTF-8. */
export function cutBytes(text: string, maxBytes: number, marker: string): string {
  if (text.length * 3 <= maxBytes || utf8Length(text) <= maxBytes) return text;
  const room = maxBytes - utf8Length(marker);
  assert(room >= 0, "the marker of a cut fits into its bound");
  let used = 0;
  let end = 0;
  for (const char of text) {
    used += utf8Length(char);
    if (used > room) break;
    end += char.length;
  }
  return text.slice(0, end) + marker;
}

/** One line of at most `max` units: control characters and line ends become single spaces. */
export function oneLine(text: string, max: number): string {
  const line = text.replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return line.length <= max ? line : `${cutUnits(line, max - 1)}…`;
}

/** Pieces of at most `maxUnits`, cut at a line end where there is one, else at a space. */
export function splitUnits(text: string, maxUnits: number): string[] {
  assert(maxUnits >= 2, "a piece has room for a surrogate pair");
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > maxUnits) {
    const head = cutUnits(rest, maxUnits);
    // A break in the first half would make many small pieces.
    const line = rest.lastIndexOf("\n", head.length);
    const space = rest.lastIndexOf(" ", head.length);
    const at = line > maxUnits / 2 ? line : space > maxUnits / 2 ? space : -1;
    pieces.push(at < 0 ? head : rest.slice(0, at));
    rest = at < 0 ? rest.slice(head.length) : rest.slice(at + 1);
  }
  if (rest !== "" || pieces.length === 0) pieces.push(rest);
  return pieces;
}

/** Candidates that look like `word`, the nearest first: for "did you mean". */
export function nearest(word: string, candidates: readonly string[], max = 3): string[] {
  const near = word.toLowerCase();
  const far = Math.max(1, Math.floor(near.length / 3));
  return candidates
    .map((name) => ({ name, away: distance(near, name.toLowerCase()) }))
    .filter(({ away }) => away <= far)
    .sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))
    .slice(0, max)
    .map(({ name }) => name);
}

// The beginning of a longer name counts as one step (people stop typing), and so do two
// neighbouring letters in the wrong order.
function distance(word: string, name: string): number {
  if (swapped(word, name)) return 1;
  return word.length > 1 && name.startsWith(word) ? Math.min(1, leven(word, name)) : leven(word, name);
}

function swapped(word: string, name: string): boolean {
  if (word.length !== name.length) return false;
  let at = 0;
  while (at < word.length && word[at] === name[at]) at += 1;
  return word[at] === name[at + 1] && word[at + 1] === name[at] && word.slice(at + 2) === name.slice(at + 2);
}

/** Aligned columns, two spaces apart, one row a line. */
export function table(rows: ReadonlyArray<readonly string[]>): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, [...cell].length);
    });
  }
  const pad = (cell: string, i: number): string => cell + " ".repeat(Math.max(0, (widths[i] ?? 0) - [...cell].length));
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

// CSI and OSC sequences of ECMA-48, then single escapes.
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?/g;
// Controls but tab and newline, marks that reorder or hide text (Unicode UAX 9, TR 36), and halves of a sign: JSON may
// bring them, and nobody takes them on.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]|\u{e0001}|[\u{e0020}-\u{e007f}]/gu;

/** Text that a terminal or chat shows as it is: no escape sequences, controls or bidi marks. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(ESCAPES, "").replace(HIDDEN, "");
}

/** A word from the network: one printable line, short. */
export function word(text: string | undefined): string {
  return oneLine(printable(text ?? ""), DEVICE_NAME_CHARS_MAX);
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** "1.4 GiB" of a count of bytes; "" for what is not a number. */
export function humanBytes(text: string | undefined): string {
  if (text === undefined || !/^\d+$/.test(text)) return "";
  let value = Number(text);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

/** "3 rows", "1 row". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
