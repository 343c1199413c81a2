import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod/mini";
import { schemaText } from "../../../scripts/gen-tools.ts";

test("a tool's arguments become one closed object without noise", () => {
  const args = z.object({
    command: z.string().check(z.minLength(1), z.maxLength(9)),
    max: z.optional(z.int()),
    port: z._default(z.int().check(z.gte(1), z.lte(65_535)), 80),
    where: z.record(z.string(), z.string()),
    list: z.array(z.object({ kind: z.enum(["a", "b"]) })),
  });
  assert.deepEqual(JSON.parse(schemaText(args)), {
    type: "object",
    properties: {
      command: { type: "string", minLength: 1, maxLength: 9 },
      max: { type: "integer" },
      port: { default: 80, type: "integer", minimum: 1, maximum: 65_535 },
      where: { type: "object", additionalProperties: { type: "string" } },
      list: {
        type: "array",
        items: {
          type: "object",
          properties: { kind: { type: "string", enum: ["a", "b"] } },
          required: ["kind"],
          additionalProperties: false,
        },
      },
    },
    required: ["command", "where", "list"],
    additionalProperties: false,
  });
});

test("descriptions are kept", () => {
  const args = z.object({ url: z.string().check(z.describe("an address")) });
  assert.match(schemaText(args), /"description":"an address"/);
});

test("anything but one object is refused", () => {
  assert.throws(() => schemaText(z.string()), /one object/);
  assert.throws(() => schemaText(z.union([z.object({}), z.object({ a: z.string() })])), /one object/);
});
