// The values that scripting makes: variables, computed values, arrays, results of commands.
// What they give only the router can know; the code inside them is handed on.
// Facts: MikroTik manual, Scripting.

import { isFault, type Outcome } from "../base/fault.ts";
import { SCRIPT_DEPTH_MAX } from "../base/limits.ts";
import { type Cursor, peek, readBare, readKey, readQuoted, syntax } from "./lex.ts";

export interface ValueReader {
  /** How many brackets are open. */
  depth: number;
  /** Reads the commands from an opening bracket to behind its closing one. */
  readonly commands: (c: Cursor, end: string) => Outcome<void>;
  /** A value is called that is made while the script runs. */
  readonly calls: () => void;
}

/** True where a value begins that is not plain text. */
export const isScripted = (c: Cursor): boolean => peek(c) !== "" && '"$[({'.includes(peek(c));

/** Runs a reader one bracket deeper, within bounds. */
export function deeper(r: ValueReader, c: Cursor, read: () => Outcome<void>): Outcome<void> {
  if (r.depth >= SCRIPT_DEPTH_MAX) return syntax(c, "This is nested too deep");
  r.depth += 1;
  const done = read();
  r.depth -= 1;
  return done;
}

/** Takes a bracket's inside up to its closing sign; code in it is surveyed. */
function group(r: ValueReader, c: Cursor, close: string): Outcome<void> {
  const open = c.at;
  c.at += 1;
  for (;;) {
    const ch = peek(c);
    if (ch === "") return syntax(c, `The closing ${close} is missing for the bracket`, open);
    if (ch === close) break;
    // `(:execute …)` runs a command, and `(function <%% {arguments})` calls a function.
    if (c.text.startsWith("<%", c.at) || /^\([ \t]*:[a-z]/.test(c.text.slice(c.at - 1, c.at + 8))) r.calls();
    const scripted = isScripted(c);
    const taken = scripted ? scriptedValue(r, c) : undefined;
    if (isFault(taken)) return taken;
    if (!scripted) c.at += 1;
  }
  c.at += 1;
  return undefined;
}

/** A quoted string with code in it: `"$[…]"` and `"$(…)"`. */
function text(r: ValueReader, c: Cursor): Outcome<void> {
  const open = c.at;
  c.at += 1;
  for (;;) {
    const ch = peek(c);
    if (ch === "") return syntax(c, "The closing quote is missing for the one", open);
    if (ch === '"') break;
    const inner = ch === "$" && /^[[(]$/.test(peek(c, 1));
    c.at += ch === "\\" ? 2 : 1;
    const taken = inner ? scriptedValue(r, c) : undefined;
    if (isFault(taken)) return taken;
  }
  c.at += 1;
  return undefined;
}

/** The name of `$name`, `$"a name"`, `$name->"key"`. */
export function readVariable(r: ValueReader, c: Cursor): Outcome<string> {
  c.at += 1;
  const name = readVariableName(r, c);
  while (!isFault(name) && c.text.startsWith("->", c.at)) {
    c.at += 2;
    const taken = isScripted(c) ? scriptedValue(r, c) : readKey(c);
    if (isFault(taken)) return taken;
  }
  return name;
}

function readVariableName(r: ValueReader, c: Cursor): Outcome<string> {
  if (peek(c) === '"') {
    const plain: Cursor = { text: c.text, at: c.at, joints: c.joints };
    const quoted = readQuoted(plain);
    c.at = plain.at;
    return quoted;
  }
  if (isScripted(c)) {
    const taken = scriptedValue(r, c);
    return isFault(taken) ? taken : "";
  }
  const start = c.at;
  while (/^\w$/.test(peek(c))) c.at += 1;
  return c.text.slice(start, c.at);
}

/** Takes one value that scripting makes: the code in it is handed on. */
export function scriptedValue(r: ValueReader, c: Cursor): Outcome<void> {
  return deeper(r, c, () => {
    const ch = peek(c);
    if (ch === '"') return text(r, c);
    if (ch === "[") return r.commands(c, "]");
    if (ch === "(" || ch === "{") return group(r, c, ch === "(" ? ")" : "}");
    const name = readVariable(r, c);
    return isFault(name) ? name : undefined;
  });
}

/** Takes one value, plain or made by scripting. */
export function anyValue(r: ValueReader, c: Cursor): Outcome<void> {
  if (isScripted(c)) return scriptedValue(r, c);
  const from = c.at;
  const word = readBare(c, "])");
  if (isFault(word)) return word;
  return c.at === from ? syntax(c, "This was not expected here") : undefined;
}
