// Reading console text: blanks, comments, joined lines, quoted strings with escapes,
// bare words. Faults carry line and column as the console's own do.
// Facts: MikroTik manual, Scripting (quoting and escapes).

import { type Fault, fault, type Outcome } from "../base/fault.ts";

/** A place in a text; the readers below move `at` on. */
export interface Cursor {
  readonly text: string;
  at: number;
}

/** "(line 1 column 5)" of a place, as the console writes it. */
function spot(c: Cursor, at = c.at): string {
  let line = 1;
  let start = 0;
  for (let nl = c.text.indexOf("\n"); nl >= 0 && nl < at; nl = c.text.indexOf("\n", nl + 1)) {
    line += 1;
    start = nl + 1;
  }
  return `(line ${line} column ${at - start + 1})`;
}

/** A fault about the text at a place. */
export function syntax(c: Cursor, what: string, at = c.at, next?: string): Fault {
  const more = { code: "syntax", ...(next === undefined ? {} : { next }) };
  return fault("input", `${what} ${spot(c, at)}.`, more);
}

/** A fault for a part of the language that is understood but not translated. */
export function scripting(c: Cursor, what: string, at = c.at): Fault {
  return syntax(
    c,
    `Scripting is not supported here: ${what}`,
    at,
    "Give one plain command at a time, with plain values.",
  );
}

/** The character here, or some further on; "" behind the end. */
export function peek(c: Cursor, ahead = 0): string {
  return c.text.charAt(c.at + ahead);
}

/** Length of a joined line's backslash and line end here, or 0. */
function joint(c: Cursor): number {
  if (peek(c) !== "\\") return 0;
  if (peek(c, 1) === "\n") return 2;
  return peek(c, 1) === "\r" && peek(c, 2) === "\n" ? 3 : 0;
}

/** Moves over blanks and joined lines; true if there was one. */
export function skipBlank(c: Cursor): boolean {
  const start = c.at;
  for (;;) {
    const ch = peek(c);
    if (ch === " " || ch === "\t") c.at += 1;
    else if (joint(c) > 0) c.at += joint(c);
    else return c.at > start;
  }
}

/** Moves over everything that may stand between two commands. */
export function skipBetween(c: Cursor): void {
  for (;;) {
    if (skipBlank(c)) continue;
    const ch = peek(c);
    if (ch === "#") while (c.at < c.text.length && peek(c) !== "\n") c.at += 1;
    else if (ch === "\n" || ch === "\r" || ch === ";") c.at += 1;
    else return;
  }
}

/** True where a command ends: end of text, line or `;`. */
export function atEnd(c: Cursor): boolean {
  const ch = peek(c);
  return ch === "" || ch === "\n" || ch === "\r" || ch === ";";
}

/** A run of letters, digits and `-._`: names of menus, commands, arguments, properties. */
export function readName(c: Cursor): string {
  const start = c.at;
  while (/^[A-Za-z0-9._-]$/.test(peek(c))) c.at += 1;
  return c.text.slice(start, c.at);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  n: "\n",
  r: "\r",
  t: "\t",
  $: "$",
  "?": "?",
  _: " ",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** One escape after its backslash; null for an unknown one. */
function readEscape(c: Cursor): string | null {
  const known = ESCAPES[peek(c)];
  if (known !== undefined) {
    c.at += 1;
    return known;
  }
  const digits = c.text.slice(c.at, c.at + 2);
  if (!/^[0-9A-F]{2}$/.test(digits)) return null;
  c.at += 2;
  return String.fromCharCode(Number.parseInt(digits, 16));
}

/** A string from its opening quote to behind its closing one. */
export function readQuoted(c: Cursor): Outcome<string> {
  const open = c.at;
  let out = "";
  c.at += 1;
  for (;;) {
    const ch = peek(c);
    if (ch === "") return syntax(c, "The closing quote is missing for the one", open);
    if (ch === '"') break;
    // A lone dollar, as at the end of a pattern, is itself.
    if (ch === "$" && /^[\w[({]$/.test(peek(c, 1)))
      return scripting(c, "$ inside quotes is a variable (write \\$ for the sign itself)");
    if (joint(c) > 0) {
      // An exported string goes on behind the next line's indentation.
      skipBlank(c);
      continue;
    }
    const at = c.at;
    c.at += 1;
    const text = ch === "\\" ? readEscape(c) : ch;
    if (text === null)
      return syntax(c, "Unknown escape after a backslash", at, 'Write \\\\ for a backslash and \\" for a quote.');
    out += text;
  }
  c.at += 1;
  return out;
}

/** What `[`, `(`, `{` and `$` begin in a plain value, for refusing them by name. */
export function scriptStart(ch: string): string | null {
  if (ch === "$") return "variables ($name)";
  if (ch === "{") return "blocks and arrays ({…})";
  if (ch === "(") return "computed values ((…))";
  return ch === "[" ? "command results ([…], other than [find …] in the place of an item)" : null;
}

/** A value without quotes, up to a blank, line end, `;` or one of `stops`. */
export function readBare(c: Cursor, stops: string): Outcome<string> {
  const start = c.at;
  while (!atEnd(c)) {
    const ch = peek(c);
    if (ch === " " || ch === "\t" || joint(c) > 0 || stops.includes(ch)) break;
    const script = scriptStart(ch);
    if (script !== null) return scripting(c, script);
    if (ch === '"')
      return syntax(c, "A quote inside a value that did not begin with one", c.at, "Put the whole value into quotes.");
    if (ch < " " || ch === "\x7f") return syntax(c, "A control character in a value");
    if (ch === "\\") return syntax(c, "A backslash outside quotes", c.at, "Put the whole value into quotes.");
    c.at += 1;
  }
  return c.text.slice(start, c.at);
}

/** A value, quoted or bare. */
export function readValue(c: Cursor, stops: string): Outcome<string> {
  return peek(c) === '"' ? readQuoted(c) : readBare(c, stops);
}
