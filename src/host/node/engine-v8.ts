// The bundle in a bare V8 context for big hosts: the globals of ECMAScript 2023 and no
// more, no code from text, and no object of Node's own realm within reach (every value
// that crosses is a primitive or bytes made on the side that gets them).

import { createContext, runInContext, Script } from "node:vm";
import type { Abi, AbiValue } from "../../port/abi.ts";
import type { Engine } from "./engine-quickjs.ts";

// What a bare QuickJS of the router has as well.
const GLOBALS =
  "AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError " +
  "FinalizationRegistry Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array JSON Map Math " +
  "NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String Symbol " +
  "SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet " +
  "decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt " +
  "undefined unescape";

// Evaluated inside. `enter` is of the outer realm, so it is never given away; `mail` holds the completion to take.
const PRELUDE = `((enter, mail, names) => {
  "use strict";
  const keep = new Set(names.split(" "));
  for (const name of Object.getOwnPropertyNames(globalThis)) if (!keep.has(name)) delete globalThis[name];
  const inner = (v) => (typeof v === "object" ? new Uint8Array(v) : v);
  const down = (id, op, a, b) => {
    try { return enter(id, op, a, b); } catch (error) { throw new RangeError(String(error.message)); }
  };
  const host = {
    sync(op, a, b) { return inner(down(0, op, a, b)); },
    submit(id, op, a, b) {
      if ((id | 0) !== id || id <= 0) throw new RangeError("an operation's number is a positive integer");
      down(id, op, a, b);
    },
    cancel(id) { down(id, 0); },
  };
  const take = () => globalThis.__complete(mail.id, mail.code, inner(mail.value));
  Object.defineProperty(host, "take", { value: take });
  globalThis.__host = Object.freeze(host);
})`;

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value);
}

// Bytes of the other realm are no Uint8Array of ours.
function outer(value: AbiValue): AbiValue {
  return isBytes(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** Evaluates the script in a new context; `crash` is told once what went wrong beyond repair. */
export function startV8(script: string, abi: Abi, crash: (what: string) => void): Engine {
  // A queue of its own, emptied at the end of every runInContext: all jobs of one completion run before the next.
  const context = createContext(Object.create(null), {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: "afterEvaluate",
  });
  const mail: { id: number; code: number; value: AbiValue } = { id: 0, code: 0, value: undefined };
  let dead = false;
  const guard = (run: () => void): void => {
    if (dead) return;
    try {
      run();
    } catch (error) {
      dead = true;
      crash(String((error as { stack?: unknown } | null)?.stack ?? error));
    }
  };
  const down = (id: number, op: number, a: AbiValue, b: AbiValue): AbiValue => {
    if (op === 0) return void abi.cancel(id);
    if (id === 0) return abi.sync(op, outer(a), outer(b));
    abi.submit(id, op, outer(a), outer(b));
    return undefined;
  };
  runInContext(PRELUDE, context)(down, mail, GLOBALS);
  const take = new Script("__host.take()", { filename: "complete.js" });
  guard(() => void new Script(script, { filename: "mikroclaw.bundle.js" }).runInContext(context));
  return {
    heapBytes() {
      // There when somebody asked V8 for it (scripts/bench/guest.ts).
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    },
    complete(id, code, value) {
      mail.id = id;
      mail.code = code;
      mail.value = value;
      guard(() => void take.runInContext(context));
    },
  };
}
