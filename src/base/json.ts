// JSON from outside, bounded before it is parsed (RFC 8259). Never throws: text that is
// too long, too deep or broken is a fault. A "__proto__" key does not survive.

import { assert } from "./bug.ts";
import { type Fault, fault, type Outcome } from "./fault.ts";
import { JSON_BYTES_MAX, JSON_DEPTH_MAX } from "./limits.ts";
import { utf8Length } from "./utf8.ts";

/** The value of JSON text; `input` fault when broken or too deep, `limit` when too long. */
export function parseJson(text: string, maxBytes: number = JSON_BYTES_MAX): Outcome<unknown> {
  // A unit makes one to three bytes, so most texts need no counting.
  if (text.length > maxBytes || (text.length * 3 > maxBytes && utf8Length(text) > maxBytes)) {
    return fault("limit", `The JSON text is longer than ${maxBytes} bytes.`, { code: "body_too_large" });
  }
  if (isTooDeep(text)) {
    return fault("input", `The JSON text is nested more than ${JSON_DEPTH_MAX} levels deep.`, { code: "json_depth" });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return notJson(text);
  }
  // An escape may spell the key, so any text with one is looked through.
  if (text.includes("__proto__") || text.includes("\\u")) dropProto(value, 0);
  return value;
}

function notJson(text: string): Fault {
  const why = text.trim() === "" ? "it is empty" : "it is broken or cut off";
  return fault("input", `The text is not valid JSON: ${why}.`, { code: "bad_json" });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// Brackets inside strings do not count. The scan needs no grammar: JSON.parse checks it after.
function isTooDeep(text: string): boolean {
  if (!hasManyBrackets(text)) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) {
      i = endOfString(text, i);
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > JSON_DEPTH_MAX) return true;
    } else if (unit === 0x5d || unit === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

// Too few opening brackets for the depth that is looked for: no need to read every unit.
function hasManyBrackets(text: string): boolean {
  let seen = 0;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      seen += 1;
      if (seen > JSON_DEPTH_MAX) return true;
    }
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

function dropProto(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  assert(depth <= JSON_DEPTH_MAX, "parsed JSON is deeper than its scan said");
  if (Object.hasOwn(value, "__proto__")) Reflect.deleteProperty(value, "__proto__");
  for (const inner of Object.values(value)) dropProto(inner, depth + 1);
}

/** JSON text with sorted keys, so that equal values give equal text. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => stableJson(v)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${JSON.stringify(k)}:${stableJson(v)}`);
  return `{${fields.join(",")}}`;
}
