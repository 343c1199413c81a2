// JSON Schema as Gemini's subset: what it knows is kept, what it refuses is gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { geminiSchema } from "../../../../src/edges/providers/gemini-schema.ts";

test("types, unions, constants and references", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
    required: ["menu", "gone"],
    properties: {
      menu: { type: "string", minLength: 1, format: "uri", pattern: "^/" },
      max: { type: ["integer", "null"], minimum: 1, exclusiveMaximum: 9, format: "int32" },
      kind: { const: "read" },
      level: { enum: ["a", "b", null] },
      either: { oneOf: [{ type: "string" }, { type: "number" }] },
      maybe: { anyOf: [{ type: "boolean" }, { type: "null" }] },
      row: { $ref: "#/$defs/row" },
      all: { allOf: [{ $ref: "#/$defs/row" }, { properties: { b: { type: "string" } }, required: ["b"] }] },
      many: { type: "array" },
    },
    $defs: {
      row: { type: "object", properties: { a: { type: "array", items: { type: "number" } } }, required: ["a"] },
    },
  };
  const row = { type: "OBJECT", properties: { a: { type: "ARRAY", items: { type: "NUMBER" } } }, required: ["a"] };
  assert.deepEqual(geminiSchema(schema), {
    type: "OBJECT",
    properties: {
      menu: { minLength: 1, pattern: "^/", type: "STRING" },
      max: { minimum: 1, format: "int32", nullable: true, type: "INTEGER" },
      kind: { type: "STRING", enum: ["read"] },
      level: { nullable: true, type: "STRING", enum: ["a", "b"] },
      either: { anyOf: [{ type: "STRING" }, { type: "NUMBER" }] },
      maybe: { nullable: true, type: "BOOLEAN" },
      row,
      all: { ...row, properties: { ...row.properties, b: { type: "STRING" } }, required: ["a", "b"] },
      many: { type: "ARRAY", items: { type: "STRING" } },
    },
    required: ["menu"],
  });
});

test("no parameters, and a schema that holds itself", () => {
  assert.equal(geminiSchema({ type: "object", properties: {} }), null);
  const loop = { type: "object", properties: { next: { $ref: "#" } } };
  assert.equal(geminiSchema(loop)?.["type"], "OBJECT");
});
