// node:assert/strict for a bare engine: the calls that the host suite uses, with the same
// judgement. Bundled in its place by test/native/bundle.ts.

function show(x: unknown): string {
  if (typeof x === "bigint" || typeof x === "symbol" || typeof x === "function") return String(x);
  if (x instanceof Uint8Array) return `bytes [${x.length}] ${[...x.subarray(0, 20)].join(" ")}`;
  return JSON.stringify(x)?.slice(0, 300) ?? String(x);
}

/** Ends the case with a message. */
export function fail(message = "failed"): never {
  throw new Error(message);
}

function check(good: boolean, message: unknown, otherwise: string): asserts good {
  if (!good) fail(typeof message === "string" ? `${message} (${otherwise})` : otherwise);
}

function sameKeys(a: object, b: object): boolean {
  const keys = Reflect.ownKeys(a);
  return (
    keys.length === Reflect.ownKeys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(Reflect.get(a, key), Reflect.get(b, key)))
  );
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return a.length === b.length && a.every((x, i) => x === b[i]);
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((x) => b.has(x));
  return sameKeys(a, b);
}

export function ok(x: unknown, message?: string): asserts x {
  check(Boolean(x), message, `${show(x)} is not true`);
}

export function equal(a: unknown, b: unknown, message?: string): void {
  check(Object.is(a, b), message, `${show(a)} is not ${show(b)}`);
}

export function notEqual(a: unknown, b: unknown, message?: string): void {
  check(!Object.is(a, b), message, `both are ${show(a)}`);
}

export function deepEqual(a: unknown, b: unknown, message?: string): void {
  check(same(a, b), message, `${show(a)} is not ${show(b)}`);
}

export function notDeepEqual(a: unknown, b: unknown, message?: string): void {
  check(!same(a, b), message, `both are ${show(a)}`);
}

export function match(text: string, pattern: RegExp, message?: string): void {
  check(pattern.test(text), message, `${show(text)} does not match ${String(pattern)}`);
}

export function doesNotMatch(text: string, pattern: RegExp, message?: string): void {
  check(!pattern.test(text), message, `${show(text)} matches ${String(pattern)}`);
}

function expected(error: unknown, wanted: unknown): void {
  if (typeof wanted !== "object" || wanted === null || wanted instanceof RegExp) {
    if (wanted instanceof RegExp) match(String(error), wanted);
    return;
  }
  for (const [key, value] of Object.entries(wanted)) deepEqual(Reflect.get(Object(error), key), value, `error.${key}`);
}

export function throws(run: () => unknown, wanted?: unknown): void {
  try {
    run();
  } catch (error) {
    return expected(error, wanted);
  }
  fail(`nothing was thrown ${typeof wanted === "string" ? wanted : ""}`);
}

export async function rejects(run: (() => Promise<unknown>) | Promise<unknown>, wanted?: unknown): Promise<void> {
  try {
    await (typeof run === "function" ? run() : run);
  } catch (error) {
    return expected(error, wanted);
  }
  fail("the promise was kept");
}
