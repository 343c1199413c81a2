// The arguments behind a command: named, unnamed, [find …], switches, `!name`, where.
// Names may be cut to any unique beginning. Facts: MikroTik manual, Scripting.

import { isFault, type Outcome } from "../base/fault.ts";
import { COMMAND_WORDS_MAX } from "../base/limits.ts";
import { nearest } from "../base/text.ts";
import { type Expr, readExpr } from "./expr.ts";
import {
  atEnd,
  type Cursor,
  dynamic,
  peek,
  readBare,
  readQuoted,
  readValue,
  scriptStart,
  skipBlank,
  syntax,
} from "./lex.ts";
import type { Verb } from "./path.ts";

/** An unnamed argument: text as typed, or the rows that a condition fits. */
export type Item = { by: "text"; text: string; quoted: boolean } | { by: "find"; where: Expr | null };

/** What stands behind a command. */
export interface Arguments {
  items: readonly Item[];
  values: ReadonlyMap<string, string>;
  /** `name=[find …]`. */
  finds: ReadonlyMap<string, Expr | null>;
  /** Bare words that are arguments without value: `once`, `count-only`. */
  switches: ReadonlySet<string>;
  /** Arguments negated with `!`. */
  unset: readonly string[];
  where: Expr | null;
  hasWhere: boolean;
}

interface Draft extends Arguments {
  items: Item[];
  values: Map<string, string>;
  finds: Map<string, Expr | null>;
  switches: Set<string>;
  unset: string[];
}

interface Reader {
  c: Cursor;
  verb: Verb;
  /** The part before the last dot of the last dotted name: `configuration.mode=ap .ssid=x`. */
  group: string;
  draft: Draft;
}

/** Full name of an argument from a name or its unique beginning. */
function argName(r: Reader, word: string, at: number): Outcome<string> {
  const name = word.startsWith(".") && r.group !== "" && word !== ".id" ? r.group + word : word;
  if (name === ".id") return "numbers";
  const known = r.verb.args;
  if (known === null || known.some((f) => f.name === name)) return name;
  const fits = known.filter((f) => f.name.startsWith(name));
  const only = fits[0];
  if (fits.length === 1 && only !== undefined) return only.name;
  if (fits.length === 0 && r.verb.isOpen) return name;
  const names = known.map((f) => f.name);
  const near = fits.length > 1 ? fits.map((f) => f.name).slice(0, 6) : nearest(name, names, 3);
  const where = r.verb.command === "print" && names.includes("where") ? ` To filter, write: print where ${name}=…` : "";
  const hint = near.length > 0 ? `Did you mean ${near.join(", ")}?` : `Known are: ${names.slice(0, 12).join(", ")}.`;
  const said =
    fits.length > 1 ? `"${name}" is the beginning of several arguments` : `${r.verb.shown} has no argument "${name}"`;
  return syntax(r.c, said, at, hint + where);
}

const FIND = /^\[[ \t]*(?:(\/[a-z0-9 /-]*?)[ /])?find(?![\w-])/;

/** How long the beginning of `[find …]`, or `[/own/menu/find …]`, is; 0: any other bracket is scripting. */
function findHead({ c, verb }: Reader): number {
  const found = FIND.exec(c.text.slice(c.at, c.at + 96));
  const menu = found?.[1]?.trim().replace(/[ /]+/g, "/");
  return found === null || (menu !== undefined && menu !== verb.menu) ? 0 : found[0].length;
}

/** `[find …]` from its bracket. */
function readFind(r: Reader): Outcome<Expr | null> {
  const { c } = r;
  const open = c.at;
  c.at += findHead(r);
  skipBlank(c);
  if (/^where(?![\w.=-])/.test(c.text.slice(c.at, c.at + 6))) c.at += 5;
  const where = readExpr(c);
  if (isFault(where)) return where;
  if (peek(c) !== "]") return syntax(c, "The closing bracket ] is missing", open);
  c.at += 1;
  return where;
}

/**
 * True where the command runs the value that begins here: `monitor once do={…}`, `print follow on-event=…`, and
 * any block where it is not a text that is kept.
 */
const runs = (c: Cursor, name: string, command: string): boolean =>
  name === "do" ||
  name === "on-error" ||
  (name === "on-event" && command === "print") ||
  (peek(c) === "{" && !/^(add|set|reset)$/.test(command));

/** `name=[find …]`; null: an item of its own. */
function setFind(r: Reader, name: string | null): Outcome<void> {
  const where = readFind(r);
  if (isFault(where)) return where;
  if (name === null || name === "numbers") r.draft.items.push({ by: "find", where });
  else r.draft.finds.set(name, where);
  return undefined;
}

function setNamed(r: Reader, word: string, at: number): Outcome<void> {
  const { c } = r;
  const name = argName(r, word, at);
  if (isFault(name)) return name;
  if (name.includes(".")) r.group = name.slice(0, name.lastIndexOf("."));
  if (r.draft.values.has(name) || r.draft.finds.has(name)) return syntax(c, `${name} is given twice`, at);
  if (findHead(r) > 0) return setFind(r, name);
  if (atEnd(c) || peek(c) === " " || peek(c) === "\t") {
    return syntax(
      c,
      `The value of ${name} is missing`,
      c.at,
      `There is no blank after "="; an empty value is written ${name}="".`,
    );
  }
  const quoted = peek(c) === '"';
  const isCode = runs(c, name, r.verb.command);
  const value = isCode ? dynamic(c, scriptStart(peek(c)) ?? `code in ${name}`, c.at, true) : readValue(c, "])");
  if (isFault(value)) return value;
  if (name === "numbers" || name === "number") r.draft.items.push({ by: "text", text: value, quoted });
  else r.draft.values.set(name, value);
  return undefined;
}

// Arguments of print that people also write behind the condition; no property has such a name.
const BEHIND_WHERE =
  /^(proplist=|from=|(count-only|as-value|detail|brief|terse|without-paging|show-ids)(?![\w.=<>!~-]))/;

/** A word without "=": `where`, a switch, or an item. */
function setBare(r: Reader, word: string): Outcome<void> {
  const known = r.verb.args ?? [];
  if (known.some((f) => f.name === "where") && (word === "where" || (word.length >= 2 && "where".startsWith(word)))) {
    const where = readExpr(r.c, r.verb.command === "print" ? BEHIND_WHERE : null);
    if (isFault(where)) return where;
    r.draft.where = where;
    r.draft.hasWhere = true;
    // The blank before an argument that follows belongs to that argument.
    if (!atEnd(r.c)) r.c.at -= 1;
    return undefined;
  }
  const switches = known.filter((f) => f.bare === true).map((f) => f.name);
  const fits = switches.includes(word) ? [word] : switches.filter((s) => word.length >= 2 && s.startsWith(word));
  const only = fits[0];
  if (fits.length === 1 && only !== undefined) {
    r.draft.switches.add(only);
    return undefined;
  }
  r.draft.items.push({ by: "text", text: word, quoted: false });
  return undefined;
}

/** `find` takes its condition without the word where. */
function readFindCommand(r: Reader): Outcome<void> {
  const rest = r.c.text.slice(r.c.at, r.c.at + 6);
  if (/^where(?![\w.=-])/.test(rest)) r.c.at += 5;
  const where = readExpr(r.c);
  if (isFault(where)) return where;
  r.draft.where = where;
  r.draft.hasWhere = true;
  return undefined;
}

/** `!name` */
function setUnset(r: Reader): Outcome<void> {
  const at = r.c.at;
  r.c.at += 1;
  const word = readBare(r.c, "=])");
  if (isFault(word)) return word;
  const name = argName(r, word, at);
  if (isFault(name)) return name;
  r.draft.unset.push(name);
  return undefined;
}

/** An item that only the router knows. */
function setUnknown(r: Reader, what: string): Outcome<void> {
  const text = dynamic(r.c, what);
  if (isFault(text)) return text;
  r.draft.items.push({ by: "text", text, quoted: true });
  return undefined;
}

function readArgument(r: Reader): Outcome<void> {
  const { c } = r;
  const at = c.at;
  const ch = peek(c);
  if (ch === '"') {
    const text = readQuoted(c);
    if (isFault(text)) return text;
    r.draft.items.push({ by: "text", text, quoted: true });
    return undefined;
  }
  if (findHead(r) > 0) return setFind(r, null);
  const script = scriptStart(ch);
  if (script !== null) return setUnknown(r, script);
  if (ch === "#") return syntax(c, "A comment stands on a line of its own");
  if (ch === "!") return setUnset(r);
  const word = readBare(c, "=])");
  if (isFault(word)) return word;
  if (peek(c) !== "=") return word === "" ? syntax(c, "This was not expected here") : setBare(r, word);
  c.at += 1;
  return word === "" ? syntax(c, "A name is missing before =", at) : setNamed(r, word, at);
}

/** Reads all arguments up to the end of the command. */
export function readArguments(c: Cursor, verb: Verb): Outcome<Arguments> {
  const draft: Draft = {
    items: [],
    values: new Map(),
    finds: new Map(),
    switches: new Set(),
    unset: [],
    where: null,
    hasWhere: false,
  };
  const r: Reader = { c, verb, group: "", draft };
  for (let words = 0; ; words += 1) {
    skipBlank(c);
    if (atEnd(c)) return draft;
    if (words >= COMMAND_WORDS_MAX) return syntax(c, "This command has too many words");
    const read = verb.command === "find" ? readFindCommand(r) : readArgument(r);
    if (isFault(read)) return read;
    if (!atEnd(c) && !/^[ \t]$/.test(peek(c))) return syntax(c, "A blank is missing here");
  }
}
