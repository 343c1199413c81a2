// What every tool promises: a name that all services take, a closed schema, words for the
// model, bounds, and faults instead of exceptions for whatever arguments it gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaText } from "../../scripts/gen-tools.ts";
import { isFault } from "../../src/base/fault.ts";
import { TOOL_CAP_MS, TOOL_OUT_BYTES_MAX } from "../../src/base/limits.ts";
import { bindTool } from "../../src/core/deps.ts";
import type { Tool, ToolKit } from "../../src/port/tool.ts";
import { makeWorld } from "../support/virtual.ts";

/** What the tests need to know of one tool, whatever its arguments. */
export interface Case {
  readonly name: string;
  readonly schema: Record<string, unknown>;
  readonly words: string;
}

/** Runs the suite for one tool. `good` are arguments that it takes, `bad` such that it refuses. */
export function toolSuite<A>(tool: Tool<A>, kit: ToolKit, good: readonly A[], bad: readonly unknown[]): Case {
  const schema = JSON.parse(schemaText(tool.args())) as Record<string, unknown>;
  test(`${tool.name}: name, purpose, bounds and schema`, () => {
    assert.match(tool.name, /^[a-z][a-z0-9_]{0,63}$/);
    assert.ok(tool.purpose.length >= 40, "a model can tell what it is for");
    assert.ok(tool.capMs <= TOOL_CAP_MS && tool.outMax <= TOOL_OUT_BYTES_MAX);
    assert.equal(schema["type"], "object");
    assert.equal(schema["additionalProperties"], false);
  });
  test(`${tool.name}: takes good arguments and refuses bad ones`, async () => {
    const world = makeWorld();
    const bound = bindTool(tool, "{}");
    for (const args of good) {
      const done = await bound.call(world.scope, kit, args);
      assert.ok(!isFault(done) || done.code !== "invalid", JSON.stringify(args));
    }
    for (const args of [...bad, null, [], "x", 7, { more: 1 }]) {
      const done = await bound.call(world.scope, kit, args);
      assert.ok(isFault(done) && done.fault === "input", JSON.stringify(args));
    }
    await world.end();
  });
  return { name: tool.name, schema, words: `${tool.name} ${tool.purpose} ${JSON.stringify(schema)}` };
}
