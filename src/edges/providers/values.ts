// Looking into what a service sent, and making what may be sent: the few checks that all
// dialects share.

import { isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";

export type Fields = Record<string, unknown>;

/** True for a JSON object. */
export function isRecord(x: unknown): x is Fields {
  return typeof x === "object" && x !== null && !Array.isArray(x);
}

/** The object at `key`, or an empty one. */
export function fieldsAt(value: Fields, key: string): Fields {
  const inner = value[key];
  return isRecord(inner) ? inner : {};
}

/** The text at `key`, or "". */
export function textAt(value: Fields, key: string): string {
  const inner = value[key];
  return typeof inner === "string" ? inner : "";
}

/** The objects of the list at `key`. */
export function recordsAt(value: Fields, key: string): Fields[] {
  const inner = value[key];
  return Array.isArray(inner) ? inner.filter(isRecord) : [];
}

/** A count of tokens, or null. */
export function count(x: unknown): number | null {
  return typeof x === "number" && Number.isFinite(x) && x >= 0 ? Math.floor(x) : null;
}

/** A call's arguments as JSON text, however they came; "" when none did. */
export function argsText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
}

/** The object of JSON text, or null. */
export function parseObject(text: string): Fields | null {
  if (!text.trimStart().startsWith("{")) return null;
  const value = parseJson(text);
  return !isFault(value) && isRecord(value) ? value : null;
}

/** True for JSON text of one object: what a call's arguments must be. */
export function isObjectText(text: string): boolean {
  return parseObject(text) !== null;
}

// Strict servers refuse the escapes that JSON.stringify writes for a lone surrogate, and some
// databases behind them stop at NUL. Most texts have neither, and one search tells it.
const SUSPECT = /[\0\ud800-\udfff]/;
const UNSENDABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** True for a text of which nothing is left when it is sent. */
export function isBlank(text: string): boolean {
  return text.replaceAll("\0", "").trim() === "";
}

/** `text` without NUL and with U+FFFD for lone surrogates. */
export function wellFormed(text: string): string {
  return SUSPECT.test(text) ? text.replace(UNSENDABLE, (unit) => (unit === "\0" ? "" : "\ufffd")) : text;
}

// Each escape whole, so that a backslash's own is never taken for the beginning of another.
const ESCAPE = /\\(?:(u0000)|(ud[89a-f]..)|.)/g;

const known = new WeakMap<object, string>();

/**
 * JSON of a request's body, well formed in each text and name of it. Its tools are a third of
 * it and the same list in each question, so their text is kept.
 */
export function bodyJson({ tools, ...body }: Fields): string {
  if (typeof tools !== "object" || tools === null) return mended({ ...body, tools });
  const json = known.get(tools) ?? mended(tools);
  known.set(tools, json);
  const rest = mended(body);
  return `${rest.slice(0, -1)}${rest === "{}" ? "" : ","}"tools":${json}}`;
}

function mended(value: object): string {
  const json = JSON.stringify(value);
  if (!json.includes("\\ud") && !json.includes("\\u0000")) return json;
  return json.replace(ESCAPE, (found, nul, lone) => (nul ? "" : lone ? "\ufffd" : found));
}
