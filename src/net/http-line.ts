// A connection of our server as data: what it does, since when, until when. Requests change
// it as they go; the server looks at it to end what takes too long and to make room.

import type { Fault, Outcome } from "../base/fault.ts";
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
  stop: (why: Fault) => void;
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
