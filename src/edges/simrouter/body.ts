// A request body as RouterOS takes it: one JSON object whose values become strings.
// Numbers and booleans are taken, an exponent is not; `.query` and `.proplist` are lists.

import { isFault, type Outcome } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { SIM_BODY_BYTES_MAX } from "../../base/limits-sim.ts";
import { parseQuery } from "../../base/url.ts";
import { type Body, NOTHING } from "./common.ts";
import { refuse } from "./errors.ts";

const notJson = () => refuse(400, "Failed to parse json");

// Strings are taken out first, so that their text is not looked at.
const STRING = /"(?:[^"\\]|\\.)*"/g;
const EXPONENT = /\d[eE][+-]?\d/;

function words(value: unknown): string[] | null {
  if (typeof value === "string") return value === "" ? [] : value.split(",");
  if (!Array.isArray(value)) return null;
  return value.every((v) => typeof v === "string") ? value : null;
}

function text(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === null) return "";
  if (!Array.isArray(value)) return null;
  const parts = value.map(text);
  return parts.every((p) => p !== null) ? parts.join(",") : null;
}

const LISTS = new Set([".query", ".proplist", "proplist"]);

/** The body of PUT, PATCH and POST; an empty one is an object without keys. */
export function readBody(raw: string): Outcome<Body> {
  if (raw.trim() === "") return NOTHING;
  const value = parseJson(raw, SIM_BODY_BYTES_MAX);
  if (isFault(value) || EXPONENT.test(raw.replace(STRING, ""))) return notJson();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return notJson();
  const lists = new Map<string, string[]>();
  const given = new Map<string, string>();
  for (const [key, held] of Object.entries(value)) {
    const list = LISTS.has(key) ? words(held) : null;
    const said = text(held);
    if (list !== null) lists.set(key, list);
    else if (said === null) return notJson();
    else given.set(key, said);
  }
  return {
    given,
    query: lists.get(".query") ?? null,
    proplist: lists.get(".proplist") ?? lists.get("proplist") ?? null,
  };
}

export interface Asked {
  wanted: ReadonlyArray<readonly [string, string]>;
  proplist: readonly string[] | null;
}

/** `?name=value&.proplist=a,b` of a GET. */
export function readQuery(query: string): Outcome<Asked> {
  const pairs = parseQuery(query);
  if (isFault(pairs)) return refuse(400, "bad query");
  const list = pairs.find(([name]) => name === ".proplist" || name === "proplist")?.[1];
  const wanted = pairs.filter(([name]) => name !== ".proplist" && name !== "proplist");
  return { wanted, proplist: list === undefined ? null : list.split(",").filter((w) => w !== "") };
}
