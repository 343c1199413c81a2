// One connection of our server: requests in order (also pipelined ones), each answered by the
// handler, until the client or a bound ends it. Promises that a handler's fault or bug
// becomes a reply and never ends the server.

import { type Fault, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { HTTP_HEAD_MS, HTTP_IDLE_MS, HTTP_LINGER_BYTES_MAX, HTTP_LINGER_MS, READ_BYTES_MAX } from "../base/limits.ts";
import { launch, type Scope, withScope } from "../base/scope.ts";
import type { Log } from "../port/clock.ts";
import type { Stream } from "../port/host.ts";
import type { Handler, Incoming, Reply } from "../port/http.ts";
import { makeIncoming, type Waiting } from "./http-incoming.ts";
import { type Ending, faultReply } from "./http-reply.ts";
import type { RequestHead } from "./http-request.ts";
import { internal, type Sender, sendReply } from "./http-send.ts";
import { makeReader, type Reader } from "./stream.ts";

/** What the server sees of a connection. */
export interface Line {
  /** It waits for its client: for a request, the rest of one, or that a reply is read. */
  readonly isWaiting: boolean;
  /** Since when it does what it does. */
  readonly sinceMs: number;
  /** When that has taken too long; Infinity while a handler runs. */
  readonly dueMs: number;
  /** Ends what took too long. */
  expire(): void;
  /** No more requests after the one that runs. */
  drain(): void;
  /** `tell` is called when the whole connection must stop. */
  onTimeout(tell: (why: Fault) => void): void;
}

export interface LineDeps {
  readonly stream: Stream;
  readonly handler: Handler;
  readonly log: Log;
  readonly date: () => string;
  readonly parse: (head: string) => Outcome<RequestHead>;
  readonly nowMs: () => number;
  /** There is no room: the first request is refused. */
  readonly full: boolean;
}

interface State {
  phase: "idle" | "head" | "body" | "busy" | "write";
  sinceMs: number;
  dueMs: number;
  draining: boolean;
  stopReading: (why: Fault) => void;
  stopAll: (why: Fault) => void;
}

interface Place extends LineDeps {
  readonly state: State;
  readonly reader: Reader;
  readonly enter: (phase: State["phase"], ms: number) => void;
  readonly sender: Sender;
  readonly waiting: Waiting;
}

/** A connection; `run` serves it in its own scope and closes it. */
export function serveLine(deps: LineDeps): { line: Line; run: (c: Scope) => Wait<void> } {
  const nothing = (): void => undefined;
  const since = deps.nowMs();
  const state: State = {
    phase: "idle",
    sinceMs: since,
    dueMs: since + HTTP_HEAD_MS,
    draining: false,
    stopReading: nothing,
    stopAll: nothing,
  };
  const enter = (phase: State["phase"], ms: number): void => {
    state.phase = phase;
    state.sinceMs = deps.nowMs();
    state.dueMs = state.sinceMs + ms;
  };
  const sender: Sender = {
    stream: deps.stream,
    log: deps.log,
    writing: (ms) => enter("write", ms),
    wrote: () => busy(state),
  };
  // The scope of its reading has the deadline.
  const waiting: Waiting = { begins: () => enter("body", Number.POSITIVE_INFINITY), ends: () => busy(state) };
  const place: Place = { ...deps, state, enter, sender, waiting, reader: makeReader(deps.stream, "request") };
  const line: Line = {
    get isWaiting() {
      return state.phase !== "busy";
    },
    get sinceMs() {
      return state.sinceMs;
    },
    get dueMs() {
      return state.dueMs;
    },
    expire() {
      const why = fault("timeout", "The connection was too slow.", { code: "request_timeout" });
      state.dueMs = Number.POSITIVE_INFINITY;
      if (state.phase === "write") state.stopAll(why);
      else state.stopReading(why);
    },
    drain() {
      state.draining = true;
      if (state.phase === "idle") state.stopReading(fault("stopped", "The server is stopping."));
    },
    onTimeout(tell) {
      state.stopAll = tell;
    },
  };
  return { line, run: (c) => serve(c, place) };
}

// While a handler runs no deadline of ours counts. Keeps the clock out of the fast path.
function busy(state: State): void {
  state.phase = "busy";
  state.dueMs = Number.POSITIVE_INFINITY;
}

async function serve(c: Scope, place: Place): Wait<void> {
  c.onEnd(() => place.stream.close());
  const reading = launch(c, Number.POSITIVE_INFINITY, (r) => requests(c, r, place));
  place.state.stopReading = reading.stop;
  const linger = await reading.done;
  if (isFault(linger)) return linger;
  if (linger) return lingerOn(c, place);
}

/** Serves until the end; true when input may be left unread. */
async function requests(c: Scope, r: Scope, place: Place): Wait<boolean> {
  // Holds a place at the scopes above, which every wait would else take and leave again.
  r.onStop(() => undefined);
  for (;;) {
    const text = place.reader.takeHead() ?? (await nextHead(r, place));
    if (text === null) return false;
    busy(place.state);
    const head = isFault(text) ? text : place.full ? noRoom() : place.parse(text);
    if (isFault(head)) {
      const told = await sendReply(c, place.sender, faultReply(head), lastWords(place));
      return !isFault(told);
    }
    const then = await answer(c, place, head);
    if (then !== "again") return then === "linger";
  }
}

function noRoom(): Fault {
  return fault("limit", "This server has all the connections it can keep.", { code: "busy", retryAfterMs: 5_000 });
}

function lastWords(place: Place): Ending {
  return { isHead: false, connection: "close", date: place.date() };
}

// The text of the next head, which is not whole yet; null when the connection is over without one.
async function nextHead(r: Scope, place: Place): Promise<Outcome<string | null>> {
  const { reader, state } = place;
  for (let isFirst = true; ; isFirst = false) {
    if (state.draining && reader.buffered === 0) return null;
    awaitHead(place, isFirst);
    const more = await reader.fill(r);
    if (isFault(more)) return state.phase === "head" && more.fault === "timeout" ? more : null;
    if (!more) return null;
    const head = reader.takeHead();
    if (head !== null) return head;
  }
}

// A head has its own time from the first byte on, however it trickles in.
function awaitHead({ reader, state, enter }: Place, isFirst: boolean): void {
  if (reader.buffered > 0) {
    if (isFirst || state.phase !== "head") enter("head", HTTP_HEAD_MS);
    return;
  }
  if (isFirst) enter("idle", HTTP_IDLE_MS);
}

type Then = "again" | "close" | "linger";

async function answer(c: Scope, place: Place, head: RequestHead): Promise<Then> {
  const { incoming, body } = makeIncoming(head, place.reader, place.stream, place.waiting);
  const given = handled(c, place, incoming);
  const reply = given instanceof Promise ? await given : given;
  // A cancelled request has no answer (499): the connection closes.
  if (isFault(reply) && reply.fault === "stopped") return "linger";
  const keep = head.keepAlive && !place.state.draining && body.canGoOn();
  const ending: Ending = {
    isHead: head.method === "HEAD",
    connection: connectionOf(head, keep),
    date: place.date(),
  };
  const sent = await sendReply(c, place.sender, isFault(reply) ? faultReply(reply) : reply, ending, head.version);
  if (isFault(sent)) return "close";
  if (sent === "close" || !keep) return body.isDone() && place.reader.buffered === 0 ? "close" : "linger";
  return body.isDone() || (await body.skip(c)) ? "again" : "linger";
}

function connectionOf(head: RequestHead, keep: boolean): Ending["connection"] {
  if (!keep) return "close";
  return head.version === "1.0" ? "keep-alive" : "";
}

function handled(c: Scope, place: Place, incoming: Incoming): Outcome<Reply> | Wait<Reply> {
  const told = (bug: unknown): Fault => {
    place.log.event("error", "http.bug", { method: incoming.method, path: incoming.path, what: String(bug) });
    return internal();
  };
  try {
    const given = place.handler(c, incoming);
    return given instanceof Promise ? given.catch(told) : given;
  } catch (bug) {
    return told(bug);
  }
}

// RFC 9112 9.6: closing with input unread would reset the connection and lose our reply.
function lingerOn(c: Scope, place: Place): Wait<void> {
  place.enter("idle", HTTP_LINGER_MS);
  return withScope(c, HTTP_LINGER_MS, async (l): Wait<void> => {
    const told = await place.stream.shutdown(l);
    if (isFault(told)) return told;
    for (let left = HTTP_LINGER_BYTES_MAX; left > 0; ) {
      const piece = await place.stream.read(l, READ_BYTES_MAX);
      if (isFault(piece) || piece.length === 0) return;
      left -= piece.length;
    }
  });
}
