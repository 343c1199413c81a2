// Our HTTP server: accepts, keeps connections within bounds, ends slow and idle ones, and
// drains. What happens on one connection is in http-serve.ts.

import { fault, isFault, refault, type Wait } from "../base/fault.ts";
import { HTTP_ACCEPT_REST_MS, HTTP_CONNECTIONS_MAX, HTTP_HEAD_MS } from "../base/limits.ts";
import { type Launched, launch, type Scope } from "../base/scope.ts";
import type { Log } from "../port/clock.ts";
import type { Address, Host, Listener, Stream } from "../port/host.ts";
import type { Handler, HttpServer } from "../port/http.ts";
import { makeDater } from "./http-reply.ts";
import { makeHeadParser } from "./http-request.ts";
import { type Line, type LineDeps, serveLine } from "./http-serve.ts";

interface Active {
  readonly peer: string;
  readonly line: Line;
  readonly running: Launched<void>;
}

/** Serves `handler` at an address until the scope ends or `drain` is called. */
export async function serveHttp(s: Scope, host: Host, at: Address, handler: Handler, log: Log): Wait<HttpServer> {
  const listener = await openListener(s, host, at);
  if (isFault(listener)) return listener;
  const active = new Set<Active>();
  const date = makeDater(() => host.clock.wallMs());
  const site: Site = { host, handler, log, active, date, parse: makeHeadParser(), draining: false };
  const sweeper = makeSweeper(host, active);
  const accepting = launch(s, Number.POSITIVE_INFINITY, (a) => acceptAll(a, s, listener, site, sweeper.arm));
  s.onEnd(async () => {
    sweeper.stop();
    await listener.close();
  });
  return {
    port: listener.port,
    async drain(d) {
      site.draining = true;
      accepting.stop(fault("stopped", "The server is stopping."));
      await listener.close();
      for (const { line } of active) line.drain();
      const forget = d.onStop((why) => {
        for (const { running } of active) running.stop(why);
      });
      await Promise.allSettled([...active].map(({ running }) => running.done));
      forget();
    },
  };
}

/** A listener, or the fault with what mends it. */
export async function openListener(s: Scope, host: Host, at: Address): Wait<Listener> {
  const listener = await host.listen(s, at);
  if (!isFault(listener) || listener.fault === "timeout" || listener.fault === "stopped") return listener;
  const next =
    listener.fault === "conflict"
      ? `Choose another port, such as --port ${at.port < 65_535 ? at.port + 1 : 0}, or stop that program.`
      : listener.fault === "denied"
        ? "Choose a port above 1023, such as --port 18789."
        : "Use --bind 127.0.0.1 for this machine alone, --bind 0.0.0.0 for all its addresses, or one of them.";
  return refault(listener, { next });
}

interface Site {
  readonly host: Host;
  readonly handler: Handler;
  readonly log: Log;
  readonly active: Set<Active>;
  readonly date: () => string;
  readonly parse: LineDeps["parse"];
  draining: boolean;
}

async function acceptAll(a: Scope, s: Scope, listener: Listener, site: Site, arm: () => void): Wait<void> {
  for (;;) {
    const stream = await listener.accept(a);
    if (!isFault(stream)) {
      start(s, stream, site, !makeRoom(site.active));
      arm();
      continue;
    }
    if (a.stopped !== null || site.draining) return;
    site.log.event("warn", "http.accept_failed", { what: stream.what });
    const rested = await site.host.clock.sleep(a, HTTP_ACCEPT_REST_MS);
    if (isFault(rested)) return;
  }
}

function start(s: Scope, stream: Stream, site: Site, full: boolean): void {
  const { host, handler, log, date, parse, active } = site;
  const { line, run } = serveLine({ stream, handler, log, date, parse, nowMs: () => host.timers.nowMs(), full });
  const running = launch(s, Number.POSITIVE_INFINITY, run);
  const entry: Active = { peer: stream.peer, line, running };
  active.add(entry);
  line.onTimeout((why) => running.stop(why));
  const forget = (): void => {
    active.delete(entry);
    // When the scope had ended before it could run, nobody else has closed it.
    void stream.close();
  };
  running.done.then(forget, (bug: unknown) => {
    forget();
    log.event("error", "http.bug", { what: String(bug) });
  });
}

// The connection that has waited longest for its client makes room for a new one, first of
// the address that has the most: nobody can take all places. False when all are at work.
function makeRoom(active: Set<Active>): boolean {
  if (active.size < HTTP_CONNECTIONS_MAX) return true;
  const counts = new Map<string, number>();
  for (const { peer } of active) counts.set(peer, (counts.get(peer) ?? 0) + 1);
  let victim: Active | null = null;
  for (const one of active) {
    if (!one.line.isWaiting) continue;
    const more = victim === null ? 1 : (counts.get(one.peer) ?? 0) - (counts.get(victim.peer) ?? 0);
    if (more > 0 || (more === 0 && victim !== null && one.line.sinceMs < victim.line.sinceMs)) victim = one;
  }
  if (victim === null) return false;
  active.delete(victim);
  victim.running.stop(fault("stopped", "A waiting connection made room for a new one."));
  return true;
}

// One timer for all connections instead of one for each wait: that is what makes a request
// cheap. It fires no earlier than the first deadline that there may be.
function makeSweeper(host: Host, active: ReadonlySet<Active>): { arm(): void; stop(): void } {
  let forget: (() => void) | null = null;
  const sweep = (): void => {
    forget = null;
    const now = host.timers.nowMs();
    let next = now + HTTP_HEAD_MS;
    for (const { line } of active) {
      if (line.dueMs <= now) line.expire();
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
