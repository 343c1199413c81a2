// What the command tree takes of a router's memory, counted by QuickJS itself: the parts are
// read on demand and few are held, whatever is asked for.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as esbuild from "esbuild";
import { getQuickJS } from "quickjs-emscripten";
import { bare } from "../../scripts/build/options.ts";
import { testParts } from "../support/commands.ts";

const BYTES_MAX = 120_000;

test("the command tree takes at most 120 KB in QuickJS, all menus asked for", async (t) => {
  const made = await esbuild.build({
    ...bare(process.cwd(), "test/fidelity/tree.entry.ts", "tree.js"),
    write: false,
    metafile: false,
  });
  const runtime = (await getQuickJS()).newRuntime();
  const context = runtime.newContext();
  const copy = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;
  const partOf = context.newFunction("partOf", (name) => {
    const bytes = testParts()[context.getString(name)];
    return bytes === undefined ? context.null : context.newArrayBuffer(copy(new Uint8Array(bytes)));
  });
  const decode = context.newFunction("decode", (bytes) => {
    const { value } = context.getArrayBuffer(bytes);
    return context.newString(Buffer.from(value).toString("latin1"));
  });
  context.setProp(context.global, "partOf", partOf);
  context.setProp(context.global, "decode", decode);
  const run = (code: string): unknown => {
    const value = context.unwrapResult(context.evalCode(code));
    const out: unknown = context.dump(value);
    value.dispose();
    return out;
  };
  const used = (): number => {
    const usage = runtime.computeMemoryUsage();
    const bytes = Number((context.dump(usage) as { memory_used_size: number }).memory_used_size);
    usage.dispose();
    return bytes;
  };
  try {
    run(made.outputFiles?.[0]?.text ?? "");
    run("begin()");
    // What one command leaves besides the tree: compiled patterns, tables of other modules.
    run('look("zz")');
    const before = used();
    const lines = readFileSync("test/data/console-corpus.jsonl", "utf8").trimEnd().split("\n");
    let most = 0;
    for (const line of lines) {
      run(`look(${JSON.stringify((JSON.parse(line) as string[])[0])})`);
      most = Math.max(most, used() - before);
    }
    t.diagnostic(`at most ${most} bytes more than before it, ${used() - before} at the end`);
    assert.ok(most > 20_000 && most <= BYTES_MAX, String(most));
  } finally {
    partOf.dispose();
    decode.dispose();
    context.dispose();
    runtime.dispose();
  }
});
