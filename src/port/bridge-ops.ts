// The one place that knows operation ids: promises of submits, faults of codes. Its law:
// a cancelled wait resolves only when its completion has come, so that no buffer or
// handle is ever in doubt.

import { Bug } from "../base/bug.ts";
import { type Fault, fault, type Outcome, type Wait } from "../base/fault.ts";
import { HOST_OPS_MAX, HOST_OPS_RESERVED } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { type Abi, type AbiValue, CODE, type Complete } from "./abi.ts";

/** What a completion's value is read as; a value of another type means that host and bundle disagree. */
export type As<T> = (value: AbiValue) => T;

/** Operations as promises. */
export interface Ops {
  /** Waits in a scope; when the scope stops the operation is cancelled and its fault is the scope's. */
  run<T>(s: Scope, op: number, as: As<T>, a?: AbiValue, b?: AbiValue): Wait<T>;
  /** As `run`, but what arrives although the scope has stopped goes to `late`. */
  runGiving<T>(s: Scope, op: number, as: As<T>, a: AbiValue, late: (got: T) => void): Wait<T>;
  /** Without a scope: for closing, which always ends soon. */
  close(op: number, handle: number): Promise<void>;
  /** With a callback instead of a promise: timers. The returned call cancels it. */
  start(op: number, a: AbiValue, done: (code: number) => void): () => void;
  readonly complete: Complete;
  readonly sync: Abi["sync"];
}

const KIND_OF_CODE: Readonly<Record<number, Fault["fault"]>> = {
  [CODE.REFUSED]: "unreachable",
  [CODE.UNREACHABLE]: "unreachable",
  [CODE.RESET]: "unreachable",
  [CODE.DNS]: "unreachable",
  [CODE.TLS]: "denied",
  [CODE.DENIED]: "denied",
  [CODE.TIMEDOUT]: "timeout",
  [CODE.NOTFOUND]: "missing",
  [CODE.EXISTS]: "conflict",
  [CODE.NOSPACE]: "limit",
  [CODE.BUSY]: "limit",
  [CODE.IO]: "failed",
  [CODE.UNSUPPORTED]: "input",
};

const NAME_OF_CODE: ReadonlyMap<number, string> = new Map(
  Object.entries(CODE).map(([name, code]) => [code, name.toLowerCase()]),
);

function faultOfCode(op: number, code: number, value: AbiValue, stopped: Fault | null): Fault {
  if (code === CODE.CANCELED) return stopped ?? fault("stopped", "The operation was cancelled.");
  const said = typeof value === "string" && value !== "" ? value : "The host could not do this.";
  const kind = KIND_OF_CODE[code];
  if (kind === undefined) throw new Bug(`host operation ${op} answered code ${code}: ${said}`);
  return fault(kind, said, { code: NAME_OF_CODE.get(code) ?? "host" });
}

/** What a completion means to the one who waited. A value nobody wants any more goes to `late`. */
function outcomeOf<T>(
  op: number,
  code: number,
  value: AbiValue,
  s: Scope,
  as: As<T>,
  late: ((got: T) => void) | null,
): Outcome<T> {
  if (code !== CODE.OK) return faultOfCode(op, code, value, s.stopped);
  const got = as(value);
  if (late === null) return got;
  const stopped = s.stopped;
  if (stopped === null) return got;
  late(got);
  return stopped;
}

interface Opened<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (bug: unknown) => void;
}

// A promise with its ends. One function for all of them: an engine takes long to make one.
let resolveLast: (value: never) => void = () => undefined;
let rejectLast: (bug: unknown) => void = () => undefined;
const keepEnds = (resolve: (value: never) => void, reject: (bug: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

function open<T>(): Opened<T> {
  const promise = new Promise<T>(keepEnds as ConstructorParameters<typeof Promise<T>>[0]);
  return { promise, resolve: resolveLast as Opened<T>["resolve"], reject: rejectLast };
}

/** Operations over an ABI; `complete` is what the host must call. */
export function makeOps(abi: Abi): Ops {
  const pending = new Map<number, (code: number, value: AbiValue) => void>();
  let last = 0;

  const submit = (op: number, a: AbiValue, b: AbiValue, done: (code: number, value: AbiValue) => void): number => {
    do last = last >= 0x3fffffff ? 1 : last + 1;
    while (pending.has(last));
    const id = last;
    pending.set(id, done);
    abi.submit(id, op, a, b);
    return id;
  };

  const wait = <T>(
    s: Scope,
    op: number,
    as: As<T>,
    a: AbiValue,
    b: AbiValue,
    late: ((got: T) => void) | null,
  ): Wait<T> => {
    const why = s.stopped;
    if (why !== null) return Promise.resolve(why);
    if (pending.size >= HOST_OPS_MAX - HOST_OPS_RESERVED) {
      return Promise.resolve(fault("limit", "Too many operations are under way at once.", { code: "busy" }));
    }
    const { promise, resolve, reject } = open<Outcome<T>>();
    let forget: (() => void) | null = null;
    const id = submit(op, a, b, (code, value) => {
      forget?.();
      try {
        resolve(outcomeOf(op, code, value, s, as, late));
      } catch (bug) {
        reject(bug);
      }
    });
    forget = s.onStop(() => abi.cancel(id));
    return promise;
  };

  return {
    sync: (op, a, b) => abi.sync(op, a, b),
    run: (s, op, as, a, b) => wait(s, op, as, a, b, null),
    runGiving: (s, op, as, a, late) => wait(s, op, as, a, undefined, late),
    close: (op, handle) => new Promise((resolve) => void submit(op, handle, undefined, () => resolve())),
    start(op, a, done) {
      const id = submit(op, a, undefined, done);
      return () => abi.cancel(id);
    },
    complete(id, code, value) {
      const done = pending.get(id);
      if (done === undefined) throw new Bug(`completion for unknown operation ${id}`);
      pending.delete(id);
      done(code, value);
    },
  };
}

/** The value as bytes. */
export const asBytes: As<Uint8Array> = (value) => {
  if (value instanceof Uint8Array) return value;
  throw new Bug("the host answered no bytes where bytes are due");
};

/** The value as text. */
export const asText: As<string> = (value) => {
  if (typeof value === "string") return value;
  throw new Bug("the host answered no text where text is due");
};

/** The value as a number. */
export const asNumber: As<number> = (value) => {
  if (typeof value === "number") return value;
  throw new Bug("the host answered no number where a number is due");
};

/** For operations whose value says nothing. */
export const asNothing: As<void> = () => undefined;
