// The bytes of a model's reply to chunks: server-sent events, lines of JSON or one JSON text, told apart by
// their first character, as services send either whatever was asked for. Web pages and other
// text under a status of 200 are faults.

import { concat } from "../../base/bytes.ts";
import { type Fault, fault, isFault, type Outcome } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { JSON_BYTES_MAX, SSE_LINE_BYTES_MAX } from "../../base/limits.ts";
import { decodeUtf8, makeUtf8Decoder } from "../../base/utf8.ts";
import { makeSse } from "../../net/sse.ts";
import type { Assembler } from "./dialect.ts";
import { errorFault, isPage, type Peer, pageTitle, quote } from "./errors.ts";

const BROKEN = "model_json";
const LINE_END = 10;
const LINE_ENDS = new Uint8Array([LINE_END, LINE_END]);

export interface ReplyReader {
  push(bytes: Uint8Array): Outcome<void>;
  /** The body is over. */
  end(): Outcome<void>;
}

/** Feeds `into` from a body in pieces. `lines`: a stream may be lines of JSON. */
export function makeReplyReader(into: Assembler, peer: Peer, lines = false): ReplyReader {
  let form: "unknown" | "events" | "text" | "lines" = "unknown";
  let isOver = false;
  // What the end cut in two is no event; whether the answer is whole is judged by its end.
  const orCut = (read: Outcome<void>): Outcome<void> =>
    isFault(read) && isOver && read.code === BROKEN ? undefined : read;
  const events = makeSse((event) => orCut(readEvent(into, peer, event)));
  const orTooMuch = (read: Outcome<void>): Outcome<void> =>
    isFault(read) && read.code === "sse_line" ? tooMuch(peer, SSE_LINE_BYTES_MAX) : read;
  const sse = { push: (bytes: Uint8Array) => orTooMuch(events.push(bytes)), end: () => orTooMuch(events.end()) };
  const byLine = makeLines(peer, (line) => orCut(readEvent(into, peer, { event: "message", data: line })));
  const held = makeHeld(peer);

  const decide = (): Outcome<void> => {
    const all = held.all();
    if (form === "unknown") form = formOf(all);
    if (form === "text" && lines && beginsWithLine(all)) form = "lines";
    if (form !== "events" && form !== "lines") return;
    held.clear();
    return form === "events" ? sse.push(all) : byLine.push(all);
  };
  return {
    push(bytes) {
      if (form === "events") return sse.push(bytes);
      if (form === "lines") return byLine.push(bytes);
      const full = held.add(bytes);
      if (isFault(full)) return full;
      return form === "unknown" || (lines && bytes.includes(LINE_END)) ? decide() : undefined;
    },
    end() {
      isOver = true;
      if (form === "text" || form === "unknown") return readWhole(into, peer, decodeUtf8(held.all()));
      const reader = form === "events" ? sse : byLine;
      // Some services leave out the line end after their last event.
      const read = reader.push(LINE_ENDS);
      return isFault(read) ? read : reader.end();
    },
  };
}

interface Held {
  add(bytes: Uint8Array): Outcome<void>;
  all(): Uint8Array;
  clear(): void;
}

/** The pieces of a body whose form is not yet known, or that is read as a whole. */
function makeHeld(peer: Peer): Held {
  let pieces: Uint8Array[] = [];
  let size = 0;
  return {
    add(bytes) {
      pieces.push(bytes);
      size += bytes.length;
      if (size > JSON_BYTES_MAX) return tooMuch(peer, JSON_BYTES_MAX);
    },
    all: () => concat(pieces),
    clear() {
      pieces = [];
    },
  };
}

function tooMuch(peer: Peer, max: number): Fault {
  return fault("limit", `The reply of ${peer.service} is longer than ${max} bytes.`, {
    code: "model_answer_size",
    next: "Ask for less at once.",
  });
}

/** Lines of JSON (https://github.com/ndjson/ndjson-spec), for Ollama's own streams. */
function makeLines(peer: Peer, onLine: (line: string) => Outcome<void>): ReplyReader {
  const decoder = makeUtf8Decoder();
  let line = "";
  const feed = (text: string): Outcome<void> => {
    const pieces = text.split("\n");
    const rest = pieces.pop() ?? "";
    for (const piece of pieces) {
      const read = onLine((line + piece).replace(/^\ufeff/, ""));
      line = "";
      if (isFault(read)) return read;
    }
    line += rest;
    return line.length > SSE_LINE_BYTES_MAX ? tooMuch(peer, SSE_LINE_BYTES_MAX) : undefined;
  };
  return { push: (bytes) => feed(decoder.push(bytes)), end: () => feed(decoder.end()) };
}

/** Is the first line a JSON value of its own, and not the beginning of one over many lines? */
function beginsWithLine(bytes: Uint8Array): boolean {
  const text = decodeUtf8(bytes)
    .replace(/^\ufeff/, "")
    .trimStart();
  const end = text.indexOf("\n");
  return end > 0 && !isFault(parseJson(text.slice(0, end)));
}

/** By the first byte that is not white space or part of a byte order mark. */
function formOf(bytes: Uint8Array): "unknown" | "events" | "text" {
  for (const byte of bytes) {
    if (byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf) continue;
    // "{", "[" and "<": an object, a list (of errors), a web page.
    return byte === 0x7b || byte === 0x5b || byte === 0x3c ? "text" : "events";
  }
  return "unknown";
}

function readEvent(into: Assembler, peer: Peer, event: { event: string; data: string }): Outcome<void> {
  const data = event.data.trim();
  if (data === "") return;
  if (data === "[DONE]") return into.done();
  const value = parseJson(data);
  if (event.event === "error") return errorFault(peer, 200, isFault(value) ? data : value);
  if (isFault(value)) return broken(peer, data);
  return into.add(value, event.event);
}

function readWhole(into: Assembler, peer: Peer, text: string): Outcome<void> {
  const plain = text.replace(/^\ufeff/, "");
  if (plain.trim() === "") {
    return fault("failed", `${peer.service} answered with an empty reply.`, {
      code: "model_empty",
      next: "Try again; if it stays, check LLM_BASE_URL.",
    });
  }
  if (isPage(plain)) return pageFault(peer, plain);
  const value = parseJson(plain);
  if (isFault(value)) return broken(peer, plain);
  const added = into.add(value, "");
  if (isFault(added)) return added;
  into.done();
}

/** A web page where a model's answer should be. */
export function pageFault(peer: Peer, text: string): Fault {
  const title = quote(peer, pageTitle(text));
  return fault("failed", `${peer.service} answered with a web page instead of a model's reply: "${title}"`, {
    code: "model_page",
    next: "Check the path of LLM_BASE_URL; it often ends in /v1.",
  });
}

function broken(peer: Peer, text: string): Fault {
  return fault("failed", `${peer.service} answered with broken JSON: "${quote(peer, text.slice(0, 200))}"`, {
    code: BROKEN,
    next: "Try again.",
  });
}
