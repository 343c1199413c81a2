// The arguments of the scripting language's own commands (`:if`, `:foreach`, `:execute`…):
// which of them are code, which names they define, and what the commands do besides
// computing. Facts: MikroTik manual, Scripting; names of arguments from the tree.

import { isFault, type Outcome } from "../base/fault.ts";
import { nearest } from "../base/text.ts";
import type { CommandTree } from "./commands.ts";
import { atEnd, type Cursor, peek, skipBlank, syntax } from "./lex.ts";
import { isSecretField } from "./mask.ts";
import { anyValue, isScripted, type ValueReader } from "./script-value.ts";

/** What reading them needs and finds. */
export interface Language extends ValueReader {
  readonly tree: CommandTree;
  readonly found: { readonly globals: string[]; readonly open: string[]; readonly secrets: string[] };
  /** Names that are given a block of code, and names that are given something else. */
  readonly functions: Set<string>;
  readonly given: Set<string>;
  /** Reads a value that is code. */
  readonly code: (c: Cursor, context: string, what: string) => Outcome<void>;
}

// Arguments of the language's own commands that hold code.
const CODE_ARGS = new Set(["do", "else", "on-error", "command", "script"]);
// Their first unnamed argument is code.
const CODE_FIRST = new Set(["do", "execute", "onerror", "retry", "time"]);
const DEFINES = new Set(["local", "global", "set"]);
// Their first unnamed argument is given values while they run.
const COUNTS = new Set(["for", "foreach", "onerror"]);
// They steer: a block without a name may be what they run.
const STEERS = new Set(["for", "foreach", "grep", "if", "while"]);
// The switch that prints secrets; it may be cut as well.
const SHOWN = "show-sensitive";
// Stands for the call of a function among the commands of the language.
export const CALL = "call";
// Everything else of the language only computes, prints or steers.
const EFFECTS = new Set(["password", "redo", "undo"]);
const OPEN: Readonly<Record<string, string>> = {
  import: "import runs what is in a file",
  parse: "parse makes code out of a text",
};

/** True when an argument is code. */
function isCode(c: Cursor, name: string, argument: string | undefined, isFirst: boolean): boolean {
  if (argument !== undefined) return CODE_ARGS.has(argument) || (name === "onerror" && argument === "in");
  return CODE_FIRST.has(name) && (isScripted(c) || (name === "execute" && isFirst));
}

/** The full name of the argument that begins here; undefined: it has none. A function takes any. */
function argumentName(r: Language, c: Cursor, name: string): Outcome<string | undefined> {
  const word = /^([A-Za-z][\w-]*)=/.exec(c.text.slice(c.at, c.at + 32))?.[1];
  if (word === undefined || name === CALL) return word;
  const known = (r.tree.menu("/")?.args(name) ?? []).map((f) => f.name);
  const fits = known.includes(word) ? [word] : known.filter((n) => n.startsWith(word));
  if (fits.length === 1) return fits[0];
  const near = fits.length > 1 ? fits : nearest(word, known, 3);
  const hint = near.length > 0 ? `Did you mean ${near.join(", ")}?` : undefined;
  return syntax(c, `:${name} has no argument "${word}"`, c.at, hint);
}

/** What a name is called by, wherever it stands: `$name`, `"name"` and `name` are one. */
const bare = (name: string): string => name.replace(/^\$/, "").replaceAll('"', "");

/** Keeps what a name is given by one argument; `first` is the name that is defined. */
function define(r: Language, name: string, first: string, argument: string | undefined): void {
  if (DEFINES.has(name) && first !== "") (argument === "do" ? r.functions : r.given).add(bare(first));
}

interface Read {
  readonly argument: string | undefined;
  readonly written: string;
}

/** Reads one argument. */
function globalArgument(r: Language, c: Cursor, name: string, context: string, isFirst: boolean): Outcome<Read> {
  const argument = argumentName(r, c, name);
  if (isFault(argument)) return argument;
  if (argument !== undefined) c.at = c.text.indexOf("=", c.at) + 1;
  const from = c.at;
  if (argument === undefined && STEERS.has(name) && (peek(c) === "{" || (name === "grep" && isScripted(c))))
    r.found.open.push(`:${name} has code without a name`);
  const taken = isCode(c, name, argument, isFirst) ? r.code(c, context, `:${name}`) : anyValue(r, c);
  if (isFault(taken)) return taken;
  const written = c.text.slice(from, c.at);
  if (argument !== undefined && isSecretField(`/${name}`, argument)) r.found.secrets.push(argument);
  if (name !== "import" && (argument === "file" || argument === "file-name"))
    r.found.globals.push(`${name} with a file`);
  if (argument === undefined && name === "export" && /^s./.test(written) && SHOWN.startsWith(written))
    r.found.globals.push(SHOWN);
  return { argument, written };
}

/** The arguments of a command, and what it does besides computing. */
export function globalArguments(r: Language, c: Cursor, name: string, context: string): Outcome<void> {
  let first = "";
  let holdsCode = false;
  for (skipBlank(c); !atEnd(c); skipBlank(c)) {
    const read = globalArgument(r, c, name, context, first === "");
    if (isFault(read)) return read;
    define(r, name, first, read.argument);
    holdsCode ||= read.argument === "do";
    if (first === "" && (read.argument === undefined || read.argument === "name")) first = read.written;
  }
  // What a global variable holds may come from elsewhere.
  if (COUNTS.has(name) || (name === "global" && !holdsCode)) for (const n of first.split(",")) r.given.add(bare(n));
  if (EFFECTS.has(name)) r.found.globals.push(name);
  const why = OPEN[name];
  if (why !== undefined) r.found.open.push(why);
  return undefined;
}
