// A buffered reader over a byte stream, and a writer that paces itself. What is in the
// buffer is taken without waiting; only `fill` waits. Every take has a bound. Line ends are
// CR LF and nothing else (RFC 9112 section 2.2: a bare LF or CR is where parsers disagree).

import { concat, NO_BYTES } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { HTTP_HEAD_BYTES_MAX, READ_BYTES_MAX, WRITE_BYTES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import type { Stream } from "../port/host.ts";
import { malformed, type Side } from "./http-fault.ts";

const CR = 13;
const LF = 10;

export interface Reader {
  /** Bytes that have come and are not taken. */
  readonly buffered: number;
  /** Waits for more bytes; false at the end of the stream. */
  fill(s: Scope): Wait<boolean>;
  /** What a read brought, by somebody who waits himself; answers as `fill`. */
  put(more: Outcome<Uint8Array>): Outcome<boolean>;
  /** A message head without its empty line, or null until it is whole. */
  takeHead(): Outcome<string | null>;
  /** One line of at most `max` characters without its end, or null until it is whole. */
  takeLine(max: number): Outcome<string | null>;
  /** Up to `max` buffered bytes; none when the buffer is empty. */
  take(max: number): Uint8Array;
}

// RFC 8446 5.1: TLS servers answer plain HTTP with one.
function isAlert(side: Side, bytes: Uint8Array, at: number): boolean {
  return side === "response" && bytes[at] === 0x15 && bytes[at + 1] === 3;
}

function speaksTls(): Fault {
  return fault("failed", "The server speaks TLS, and it was asked in plain HTTP.", {
    code: "tls_wanted",
    next: "Use an address that begins with https://.",
  });
}

/** One character a byte (ISO 8859-1), as HTTP heads are read. */
function latin1(bytes: Uint8Array): string {
  let out = "";
  for (let at = 0; at < bytes.length; at += 1024) {
    // The type asks for an array; any array-like will do (ECMAScript 7.3.19).
    out += String.fromCharCode.apply(null, bytes.subarray(at, at + 1024) as unknown as number[]);
  }
  return out;
}

/** A reader of messages from `stream`. */
export function makeReader(stream: Pick<Stream, "read">, side: Side): Reader {
  let held: Uint8Array = NO_BYTES;
  let at = 0;
  // How far the head that is coming has been looked through, and where its last line began.
  let seen = 0;
  let lineAt = 0;
  let skipped = false;

  const used = (to: number): void => {
    at = to;
    seen = to;
    lineAt = to;
  };
  const isCrLf = (lf: number): boolean => lf > at && held[lf - 1] === CR;

  // RFC 9112 2.2: one empty line before a request is a slip of old clients.
  const skipEmptyLine = (): void => {
    if (side === "response" || skipped || lineAt !== at || held[at] !== CR || held[at + 1] !== LF) return;
    used(at + 2);
    skipped = true;
  };

  const tooLong = (): Fault => {
    const inFirstLine = lineAt === at;
    return inFirstLine && side === "request"
      ? malformed(side, "its target is too long", "target_too_long")
      : malformed(side, `its head is larger than ${HTTP_HEAD_BYTES_MAX} bytes`, "head_too_large");
  };

  const headSoFar = (): Outcome<string | null> => {
    for (let lf = held.indexOf(LF, seen); lf >= 0; lf = held.indexOf(LF, seen)) {
      if (!isCrLf(lf)) return malformed(side, "a line ends without CR");
      if (lf + 1 - at > HTTP_HEAD_BYTES_MAX) return tooLong();
      if (lf - lineAt === 1) {
        const head = latin1(held.subarray(at, Math.max(at, lf - 3)));
        used(lf + 1);
        skipped = false;
        return head;
      }
      seen = lf + 1;
      lineAt = lf + 1;
    }
    seen = held.length;
    return held.length - at >= HTTP_HEAD_BYTES_MAX ? tooLong() : null;
  };

  const put = (more: Outcome<Uint8Array>): Outcome<boolean> => {
    if (isFault(more)) return more;
    if (more.length === 0) return false;
    held = at === held.length ? more : concat([held.subarray(at), more]);
    seen -= at;
    lineAt -= at;
    at = 0;
    return true;
  };

  return {
    get buffered() {
      return held.length - at;
    },
    fill: async (s) => put(await stream.read(s, READ_BYTES_MAX)),
    put,
    takeHead() {
      if (at === held.length) return null;
      if (isAlert(side, held, at)) return speaksTls();
      skipEmptyLine();
      return headSoFar();
    },
    takeLine(max) {
      const lf = held.indexOf(LF, at);
      const length = lf < 0 ? held.length - at : lf - at - 1;
      if (length > max + (lf < 0 ? 1 : 0)) return malformed(side, "a line in its body is too long");
      if (lf < 0) return null;
      if (!isCrLf(lf)) return malformed(side, "a line in its body ends without CR");
      const line = latin1(held.subarray(at, lf - 1));
      used(lf + 1);
      return line;
    },
    take(max) {
      const end = Math.min(held.length, at + max);
      const bytes = held.subarray(at, end);
      used(end);
      return bytes;
    },
  };
}

/** Writes all of `bytes` in pieces that the host can take; `onPiece` is told after each. */
export function writeAll(s: Scope, stream: Pick<Stream, "write">, bytes: Uint8Array, onPiece?: () => void): Wait<void> {
  if (onPiece === undefined && bytes.length <= WRITE_BYTES_MAX) return stream.write(s, bytes);
  return writePieces(s, stream, bytes, onPiece);
}

async function writePieces(
  s: Scope,
  stream: Pick<Stream, "write">,
  bytes: Uint8Array,
  onPiece?: () => void,
): Wait<void> {
  for (let at = 0; at < bytes.length; at += WRITE_BYTES_MAX) {
    const wrote = await stream.write(s, bytes.subarray(at, at + WRITE_BYTES_MAX));
    if (isFault(wrote)) return wrote;
    onPiece?.();
  }
}
