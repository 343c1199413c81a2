// Reading a script into statements. The whole text is read before anything runs, so that
// an unknown command or argument stops it before its first one, as on a router.
// Facts: MikroTik manual, Scripting; names from the command tree.

import { type Fault, fault, isFault, type Outcome } from "../../../base/fault.ts";
import { SCRIPT_STATEMENTS_MAX } from "../../../base/limits.ts";
import type { CommandTree } from "../../../ros/commands.ts";
import { atEnd, type Cursor, cursorOn, peek, skipBetween, skipBlank } from "../../../ros/lex.ts";
import { readPath } from "../../../ros/path.ts";
import type { Block, Statement } from "./code.ts";
import { commandArgs, noMore, wordArgs } from "./read-args.ts";
import { readExpression } from "./read-expr.ts";
import { type Reader, readValue, takeWord, wrong } from "./read-value.ts";

/** A command of the language itself, with its colon or without. */
function takeGlobal(r: Reader): string | null {
  const { c } = r;
  const at = c.at;
  const found = takeWord(c, /^[:/]?[a-z][a-z0-9-]*(?![\w/.-])/);
  const word = found.replace(/^[:/]/, "");
  const globals = r.tree.menu("/")?.commands ?? [];
  const menu = r.tree.menu(r.menu);
  const isMenus =
    !/^[:/]/.test(found) &&
    r.menu !== "/" &&
    (menu?.commands.includes(word) === true || r.tree.children(r.menu).includes(word));
  const fits = globals.includes(word) ? [word] : found.startsWith(":") ? globals.filter((g) => g.startsWith(word)) : [];
  if (word !== "" && fits.length === 1 && !isMenus) return fits[0] ?? null;
  c.at = at;
  return null;
}

function lineOf(c: Cursor): number {
  return c.text.slice(0, c.at).split("\n").length;
}

function readWord(r: Reader, name: string, line: number): Outcome<Statement> {
  const args = wordArgs(r, name);
  return isFault(args) ? args : { run: "word", name, args, line };
}

/** A command of a menu; null: only the menu was named. */
function readCommand(r: Reader, line: number): Outcome<Statement | null> {
  const { c } = r;
  const from = c.at;
  const isRoot = peek(c) === ":";
  if (isRoot) c.at += 1;
  const path = readPath(r.tree, c, isRoot ? "/" : r.menu);
  if (isFault(path)) return path;
  if (path.verb === null) {
    r.menu = path.menu;
    return null;
  }
  if (path.verb.menu === "/") return wrong(c, from);
  const { menu } = r;
  // A [find …] among the arguments looks in this menu.
  r.menu = path.verb.menu;
  const args = commandArgs(r, path.verb);
  r.menu = menu;
  if (isFault(args)) return args;
  return { run: "command", menu: path.verb.menu, verb: path.verb.command, args, line };
}

function readOther(r: Reader, line: number): Outcome<Statement> | null {
  const sign = peek(r.c);
  if (sign === "{") {
    const body = r.body(r, "}");
    return isFault(body) ? body : { run: "block", body, line };
  }
  if (sign === "" || !'"$[('.includes(sign)) return null;
  const of = readValue(r);
  if (isFault(of)) return of;
  if (of.give !== "variable") return { run: "value", of, line };
  const args = wordArgs(r, "");
  return isFault(args) ? args : { run: "call", of, args, line };
}

function statement(r: Reader): Outcome<Statement | null> {
  const line = lineOf(r.c);
  const other = readOther(r, line);
  if (other !== null) return other;
  const word = takeGlobal(r);
  return word === null ? readCommand(r, line) : readWord(r, word, line);
}

function statements(r: Reader, end: string): Outcome<Block> {
  const made: Statement[] = [];
  const { menu } = r;
  for (;;) {
    skipBetween(r.c);
    const ch = peek(r.c);
    if (ch === end) break;
    if (ch === "" || made.length >= SCRIPT_STATEMENTS_MAX) return wrong(r.c);
    const one = statement(r);
    if (isFault(one)) return one;
    if (one !== null) made.push(one);
    skipBlank(r.c);
    if (!atEnd(r.c)) return noMore(r.c, r.c.at);
  }
  r.c.at += end.length;
  r.menu = menu;
  return made;
}

function nested(r: Reader, end: string): Outcome<Block> {
  const { ends } = r.c;
  r.c.at += 1;
  r.c.ends = end;
  const made = statements(r, end);
  r.c.ends = ends;
  return made;
}

/** The console's own words for a refusal of this program's parser. */
function asConsole(f: Fault): Fault {
  const place = /\(line \d+ column \d+\)/.exec(f.what)?.[0] ?? "";
  const name = /^bad command name ([^\s:]+)/.exec(f.what)?.[0] ?? /^"([^"]+)" in /.exec(f.what)?.[1] ?? "";
  const known = /^(expected end of command|syntax error)/.exec(f.what)?.[0];
  const said = known ?? (name === "" ? "syntax error" : name.startsWith("bad ") ? name : `bad command name ${name}`);
  return fault("input", `${said} ${place}`, { code: "400" });
}

/** Reads a script; the fault says what the console would. */
export function readScript(tree: CommandTree, text: string): Outcome<Block> {
  const r: Reader = {
    tree,
    c: cursorOn(text),
    depth: 0,
    menu: "/",
    inWhere: false,
    expression: readExpression,
    body: nested,
  };
  const made = statements(r, "");
  return isFault(made) ? asConsole(made) : made;
}
