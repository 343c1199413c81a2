// Which global names the agent's bundle uses, against what a bare engine has. Names that
// only newer engines have are left out on purpose: the bundle must run on QuickJS 2025-04-26.

import { type Node, parse } from "acorn";
import { analyze } from "eslint-scope";
import type { Program } from "estree";

/** What every engine we run on has, and the two names of the host ABI. */
export const ENGINE_GLOBALS: ReadonlySet<string> = new Set([
  ...["Infinity", "NaN", "undefined", "globalThis", "isFinite", "isNaN", "parseFloat", "parseInt"],
  ...["decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent"],
  ...["Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Math", "JSON", "Reflect"],
  ...["Date", "RegExp", "Proxy", "Promise", "Map", "Set", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry"],
  ...["Error", "AggregateError", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"],
  ...["ArrayBuffer", "SharedArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array"],
  ...["Uint16Array", "Int32Array", "Uint32Array", "BigInt64Array", "BigUint64Array", "Float32Array", "Float64Array"],
  ...["__host", "__complete"],
]);

/** Names that a dependency asks for with `typeof` before it uses them. */
const GUARDED: ReadonlyMap<string, string> = new Map([
  ["navigator", "zod looks whether it runs on Cloudflare before it tries `new Function`"],
]);

interface Place {
  type: string;
  name?: string;
  operator?: string;
  argument?: { type: string; name?: string };
}

interface Tree {
  [key: string]: unknown;
}

/** Names that somewhere stand behind `typeof`. */
function asked(root: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const todo: unknown[] = [root];
  while (todo.length > 0) {
    const at = todo.pop();
    if (typeof at !== "object" || at === null) continue;
    const place = at as Place;
    if (place.type === "UnaryExpression" && place.operator === "typeof" && place.argument?.name !== undefined) {
      names.add(place.argument.name);
    }
    for (const value of Object.values(at as Tree)) if (typeof value === "object") todo.push(value);
  }
  return names;
}

/** Free names of a script that a bare engine lacks, sorted. */
export function foreignGlobals(code: string): string[] {
  const program = parse(code, { ecmaVersion: 2023, sourceType: "script", ranges: true });
  const scopes = analyze(program as unknown as Program, { ecmaVersion: 2023, sourceType: "script" });
  const guarded = asked(program);
  const free = new Set((scopes.globalScope?.through ?? []).map((ref) => ref.identifier.name as string));
  const foreign = [...free].filter((name) => {
    if (ENGINE_GLOBALS.has(name)) return false;
    return !(GUARDED.has(name) && guarded.has(name));
  });
  return foreign.sort();
}
