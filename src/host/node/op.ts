// What the parts of the Node host hand to each other: an operation under way, a thing
// behind a handle, and the codes of Node's errors.

import { isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { type AbiValue, CODE } from "../../port/abi.ts";

/** Ends an operation. Only the first call counts; the completion is delivered later, from the loop. */
export type Done = (code: number, value?: AbiValue) => void;

/** Asks an operation to end soon. Without one it cannot be cancelled: it ends soon by itself. */
export type Stop = (() => void) | undefined;

/** Starts one operation. */
export type Start = (done: Done, a: AbiValue, b: AbiValue) => Stop;

/** What a handle stands for; an operation that it lacks is INVALID on it. */
export interface Thing {
  read?(done: Done, max: number): Stop;
  write?(done: Done, bytes: Uint8Array): Stop;
  shutdown?(done: Done): Stop;
  accept?(done: Done): Stop;
  /** Ends what is pending with CANCELED, then lets go of the thing, then calls back. */
  close(closed: () => void): void;
}

/** The things behind handles of one host. */
export interface Handles {
  add(thing: Thing): number;
  get(handle: AbiValue): Thing | undefined;
  remove(handle: AbiValue): Thing | undefined;
  /** Closes all, for the end of the host. */
  closeAll(): void;
}

/** Handles count up and are never used twice, so a late operation cannot hit a stranger. */
export function makeHandles(): Handles {
  const things = new Map<number, Thing>();
  let last = 0;
  return {
    add(thing) {
      last += 1;
      things.set(last, thing);
      return last;
    },
    get: (handle) => (typeof handle === "number" ? things.get(handle) : undefined),
    remove(handle) {
      if (typeof handle !== "number") return undefined;
      const thing = things.get(handle);
      things.delete(handle);
      return thing;
    },
    closeAll() {
      for (const thing of things.values()) thing.close(() => undefined);
      things.clear();
    },
  };
}

/** The fields of a structured argument; none when it is no JSON object. */
export function fields(a: AbiValue): Readonly<Record<string, unknown>> {
  const parsed = typeof a === "string" ? parseJson(a) : null;
  if (typeof parsed !== "object" || parsed === null || isFault(parsed)) return {};
  return parsed as Record<string, unknown>;
}

/** True for what a port may be; 0 asks the system for a free one. */
export function isPort(port: unknown): port is number {
  return typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535;
}

const CODE_OF_ERRNO: Readonly<Record<string, number>> = {
  ECONNREFUSED: CODE.REFUSED,
  EHOSTUNREACH: CODE.UNREACHABLE,
  ENETUNREACH: CODE.UNREACHABLE,
  EHOSTDOWN: CODE.UNREACHABLE,
  ENETDOWN: CODE.UNREACHABLE,
  EADDRNOTAVAIL: CODE.UNREACHABLE,
  ECONNRESET: CODE.RESET,
  ECONNABORTED: CODE.RESET,
  EPIPE: CODE.RESET,
  ERR_STREAM_DESTROYED: CODE.RESET,
  ERR_SOCKET_CLOSED: CODE.RESET,
  ETIMEDOUT: CODE.TIMEDOUT,
  ENOTFOUND: CODE.DNS,
  EAI_AGAIN: CODE.DNS,
  EAI_FAIL: CODE.DNS,
  EAI_NODATA: CODE.DNS,
  ENOENT: CODE.NOTFOUND,
  EEXIST: CODE.EXISTS,
  EADDRINUSE: CODE.EXISTS,
  EACCES: CODE.DENIED,
  EPERM: CODE.DENIED,
  EROFS: CODE.DENIED,
  ELOOP: CODE.DENIED,
  ENXIO: CODE.DENIED,
  EISDIR: CODE.DENIED,
  ENOTDIR: CODE.DENIED,
  ENOTEMPTY: CODE.DENIED,
  ENOSPC: CODE.NOSPACE,
  EDQUOT: CODE.NOSPACE,
  EFBIG: CODE.NOSPACE,
  EMFILE: CODE.BUSY,
  ENFILE: CODE.BUSY,
  ENOBUFS: CODE.BUSY,
};

/** The `code` word of a Node error, or "". */
export function errno(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** The ABI's code for a Node error; IO for what has no name of its own. A broken record breaks its connection. */
export function codeOf(error: unknown): number {
  const code = errno(error);
  return CODE_OF_ERRNO[code] ?? (code.startsWith("ERR_SSL_") ? CODE.RESET : CODE.IO);
}

/** Calls `run` and answers its result or what it threw: for Node's calls that throw at once. */
export function attempt<T>(run: () => T): { value: T } | { error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
