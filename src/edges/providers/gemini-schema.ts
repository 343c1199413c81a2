// A tool's JSON Schema as the subset of OpenAPI 3.0 that Gemini takes
// (https://ai.google.dev/api/caching#Schema). What it does not know would be refused, so
// references are put in, unions become anyOf and nullable, and the rest is left out.

import { JSON_DEPTH_MAX } from "../../base/limits.ts";
import { type Fields, fieldsAt, isRecord, recordsAt } from "./values.ts";

const KEPT = [
  "title",
  "description",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minProperties",
  "maxProperties",
  "pattern",
  "default",
];
const FORMATS: ReadonlySet<unknown> = new Set(["enum", "date-time", "int32", "int64", "float", "double"]);

/** The schema of a function's parameters, or null for a function without any. */
export function geminiSchema(schema: Fields): Fields | null {
  // An object without properties is refused.
  return Object.keys(fieldsAt(schema, "properties")).length === 0 ? null : convert(schema, schema, 0);
}

function convert(given: Fields, root: Fields, depth: number): Fields {
  // Deeper is a schema that holds itself; any object then.
  if (depth > JSON_DEPTH_MAX) return { type: "OBJECT" };
  const schema = joined(resolved(given, root), root);
  const out: Fields = {};
  for (const key of KEPT) if (schema[key] !== undefined) out[key] = schema[key];
  if (FORMATS.has(schema["format"])) out["format"] = schema["format"];
  addType(out, schema);
  addEnum(out, schema);
  addUnion(out, schema, root, depth);
  if (isRecord(schema["items"])) out["items"] = convert(schema["items"], root, depth + 1);
  else if (out["type"] === "ARRAY") out["items"] = { type: "STRING" };
  addProperties(out, schema, root, depth);
  return out;
}

/** What a `$ref` of the same document points to. */
function resolved(schema: Fields, root: Fields): Fields {
  const ref = schema["$ref"];
  if (typeof ref !== "string" || !ref.startsWith("#/")) return schema;
  let at: unknown = root;
  for (const name of ref.slice(2).split("/")) {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isRecord(at) ? { ...at, ...schema } : schema;
}

/** All of `allOf` in one. */
function joined(schema: Fields, root: Fields): Fields {
  const out = { ...schema };
  for (const part of recordsAt(schema, "allOf")) {
    const { properties, required, ...rest } = resolved(part, root);
    Object.assign(out, rest);
    if (isRecord(properties)) out["properties"] = { ...fieldsAt(out, "properties"), ...properties };
    if (Array.isArray(required))
      out["required"] = [...(Array.isArray(out["required"]) ? out["required"] : []), ...required];
  }
  return out;
}

function addType(out: Fields, schema: Fields): void {
  const { type } = schema;
  const types = (Array.isArray(type) ? type : [type]).filter((t) => typeof t === "string");
  const real = types.filter((t) => t !== "null");
  if (real.length < types.length || schema["nullable"] === true) out["nullable"] = true;
  const [first] = real;
  if (real.length === 1 && first !== undefined) out["type"] = first.toUpperCase();
  else if (real.length > 1) out["anyOf"] = real.map((t) => ({ type: t.toUpperCase() }));
  else if (isRecord(schema["properties"])) out["type"] = "OBJECT";
}

// Only texts may be listed.
function addEnum(out: Fields, schema: Fields): void {
  const values = schema["const"] === undefined ? schema["enum"] : [schema["const"]];
  if (!Array.isArray(values)) return;
  if (values.includes(null)) out["nullable"] = true;
  const texts = values.filter((v) => typeof v === "string" && v !== "");
  if (texts.length === 0 || (out["type"] !== undefined && out["type"] !== "STRING")) return;
  out["type"] = "STRING";
  out["enum"] = texts;
}

function addUnion(out: Fields, schema: Fields, root: Fields, depth: number): void {
  const all = [...recordsAt(schema, "anyOf"), ...recordsAt(schema, "oneOf")];
  if (all.length === 0) return;
  const real = all.filter((s) => s["type"] !== "null");
  if (real.length < all.length) out["nullable"] = true;
  const made = real.map((s) => convert(s, root, depth + 1));
  if (made.length === 1) Object.assign(out, { ...made[0], ...out });
  else if (made.length > 1) out["anyOf"] = made;
}

function addProperties(out: Fields, schema: Fields, root: Fields, depth: number): void {
  const given = Object.entries(fieldsAt(schema, "properties")).filter(([, s]) => isRecord(s));
  if (given.length === 0) return;
  out["properties"] = Object.fromEntries(given.map(([name, s]) => [name, convert(s as Fields, root, depth + 1)]));
  const names = given.map(([name]) => name);
  const required = Array.isArray(schema["required"]) ? schema["required"].filter((n) => names.includes(n)) : [];
  if (required.length > 0) out["required"] = [...new Set(required)];
}
