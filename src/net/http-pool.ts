// Connections of our client: kept alive, few per host, closed when idle. A connection is
// in use by one request at a time; who has to wait is served in order.

import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import {
  CONNECT_MS,
  POOL_CONNECTIONS_PER_HOST_MAX,
  POOL_HOSTS_MAX,
  POOL_IDLE_MS,
  POOL_IDLE_PER_HOST_MAX,
  POOL_WAITING_PER_HOST_MAX,
} from "../base/limits.ts";
import { type Queue, queue } from "../base/queue.ts";
import { launch, type Scope, withScope } from "../base/scope.ts";
import type { Address, Host, Tls } from "../port/host.ts";
import type { Conn } from "./http-exchange.ts";
import { makeReader } from "./stream.ts";

export interface Place {
  readonly to: Address;
  readonly tls: Tls | null;
}

/** A connection lent by the pool; exactly one of `keep` and `drop` ends the loan. */
export interface Lent extends Conn {
  /** It has carried a request before, so the peer may have closed it meanwhile. */
  readonly wasKept: boolean;
  keep(): void;
  drop(): Promise<void>;
}

export interface Pool {
  /** `sure`: the connection must be alive, as its request cannot be sent twice; `fresh`: a new one. */
  take(s: Scope, place: Place, want: "any" | "sure" | "fresh"): Wait<Lent>;
  close(): Promise<void>;
}

interface Idle {
  readonly conn: Conn;
  readonly forget: () => void;
}

interface Site {
  readonly idle: Idle[];
  readonly waiting: Queue<() => void>;
  /** Connections that are lent or being made. */
  busy: number;
}

/** What tells two places apart: also the rules by which the peer's certificate is checked. */
function keyOf({ to, tls }: Place): string {
  return JSON.stringify([to.host, to.port, tls === null ? null : [tls.name, tls.pinSha256, tls.roots, tls.extraPem]]);
}

/** "host:port" for people. */
export function sayPlace({ to }: Place): string {
  return `${to.host.includes(":") ? `[${to.host}]` : to.host}:${to.port}`;
}

/** A pool over the host's connections. */
export function makePool(host: Pick<Host, "connect" | "timers">): Pool {
  const sites = new Map<string, Site>();
  let closed = false;

  const tidy = (key: string, site: Site): void => {
    if (site.busy === 0 && site.idle.length === 0 && site.waiting.size === 0 && sites.get(key) === site)
      sites.delete(key);
  };
  const leave = (key: string, site: Site): void => {
    const next = site.waiting.shift();
    if (next !== undefined) return next();
    site.busy -= 1;
    tidy(key, site);
  };
  const store = (key: string, site: Site, conn: Conn): void => {
    // Whoever waits takes it at once, so it counts as idle only without anybody waiting.
    const room = site.waiting.size > 0 || site.idle.length < POOL_IDLE_PER_HOST_MAX;
    if (closed || !room) {
      void conn.stream.close();
      return;
    }
    const forget = host.timers.at(host.timers.nowMs() + POOL_IDLE_MS, () => {
      const at = site.idle.findIndex((i) => i.conn === conn);
      if (at >= 0) site.idle.splice(at, 1);
      void conn.stream.close();
      tidy(key, site);
    });
    site.idle.push({ conn, forget });
  };
  const lend = (key: string, site: Site, conn: Conn, wasKept: boolean): Lent => ({
    ...conn,
    wasKept,
    keep() {
      store(key, site, conn);
      leave(key, site);
    },
    async drop() {
      await conn.stream.close();
      leave(key, site);
    },
  });
  const takeIdle = async (s: Scope, site: Site, sure: boolean): Promise<Conn | null> => {
    for (let last = site.idle.pop(); last !== undefined; last = site.idle.pop()) {
      last.forget();
      if (!sure || (await isAlive(s, last.conn))) return last.conn;
      await last.conn.stream.close();
    }
    return null;
  };

  return {
    async take(s, place, want) {
      if (closed) return fault("stopped", "The HTTP client is closed.");
      const key = keyOf(place);
      const site = siteOf(sites, key);
      if (isFault(site)) return site;
      const turn = await waitTurn(s, site, place);
      if (isFault(turn)) {
        tidy(key, site);
        return turn;
      }
      const kept = want === "fresh" ? null : await takeIdle(s, site, want === "sure");
      if (kept !== null) return lend(key, site, kept, true);
      const made = await connect(s, host, place);
      if (!isFault(made)) return lend(key, site, made, false);
      leave(key, site);
      return made;
    },
    async close() {
      closed = true;
      const all = [...sites.values()].flatMap((site) => site.idle.splice(0));
      await Promise.all(
        all.map(({ conn, forget }) => {
          forget();
          return conn.stream.close();
        }),
      );
    },
  };
}

// The table of places is bounded: the oldest one without a request under way goes.
function siteOf(sites: Map<string, Site>, key: string): Outcome<Site> {
  const known = sites.get(key);
  if (known !== undefined) return known;
  if (sites.size >= POOL_HOSTS_MAX) {
    const old = [...sites].find(([, site]) => site.busy === 0 && site.waiting.size === 0);
    if (old === undefined)
      return fault("limit", "Too many different servers are being asked at once.", { code: "busy" });
    for (const { conn, forget } of old[1].idle.splice(0)) {
      forget();
      void conn.stream.close();
    }
    sites.delete(old[0]);
  }
  const site: Site = { idle: [], waiting: queue(POOL_WAITING_PER_HOST_MAX), busy: 0 };
  sites.set(key, site);
  return site;
}

// Counts the caller as busy; who waits gets the place of somebody who leaves, in order.
function waitTurn(s: Scope, site: Site, place: Place): Wait<void> {
  const why = s.stopped;
  if (why !== null) return Promise.resolve(why);
  if (site.busy < POOL_CONNECTIONS_PER_HOST_MAX) {
    site.busy += 1;
    return Promise.resolve(undefined);
  }
  return new Promise((resolve) => {
    const call = (): void => {
      forget();
      resolve(undefined);
    };
    if (!site.waiting.push(call)) {
      resolve(fault("limit", `Too many requests are waiting for ${sayPlace(place)}.`, { code: "busy" }));
      return;
    }
    const forget = s.onStop((stop) => {
      site.waiting.drop((w) => w === call);
      resolve(stop);
    });
  });
}

// A read that is cancelled at once: on a live and silent connection it ends as stopped. Bytes
// or an end mean that the peer is done with it.
async function isAlive(s: Scope, conn: Conn): Promise<boolean> {
  const look = launch(s, Number.POSITIVE_INFINITY, (r) => conn.stream.read(r, 1));
  look.stop(fault("stopped", "Only a look."));
  const seen = await look.done;
  return isFault(seen) && seen.fault === "stopped" && s.stopped === null;
}

async function connect(s: Scope, host: Pick<Host, "connect">, place: Place): Wait<Conn> {
  const stream = await withScope(s, CONNECT_MS, (c) => host.connect(c, place.to, place.tls ?? undefined));
  if (isFault(stream)) return s.stopped ?? unconnected(stream, place);
  return { stream, reader: makeReader(stream, "response") };
}

function unconnected(f: Fault, place: Place): Fault {
  const where = sayPlace(place);
  if (f.fault === "timeout") {
    return refault(f, {
      what: `No connection to ${where} within ${CONNECT_MS / 1000} seconds.`,
      next: "Check the address, the port and the firewall between.",
    });
  }
  if (f.fault === "denied")
    return refault(f, {
      what: `No trusted connection to ${where}: ${f.what}`,
      next:
        f.next ??
        "Check that it is the right server and that it speaks TLS there; plain HTTP has an address with http://.",
    });
  return refault(f, { what: `No connection to ${where}: ${f.what}` });
}
