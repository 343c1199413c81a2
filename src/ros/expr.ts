// `where` expressions: reading them into a tree. Terms that stand side by side are
// joined by "and". Facts: MikroTik manual, Scripting (operators), Console (find).

import { isFault, type Outcome } from "../base/fault.ts";
import { COMMAND_WORDS_MAX, WHERE_DEPTH_MAX } from "../base/limits.ts";
import { atEnd, type Cursor, dynamic, peek, readName, readValue, scriptStart, skipBlank, syntax } from "./lex.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

export type Compare = "=" | "!=" | "<" | ">" | "<=" | ">=" | "in";

export type Expr =
  | { op: "and" | "or"; left: Expr; right: Expr }
  | { op: "not"; of: Expr }
  | { op: "compare"; field: string; by: Compare; value: string }
  | { op: "match"; field: string; pattern: Pattern }
  /** A bare name: a flag that is on, or a property that is set. */
  | { op: "set"; field: string };

interface Reader {
  c: Cursor;
  /** Words that end the condition where a further term could begin. */
  until: RegExp | null;
  depth: number;
  terms: number;
}

const END = "])";

function over(c: Cursor): boolean {
  const ch = peek(c);
  return atEnd(c) || END.includes(ch);
}

/** Takes a joining word or sign if it stands here. */
function take(c: Cursor, word: string, sign: string): boolean {
  skipBlank(c);
  if (c.text.startsWith(sign, c.at)) {
    c.at += sign.length;
    return true;
  }
  if (!c.text.startsWith(word, c.at) || !/^[\s(!)\]]?$/.test(peek(c, word.length))) return false;
  c.at += word.length;
  return true;
}

function readOr(r: Reader): Outcome<Expr> {
  let left = readAnd(r);
  while (!isFault(left) && take(r.c, "or", "||")) {
    const right = readAnd(r);
    if (isFault(right)) return right;
    left = { op: "or", left, right };
  }
  return left;
}

/** True where an "or" stands: it ends a row of terms. */
function beforeOr(c: Cursor): boolean {
  const at = c.at;
  const found = take(c, "or", "||");
  c.at = at;
  return found;
}

/** `print where running proplist=name`: what follows is an argument again. */
function beforeArgument(r: Reader): boolean {
  return r.depth === 0 && r.until !== null && r.until.test(r.c.text.slice(r.c.at, r.c.at + 24));
}

function readAnd(r: Reader): Outcome<Expr> {
  let left = readTerm(r);
  for (;;) {
    if (isFault(left)) return left;
    const joined = take(r.c, "and", "&&");
    skipBlank(r.c);
    if (!joined && (over(r.c) || beforeOr(r.c) || beforeArgument(r))) return left;
    const right = readTerm(r);
    if (isFault(right)) return right;
    left = { op: "and", left, right };
  }
}

function readTerm(r: Reader): Outcome<Expr> {
  skipBlank(r.c);
  r.depth += 1;
  r.terms += 1;
  if (r.depth > WHERE_DEPTH_MAX || r.terms > COMMAND_WORDS_MAX)
    return syntax(r.c, "This condition is too long or too deep");
  const term = readInner(r);
  r.depth -= 1;
  return term;
}

function readInner(r: Reader): Outcome<Expr> {
  const { c } = r;
  if (peek(c) === "!" && peek(c, 1) !== "=") {
    c.at += 1;
    const of = readTerm(r);
    return isFault(of) ? of : { op: "not", of };
  }
  if (peek(c) !== "(") return readCompare(c);
  c.at += 1;
  const inner = readOr(r);
  if (isFault(inner)) return inner;
  skipBlank(c);
  if (peek(c) !== ")") return syntax(c, "A closing bracket ) is missing");
  c.at += 1;
  const flag = /^[ \t]*(!?=)[ \t]*(true|false|yes|no)(?![\w-])/.exec(c.text.slice(c.at, c.at + 24));
  if (flag === null) return inner;
  c.at += flag[0].length;
  const isOn = flag[2] === "true" || flag[2] === "yes";
  return isOn === (flag[1] === "=") ? inner : { op: "not", of: inner };
}

function readOperator(c: Cursor): Compare | "~" | null {
  const start = c.at;
  skipBlank(c);
  for (const by of ["!=", "<=", ">=", "=", "<", ">", "~"] as const) {
    if (!c.text.startsWith(by, c.at)) continue;
    c.at += by.length;
    return by;
  }
  if (c.at > start && /^in\s/.test(c.text.slice(c.at, c.at + 3))) {
    c.at += 3;
    return "in";
  }
  c.at = start;
  return null;
}

function readCompare(c: Cursor): Outcome<Expr> {
  const start = c.at;
  const script = scriptStart(peek(c));
  const field = script === null ? readName(c) : dynamic(c, script);
  if (isFault(field)) return field;
  if (field === "") return syntax(c, "A property name is missing in the condition", start);
  const by = readOperator(c);
  if (by === null) return { op: "set", field };
  if (by === "=" && peek(c) === "=") return syntax(c, "Two equal signs", c.at - 1, "One = compares.");
  skipBlank(c);
  if (over(c)) return syntax(c, `The value to compare ${field} with is missing`, c.at, 'An empty value is written "".');
  const at = c.at;
  const value = readValue(c, `${END}&|`);
  if (isFault(value)) return value;
  if (peek(c) === "|" && peek(c, 1) !== "|") return syntax(c, "A single | is not an operator of conditions");
  if (peek(c) === "&" && peek(c, 1) !== "&") return syntax(c, "A single & is not an operator of conditions");
  if (by !== "~") return { op: "compare", field, by, value };
  const pattern = compilePattern(value);
  if (!isFault(pattern)) return { op: "match", field, pattern };
  // In a script it is the router that matches.
  return c.script === undefined ? syntax(c, pattern.what.replace(/\.$/, ""), at) : { op: "set", field };
}

/** Reads a condition up to its end, or to a word that `until` fits; null when there is none. */
export function readExpr(c: Cursor, until: RegExp | null = null): Outcome<Expr | null> {
  skipBlank(c);
  const r: Reader = { c, until, depth: 0, terms: 0 };
  if (over(c) || beforeArgument(r)) return null;
  const expr = readOr(r);
  if (isFault(expr)) return expr;
  skipBlank(c);
  if (beforeArgument(r)) return expr;
  return over(c) && peek(c) !== ")" ? expr : syntax(c, "The condition should end here");
}
