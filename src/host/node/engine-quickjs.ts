// The bundle inside quickjs-emscripten. Strings of that library stop at a NUL, lose a BOM
// and break lone surrogates on the way out, and bytes go as ArrayBuffers; so a small
// prelude inside packs every value, and one number says how (kinds below).

import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  RELEASE_SYNC,
} from "quickjs-emscripten";
import { ENGINE_HEAP_BYTES_MAX, ENGINE_STACK_BYTES_MAX } from "../../base/limits.ts";
import type { Abi, AbiValue } from "../../port/abi.ts";

/** A running engine. */
export interface Engine {
  /** Hands a completion in and runs every job that follows from it. */
  complete(id: number, code: number, value: AbiValue): void;
  /** Bytes that live objects take, after a collection. Under V8 those of the whole process, as they share one heap. */
  heapBytes(): number;
}

const WASM_PAGE_BYTES = 65_536;
// What the module asks for at its start.
const WASM_FIRST_PAGES = 256;

// How a value travels: 3 bits each, below the operation's number.
const KIND = { NONE: 0, NUMBER: 1, TEXT: 2, BYTES: 3, UNITS: 4 } as const;

// Evaluated inside: (enter) => deliver. `enter(head, a, b)` goes down, `deliver(head, value)` comes up.
const PRELUDE = `((enter) => {
  "use strict";
  const NONE = 0, NUMBER = 1, TEXT = 2, BYTES = 3, UNITS = 4;
  const kindOf = (v) => {
    if (v === undefined) return NONE;
    if (typeof v === "number") return NUMBER;
    if (typeof v === "string") return v.indexOf("\\0") < 0 && v.charCodeAt(0) !== 0xfeff && v.isWellFormed() ? TEXT : UNITS;
    if (v instanceof Uint8Array) return BYTES;
    throw new TypeError("a host value is a number, a string or bytes");
  };
  const pack = (kind, v) => {
    if (kind === BYTES) return v.length === v.buffer.byteLength ? v.buffer : v.slice().buffer;
    if (kind !== UNITS) return v;
    const units = new Uint16Array(v.length);
    for (let i = 0; i < v.length; i += 1) units[i] = v.charCodeAt(i);
    return units.buffer;
  };
  const unpack = (kind, v) => {
    if (kind === BYTES) return new Uint8Array(v);
    if (kind !== UNITS) return v;
    const units = new Uint16Array(v);
    let text = "";
    for (let at = 0; at < units.length; at += 4096) text += String.fromCharCode.apply(null, units.subarray(at, at + 4096));
    return text;
  };
  const down = (id, op, a, b) => {
    if ((op & 127) !== op || op === 0) throw new RangeError("there is no operation " + op);
    const ka = kindOf(a), kb = kindOf(b);
    const head = (id * 128 + op) * 64 + ka * 8 + kb;
    if (ka === NONE) return enter(head);
    return kb === NONE ? enter(head, pack(ka, a)) : enter(head, pack(ka, a), pack(kb, b));
  };
  const known = (id) => {
    if ((id | 0) !== id || id <= 0) throw new RangeError("an operation's number is a positive integer");
    return id;
  };
  globalThis.__host = Object.freeze({
    sync(op, a, b) {
      const v = down(0, op, a, b);
      if (typeof v !== "object") return v;
      return v instanceof ArrayBuffer ? new Uint8Array(v) : unpack(UNITS, v.units);
    },
    submit(id, op, a, b) { down(known(id), op, a, b); },
    cancel(id) { if ((id | 0) === id && id > 0) enter(id * 8192); },
  });
  // As on the router, where nothing can make code from text and the engine is older.
  const refuse = function () { throw new TypeError("no code is made from text here"); };
  refuse.prototype = Function.prototype;
  for (const f of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    Object.defineProperty(Object.getPrototypeOf(f), "constructor", { value: refuse });
  }
  globalThis.Function = refuse;
  for (const name of ["eval", "Iterator", "Float16Array"]) delete globalThis[name];
  return (head, v) => {
    const kind = head % 8, rest = (head - kind) / 8, code = rest % 16;
    globalThis.__complete((rest - code) / 16, code, unpack(kind, v));
  };
})`;

// What the library's way through C strings would cut or replace.
function isUnits(text: string): boolean {
  return text.includes("\0") || /\p{Surrogate}/u.test(text);
}

/** Values out of and into the context; every handle made here is freed by its user. */
function makeBorder(vm: QuickJSContext): {
  take(handle: QuickJSHandle | undefined, kind: number): AbiValue;
  kindOf(value: AbiValue): number;
  give(value: AbiValue, kind: number): QuickJSHandle;
} {
  const bytesOf = (handle: QuickJSHandle): Uint8Array<ArrayBuffer> =>
    vm.getArrayBuffer(handle).consume((view) => view.value.slice() as Uint8Array<ArrayBuffer>);
  return {
    take(handle, kind) {
      if (handle === undefined || kind === KIND.NONE) return undefined;
      if (kind === KIND.NUMBER) return vm.getNumber(handle);
      if (kind === KIND.TEXT) return vm.getString(handle);
      if (kind === KIND.BYTES) return vm.getArrayBuffer(handle).consume((view) => view.value.slice());
      return Buffer.from(bytesOf(handle).buffer).toString("utf16le");
    },
    kindOf(value) {
      if (value === undefined) return KIND.NONE;
      if (typeof value === "number") return KIND.NUMBER;
      if (typeof value !== "string") return KIND.BYTES;
      return isUnits(value) ? KIND.UNITS : KIND.TEXT;
    },
    give(value, kind) {
      if (typeof value === "number") return vm.newNumber(value);
      if (value === undefined) return vm.undefined;
      if (typeof value !== "string") return vm.newArrayBuffer(exact(value));
      return kind === KIND.TEXT ? vm.newString(value) : vm.newArrayBuffer(exact(Buffer.from(value, "utf16le")));
    },
  };
}

// A Buffer may lie in Node's pool beside other data, and its own slice() does not copy.
function exact(bytes: Uint8Array): ArrayBufferLike {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : new Uint8Array(bytes).buffer;
}

/** What the prelude calls: unpacks, asks the host, packs the answer of a `sync`. */
function makeEnter(vm: QuickJSContext, border: ReturnType<typeof makeBorder>, abi: Abi) {
  const answer = (value: AbiValue): QuickJSHandle => {
    const kind = border.kindOf(value);
    if (kind !== KIND.UNITS) return border.give(value, kind);
    const box = vm.newObject();
    border.give(value, kind).consume((units) => vm.setProp(box, "units", units));
    return box;
  };
  return (headHandle: QuickJSHandle, a?: QuickJSHandle, b?: QuickJSHandle): QuickJSHandle | undefined => {
    const head = vm.getNumber(headHandle);
    const id = Math.floor(head / 8192);
    const op = Math.floor(head / 64) % 128;
    if (op === 0) return void abi.cancel(id);
    const first = border.take(a, Math.floor(head / 8) % 8);
    const second = border.take(b, head % 8);
    if (id === 0) return answer(abi.sync(op, first, second));
    abi.submit(id, op, first, second);
    return undefined;
  };
}

// Node's types leave the value of WebAssembly to the browser's.
type WasmMemory = NonNullable<NonNullable<Parameters<typeof newVariant>[1]>["wasmMemory"]>;

function boundedMemory(heapBytes: number): WasmMemory {
  const { Memory } = Reflect.get(globalThis, "WebAssembly") as {
    Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
  };
  return new Memory({ initial: WASM_FIRST_PAGES, maximum: WASM_FIRST_PAGES + Math.ceil(heapBytes / WASM_PAGE_BYTES) });
}

/** A QuickJS in a module of its own, whose memory grows by no more than this beside what it takes at its start. */
export async function makeRuntime(heapBytes: number): Promise<QuickJSRuntime> {
  const wasmMemory = boundedMemory(heapBytes);
  const wasm = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmMemory }));
  const runtime = wasm.newRuntime();
  runtime.setMaxStackSize(ENGINE_STACK_BYTES_MAX);
  return runtime;
}

// The library has no call that collects. The engine does it when an object is made and there are half as many
// allocations again as after the last time (in WebAssembly it counts them, whatever their size); a ring that nothing
// holds shows when that was.
const COLLECT = `{
  const ring = () => { const made = {}; made.self = made; return made; };
  const gone = new WeakRef(ring());
  for (let n = 0; n < 4000000 && gone.deref() !== undefined; n += 1) ring();
}`;

function collectedBytes(vm: QuickJSContext): number {
  vm.unwrapResult(vm.evalCode(COLLECT, "collect.js")).dispose();
  const usage: unknown = vm.runtime.computeMemoryUsage().consume((handle) => vm.dump(handle));
  return Number((usage as Record<string, unknown>)["memory_used_size"]);
}

/** Evaluates the script in a new QuickJS; `crash` is told once what went wrong beyond repair. */
export async function startQuickJs(script: string, abi: Abi, crash: (what: string) => void): Promise<Engine> {
  // A module of its own: after a stack overflow inside it, its memory must not be touched again.
  const runtime = await makeRuntime(ENGINE_HEAP_BYTES_MAX - WASM_FIRST_PAGES * WASM_PAGE_BYTES);
  const vm = runtime.newContext();
  const border = makeBorder(vm);
  const reason = (error: QuickJSHandle): string => {
    const dumped: unknown = error.consume((handle) => vm.dump(handle));
    const { name, message, stack } = (dumped ?? {}) as Record<string, unknown>;
    return message === undefined ? String(dumped) : `${String(name)}: ${String(message)} ${String(stack ?? "")}`;
  };
  let dead = false;
  const guard = (run: () => void): void => {
    if (dead) return;
    try {
      run();
    } catch (error) {
      // Nothing is disposed: the module may be broken, and the process ends.
      dead = true;
      crash(error instanceof Error ? error.message : String(error));
    }
  };
  const jobs = (): void => {
    while (runtime.hasPendingJob()) {
      const done = runtime.executePendingJobs();
      if (done.error) throw new Error(reason(done.error));
    }
  };
  const value = (result: ReturnType<QuickJSContext["evalCode"]>): QuickJSHandle => {
    if (result.error) throw new Error(reason(result.error));
    return result.value;
  };
  const enter = vm.newFunction("enter", makeEnter(vm, border, abi));
  const deliver = value(vm.callFunction(value(vm.evalCode(PRELUDE, "prelude.js")), vm.undefined, enter));
  guard(() => {
    value(vm.evalCode(script, "mikroclaw.bundle.js", { type: "global" })).dispose();
    jobs();
  });
  return {
    heapBytes: () => collectedBytes(vm),
    complete(id, code, result) {
      guard(() => {
        const kind = border.kindOf(result);
        const head = vm.newNumber((id * 16 + code) * 8 + kind);
        const given = border.give(result, kind);
        value(vm.callFunction(deliver, vm.undefined, head, given)).dispose();
        head.dispose();
        given.dispose();
        jobs();
      });
    },
  };
}
