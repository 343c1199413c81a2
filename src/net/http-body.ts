// Bodies: by length, chunked, or until the connection closes (responses only). RFC 9112
// sections 6 and 7, with one reading only: hexadecimal sizes without sign or space, CR LF
// everywhere, bounded extensions and trailers, which are read and dropped.

import { NO_BYTES } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { HTTP_CHUNK_LINE_BYTES_MAX, HTTP_TRAILER_BYTES_MAX, READ_BYTES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { cutShort, malformed, type Side } from "./http-fault.ts";
import type { Framing } from "./http-head.ts";
import type { Reader } from "./stream.ts";

export interface Body {
  readonly done: boolean;
  /** A piece of what is buffered, "more" when bytes must come first, null at the end. Never waits. */
  step(): Outcome<Uint8Array | "more" | null>;
  /** The next piece; null at the end. */
  next(s: Scope): Wait<Uint8Array | null>;
}

/** The body that follows a head with that framing. */
export function makeBody(reader: Reader, framing: Framing, side: Side): Body {
  const state: State = { reader, side, done: false, left: 0, phase: "size", trailer: 0 };
  if (framing.kind === "length") state.left = framing.bytes;
  state.done = framing.kind === "none" || (framing.kind === "length" && framing.bytes === 0);
  const step = STEPS[framing.kind];
  const run = (): Outcome<Uint8Array | "more" | null> => (state.done ? null : step(state));
  return {
    get done() {
      return state.done;
    },
    step: run,
    async next(s) {
      for (;;) {
        const piece = run();
        if (piece !== "more") return piece;
        const more = await reader.fill(s);
        if (isFault(more)) return more;
        if (!more) return framing.kind === "close" ? ended(state) : cut(side);
      }
    },
  };
}

interface State {
  readonly reader: Reader;
  readonly side: Side;
  done: boolean;
  /** Bytes that the body, or its present chunk, still has. */
  left: number;
  phase: "size" | "data" | "dataEnd" | "trailer";
  trailer: number;
}

type Step = (state: State) => Outcome<Uint8Array | "more" | null>;

function ended(state: State): null {
  state.done = true;
  return null;
}

function cut(side: Side): Fault {
  return side === "response" ? cutShort() : malformed(side, "its body was cut short");
}

const byLength: Step = (state) => {
  const piece = state.reader.take(state.left);
  state.left -= piece.length;
  if (state.left === 0) state.done = true;
  return piece.length === 0 ? "more" : piece;
};

const untilClose: Step = (state) => {
  const piece = state.reader.take(READ_BYTES_MAX);
  return piece.length === 0 ? "more" : piece;
};

const chunked: Step = (state) => {
  for (;;) {
    if (state.phase === "data") return chunkData(state);
    const line = state.reader.takeLine(state.phase === "trailer" ? HTTP_TRAILER_BYTES_MAX : HTTP_CHUNK_LINE_BYTES_MAX);
    if (isFault(line)) return line;
    if (line === null) return "more";
    const bad = lineOf(state, line);
    if (bad !== null) return bad;
    if (state.done) return null;
  }
};

function chunkData(state: State): Uint8Array | "more" {
  const piece = state.reader.take(state.left);
  state.left -= piece.length;
  if (state.left === 0) state.phase = "dataEnd";
  return piece.length === 0 ? "more" : piece;
}

function lineOf(state: State, line: string): Fault | null {
  if (state.phase === "size") return sizeLine(state, line);
  if (state.phase === "dataEnd") {
    if (line !== "") return malformed(state.side, "a chunk is longer than it said");
    state.phase = "size";
    return null;
  }
  return trailerLine(state, line);
}

// RFC 9112 7.1: eight digits hold more than any bound here. An extension begins with ";".
function sizeLine(state: State, line: string): Fault | null {
  const found = /^([0-9a-fA-F]{1,8})(?:[ \t]*;[\t\u0020-\u007e\u0080-\u00ff]*)?$/.exec(line);
  if (found === null) return malformed(state.side, "a chunk size is malformed");
  state.left = Number.parseInt(found[1] ?? "", 16);
  state.phase = state.left === 0 ? "trailer" : "data";
  return null;
}

function trailerLine(state: State, line: string): Fault | null {
  if (line === "") {
    state.done = true;
    return null;
  }
  state.trailer += line.length + 2;
  if (state.trailer > HTTP_TRAILER_BYTES_MAX) return malformed(state.side, "its trailer is too long", "head_too_large");
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\u0020-\u007e\u0080-\u00ff]*$/.test(line)) {
    return malformed(state.side, "a line of its trailer is malformed");
  }
  return null;
}

const STEPS: Readonly<Record<Framing["kind"], Step>> = {
  none: ended,
  length: byLength,
  chunked,
  close: untilClose,
};

/** Collects pieces into one array; `limit` fault above `max`. */
export function makeCollector(max: number, side: Side): { add(piece: Uint8Array): Outcome<void>; all(): Uint8Array } {
  // Most bodies come in one piece and are not copied. Others go into room that doubles: a
  // body that comes byte by byte must not become a million small arrays.
  let first: Uint8Array | null = null;
  let room: Uint8Array = NO_BYTES;
  let size = 0;
  return {
    add(piece) {
      if (size + piece.length > max) return tooLarge(max, side);
      if (size === 0) first = piece;
      else room = grown(room, first ?? NO_BYTES, size, piece.length);
      if (size > 0) {
        first = null;
        room.set(piece, size);
      }
      size += piece.length;
    },
    all: () => first ?? room.subarray(0, size),
  };
}

// Room for `more` bytes after `size`; `first` is copied in when it was not yet.
function grown(room: Uint8Array, first: Uint8Array, size: number, more: number): Uint8Array {
  if (size + more <= room.length) return room;
  const next = new Uint8Array(Math.max(2 * (size + more), 1024));
  next.set(room.length === 0 ? first : room.subarray(0, size));
  return next;
}

/** The fault for a body above its bound. */
export function tooLarge(max: number, side: Side): Fault {
  const whose = side === "request" ? "The request's body" : "The server's reply";
  return fault("limit", `${whose} is larger than ${max} bytes.`, {
    code: "body_too_large",
    next:
      side === "request"
        ? "Send a shorter one."
        : "Ask for less at once, or check that the address belongs to this service.",
    maybeDone: side === "response",
  });
}

/** The whole body in at most `max` bytes. */
export async function readBody(
  s: Scope,
  body: Pick<Body, "next">,
  framing: Framing,
  max: number,
  side: Side,
): Wait<Uint8Array> {
  if (framing.kind === "length" && framing.bytes > max) return tooLarge(max, side);
  const collector = makeCollector(max, side);
  for (;;) {
    const piece = await body.next(s);
    if (isFault(piece)) return piece;
    if (piece === null) return collector.all();
    const added = collector.add(piece);
    if (isFault(added)) return added;
  }
}
