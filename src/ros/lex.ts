// Reading console text: blanks, comments, joined lines, quoted strings with escapes,
// bare words. Faults carry line and column as the console's own do.
// Facts: MikroTik manual, Scripting (quoting and escapes).

import { type Fault, fault, isFault, type Outcome, refault } from "../base/fault.ts";

type Joint = readonly [at: number, taken: string];

/** A place in a text; the readers below move `at` on. */
export interface Cursor {
  /** With its joined lines made one. */
  readonly text: string;
  at: number;
  /** What was taken out of the typed text for that: before which place of `text`, and what. */
  readonly joints: readonly Joint[];
  /** The bracket that ends a nested command, besides `;` and the line's end. */
  ends?: string | undefined;
  /**
   * Takes the variable, result, block or computed value that begins here, or the code that stands here, which may
   * be a plain string. Without it scripting is refused.
   */
  readonly script?: (c: Cursor, isCode: boolean) => Outcome<void>;
}

/** Stands for a value that only the router can know, when it runs the script. */
const UNKNOWN_VALUE = "$";

/** What begins here as a value that is not known, or the refusal of it by its name. */
export function dynamic(c: Cursor, what: string, at = c.at, isCode = false): Outcome<string> {
  if (c.script === undefined) return scripting(c, what, at);
  const taken = c.script(c, isCode);
  return isFault(taken) ? taken : UNKNOWN_VALUE;
}

// A comment's own line joins nothing. A backslash in front of anything else is an escape.
const JOINTS = /^[ \t]*#.*|\\(?:\r?\n[ \t]*|.)/gm;

/** Begins to read a text. A backslash at a line's end joins the next to it, without its indentation, also within a word. */
export function cursorOn(typed: string, script?: Cursor["script"]): Cursor {
  const joints: Joint[] = [];
  let gone = 0;
  const join = (found: string, at: number): string => {
    if (!/^\\\r?\n/.test(found)) return found;
    joints.push([at - gone, found]);
    gone += found.length;
    return "";
  };
  const text = typed.includes("\\") ? typed.replace(JOINTS, join) : typed;
  return { text, at: 0, joints, ...(script === undefined ? {} : { script }) };
}

/** The text before a place as it was typed. */
function typedBefore(c: Cursor, at: number): string {
  let out = "";
  let from = 0;
  for (const [place, taken] of c.joints) {
    if (place > at) break;
    out += c.text.slice(from, place) + taken;
    from = place;
  }
  return out + c.text.slice(from, at);
}

/** "(line 1 column 5)" of a place, as the console writes it. */
function spot(c: Cursor, at = c.at): string {
  const lines = typedBefore(c, at).split("\n");
  return `(line ${lines.length} column ${(lines.at(-1)?.length ?? 0) + 1})`;
}

/** A fault about the text at a place. */
export function syntax(c: Cursor, what: string, at = c.at, next?: string): Fault {
  const more = { code: "syntax", ...(next === undefined ? {} : { next }) };
  return fault("input", `${what} ${spot(c, at)}.`, more);
}

/** A fault for a part of the language that is understood but not translated. */
export function scripting(c: Cursor, what: string, at = c.at): Fault {
  const no = syntax(c, `Scripting is not supported here: ${what}`, at);
  return refault(no, { code: "scripting", next: "Give one plain command at a time, with plain values." });
}

/** The character here, or some further on; "" behind the end. */
export function peek(c: Cursor, ahead = 0): string {
  return c.text.charAt(c.at + ahead);
}

/** The run of signs that a sticky pattern takes from here. */
function run(c: Cursor, pattern: RegExp): string {
  pattern.lastIndex = c.at;
  const found = pattern.exec(c.text)?.[0] ?? "";
  c.at += found.length;
  return found;
}

const BLANKS = /[ \t]+/y;

/** Moves over blanks; true if there was one. */
export const skipBlank = (c: Cursor): boolean => run(c, BLANKS) !== "";

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
  return ch === "" || ch === "\n" || ch === "\r" || ch === ";" || ch === c.ends;
}

/** A run of letters, digits and `-._`: names of menus, commands, arguments, properties. */
export const readName = (c: Cursor): string => run(c, NAME);

const NAME = /[A-Za-z0-9._-]+/y;
/** The key behind `->`, which may be followed by another. */
export const readKey = (c: Cursor): string => run(c, KEY);

const KEY = /[\w.]+/y;
// What may stand anywhere in a bare value; other signs are looked at one by one.
const PLAIN = /[\w.,:/+*%@!<>~^-]+/y;

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

/** True where a string holds a variable or a result. A lone dollar, as at the end of a pattern, is itself. */
const isDynamic = (c: Cursor): boolean =>
  peek(c) === "$" && (c.script === undefined ? /^[\w[({]$/ : /^[\w[({"]$/).test(peek(c, 1));

/** A string from its opening quote to behind its closing one. */
export function readQuoted(c: Cursor): Outcome<string> {
  const open = c.at;
  let out = "";
  c.at += 1;
  while (peek(c) !== '"') {
    if (peek(c) === "") return syntax(c, "The closing quote is missing for the one", open);
    if (isDynamic(c)) {
      const at = c.at;
      c.at = open;
      return dynamic(c, "$ inside quotes is a variable (write \\$ for the sign itself)", at);
    }
    const text = readQuotedSign(c);
    if (isFault(text)) return text;
    out += text;
  }
  c.at += 1;
  return out;
}

function readQuotedSign(c: Cursor): Outcome<string> {
  const at = c.at;
  const ch = peek(c);
  c.at += 1;
  const text = ch === "\\" ? readEscape(c) : ch;
  if (text !== null) return text;
  return syntax(c, "Unknown escape after a backslash", at, 'Write \\\\ for a backslash and \\" for a quote.');
}

/** What `[`, `(`, `{` and `$` begin in a plain value, for refusing them by name. */
export function scriptStart(ch: string): string | null {
  if (ch === "$") return "variables ($name)";
  if (ch === "{") return "blocks and arrays ({…})";
  if (ch === "(") return "computed values ((…))";
  return ch === "[" ? "command results ([…], other than [find …] in the place of an item)" : null;
}

/** `input` fault for a sign that may not stand in a bare value. */
function oddSign(c: Cursor): Fault | null {
  const ch = peek(c);
  if (ch === '"')
    return syntax(c, "A quote inside a value that did not begin with one", c.at, "Put the whole value into quotes.");
  if (ch < " " || ch === "\x7f") return syntax(c, "A control character in a value");
  return ch === "\\" ? syntax(c, "A backslash outside quotes", c.at, "Put the whole value into quotes.") : null;
}

const isBlank = (c: Cursor): boolean => peek(c) === " " || peek(c) === "\t";

/** A value without quotes, up to a blank, line end, `;` or one of `stops`. */
export function readBare(c: Cursor, stops: string): Outcome<string> {
  const start = c.at;
  let isKnown = true;
  for (run(c, PLAIN); !atEnd(c) && !isBlank(c) && !stops.includes(peek(c)); run(c, PLAIN)) {
    const script = scriptStart(peek(c));
    if (script !== null) {
      const value = dynamic(c, script);
      if (isFault(value)) return value;
      isKnown = false;
      continue;
    }
    const odd = oddSign(c);
    if (odd !== null) return odd;
    c.at += 1;
  }
  return isKnown ? c.text.slice(start, c.at) : UNKNOWN_VALUE;
}

/** A value, quoted or bare. */
export function readValue(c: Cursor, stops: string): Outcome<string> {
  return peek(c) === '"' ? readQuoted(c) : readBare(c, stops);
}
