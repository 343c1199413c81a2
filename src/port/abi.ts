// The whole contract with a host: three calls down (sync, submit, cancel), one call up
// (__complete). This table is the only list of names and numbers; a host in C has the
// same one in host.h.

export type AbiValue = number | string | Uint8Array | undefined;

/** What the host puts on the global as `__host`. */
export interface Abi {
  /** Answers at once, never waits. */
  sync(op: number, a?: AbiValue, b?: AbiValue): AbiValue;
  /** Starts an operation; `id` is a positive integer not in use. Never completes before it returns. */
  submit(id: number, op: number, a?: AbiValue, b?: AbiValue, c?: AbiValue): void;
  /** Asks it to end soon; unknown ids are ignored. The completion still comes. */
  cancel(id: number): void;
}

/** What the bundle puts on the global as `__complete`: exactly once per submit, never nested. */
export type Complete = (id: number, code: number, value: AbiValue) => void;

/** Operations of `sync`. */
export const SYNC = {
  /** → monotonic milliseconds, with fraction */
  MONO_MS: 1,
  /** → wall clock, milliseconds since 1970 UTC */
  WALL_MS: 2,
  /** count → that many random bytes from the kernel (at most 65,536) */
  RANDOM: 3,
  /** level ("debug" | "info" | "warn" | "error"), line (one JSON object, no newline) → nothing. Goes to stderr */
  LOG: 4,
  /** → JSON list of the arguments after the program's name */
  ARGS: 5,
  /** name → its text, or undefined when unset */
  ENV: 6,
  /** exit code → nothing; the process ends once its output is written */
  EXIT: 7,
  /** text, where ("out", or "err" for stderr) → nothing; written as it is */
  PRINT: 8,
  /** → JSON {inTty, outTty, columns, cwd, host, engine, pid, roots: list of ROOTS that are there} */
  INFO: 9,
  /** name → bytes of a data part that was built in ("commands"), or undefined */
  RESOURCE: 10,
  /** text → UTF-8 bytes (lone surrogates become U+FFFD). For speed only: base/utf8.ts is the reference */
  UTF8_ENCODE: 11,
  /** bytes → text, replacing as the Encoding Standard says, keeping a BOM */
  UTF8_DECODE: 12,
  /** handle, bytes → how many of them the kernel took at once; 0: none, WRITE is due. For speed only */
  WRITE_NOW: 13,
} as const;

/** Operations of `submit`. Structured arguments are JSON text. */
export const OP = {
  /** ms → nothing. Fails only as CANCELED or BUSY, and the bridge keeps a reserve against BUSY */
  TIMER: 32,
  /** → number of the signal: 15 (TERM), 1 (HUP), 2 (INT) */
  SIGNAL: 33,
  /** name → JSON list of addresses */
  RESOLVE: 34,
  /** JSON {host, port, tls?: {name, pin?, roots: "mozilla" | "none", extraPem?}} → handle, after the TLS handshake */
  CONNECT: 35,
  /** JSON {host, port, tls?: {certPem, keyPem}} → JSON {handle, port} */
  LISTEN: 36,
  /** listener → JSON {handle, peer}; peer is the address without the port */
  ACCEPT: 37,
  /** handle, max → bytes; none at the end */
  READ: 38,
  /** handle, bytes → count, when all of it is with the kernel */
  WRITE: 39,
  /** handle → nothing; the peer reads the end */
  SHUTDOWN: 40,
  /** handle → nothing; pending operations on it complete first */
  CLOSE: 41,
  /** JSON {port} → handle; each READ gives JSON {peer, base64} as UTF-8 bytes */
  UDP: 42,
  /** All files: a = JSON {root, path, to?, offset?, max?, exclusive?, create?}, b = bytes */
  FS_READ: 48,
  /** Replaces or makes the file's content; `exclusive` refuses an existing one */
  FS_WRITE: 49,
  FS_APPEND: 50,
  /** fsync of a file, or of its folder for path "" */
  FS_SYNC: 51,
  /** path → to, both beneath the same root; replaces */
  FS_RENAME: 52,
  FS_REMOVE: 53,
  /** → JSON list of names, at most `max` */
  FS_LIST: 54,
  /** → JSON {bytes, kind: "file" | "folder" | "other", links, changedMs} */
  FS_STAT: 55,
  /** Makes one folder; EXISTS when it is there */
  FS_MKDIR: 56,
  /** JSON {kind, argv?, limits} → handle of a pipe */
  SPAWN: 64,
  /** prompt → one line of the terminal without its newline; code NOTFOUND at the end of input */
  TTY: 65,
} as const;

/** Completion codes; 0 is success. With any other, `value` is a short text for people. */
export const CODE = {
  OK: 0,
  CANCELED: 1,
  REFUSED: 2,
  UNREACHABLE: 3,
  RESET: 4,
  TIMEDOUT: 5,
  DNS: 6,
  TLS: 7,
  NOTFOUND: 8,
  EXISTS: 9,
  DENIED: 10,
  NOSPACE: 11,
  BUSY: 12,
  INVALID: 13,
  UNSUPPORTED: 14,
  IO: 15,
} as const;

/** The files a host offers: one directory handle each; "config" is the whole machine, read only. */
export const ROOTS = ["workspace", "journal", "config"] as const;
export type Root = (typeof ROOTS)[number];
