// What can go wrong in a correct program: a value of one of nine kinds, returned
// and looked at once. A peer's JSON cannot forge one: membership is a private set.

/** The nine kinds; details go into `what`, `next` and `code`. */
export type FaultKind =
  | "input"
  | "denied"
  | "missing"
  | "conflict"
  | "limit"
  | "timeout"
  | "unreachable"
  | "failed"
  | "stopped";

/** An expected failure, written for the person who reads it. */
export interface Fault {
  readonly fault: FaultKind;
  /** One sentence for a person, without secrets. */
  readonly what: string;
  /** What to do now, with the RouterOS command if there is one. */
  readonly next?: string;
  /** The peer's own code, for machines. */
  readonly code?: string;
  /** May the effect have happened? */
  readonly maybeDone: boolean;
  readonly retryAfterMs?: number;
}

export type Outcome<T> = T | Fault;
export type Wait<T> = Promise<Outcome<T>>;

type Details = Partial<Pick<Fault, "next" | "code" | "maybeDone" | "retryAfterMs">>;

const faults = new WeakSet<object>();

/** Makes a fault. `maybeDone` is false unless said. */
export function fault(kind: FaultKind, what: string, more: Details = {}): Fault {
  const made: Fault = Object.freeze({ maybeDone: false, ...more, fault: kind, what });
  faults.add(made);
  return made;
}

/** The same fault with other details. */
export function refault(f: Fault, more: Details & { what?: string }): Fault {
  const { fault: kind, what, ...rest } = f;
  const { what: said, ...details } = more;
  return fault(kind, said ?? what, { ...rest, ...details });
}

/** True only for values made by {@link fault}. */
export function isFault(x: unknown): x is Fault {
  return typeof x === "object" && x !== null && faults.has(x);
}

/** HTTP status that a fault becomes at the gateway (499 is never sent: the socket closes). */
export function httpStatus(f: Fault): number {
  const known = f.code === undefined ? undefined : STATUS_BY_CODE[f.code];
  return known ?? STATUS_BY_KIND[f.fault];
}

const STATUS_BY_KIND: Readonly<Record<FaultKind, number>> = {
  input: 400,
  denied: 403,
  missing: 404,
  conflict: 409,
  limit: 429,
  timeout: 504,
  unreachable: 502,
  failed: 502,
  stopped: 499,
};

// Codes of our own faults that want a finer status than their kind.
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  unauthorized: 401,
  method_not_allowed: 405,
  request_timeout: 408,
  length_required: 411,
  body_too_large: 413,
  target_too_long: 414,
  media_type: 415,
  expectation_failed: 417,
  misdirected: 421,
  head_too_large: 431,
  internal: 500,
  not_implemented: 501,
  busy: 503,
  http_version: 505,
};

/** One or two sentences: what happened, and what to do. */
export function sayFault(f: Fault): string {
  return f.next === undefined ? f.what : `${f.what} ${f.next}`;
}
