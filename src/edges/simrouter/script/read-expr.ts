// Reading expressions of scripts: operators by what they bind, conditions on rows.
// Facts: MikroTik manual, Scripting (operators), Console (find).

import { isFault, type Outcome } from "../../../base/fault.ts";
import { atEnd, peek, skipBlank } from "../../../ros/lex.ts";
import type { Expr } from "./code.ts";
import { deeper, type Reader, readSigil, readValue, SIGILS, takeWord, white, wrong } from "./read-value.ts";
import { literal } from "./values.ts";

const WHERE_BARE = /^([^\s;"$[\](){}\\&|]|&(?!&)|\|(?!\|))+/;
const TOKEN =
  /^(\*[0-9A-Fa-f]+|\d{1,3}(\.\d{1,3}){3}(\/\d+)?|([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|\d+:\d\d(:\d\d)?|(\d+(w|d|h|ms|us|m|s))+(?!\w)|0x[0-9a-fA-F]+|\d+|\.?[A-Za-z_][\w.-]*)/;

function readBareToken(r: Reader): Outcome<Expr> {
  const word = takeWord(r.c, TOKEN);
  if (word === "") return wrong(r.c);
  const isName = /^[.A-Za-z_]/.test(word) && !/^(yes|no|true|false)$/.test(word);
  return r.inWhere && isName ? { give: "property", name: word } : { give: "value", value: literal(word) };
}

function readUnary(r: Reader): Outcome<Expr> {
  const { c } = r;
  white(c);
  const sign = peek(c);
  if (sign === "!" || sign === "-") {
    c.at += 1;
    const of = deeper(r, () => (sign === "!" && r.inWhere ? readLevel(r, COMPARE) : readUnary(r)));
    return isFault(of) ? of : { give: sign === "!" ? "not" : "minus", of };
  }
  const first = SIGILS[sign] === undefined ? readBareToken(r) : readSigil(r);
  return isFault(first) ? first : readElements(r, first);
}

/** `->key` behind a list. */
function readElements(r: Reader, first: Expr): Outcome<Expr> {
  let of = first;
  while (r.c.text.startsWith("->", r.c.at)) {
    r.c.at += 2;
    const key = SIGILS[peek(r.c)] === undefined ? readBareToken(r) : readSigil(r);
    if (isFault(key)) return key;
    of = { give: "join", by: "->", left: of, right: key };
  }
  return of;
}

// From what binds least to what binds most.
const LEVELS: readonly RegExp[] = [
  /^(\|\||or(?![\w-]))/,
  /^(&&|and(?![\w-]))/,
  /^(!=|<=|>=|=|<(?!<)|>(?!>)|~|in(?![\w-]))/,
  /^(\.(?=[\s"$[(])|,)/,
  /^(\+|-(?!>))/,
  /^[*/%]/,
];
const COMPARE = 2;

function takeOperator(r: Reader, level: number): string {
  const { c } = r;
  const at = c.at;
  white(c);
  const by = takeWord(c, LEVELS[level] ?? /^$/);
  if (by === "") c.at = at;
  return by;
}

/** In a condition a term may follow a term: both must hold. */
function followsTerm(r: Reader, level: number): boolean {
  if (!r.inWhere || level !== 1) return false;
  const at = r.c.at;
  const blank = skipBlank(r.c);
  const more = blank && !atEnd(r.c) && !/^([\])}]|or(?![\w-])|\|\|)/.test(r.c.text.slice(r.c.at, r.c.at + 3));
  if (!more) r.c.at = at;
  return more;
}

function readOperand(r: Reader, level: number): Outcome<Expr> {
  if (level !== COMPARE || !r.inWhere) return readLevel(r, level + 1);
  skipBlank(r.c);
  return readValue(r, WHERE_BARE);
}

function readLevel(r: Reader, level: number): Outcome<Expr> {
  if (level >= LEVELS.length) return readUnary(r);
  let left = readLevel(r, level + 1);
  while (!isFault(left)) {
    const by = takeOperator(r, level) || (followsTerm(r, level) ? "and" : "");
    if (by === "") return left;
    const right = readOperand(r, level);
    if (isFault(right)) return right;
    left = { give: "join", by, left, right };
  }
  return left;
}

/** An expression up to its end. */
export function readExpression(r: Reader): Outcome<Expr> {
  return readLevel(r, 0);
}

/** The condition of find and where; null: there is none. */
export function readWhere(r: Reader): Outcome<Expr | null> {
  skipBlank(r.c);
  if (atEnd(r.c)) return null;
  const { inWhere } = r;
  r.inWhere = true;
  const made = readExpression(r);
  r.inWhere = inWhere;
  return made;
}
