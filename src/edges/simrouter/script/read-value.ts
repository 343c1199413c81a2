// Reading values and expressions of scripts: strings with variables, results, lists,
// operators, conditions. Facts: MikroTik manual, Scripting (operators, escapes).

import { isFault, type Outcome } from "../../../base/fault.ts";
import { SCRIPT_DEPTH_MAX } from "../../../base/limits.ts";
import type { CommandTree } from "../../../ros/commands.ts";
import { type Cursor, cursorOn, peek, readQuoted, skipBetween, skipBlank, syntax } from "../../../ros/lex.ts";
import type { Block, Expr } from "./code.ts";
import { literal, str } from "./values.ts";

export interface Reader {
  readonly tree: CommandTree;
  readonly c: Cursor;
  /** Brackets that are open. */
  depth: number;
  /** The menu where a `[…]` begins. */
  menu: string;
  /** Bare words are properties of rows. */
  inWhere: boolean;
  /** An expression with its operators. */
  readonly expression: (r: Reader) => Outcome<Expr>;
  /** Statements from an opening bracket to behind its closing one. */
  readonly body: (r: Reader, end: string) => Outcome<Block>;
}

/** The console's refusal of a text that it cannot read. */
export const wrong = (c: Cursor, at = c.at) => syntax(c, "syntax error", at);

/** Takes a pattern that fits at the cursor; "" when none does. */
export function takeWord(c: Cursor, pattern: RegExp): string {
  const found = pattern.exec(c.text.slice(c.at, c.at + 256))?.[0] ?? "";
  c.at += found.length;
  return found;
}

/** Reads one bracket deeper, within bounds. */
export function deeper<T>(r: Reader, read: () => Outcome<T>): Outcome<T> {
  if (r.depth >= SCRIPT_DEPTH_MAX) return wrong(r.c);
  r.depth += 1;
  const made = read();
  r.depth -= 1;
  return made;
}

/** Blanks and line ends: inside brackets they mean nothing. */
export const white = (c: Cursor): void => {
  for (skipBlank(c); /^[\r\n]$/.test(peek(c)); skipBlank(c)) c.at += 1;
};

/** The plain part of a string, its escapes read. */
function plainPart(c: Cursor, from: number): Outcome<Expr> {
  const text = readQuoted(cursorOn(`"${c.text.slice(from, c.at)}"`));
  return isFault(text) ? wrong(c, from) : { give: "value", value: str(text) };
}

/** Moves to the end of a string's plain part. */
function skipPlain(c: Cursor): void {
  for (;;) {
    const ch = peek(c);
    if (ch === "" || ch === '"' || (ch === "$" && /^[\w[(]$/.test(peek(c, 1)))) return;
    c.at += ch === "\\" ? 2 : 1;
  }
}

/** A string; variables and results in it become parts. */
function readText(r: Reader): Outcome<Expr> {
  const { c } = r;
  const parts: Expr[] = [];
  c.at += 1;
  while (peek(c) !== '"') {
    const from = c.at;
    skipPlain(c);
    if (peek(c) === "") return wrong(c, from);
    const part = c.at > from ? plainPart(c, from) : readVariable(r);
    if (isFault(part)) return part;
    parts.push(part);
  }
  c.at += 1;
  const only = parts[0] ?? { give: "value", value: str("") };
  return parts.length > 1 ? { give: "text", parts } : only;
}

/** `$name`, `$"a name"`, `$[…]`, `$(…)`. */
function readVariable(r: Reader): Outcome<Expr> {
  const { c } = r;
  c.at += 1;
  if (peek(c) === "[" || peek(c) === "(") return readSigil(r);
  if (peek(c) !== '"') {
    const name = takeWord(c, /^\w+/);
    return name === "" ? wrong(c) : { give: "variable", name };
  }
  const name = readQuoted(c);
  return isFault(name) ? wrong(c) : { give: "variable", name };
}

function readResult(r: Reader): Outcome<Expr> {
  const { inWhere } = r;
  r.inWhere = false;
  const body = r.body(r, "]");
  r.inWhere = inWhere;
  return isFault(body) ? body : { give: "result", body };
}

function readGroup(r: Reader): Outcome<Expr> {
  const { c } = r;
  c.at += 1;
  const inner = r.expression(r);
  if (isFault(inner)) return inner;
  white(c);
  if (peek(c) !== ")") return wrong(c);
  c.at += 1;
  return inner;
}

/** `{1;2;"key"=3}` */
function readList(r: Reader): Outcome<Expr> {
  const { c } = r;
  const items: Array<readonly [string | null, Expr]> = [];
  c.at += 1;
  for (skipBetween(c); peek(c) !== "}"; skipBetween(c)) {
    const key = takeWord(c, /^("[^"\\]*"|[\w.-]+)=/);
    const value = readValue(r);
    if (isFault(value)) return value;
    items.push([key === "" ? null : key.slice(0, -1).replace(/^"|"$/g, ""), value]);
  }
  c.at += 1;
  return { give: "list", items };
}

export const SIGILS: Readonly<Record<string, (r: Reader) => Outcome<Expr>>> = {
  '"': readText,
  $: readVariable,
  "[": readResult,
  "(": readGroup,
  "{": readList,
};

/** What begins with a sign of its own. */
export function readSigil(r: Reader): Outcome<Expr> {
  const read = SIGILS[peek(r.c)];
  return read === undefined ? wrong(r.c) : deeper(r, () => read(r));
}

// Up to a blank, the end of the command, a bracket, or what begins another part.
const BARE = /^[^\s;"$[\](){}\\]+/;

/** A value behind "=" or standing alone; parts without a blank between them are joined. */
export function readValue(r: Reader, bare = BARE): Outcome<Expr> {
  const { c } = r;
  const parts: Expr[] = [];
  for (;;) {
    const word = takeWord(c, bare);
    if (word !== "") parts.push({ give: "value", value: literal(word) });
    else if (SIGILS[peek(c)] === undefined || (parts.length > 0 && peek(c) === "{")) break;
    else {
      const made = readSigil(r);
      if (isFault(made)) return made;
      parts.push(made);
    }
  }
  const only = parts[0];
  if (only === undefined) return wrong(c);
  return parts.length === 1 ? only : { give: "text", parts };
}
