// One request and its response on a connection (RFC 9112). Sets `maybeDone`: false until the
// first byte of the request is handed to the host, true until the whole response is parsed.

import { concat, NO_BYTES } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import { HTTP_EARLY_REPLY_MS, HTTP_INTERIM_MAX, WRITE_BYTES_MAX } from "../base/limits.ts";
import { type Launched, launch, orStop, type Scope, withScope } from "../base/scope.ts";
import type { Stream } from "../port/host.ts";
import type { Response } from "../port/http.ts";
import { makeBody, readBody, tooLarge } from "./http-body.ts";
import { cutShort, malformed } from "./http-fault.ts";
import { contentCoding } from "./http-head.ts";
import { parseResponseHead, type ResponseHead } from "./http-response.ts";
import { type Reader, writeAll } from "./stream.ts";

export interface Conn {
  readonly stream: Stream;
  readonly reader: Reader;
}

export interface Sent {
  method: string;
  head: Uint8Array;
  body: Uint8Array;
  maxBytes: number;
  /** Gets the body of a 2xx piece by piece; it is not collected then. */
  onChunk: ((piece: Uint8Array) => Outcome<void>) | null;
}

/** Code of the fault for a connection that ended before any byte of the response. */
export const CLOSED_EARLY = "closed_before_reply";

/** Sends and receives; `keep` tells whether the connection may carry another request. */
export async function exchange(s: Scope, conn: Conn, sent: Sent): Wait<{ response: Response; keep: boolean }> {
  const why = s.stopped;
  if (why !== null) return refault(why, { maybeDone: false });
  const done = await withScope(s, Number.POSITIVE_INFINITY, (inner) => both(inner, conn, sent));
  return isFault(done) ? refault(done, { maybeDone: true }) : done;
}

// Writing and reading run side by side: a server may answer before it has read everything
// (RFC 9112 9.5), and a peer that stops reading must not keep its answer from us.
async function both(s: Scope, conn: Conn, sent: Sent): Wait<{ response: Response; keep: boolean }> {
  const seen: Seen = { wrote: null, head: false };
  const writing = launch(s, Number.POSITIVE_INFINITY, async (w) => {
    seen.wrote = await write(w, conn.stream, sent);
    return seen.wrote;
  });
  const reading = launch(s, Number.POSITIVE_INFINITY, (r) => receive(r, conn.reader, sent, seen));
  const watch = writing.done.then((wrote) => (isFault(wrote) ? grace(s, reading, seen, wrote) : undefined));
  const got = await reading.done;
  const { wrote } = seen;
  if (isFault(got)) return isFault(wrote) && got.code === CLOSED_EARLY ? early(wrote) : got;
  const whole = wrote !== null && !isFault(wrote);
  if (!whole) writing.stop(fault("stopped", "The reply came before the whole request was sent."));
  await watch;
  return { response: got.response, keep: got.keep && whole };
}

interface Seen {
  /** How the writing ended; null while it goes on. */
  wrote: Outcome<void> | null;
  /** The head of the final reply has come. */
  head: boolean;
}

// After a failed write an answer may still be on its way, but not for long.
async function grace(s: Scope, reading: Launched<unknown>, seen: Seen, why: Fault): Promise<void> {
  await withScope(s, HTTP_EARLY_REPLY_MS, (g) => orStop(g, reading.done));
  if (!seen.head) reading.stop(early(why));
}

function write(s: Scope, stream: Stream, sent: Sent): Wait<void> {
  if (sent.body.length === 0) return stream.write(s, sent.head);
  const small = sent.head.length + sent.body.length <= WRITE_BYTES_MAX;
  return small ? stream.write(s, concat([sent.head, sent.body])) : writeBoth(s, stream, sent);
}

async function writeBoth(s: Scope, stream: Stream, sent: Sent): Wait<void> {
  const head = await stream.write(s, sent.head);
  return isFault(head) ? head : writeAll(s, stream, sent.body);
}

function early(f: Fault): Fault {
  return f.fault === "unreachable" ? refault(f, { code: CLOSED_EARLY }) : f;
}

async function receive(s: Scope, reader: Reader, sent: Sent, seen: Seen): Wait<{ response: Response; keep: boolean }> {
  const head = await finalHead(s, reader, sent.method);
  if (isFault(head)) return head;
  seen.head = true;
  const { status, headers, framing } = head;
  if (contentCoding(headers) !== "identity" && framing.kind !== "none") {
    return fault("failed", "The server compressed its reply although it was asked not to.", {
      code: "content_encoding",
      next: "Look for a proxy between that compresses, or another address of this service.",
    });
  }
  const piped = status >= 200 && status < 300 ? sent.onChunk : null;
  const body =
    piped === null
      ? await collected(s, reader, head, sent.maxBytes)
      : await passedOn(s, reader, head, sent.maxBytes, piped);
  if (isFault(body)) return body;
  // Bytes after the body must never become the next reply.
  const keep = head.keepAlive && reader.buffered === 0;
  return { response: { status, headers, body }, keep };
}

async function collected(s: Scope, reader: Reader, head: ResponseHead, max: number): Wait<Uint8Array> {
  return readBody(s, makeBody(reader, head.framing, "response"), head.framing, max, "response");
}

async function passedOn(
  s: Scope,
  reader: Reader,
  head: ResponseHead,
  max: number,
  onChunk: (piece: Uint8Array) => Outcome<void>,
): Wait<Uint8Array> {
  if (head.framing.kind === "length" && head.framing.bytes > max) return tooLarge(max, "response");
  const body = makeBody(reader, head.framing, "response");
  let size = 0;
  for (;;) {
    const piece = await body.next(s);
    if (isFault(piece)) return piece;
    if (piece === null) return NO_BYTES;
    size += piece.length;
    if (size > max) return tooLarge(max, "response");
    const taken = onChunk(piece);
    if (isFault(taken)) return taken;
  }
}

// Skips interim replies (RFC 9110 15.2), of which a client must expect any number.
async function finalHead(s: Scope, reader: Reader, method: string): Wait<ResponseHead> {
  for (let interim = 0; interim <= HTTP_INTERIM_MAX; interim += 1) {
    const text = await nextHead(s, reader, interim === 0);
    if (isFault(text)) return text;
    const head = parseResponseHead(text, method);
    if (isFault(head) || head.status >= 200) return head;
    if (head.status === 101) return malformed("response", "it switches to a protocol that was not asked for");
  }
  return malformed("response", "it has too many interim replies");
}

async function nextHead(s: Scope, reader: Reader, isFirst: boolean): Wait<string> {
  for (;;) {
    const head = reader.takeHead();
    if (head !== null) return head;
    const nothing = isFirst && reader.buffered === 0;
    const more = await reader.fill(s);
    if (isFault(more)) return nothing ? early(more) : more;
    if (more) continue;
    return nothing
      ? fault("unreachable", "The server closed the connection without an answer.", { code: CLOSED_EARLY })
      : cutShort();
  }
}
