// Arguments that models write nearly as JSON: in a fence, with single quotes, bare keys,
// Python's words, commas before the end, line ends inside texts. What is cut off, or more
// than one value, is not guessed at.

import { isFault } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import { TOOL_ARGS_BYTES_MAX } from "../base/limits.ts";
import { REPAIR_UNITS_MAX } from "../base/limits-models.ts";

const FENCE = /^\s*```[a-z]*\s*([\s\S]*?)\s*(?:```\s*)?$/i;
const TOKEN =
  /\s*(?:("(?:[^"\\]|\\[\s\S])*")|'((?:[^'\\]|\\[\s\S])*)'|([{}[\]:,])|([A-Za-z_$][\w$-]*)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(\/\/[^\n]*|\/\*[\s\S]*?\*\/))/y;
const CLOSES = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*[}\]]/y;
const COLON = /\s*:/y;
const WORDS: Readonly<Record<string, string>> = {
  true: "true",
  false: "false",
  null: "null",
  True: "true",
  False: "false",
  None: "null",
  undefined: "null",
};

/** The text of arguments as JSON, where that is clear; else as it is, for a parser to refuse. */
export function readableJson(argsJson: string): string {
  const text = argsJson.trim() === "" || argsJson.trim() === "null" ? "{}" : argsJson;
  const value = parseJson(text, TOOL_ARGS_BYTES_MAX);
  const inner = isFault(value) ? repairJson(text) : typeof value === "string" ? value : null;
  return inner === null || isFault(parseJson(inner, TOOL_ARGS_BYTES_MAX)) ? text : inner;
}

/** The text as JSON would have it, for a parser to judge; null where that is not clear. */
export function repairJson(text: string): string | null {
  if (text.length > REPAIR_UNITS_MAX) return null;
  const inner = FENCE.exec(text)?.[1] ?? text;
  let out = "";
  for (let at = 0; at < inner.length; ) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(inner);
    if (found === null) return inner.slice(at).trim() === "" ? out : null;
    at = TOKEN.lastIndex;
    const written = tokenOf(found, inner, at);
    if (written === null) return null;
    out += written;
  }
  return out;
}

/** True where `what` stands at this place. */
function follows(what: RegExp, text: string, at: number): boolean {
  what.lastIndex = at;
  return what.test(text);
}

function tokenOf(
  [, quoted, single, mark, word, number, comment]: RegExpExecArray,
  text: string,
  at: number,
): string | null {
  if (quoted !== undefined) return lined(quoted);
  if (single !== undefined)
    return lined(`"${single.replace(/\\'/g, "'").replace(/(\\[\s\S])|"/g, (_, kept) => kept ?? '\\"')}"`);
  // A comma before the end says nothing.
  if (mark !== undefined) return mark === "," && follows(CLOSES, text, at) ? "" : mark;
  if (comment !== undefined) return " ";
  if (word === undefined) return number ?? null;
  if (follows(COLON, text, at)) return JSON.stringify(word);
  return Object.hasOwn(WORDS, word) ? (WORDS[word] ?? null) : null;
}

/** Control characters inside a text escaped, and backslashes that escape nothing: patterns such as \d. */
function lined(text: string): string {
  const plain = text.replace(/\\(["\\/bfnrt]|u[0-9a-fA-F]{4})|\\/g, (all, known) =>
    known === undefined ? "\\\\" : all,
  );
  return plain.replace(/[\u0000-\u001f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
