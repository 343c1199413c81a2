// Arguments that models write nearly as JSON: in a fence, with single quotes, bare keys,
// Python's words, commas before the end, line ends inside texts. What is cut off, or more
// than one value, is not guessed at.

import { REPAIR_UNITS_MAX } from "../base/limits-models.ts";

const FENCE = /^\s*```[a-z]*\s*([\s\S]*?)\s*```\s*$/i;
const TOKEN =
  /\s*(?:("(?:[^"\\]|\\[\s\S])*")|'((?:[^'\\]|\\[\s\S])*)'|([{}[\]:,])|([A-Za-z_$][\w$-]*)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?))/y;
const WORDS: Readonly<Record<string, string>> = {
  true: "true",
  false: "false",
  null: "null",
  True: "true",
  False: "false",
  None: "null",
  undefined: "null",
};

/** The text as JSON would have it, for a parser to judge; null where that is not clear. */
export function repairJson(text: string): string | null {
  if (text.length > REPAIR_UNITS_MAX) return null;
  const inner = FENCE.exec(text)?.[1] ?? text;
  let out = "";
  TOKEN.lastIndex = 0;
  for (let at = 0; at < inner.length; at = TOKEN.lastIndex) {
    const found = TOKEN.exec(inner);
    if (found === null) return inner.slice(at).trim() === "" ? out : null;
    const written = tokenOf(found, inner.slice(TOKEN.lastIndex));
    if (written === null) return null;
    out += written;
  }
  return out;
}

function tokenOf([, quoted, single, mark, word, number]: RegExpExecArray, rest: string): string | null {
  if (quoted !== undefined) return lined(quoted);
  if (single !== undefined)
    return lined(`"${single.replace(/\\'/g, "'").replace(/(\\[\s\S])|"/g, (_, kept) => kept ?? '\\"')}"`);
  // A comma before the end says nothing.
  if (mark !== undefined) return mark === "," && /^\s*[}\]]/.test(rest) ? "" : mark;
  if (word === undefined) return number ?? null;
  return /^\s*:/.test(rest) ? JSON.stringify(word) : (WORDS[word] ?? null);
}

/** Control characters inside a text, escaped. */
function lined(text: string): string {
  return text.replace(/[\u0000-\u001f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
