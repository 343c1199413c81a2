// Reading what stands behind a command of a script: named and unnamed arguments, blocks as
// code or as text, where. Names may be cut to any unique beginning.
// Facts: MikroTik manual, Scripting.

import { type Fault, isFault, type Outcome } from "../../../base/fault.ts";
import type { Field } from "../../../ros/commands.ts";
import { atEnd, type Cursor, peek, skipBlank, syntax } from "../../../ros/lex.ts";
import type { Verb } from "../../../ros/path.ts";
import type { Args, Expr, WordArgs } from "./code.ts";
import { readWhere } from "./read-expr.ts";
import { type Reader, readValue, takeWord, wrong } from "./read-value.ts";
import { str } from "./values.ts";

/** The text inside `{…}`, strings and nested brackets skipped over. */
function rawBlock(c: Cursor): Outcome<Expr> {
  const open = c.at;
  let depth = 0;
  for (; peek(c) !== ""; c.at += 1) {
    const ch = peek(c);
    if (ch === "{") depth += 1;
    if (ch === "}") depth -= 1;
    if (depth === 0) {
      c.at += 1;
      return { give: "value", value: str(c.text.slice(open + 1, c.at - 1)) };
    }
    if (ch === '"') c.at += /^"(?:[^"\\]|\\[\s\S])*/.exec(c.text.slice(c.at))?.[0].length ?? 0;
  }
  return wrong(c, open);
}

// Arguments that take a block as text.
const SCRIPT_TEXT =
  /^(source|on-event|script|lease-script|(up|down|test)-script|on-(up|down|login|logout|error|change))$/;
// Arguments of the language's own commands that are code.
const CODE_NAMES = new Set(["do", "else", "on-error", "command"]);
const CODE_FIRST = new Set(["do", "onerror", "retry", "time"]);

function codeOf(r: Reader): Outcome<Expr> {
  const body = r.body(r, "}");
  return isFault(body) ? body : { give: "value", value: { is: "code", body } };
}

function wordValue(r: Reader, word: string, name: string): Outcome<Expr> {
  if (peek(r.c) !== "{") return readValue(r);
  if (word === "execute" || word === "parse") return rawBlock(r.c);
  const isCode = CODE_NAMES.has(name) || (word === "onerror" && name === "in") || (name === "" && CODE_FIRST.has(word));
  return isCode ? codeOf(r) : readValue(r);
}

/** The arguments of one of the language's own commands. */
export function wordArgs(r: Reader, word: string): Outcome<WordArgs> {
  const items: Expr[] = [];
  const named = new Map<string, Expr>();
  for (skipBlank(r.c); !atEnd(r.c); skipBlank(r.c)) {
    const name = takeWord(r.c, /^[A-Za-z][\w-]*=/).slice(0, -1);
    const value = wordValue(r, word, name);
    if (isFault(value)) return value;
    if (name === "") items.push(value);
    else named.set(name, value);
  }
  return { items, named };
}

const FLAGS =
  /^(as-value|count-only|detail|brief|terse|without-paging|once|as-string|show-ids|value-list|stats|compact|verbose)$/;

const nameOf = (args: readonly Field[] | null, word: string): string | null => {
  if (args === null || word === "numbers" || word === ".id" || args.some((f) => f.name === word)) return word;
  const fits = args.filter((f) => f.name.startsWith(word));
  return fits.length === 1 ? (fits[0]?.name ?? null) : null;
};

interface Draft extends Args {
  items: Expr[];
  named: Map<string, Expr>;
  unset: string[];
  flags: Set<string>;
  where: Expr | null;
}

/** Something stands where a command should end. */
export const noMore = (c: Cursor, at: number): Fault => syntax(c, "expected end of command", at);

function namedArg(r: Reader, verb: Verb, draft: Draft, word: string, at: number): Fault | undefined {
  const name = nameOf(verb.args, word);
  if (name === null) return noMore(r.c, at);
  if (atEnd(r.c) || peek(r.c) === " ") return wrong(r.c);
  const value = peek(r.c) === "{" && SCRIPT_TEXT.test(name) ? rawBlock(r.c) : readValue(r);
  if (isFault(value)) return value;
  draft.named.set(name, value);
  return undefined;
}

function oneArg(r: Reader, verb: Verb, draft: Draft): Fault | undefined {
  const { c } = r;
  const at = c.at;
  const name = takeWord(c, /^\.?[A-Za-z][\w.-]*=/).slice(0, -1);
  if (name !== "") return namedArg(r, verb, draft, name, at);
  const unset = takeWord(c, /^![a-z][\w.-]*(?=\s|$|;)/).slice(1);
  if (unset !== "") {
    const known = nameOf(verb.args, unset);
    if (known === null) return noMore(c, at);
    draft.unset.push(known);
    return undefined;
  }
  const word = takeWord(c, /^[a-z][\w-]*(?=[\s;\]}]|$)/);
  if (word === "where" && verb.command === "print") return whereArg(r, draft);
  if (FLAGS.test(word)) {
    draft.flags.add(word);
    return undefined;
  }
  c.at = at;
  const value = readValue(r);
  if (isFault(value)) return value;
  draft.items.push(value);
  return undefined;
}

function whereArg(r: Reader, draft: Draft): Fault | undefined {
  const where = readWhere(r);
  if (isFault(where)) return where;
  draft.where = where;
  return undefined;
}

/** The arguments of a menu's command. */
export function commandArgs(r: Reader, verb: Verb): Outcome<Args> {
  const draft: Draft = { items: [], named: new Map(), unset: [], flags: new Set(), where: null };
  skipBlank(r.c);
  if (verb.command === "find") {
    takeWord(r.c, /^where(?![\w.=-])/);
    const refused = whereArg(r, draft);
    if (refused !== undefined) return refused;
  }
  for (skipBlank(r.c); !atEnd(r.c); skipBlank(r.c)) {
    const refused = oneArg(r, verb, draft);
    if (refused !== undefined) return refused;
  }
  return draft;
}
