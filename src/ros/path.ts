// The words before a command's arguments: menus by full name or unique beginning, with
// slashes or blanks between them, then the command. Names from the tree.

import { type Fault, isFault, type Outcome } from "../base/fault.ts";
import { nearest } from "../base/text.ts";
import type { CommandTree, Field } from "./commands.ts";
import { atEnd, type Cursor, peek, readName, scripting, scriptStart, skipBlank, syntax } from "./lex.ts";

export interface Verb {
  menu: string;
  command: string;
  /** Null when the arguments are not known (hardware menus of the manual). */
  args: readonly Field[] | null;
  /** More arguments may be there than are known. */
  isOpen: boolean;
  /** For messages: `/ip/address add`. */
  shown: string;
}

export interface Path {
  /** The menu reached. */
  menu: string;
  /** Null: only the menu was named, which moves the place for the commands that follow. */
  verb: Verb | null;
}

// The root's ping is not listed from 7.23 on; /tool/ping is, in all versions.
const ALIASES: Readonly<Record<string, readonly [menu: string, command: string]>> = {
  ping: ["/tool", "ping"],
};

/** The path of a menu's command, or of a menu in it. */
export const pathOf = (menu: string, name: string): string => (menu === "/" ? `/${name}` : `${menu}/${name}`);
const up = (menu: string): string => (menu.lastIndexOf("/") <= 0 ? "/" : menu.slice(0, menu.lastIndexOf("/")));

function verbOf(tree: CommandTree, menu: string, command: string): Verb {
  const known = tree.menu(menu);
  return {
    menu,
    command,
    args: known?.args(command) ?? null,
    isOpen: known?.approx === true,
    shown: `${menu} ${command}`,
  };
}

/** What a word means in a menu: a full name wins over beginnings. */
function resolve(tree: CommandTree, c: Cursor, menu: string, word: string, at: number): Outcome<Verb | string> {
  const menus = tree.children(menu);
  if (menus.includes(word)) return pathOf(menu, word);
  const here = tree.menu(menu);
  const commands = here?.commands ?? [];
  if (commands.includes(word)) return verbOf(tree, menu, word);
  const alias = menu === "/" && Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined;
  if (alias !== undefined) return verbOf(tree, alias[0], alias[1]);
  const fits = [...menus, ...commands].filter((n) => n.startsWith(word));
  const only = fits[0];
  if (fits.length === 1 && only !== undefined)
    return menus.includes(only) ? pathOf(menu, only) : verbOf(tree, menu, only);
  if (here?.approx === true && fits.length === 0) return verbOf(tree, menu, word);
  // At the root the commands are words of scripts, which nobody means here.
  return unknownWord(c, menu, word, at, fits, menu === "/" ? menus : [...menus, ...commands]);
}

function unknownWord(
  c: Cursor,
  menu: string,
  word: string,
  at: number,
  fits: readonly string[],
  all: readonly string[],
): Fault {
  const place = menu === "/" ? "the root menu" : menu;
  if (fits.length > 1) {
    return syntax(
      c,
      `"${word}" in ${place} is the beginning of several names`,
      at,
      `Write more of it: ${fits.slice(0, 8).join(", ")}.`,
    );
  }
  const near = nearest(word, all, 3);
  const next = near.length > 0 ? `Did you mean ${near.map((n) => pathOf(menu, n)).join(", ")}?` : undefined;
  return syntax(c, `bad command name ${word}: there is no such menu or command in ${place}`, at, next);
}

/** The sign that a path begins with: `/` root, `:` a global command, `..` up. */
function readStart(c: Cursor, context: string): Outcome<string> {
  const at = c.at;
  if (peek(c) === ":") {
    c.at += 1;
    const word = readName(c);
    if (word !== "ping" && word !== "log") return scripting(c, `:${word}`, at);
    c.at = at + 1;
    return "/";
  }
  const script = scriptStart(peek(c));
  if (script !== null) return scripting(c, script);
  if (peek(c) !== "/") return context;
  c.at += 1;
  return "/";
}

/** As `resolve`; a first word may also begin at the root: `ip address print` wherever one stands. */
function resolveFrom(
  tree: CommandTree,
  c: Cursor,
  menu: string,
  word: string,
  at: number,
  orRoot: boolean,
): Outcome<Verb | string> {
  const found = resolve(tree, c, menu, word, at);
  if (!isFault(found) || !orRoot || menu === "/") return found;
  const again = resolve(tree, c, "/", word, at);
  return isFault(again) ? found : again;
}

/** Reads a path and its command; `context` is the menu that relative paths begin in. */
export function readPath(tree: CommandTree, c: Cursor, context: string): Outcome<Path> {
  const absolute = peek(c) === "/";
  const start = readStart(c, context);
  if (isFault(start)) return start;
  let menu = start;
  for (let first = true; ; first = false) {
    skipBlank(c);
    if (!first && peek(c) === "/") {
      c.at += 1;
      skipBlank(c);
    }
    if (atEnd(c) || (c.script !== undefined && peek(c) === "{")) return { menu, verb: null };
    const found = readStep(tree, c, menu, first && !absolute);
    if (isFault(found)) return found;
    if (typeof found !== "string") return { menu: found.menu, verb: found };
    menu = found;
  }
}

/** How far a text without a slash is a command; only names in full count, as words may be anything. */
export function commandIn(tree: CommandTree, text: string): "whole" | "menu" | null {
  let menu = "/";
  for (const word of text.trim().split(/[\s/]+/)) {
    if (tree.children(menu).includes(word)) menu = pathOf(menu, word);
    else if (menu === "/") return null;
    else return tree.menu(menu)?.commands.includes(word) === true ? "whole" : "menu";
  }
  return "menu";
}

/** One word of a path: the menu it leads to, or the command it names. */
function readStep(tree: CommandTree, c: Cursor, menu: string, orRoot: boolean): Outcome<Verb | string> {
  const at = c.at;
  const word = readName(c);
  if (word === "..") return up(menu);
  return word === "" ? strange(c) : resolveFrom(tree, c, menu, word, at, orRoot);
}

function strange(c: Cursor): Fault {
  const script = scriptStart(peek(c));
  return script !== null ? scripting(c, script) : syntax(c, "A menu or command name was expected here");
}
