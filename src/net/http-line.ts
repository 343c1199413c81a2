// A connection of our server as data: what it does, since when, until when. Requests change
// it as they go; the server looks at it to end what takes too long and to make room.

import type { Fault, Outcome } from "../base/fault.ts";
import { HTTP_BODIES_BYTES_MAX, HTTP_BODY_SMALL_BYTES } from "../base/limits.ts";
import type { Log } from "../port/clock.ts";
import type { Stream } from "../port/host.ts";
import type { Handler } from "../port/http.ts";
import type { RequestHead } from "./http-request.ts";

/** What all connections of a server share. */
export interface Site {
  readonly handler: Handler;
  readonly log: Log;
  /** An IMF-fixdate. */
  readonly date: () => string;
  readonly parse: (head: string) => Outcome<RequestHead>;
  readonly nowMs: () => number;
  /** Paths that are answered even when all connections are at work; their handlers answer at once. */
  readonly always: ReadonlySet<string>;
  /** Bytes of large bodies that all its connections hold. */
  readonly bodies: { held: number };
}

export interface Line {
  readonly site: Site;
  readonly stream: Stream;
  /** There was no room: only what is always answered is. */
  readonly isFull: boolean;
  /** In every one but "busy" it waits for its client. */
  phase: "idle" | "head" | "body" | "busy" | "write";
  sinceMs: number;
  /** When the server ends it; Infinity where something else has the deadline. */
  dueMs: number;
  /** No more requests after the one that runs. */
  isDraining: boolean;
  /** Bytes of its request's body that count in `site.bodies`. */
  held: number;
  stop: (why: Fault) => void;
}

/** Whether there is room for a body of so many bytes, or for so much as has come of it; it counts until {@link letGo}. */
export function hold(line: Line, bytes: number): boolean {
  const { bodies } = line.site;
  const more = bytes <= HTTP_BODY_SMALL_BYTES ? 0 : bytes - line.held;
  if (bodies.held + more > HTTP_BODIES_BYTES_MAX) return false;
  line.held += more;
  bodies.held += more;
  return true;
}

/** The request is answered, or was given up. */
export function letGo(line: Line): void {
  line.site.bodies.held -= line.held;
  line.held = 0;
}

/** The line enters a phase that may last so long. */
export function enter(line: Line, phase: Line["phase"], ms: number): void {
  line.phase = phase;
  line.sinceMs = line.site.nowMs();
  line.dueMs = line.sinceMs + ms;
}

/** A handler runs. Keeps the clock out of the fast path. */
export function busy(line: Line): void {
  line.phase = "busy";
  line.dueMs = Number.POSITIVE_INFINITY;
}
