import assert from "node:assert/strict";
import { test } from "node:test";
import { newQuickJSWASMModule } from "quickjs-emscripten";
import { ENGINE_GLOBALS, foreignGlobals } from "../../../scripts/build/globals.ts";

test("names of the language and of the host ABI are allowed", () => {
  assert.deepEqual(foreignGlobals("const a = new Map([[1, JSON.parse('2')]]); globalThis.x = __host.sync(1, a);"), []);
});

const FOREIGN: ReadonlyArray<readonly [code: string, name: string]> = [
  ["new URL('http://x');", "URL"],
  ["function f() { return setTimeout(f, 1); }", "setTimeout"],
  ["class A { #x = console; static { this.y = 1; } }", "console"],
  ["const { a = fetch } = {};", "fetch"],
  ["const g = typeof Buffer === 'undefined' ? 1 : Buffer.from([]);", "Buffer"],
  ["label: for (const x of [process]) { continue label; }", "process"],
  ["try { Intl.NumberFormat(); } catch { }", "Intl"],
  ["Atomics.load(new Int32Array(1), 0);", "Atomics"],
  ["eval('1');", "eval"],
  ["Iterator.from([]);", "Iterator"],
  ["navigator.userAgent;", "navigator"],
];

for (const [code, name] of FOREIGN) {
  test(`${name} is found in ${code}`, () => assert.deepEqual(foreignGlobals(code), [name]));
}

test("a local name, a property and a label of a foreign name are not a use of it", () => {
  assert.deepEqual(foreignGlobals("const URL = 1; ({ fetch: URL }).fetch; process: for (;;) break process;"), []);
});

test("a dependency may ask with typeof for the one name that is listed", () => {
  assert.deepEqual(foreignGlobals("if (typeof navigator < 'u') navigator.userAgent;"), []);
});

test("every allowed name is there in the QuickJS that Node runs", async () => {
  const quickjs = await newQuickJSWASMModule();
  const context = quickjs.newContext();
  const made = context.unwrapResult(context.evalCode("Object.getOwnPropertyNames(globalThis).join()"));
  const there = new Set(context.getString(made).split(","));
  made.dispose();
  context.dispose();
  const missing = [...ENGINE_GLOBALS].filter((name) => !name.startsWith("__") && !there.has(name));
  assert.deepEqual(missing, []);
});
