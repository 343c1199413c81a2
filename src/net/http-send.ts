// Sends one reply: whole in one write where it can be, chunked while a pump runs
// (RFC 9112 section 7.1), close-delimited for HTTP/1.0.

import { assert } from "../base/bug.ts";
import { concat } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { HTTP_WRITE_MS } from "../base/limits.ts";
import { type Scope, withScope } from "../base/scope.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { Stream } from "../port/host.ts";
import type { Reply } from "../port/http.ts";
import { busy, enter, type Line } from "./http-line.ts";
import { type BodyReply, type Ending, faultReply, replyBytes, replyHead } from "./http-reply.ts";
import { writeAll } from "./stream.ts";

type PumpReply = Extract<Reply, { pump: unknown }>;

/** Sends a reply; "close" when the connection cannot carry another one. */
export function sendReply(
  c: Scope,
  line: Line,
  reply: Reply,
  ending: Ending,
  version: "1.0" | "1.1" = "1.1",
): Wait<"keep" | "close"> {
  if ("body" in reply) return sendWhole(c, line, reply, ending);
  if ("pump" in reply) return sendPumped(c, line, reply, ending, version);
  const no = fault("input", "This server does not speak WebSocket.", { code: "not_implemented" });
  return sendWhole(c, line, faultReply(no), ending);
}

async function sendWhole(c: Scope, line: Line, reply: BodyReply, ending: Ending): Wait<"keep" | "close"> {
  const bytes = replyBytes(reply, ending);
  if (isFault(bytes)) return sendBroken(c, line, bytes, ending);
  enter(line, "write", HTTP_WRITE_MS);
  const sent = await writeAll(c, line.stream, bytes);
  busy(line);
  return isFault(sent) ? sent : ending.connection === "close" ? "close" : "keep";
}

// A handler's reply that cannot be written is our bug, which the client may know of.
async function sendBroken(c: Scope, line: Line, why: Fault, ending: Ending): Wait<"keep" | "close"> {
  line.site.log.event("error", "http.bug", { what: why.what });
  const bytes = replyBytes(faultReply(internal()), ending);
  assert(!isFault(bytes), "our own error reply can be written");
  const sent = await put(c, line, bytes);
  return isFault(sent) ? sent : "close";
}

/** The fault that a client sees of a bug. */
export function internal(): Fault {
  return fault("failed", "Internal error: the request could not be answered. It is in the log.", { code: "internal" });
}

async function put(s: Scope, line: Line, bytes: Uint8Array): Wait<void> {
  enter(line, "write", HTTP_WRITE_MS);
  const wrote = await writeAll(s, line.stream, bytes);
  busy(line);
  return wrote;
}

async function sendPumped(
  c: Scope,
  line: Line,
  reply: PumpReply,
  ending: Ending,
  version: "1.0" | "1.1",
): Wait<"keep" | "close"> {
  const isChunked = version === "1.1";
  const framing = isChunked ? "Transfer-Encoding: chunked\r\n" : "";
  const shown: Ending = isChunked ? ending : { ...ending, connection: "close" };
  const head = replyHead(reply.status, reply.headers, shown, framing);
  if (isFault(head)) return sendBroken(c, line, head, { ...ending, connection: "close" });
  const begun = await put(c, line, encodeUtf8(head));
  if (isFault(begun)) return begun;
  if (!ending.isHead) {
    const pumped = await pump(c, line, reply, isChunked);
    // Without the last chunk the client sees that the reply is not whole.
    if (isFault(pumped)) return pumped;
  }
  return shown.connection === "close" ? "close" : "keep";
}

async function pump(c: Scope, line: Line, reply: PumpReply, isChunked: boolean): Wait<void> {
  const out: Pick<Stream, "write"> = {
    async write(s, bytes) {
      // A chunk of no bytes would end the body.
      if (bytes.length === 0) return;
      return put(s, line, isChunked ? concat([encodeUtf8(`${bytes.length.toString(16)}\r\n`), bytes, CRLF]) : bytes);
    },
  };
  const ran = withScope(c, Number.POSITIVE_INFINITY, (p) => reply.pump(p, out));
  const done = await ran.then(
    (outcome) => outcome,
    (bug: unknown) => {
      line.site.log.event("error", "http.bug", { what: String(bug) });
      return internal();
    },
  );
  if (isFault(done)) return done;
  if (isChunked) return put(c, line, LAST_CHUNK);
}

const CRLF = new Uint8Array([13, 10]);
const LAST_CHUNK = new Uint8Array([48, 13, 10, 13, 10]);
