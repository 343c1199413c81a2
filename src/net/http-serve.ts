// One connection of our server: requests in order (also pipelined ones), each answered by the
// handler, until the client or a bound ends it. Promises that a handler's fault or bug
// becomes a reply and never ends the server.

import { type Fault, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { HTTP_HEAD_MS, HTTP_IDLE_MS, HTTP_LINGER_BYTES_MAX, HTTP_LINGER_MS, READ_BYTES_MAX } from "../base/limits.ts";
import { holdPlace, type Scope, withScope } from "../base/scope.ts";
import { noRoom } from "./http-fault.ts";
import { makeIncoming } from "./http-incoming.ts";
import { busy, enter, type Line, letGo } from "./http-line.ts";
import { type Ending, faultReply } from "./http-reply.ts";
import type { RequestHead } from "./http-request.ts";
import { internal, sendReply } from "./http-send.ts";
import { makeReader, type Reader } from "./stream.ts";

/** Serves a connection in its own scope and closes it. */
export async function serveLine(c: Scope, line: Line): Wait<void> {
  holdPlace(c);
  const served = requests(c, line, makeReader(line.stream, "request"));
  const linger = await served.then(undefined, (bug: unknown) => tellBug(c, line, bug));
  letGo(line);
  const rest = linger ? await lingerOn(c, line) : undefined;
  await line.stream.close();
  return rest;
}

/** Serves until the end; true when input may be left unread. */
async function requests(c: Scope, line: Line, reader: Reader): Promise<boolean> {
  for (;;) {
    let text = reader.takeHead();
    if (text === null && reader.buffered === 0) {
      if (line.isDraining) return false;
      enter(line, "idle", HTTP_IDLE_MS);
      if (reader.put(await line.stream.read(c, READ_BYTES_MAX)) !== true) return false;
      text = reader.takeHead();
    }
    text ??= await restOfHead(c, line, reader);
    if (text === null) return false;
    const then = await answer(c, line, reader, text);
    if (then !== "again") return then === "linger";
  }
}

function headOf({ isFull, site }: Line, text: Outcome<string>): Outcome<RequestHead> {
  if (isFault(text)) return text;
  const head = site.parse(text);
  return isFull && !isFault(head) && !site.always.has(head.path) ? noRoom("connections") : head;
}

async function refuse(c: Scope, line: Line, why: Fault): Promise<Then> {
  const last: Ending = { isHead: false, connection: "close", date: line.site.date() };
  return isFault(await sendReply(c, line, faultReply(why), last)) ? "close" : "linger";
}

// A head that has begun has its own time, however it trickles in. Null: the connection ended.
async function restOfHead(c: Scope, line: Line, reader: Reader): Promise<Outcome<string | null>> {
  enter(line, "head", Number.POSITIVE_INFINITY);
  return withScope(c, HTTP_HEAD_MS, async (h): Wait<string | null> => {
    for (;;) {
      const more = await reader.fill(h);
      if (isFault(more)) return h.stopped?.fault === "timeout" ? tooSlow() : null;
      if (!more) return null;
      const head = reader.takeHead();
      if (head !== null) return head;
    }
  });
}

function tooSlow(): Fault {
  return fault("timeout", "The request's head came too slowly.", { code: "request_timeout" });
}

type Then = "again" | "close" | "linger";

async function answer(c: Scope, line: Line, reader: Reader, text: Outcome<string>): Promise<Then> {
  busy(line);
  const head = headOf(line, text);
  if (isFault(head)) return refuse(c, line, head);
  const { incoming, body } = makeIncoming(head, reader, line);
  const given = line.site.handler(c, incoming);
  const reply = given instanceof Promise ? await given : given;
  const isFailed = isFault(reply);
  // A cancelled request has no answer (499): the connection closes.
  if (isFailed && reply.fault === "stopped") return "linger";
  const keep = head.keepAlive && !line.isDraining && body.canGoOn();
  const ending: Ending = {
    isHead: head.method === "HEAD",
    connection: connectionOf(head, keep),
    date: line.site.date(),
  };
  const sent = await sendReply(c, line, isFailed ? faultReply(reply) : reply, ending, head.version);
  letGo(line);
  if (isFault(sent)) return "close";
  if (sent === "keep") return body.isDone() || (await body.skip(c)) ? "again" : "linger";
  return body.isDone() && reader.buffered === 0 ? "close" : "linger";
}

function connectionOf(head: RequestHead, keep: boolean): Ending["connection"] {
  if (!keep) return "close";
  return head.version === "1.0" ? "keep-alive" : "";
}

// The connection ends with it: how far its request was read is not known.
async function tellBug(c: Scope, line: Line, bug: unknown): Promise<boolean> {
  line.site.log.event("error", "http.bug", { what: String(bug) });
  return line.phase === "busy" && (await refuse(c, line, internal())) === "linger";
}

// RFC 9112 9.6: closing with input unread would reset the connection and lose our reply.
function lingerOn(c: Scope, line: Line): Wait<void> {
  enter(line, "idle", HTTP_LINGER_MS);
  return withScope(c, HTTP_LINGER_MS, async (l): Wait<void> => {
    const told = await line.stream.shutdown(l);
    if (isFault(told)) return told;
    for (let left = HTTP_LINGER_BYTES_MAX; left > 0; ) {
      const piece = await line.stream.read(l, READ_BYTES_MAX);
      if (isFault(piece) || piece.length === 0) return;
      left -= piece.length;
    }
  });
}
