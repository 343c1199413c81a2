// Our HTTP server: accepts, keeps connections within bounds, ends slow and idle ones, and
// drains. What happens on one connection is in http-serve.ts.

import { fault, isFault, refault, type Wait } from "../base/fault.ts";
import { HTTP_ACCEPT_REST_MS, HTTP_CONNECTIONS_MAX, HTTP_HEAD_MS, HTTP_IDLE_MS } from "../base/limits.ts";
import { holdPlace, type Launched, launch, type Scope } from "../base/scope.ts";
import type { Log } from "../port/clock.ts";
import type { Host, ListenAt, Listener, Stream } from "../port/host.ts";
import type { Handler, HttpServer } from "../port/http.ts";
import { enter, type Line, type Site } from "./http-line.ts";
import { makeDater } from "./http-reply.ts";
import { makeHeadParser } from "./http-request.ts";
import { serveLine } from "./http-serve.ts";

type Active = Map<Line, Launched<void>>;

/** Serves `handler` at an address until the scope ends or `drain` is called; paths in `always` even when it is full. */
export async function serveHttp(
  s: Scope,
  host: Host,
  at: ListenAt,
  handler: Handler,
  log: Log,
  always: ReadonlySet<string> = new Set(),
): Wait<HttpServer> {
  const listener = await openListener(s, host, at);
  if (isFault(listener)) return listener;
  const { clock, timers } = host;
  const active: Active = new Map();
  const date = makeDater(() => clock.wallMs());
  const site: Site = {
    handler,
    log,
    date,
    parse: makeHeadParser(),
    nowMs: () => timers.nowMs(),
    always,
    bodies: { held: 0 },
  };
  const sweeper = makeSweeper(host, active);
  const accepting = launch(s, Number.POSITIVE_INFINITY, (a) =>
    acceptAll(a, s, host, listener, site, active, sweeper.arm),
  );
  s.onEnd(async () => {
    sweeper.stop();
    await listener.close();
  });
  return {
    port: listener.port,
    async drain(d) {
      const why = fault("stopped", "The server is stopping.");
      accepting.stop(why);
      await listener.close();
      for (const line of active.keys()) {
        line.isDraining = true;
        if (line.phase === "idle") line.stop(why);
      }
      const forget = d.onStop((late) => {
        for (const line of active.keys()) line.stop(late);
      });
      await Promise.allSettled([...active.values()].map(({ done }) => done));
      forget();
    },
  };
}

/** A listener, or the fault with what mends it. */
export async function openListener(s: Scope, host: Host, at: ListenAt): Wait<Listener> {
  const listener = await host.listen(s, at);
  if (!isFault(listener) || listener.fault === "timeout" || listener.fault === "stopped") return listener;
  if (listener.code === "tls" || listener.code === "unsupported") return listener;
  const next =
    listener.fault === "conflict"
      ? `Choose another port, such as --port ${at.port < 65_535 ? at.port + 1 : 0}, or stop that program.`
      : listener.fault === "denied"
        ? "Choose a port above 1023, such as --port 18789."
        : "Use --bind 127.0.0.1 for this machine alone, --bind 0.0.0.0 for all its addresses, or one of them.";
  return refault(listener, { next });
}

async function acceptAll(
  a: Scope,
  s: Scope,
  host: Host,
  listener: Listener,
  site: Site,
  active: Active,
  arm: () => void,
): Wait<void> {
  holdPlace(a);
  for (;;) {
    const stream = await listener.accept(a);
    if (!isFault(stream)) {
      start(s, stream, site, active);
      arm();
      continue;
    }
    if (a.stopped !== null) return;
    site.log.event("warn", "http.accept_failed", { what: stream.what });
    const rested = await host.clock.sleep(a, HTTP_ACCEPT_REST_MS);
    if (isFault(rested)) return;
  }
}

function start(s: Scope, stream: Stream, site: Site, active: Active): void {
  const line: Line = {
    site,
    stream,
    isFull: !makeRoom(active),
    phase: "idle",
    sinceMs: 0,
    dueMs: Number.POSITIVE_INFINITY,
    isDraining: false,
    held: 0,
    stop: () => undefined,
  };
  enter(line, "idle", HTTP_IDLE_MS);
  const running = launch(s, Number.POSITIVE_INFINITY, (c) => serveLine(c, line));
  line.stop = running.stop;
  active.set(line, running);
  const forget = (): void => {
    active.delete(line);
    // When the scope had ended before it could run, nobody else has closed it.
    void stream.close();
  };
  running.done.then(forget, (bug: unknown) => {
    forget();
    site.log.event("error", "http.bug", { what: String(bug) });
  });
}

// The connection that has waited longest for its client makes room for a new one, first of
// the address that has the most: nobody can take all places. False when all are at work.
function makeRoom(active: Active): boolean {
  if (active.size < HTTP_CONNECTIONS_MAX) return true;
  const counts = new Map<string, number>();
  const countOf = (line: Line): number => counts.get(line.stream.peer) ?? 0;
  for (const line of active.keys()) counts.set(line.stream.peer, countOf(line) + 1);
  let victim: Line | null = null;
  for (const line of active.keys()) {
    if (line.phase === "busy") continue;
    const more = victim === null ? 1 : countOf(line) - countOf(victim);
    if (more > 0 || (more === 0 && victim !== null && line.sinceMs < victim.sinceMs)) victim = line;
  }
  if (victim === null) return false;
  active.delete(victim);
  victim.stop(fault("stopped", "A waiting connection made room for a new one."));
  return true;
}

// One timer for all connections instead of one for each wait: that is what makes a request
// cheap. It fires no earlier than the first deadline that there may be.
function makeSweeper(host: Host, active: Active): { arm(): void; stop(): void } {
  let forget: (() => void) | null = null;
  const sweep = (): void => {
    forget = null;
    const now = host.timers.nowMs();
    let next = now + HTTP_HEAD_MS;
    for (const line of active.keys()) {
      if (line.dueMs <= now) line.stop(fault("timeout", "The connection was too slow."));
      else next = Math.min(next, line.dueMs);
    }
    if (active.size > 0) forget = host.timers.at(next, sweep);
  };
  return {
    arm() {
      forget ??= host.timers.at(host.timers.nowMs() + HTTP_HEAD_MS, sweep);
    },
    stop() {
      forget?.();
      forget = null;
    },
  };
}
