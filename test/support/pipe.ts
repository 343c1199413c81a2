// Byte streams in memory and a Host over them with virtual time: enough for the tests of net
// without a real host. A connection is a pair of pipes; what one end writes the other reads.

import { fault, type Outcome, type Wait } from "../../src/base/fault.ts";
import { rootScope, type Scope } from "../../src/base/scope.ts";
import type { Address, Host, Listener, Stream, Tls } from "../../src/port/host.ts";
import { listLog, type VirtualTime, virtualTime } from "./fake-host.ts";

/** One direction. Bytes above `room` make the writer wait. */
interface Way {
  pieces: Uint8Array[];
  size: number;
  ended: boolean;
  broken: boolean;
  wakeReader: (() => void) | null;
  wakeWriter: (() => void) | null;
}

function makeWay(): Way {
  return { pieces: [], size: 0, ended: false, broken: false, wakeReader: null, wakeWriter: null };
}

function wake(way: Way): void {
  way.wakeReader?.();
  way.wakeWriter?.();
}

/** Waits until `ready` says something other than null; woken through `way`. */
function until<T>(s: Scope, way: Way, side: "wakeReader" | "wakeWriter", ready: () => Outcome<T> | null): Wait<T> {
  return new Promise((resolve) => {
    const why = s.stopped;
    if (why !== null) return resolve(why);
    const now = ready();
    if (now !== null) return resolve(now);
    const forget = s.onStop((stop) => {
      way[side] = null;
      // As with a host, the completion of what is cancelled comes later.
      setImmediate(() => resolve(stop));
    });
    way[side] = () => {
      const then = ready();
      if (then === null) return;
      way[side] = null;
      forget();
      resolve(then);
    };
  });
}

const reset = () => fault("unreachable", "The connection was reset.", { code: "reset" });

function takePiece(way: Way, max: number, closed: boolean): Outcome<Uint8Array> | null {
  const first = way.pieces.shift();
  if (first === undefined) {
    if (closed || (way.broken && !way.ended)) return reset();
    return way.ended ? new Uint8Array(0) : null;
  }
  const piece = first.slice(0, max);
  if (piece.length < first.length) way.pieces.unshift(first.slice(max));
  way.size -= piece.length;
  way.wakeWriter?.();
  return piece;
}

export interface PipeEnd extends Stream {
  /** Ends both directions at once, as a peer that was killed. */
  reset(): void;
  readonly isClosed: boolean;
}

function makeEnd(inward: Way, outward: Way, room: number, peer: string, onClose: () => void): PipeEnd {
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    outward.ended = true;
    inward.broken = true;
    wake(outward);
    wake(inward);
    onClose();
  };
  return {
    peer,
    get isClosed() {
      return closed;
    },
    read: (s, max) => until(s, inward, "wakeReader", () => takePiece(inward, max, closed)),
    async write(s, bytes) {
      if (closed || outward.ended || outward.broken) return reset();
      outward.pieces.push(bytes.slice());
      outward.size += bytes.length;
      outward.wakeReader?.();
      return until<void>(s, outward, "wakeWriter", () => {
        if (outward.broken) return reset();
        return outward.size <= room ? undefined : null;
      });
    },
    async shutdown() {
      outward.ended = true;
      wake(outward);
    },
    async close() {
      close();
    },
    reset() {
      inward.broken = true;
      outward.broken = true;
      inward.pieces = [];
      outward.pieces = [];
      close();
      outward.ended = false;
      wake(outward);
      wake(inward);
    },
  };
}

/** Two ends of one connection; each direction holds `room` bytes. */
function pipe(room = 1 << 20, onClose: () => void = () => undefined): { near: PipeEnd; far: PipeEnd } {
  const there = makeWay();
  const back = makeWay();
  return {
    near: makeEnd(back, there, room, "198.51.100.1", onClose),
    far: makeEnd(there, back, room, "198.51.100.2", onClose),
  };
}

/** A stream that reads the given pieces and then ends; what is written is kept. */
export function scripted(pieces: readonly Uint8Array[]): Stream & { readonly written: Uint8Array[] } {
  const left = [...pieces];
  const written: Uint8Array[] = [];
  return {
    peer: "198.51.100.3",
    written,
    async read(_s, max) {
      const first = left.shift() ?? new Uint8Array(0);
      if (first.length > max) left.unshift(first.slice(max));
      return first.slice(0, max);
    },
    async write(_s, bytes) {
      written.push(bytes.slice());
    },
    async shutdown() {},
    async close() {},
  };
}

export interface PipeNet {
  readonly host: Host;
  readonly time: VirtualTime;
  readonly scope: Scope;
  /** Connections made to this port get their other end here instead of at a listener. */
  serve(port: number, server: (end: PipeEnd, tls: Tls | undefined) => void): void;
  /** A connection to a listener as a client has it. */
  dial(port: number): PipeEnd;
  end(): Promise<void>;
}

/** A Host of one machine: listeners and connections in memory, time that the test moves. */
export function pipeNet(room = 1 << 20): PipeNet {
  const time = virtualTime();
  const root = rootScope(time.timers);
  const servers = new Map<number, (end: PipeEnd, tls: Tls | undefined) => void>();
  let open = 0;
  let nextPort = 40_000;

  const join = (port: number, tls?: Tls): Outcome<PipeEnd> => {
    const server = servers.get(port);
    if (server === undefined) return fault("unreachable", "Connection refused.", { code: "refused" });
    open += 2;
    const { near, far } = pipe(room, () => {
      open -= 1;
    });
    server(far, tls);
    return near;
  };
  const listen = async (_s: Scope, at: Address): Wait<Listener> => {
    const port = at.port === 0 ? nextPort++ : at.port;
    const way = makeWay();
    const waiting: PipeEnd[] = [];
    let closed = false;
    servers.set(port, (end) => {
      waiting.push(end);
      way.wakeReader?.();
    });
    open += 1;
    return {
      port,
      accept: (s) =>
        until<Stream>(s, way, "wakeReader", () => {
          if (closed) return fault("stopped", "This listener is closed.");
          return waiting.shift() ?? null;
        }),
      async close() {
        if (closed) return;
        closed = true;
        open -= 1;
        servers.delete(port);
        for (const end of waiting) await end.close();
        way.wakeReader?.();
      },
    };
  };
  const absent = () => fault("input", "This host has no such thing.");
  const host: Host = {
    clock: time.clock,
    timers: time.timers,
    random: { bytes: (n) => new Uint8Array(n).fill(7) },
    log: listLog(),
    info: { inTty: false, outTty: false, columns: 80, cwd: "/", host: "test", engine: "test", pid: 1, roots: [] },
    args: () => [],
    env: () => undefined,
    print: () => undefined,
    complain: () => undefined,
    exit: () => undefined,
    resource: () => null,
    resolve: async () => absent(),
    connect: async (_s, to, tls) => join(to.port, tls),
    listen,
    udp: async () => absent(),
    signal: async () => absent(),
    prompt: async () => absent(),
    files: () => null,
    spawn: async () => absent(),
    get openHandles() {
      return open;
    },
  };
  return {
    host,
    time,
    scope: root.scope,
    serve: (port, server) => void servers.set(port, server),
    dial(port) {
      const end = join(port);
      if ("fault" in end) throw new Error(end.what);
      return end;
    },
    async end() {
      root.stop(fault("stopped", "The test is over."));
      await root.end();
    },
  };
}
