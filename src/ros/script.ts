// What a RouterOS script would run: every command in its blocks, brackets and strings of
// code, found without running it. What only the router can know stays open and is named,
// so that nothing is called harmless that may not be. Facts: MikroTik manual, Scripting.

import { isFault, type Outcome } from "../base/fault.ts";
import { SCRIPT_STATEMENTS_MAX } from "../base/limits.ts";
import { readArguments } from "./args.ts";
import type { CommandTree } from "./commands.ts";
import { atEnd, type Cursor, cursorOn, peek, readQuoted, skipBetween, skipBlank, syntax } from "./lex.ts";
import type { Command } from "./parse.ts";
import { readPath } from "./path.ts";
import { CALL, globalArguments, type Language } from "./script-global.ts";
import { anyValue, deeper, isScripted, readVariable, scriptedValue } from "./script-value.ts";

/** A script's parts. */
export interface Survey {
  /** Values that only the router can know are UNKNOWN_VALUE (lex.ts). */
  readonly commands: readonly Command[];
  /** Commands of the language itself that do more than compute, such as `import`. */
  readonly globals: readonly string[];
  /** What it would run cannot be known: why, in a few words each. */
  readonly open: readonly string[];
  /** Arguments of such commands that are secret. */
  readonly secrets: readonly string[];
  /** Nothing is run: no text, or only the names of menus. */
  readonly isEmpty: boolean;
  /** Nothing but commands of menus with plain values. */
  readonly isPlain: boolean;
}

interface Reader extends Language {
  readonly globals: readonly string[];
  readonly found: Language["found"] & { commands: Command[] };
  readonly called: Set<string>;
  /** The menu that a `[…]` begins in. */
  menu: string;
  statements: number;
  scripted: boolean;
  /** Statements that are not the mere name of a menu. */
  ran: number;
}

/** The statements of a block or bracket, from its opening sign to behind its closing one. */
function nested(r: Reader, c: Cursor, context: string, end: string): Outcome<void> {
  const { ends } = c;
  const { menu } = r;
  c.at += 1;
  c.ends = end;
  const done = statements(r, c, context, end);
  c.ends = ends;
  r.menu = menu;
  return done;
}

/** A value that is code: a block, or a string that holds a script. */
function code(r: Reader, c: Cursor, context: string, what: string): Outcome<void> {
  if (peek(c) === "{") return deeper(r, c, () => nested(r, c, context, "}"));
  const plain: Cursor = { text: c.text, at: c.at, joints: c.joints };
  const written = peek(c) === '"' ? readQuoted(plain) : null;
  if (typeof written === "string") {
    c.at = plain.at;
    return deeper(r, c, () => statements(r, cursorOf(r, written), "/", ""));
  }
  r.found.open.push(`${what} runs a text that is made while it runs`);
  return anyValue(r, c);
}

/** The language's own command that is named here, with its colon or without; null: a menu's. */
function globalName(r: Reader, c: Cursor, context: string): string | null {
  const found = /^([:/]?)([a-z][a-z0-9-]*)(?![\w/.-])/.exec(c.text.slice(c.at, c.at + 32));
  const [, sign = "", word = ""] = found ?? [];
  if (found === null) return null;
  const exact = r.globals.includes(word);
  if (sign === "/") return exact ? word : null;
  if (sign === "") {
    const menu = r.tree.menu(context);
    const own = context !== "/" && (menu?.commands.includes(word) === true || r.tree.children(context).includes(word));
    return exact && !own ? word : null;
  }
  const fits = exact ? [word] : r.globals.filter((g) => g.startsWith(word));
  return fits.length === 1 ? (fits[0] ?? null) : null;
}

/** A variable where a command stands: the call of a function. */
function call(r: Reader, c: Cursor): Outcome<void> {
  const name = readVariable(r, c);
  if (isFault(name)) return name;
  if (!r.functions.has(name)) r.found.open.push(`$${name} is called, which is not made here`);
  r.called.add(name);
  return globalArguments(r, c, CALL, r.menu);
}

/** A command of a menu, or a bare path; the answer is the menu for those that follow. */
function command(r: Reader, c: Cursor, context: string): Outcome<string> {
  const isRoot = peek(c) === ":";
  if (isRoot) c.at += 1;
  const path = readPath(r.tree, c, isRoot ? "/" : context);
  if (isFault(path)) return path;
  if (path.verb === null) {
    const block = peek(c) === "{" ? code(r, c, path.menu, "") : undefined;
    return isFault(block) ? block : path.menu;
  }
  if (path.verb.menu === "/") return syntax(c, "expected end of command");
  r.menu = path.verb.menu;
  r.ran += 1;
  const given = readArguments(c, path.verb);
  if (isFault(given)) return given;
  r.found.commands.push({ menu: path.verb.menu, verb: path.verb.command, ...given });
  return context;
}

/** A value where a command stands: what `(…)` holds, or `[…]` gives, may be a function that is called. */
function valueAlone(r: Reader, c: Cursor): Outcome<void> {
  const isMade = peek(c) === "(";
  const taken = scriptedValue(r, c);
  if (isFault(taken)) return taken;
  skipBlank(c);
  if (isMade || !atEnd(c)) r.calls();
  return globalArguments(r, c, CALL, r.menu);
}

/** Everything but a menu's command; null: it is one. */
function other(r: Reader, c: Cursor, context: string): Outcome<void> | null {
  if (peek(c) === "{") return code(r, c, context, "");
  if (peek(c) === "$") return call(r, c);
  if (isScripted(c)) return valueAlone(r, c);
  const name = globalName(r, c, context);
  if (name === null) return null;
  c.at += /^[:/]?[a-z0-9-]*/.exec(c.text.slice(c.at, c.at + 32))?.[0].length ?? 0;
  return globalArguments(r, c, name, context);
}

/** One statement; the answer is the menu for those that follow. */
function statement(r: Reader, c: Cursor, context: string): Outcome<string> {
  r.menu = context;
  const done = other(r, c, context);
  if (done === null) return command(r, c, context);
  r.scripted = true;
  r.ran += 1;
  return isFault(done) ? done : context;
}

function statements(r: Reader, c: Cursor, from: string, end: string): Outcome<void> {
  let context = from;
  for (;;) {
    skipBetween(c);
    const ch = peek(c);
    if (ch === "" && end !== "") return syntax(c, `The closing ${end} is missing`);
    if (ch === end) break;
    r.statements += 1;
    if (r.statements > SCRIPT_STATEMENTS_MAX) return syntax(c, "This script has too many commands");
    const moved = statement(r, c, context);
    if (isFault(moved)) return moved;
    context = moved;
    skipBlank(c);
    if (!atEnd(c) && peek(c) !== "") return syntax(c, "expected end of command");
  }
  c.at += end.length;
  return undefined;
}

const cursorOf = (r: Reader, written: string): Cursor =>
  cursorOn(written, (c, isCode) => {
    r.scripted = true;
    return isCode ? code(r, c, r.menu, "it") : scriptedValue(r, c);
  });

/** Reads a script whole; an `input` fault where it cannot be understood. */
export function surveyScript(tree: CommandTree, script: string): Outcome<Survey> {
  const found: Reader["found"] = { commands: [], globals: [], open: [], secrets: [] };
  const globals = tree.menu("/")?.commands ?? [];
  const r: Reader = {
    tree,
    globals,
    found,
    functions: new Set(),
    given: new Set(),
    called: new Set(),
    menu: "/",
    depth: 0,
    statements: 0,
    scripted: false,
    ran: 0,
    commands: (c, end) => nested(r, c, r.menu, end),
    code: (c, context, what) => code(r, c, context, what),
    calls: () => void found.open.push("it calls what is made while it runs"),
  };
  const done = statements(r, cursorOf(r, script), "/", "");
  const other = [...r.called].filter((name) => r.functions.has(name) && r.given.has(name));
  for (const name of other) found.open.push(`$${name} is called, which may be another one by then`);
  return isFault(done) ? done : { ...found, isEmpty: r.ran === 0, isPlain: !r.scripted };
}
