// A request as a handler sees it, and its body: read once and bounded, asked for with 100
// (Continue) when the client waits for that, skipped when nobody wanted it.

import { Bug } from "../base/bug.ts";
import { NO_BYTES } from "../base/bytes.ts";
import { isFault, refault, type Wait } from "../base/fault.ts";
import { HTTP_BODY_BYTES_PER_MS, HTTP_BODY_MS, HTTP_HEAD_MS, HTTP_UNREAD_BYTES_MAX } from "../base/limits.ts";
import { type Scope, withScope } from "../base/scope.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { Incoming } from "../port/http.ts";
import { makeBody, readBody, tooLarge } from "./http-body.ts";
import { noRoom } from "./http-fault.ts";
import { busy, enter, hold, type Line } from "./http-line.ts";
import type { RequestHead } from "./http-request.ts";
import type { Reader } from "./stream.ts";

/** What the connection does with the body after the handler. */
export interface RequestBody {
  isDone(): boolean;
  /** Whether the rest, if any, may be read away to reach the next request. */
  canGoOn(): boolean;
  /** Reads the rest away; false when it cannot be. */
  skip(s: Scope): Promise<boolean>;
}

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** A body that says its length has time by it: a short one must not hold a place for as long as a long one. */
function bodyMs({ framing }: RequestHead): number {
  if (framing.kind !== "length") return HTTP_BODY_MS;
  return Math.min(HTTP_BODY_MS, HTTP_HEAD_MS + framing.bytes / HTTP_BODY_BYTES_PER_MS);
}

interface Asked {
  incoming: Incoming;
  body: RequestBody;
}

/** The request and its body. */
export function makeIncoming(head: RequestHead, reader: Reader, line: Line): Asked {
  const { method, path, query, headers } = head;
  const { peer } = line.stream;
  if (head.framing.kind === "none")
    return { incoming: { method, path, query, headers, peer, body: noBytes }, body: NO_BODY };
  const { read, body } = makeRequestBody(head, reader, line);
  return { incoming: { method, path, query, headers, peer, body: read }, body };
}

const noBytes = (): Wait<Uint8Array> => Promise.resolve(NO_BYTES);
const NO_BODY: RequestBody = { isDone: () => true, canGoOn: () => true, skip: () => Promise.resolve(true) };

function makeRequestBody(head: RequestHead, reader: Reader, line: Line): { read: Incoming["body"]; body: RequestBody } {
  const { framing } = head;
  const body = makeBody(reader, framing, "request");
  let isTaken = false;
  let isBroken = false;
  // The client may send its body now.
  let isAwaited = !head.expects100 || body.done;

  const invite = async (s: Scope): Wait<void> => {
    if (isAwaited) return;
    isAwaited = true;
    // RFC 9110 10.1.1: needless when the body is already coming.
    if (reader.buffered === 0) return line.stream.write(s, encodeUtf8(CONTINUE));
  };
  let came = 0;
  const nextHeld = async (s: Scope): Wait<Uint8Array | null> => {
    const piece = await body.next(s);
    if (isFault(piece) || piece === null) return piece;
    came += piece.length;
    return hold(line, came) ? piece : noRoom("large requests");
  };
  const whole = async (s: Scope, max: number): Wait<Uint8Array> => {
    if (framing.kind === "length" && framing.bytes > max) return tooLarge(max, "request");
    const invited = await invite(s);
    if (isFault(invited)) return invited;
    return readBody(s, { next: nextHeld }, framing, max, "request");
  };

  const read: Incoming["body"] = async (s, max) => {
    if (isTaken) throw new Bug("the body of a request is read once");
    isTaken = true;
    if (body.done) return NO_BYTES;
    // The scope of its reading has the deadline.
    enter(line, "body", Number.POSITIVE_INFINITY);
    const bytes = await withScope(s, bodyMs(head), (b) => whole(b, max));
    busy(line);
    if (!isFault(bytes)) return bytes;
    // After a body that was too large the rest may still be skipped; a broken one has no end.
    isBroken = bytes.code !== "body_too_large";
    const late = bytes.fault === "timeout" && s.stopped === null;
    return late ? refault(bytes, { what: "The request's body came too slowly.", code: "request_timeout" }) : bytes;
  };
  const isSmall = (): boolean =>
    framing.kind === "chunked" || (framing.kind === "length" && framing.bytes <= HTTP_UNREAD_BYTES_MAX);
  return {
    read,
    body: {
      isDone: () => body.done,
      canGoOn: () => body.done || (!isBroken && isAwaited && isSmall()),
      async skip(s) {
        if (body.done) return true;
        const skipped = await withScope(s, bodyMs(head), async (b): Wait<boolean> => {
          for (let left = HTTP_UNREAD_BYTES_MAX; left >= 0; ) {
            const piece = await body.next(b);
            if (isFault(piece)) return piece;
            if (piece === null) return true;
            left -= piece.length;
          }
          return false;
        });
        return skipped === true;
      },
    },
  };
}
