// What QuickJS says of its heap: live objects only, rings without a holder are collected. And
// that a scope leaves nothing there when it has ended.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildSync } from "esbuild";
import { type Running, startEngine } from "../../../src/host/node/engine.ts";
import { makeNodeHost } from "../../../src/host/node/host.ts";

const MB = 1_048_576;
const FILL = "for (let i = 0; i < 40; i += 1)";

function start(script: string): Promise<Running> {
  const sink = { write: () => undefined };
  const exit = (): never => {
    throw new Error("the script asked to end");
  };
  const options = { args: [], env: {}, roots: {}, resources: {}, out: sink, err: sink, exit, terminal: false };
  const host = makeNodeHost({ ...options, engine: "quickjs" });
  return startEngine("quickjs", `globalThis.__complete = () => undefined; ${script}`, host);
}

async function heapOf(script: string): Promise<number> {
  const engine = await start(script);
  const bytes = engine.heapBytes();
  engine.stop();
  return bytes;
}

/** A script that opens and ends so many scopes, one after the other and one in the other. */
function scopes(count: number): string {
  const contents = `
    import { rootScope, withScope } from "./src/base/scope.ts";
    const { scope } = rootScope({ nowMs: () => 0, at: () => () => undefined });
    globalThis.module = { scope, withScope };
    globalThis.ended = 0;
    (async () => {
      for (let n = 0; n < ${count}; n += 1) {
        await withScope(scope, 1000, (s) => withScope(s, 1000, async () => void (globalThis.ended += 1)));
      }
      if (globalThis.ended !== ${count}) throw new Error("not all have run");
    })();`;
  const options = { bundle: true, format: "iife", write: false, target: "es2023" } as const;
  const made = buildSync({ ...options, stdin: { contents, resolveDir: process.cwd(), loader: "ts" } });
  return made.outputFiles.map((file) => file.text).join("");
}

describe("heapBytes of QuickJS", () => {
  it("counts what is held and leaves out what only a ring holds", async () => {
    const empty = await heapOf("");
    const held = await heapOf(`globalThis.kept = []; ${FILL} kept.push(new ArrayBuffer(100000));`);
    const rings = await heapOf(`${FILL} { const r = { b: new ArrayBuffer(100000) }; r.r = r; }`);
    assert.ok(held - empty > 3.5 * MB, `${held - empty} bytes for 4,000,000 held`);
    assert.ok(rings - empty < 0.2 * MB, `${rings - empty} bytes for rings`);
  });

  it("says the same when it is asked again", async () => {
    const engine = await start("");
    const [, second, third] = [engine.heapBytes(), engine.heapBytes(), engine.heapBytes()];
    assert.ok(Math.abs(third - second) < 4_000, `${second} ${third}`);
    engine.stop();
  });

  it("is as small after 2,000 scopes as after 20", async () => {
    const few = await heapOf(scopes(10));
    const many = await heapOf(scopes(1_000));
    assert.ok(many - few < 0.05 * MB, `${many - few} bytes for 1,980 scopes that have ended`);
  });
});
