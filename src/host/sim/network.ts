// The network that all machines of a world share: who listens where, connections between
// them, names and datagrams.

import { base64 } from "../../base/bytes.ts";
import { isLoopback } from "../../base/url.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import { CODE } from "../../port/abi.ts";
import { type ConnectArgs, makeDialler } from "./dial.ts";
import { type ListenArgs, type Listening, type Mailbox, makeListener, makeMailbox, type Station } from "./listener.ts";
import type { Adopt, Task } from "./op.ts";
import type { End } from "./pipe.ts";
import type { Prng } from "./prng.ts";
import type { Agenda } from "./time.ts";
import { isPair } from "./tls.ts";
import type { Ways } from "./ways.ts";

export interface Network {
  attach(station: Station): void;
  resolve(task: Task, from: Station, name: string): void;
  connect(task: Task, from: Station, to: ConnectArgs, adopt: Adopt): void;
  listen(task: Task, at: Station, args: ListenArgs, adopt: Adopt): void;
  udp(task: Task, at: Station, port: number, adopt: Adopt): void;
  /** A datagram from anywhere to an address; lost when nobody listens. */
  datagram(from: string, to: string, port: number, bytes: Uint8Array): void;
  /** Resets every connection between two machines ("*" is any). */
  reset(a: string, b: string): void;
}

/** The first port given to who asks for 0. */
const FIRST_OWN_PORT = 40_000;

function covers(listener: { host: string }, address: string): boolean {
  return listener.host === address || listener.host === "0.0.0.0" || listener.host === "::";
}

/** Connections that are under way, for resetting them; those that are over are dropped now and then. */
function makeLive(): { add(a: string, b: string, end: End): void; reset(a: string, b: string): void } {
  let live: Array<{ a: string; b: string; end: End }> = [];
  return {
    add(a, b, end) {
      if (live.length % 64 === 63) live = live.filter((c) => !c.end.isOver());
      live.push({ a, b, end });
    },
    reset(a, b) {
      const fits = (x: string, y: string): boolean => (a === "*" || a === x) && (b === "*" || b === y);
      for (const c of live) if (fits(c.a, c.b) || fits(c.b, c.a)) c.end.spoil("The connection was reset on the way.");
    },
  };
}

/** A network without machines. */
export function makeNetwork(agenda: Agenda, prng: Prng, ways: Ways): Network {
  const stations: Station[] = [];
  const listeners = new Set<Listening>();
  const mailboxes = new Map<string, Mailbox>();
  const live = makeLive();
  let ownPort = FIRST_OWN_PORT;

  const stationAt = (address: string): Station | undefined => stations.find((s) => s.addresses.includes(address));
  const dialler = makeDialler({
    agenda,
    prng,
    ways,
    stationAt,
    listenerAt: (station, address, port) =>
      [...listeners].find((l) => l.station === station && l.port === port && covers(l, address)),
    made: live.add,
  });

  return {
    attach: (station) => void stations.push(station),
    resolve: (task, from, name) =>
      dialler.resolve(task, from, name, (addresses) => task.done(CODE.OK, JSON.stringify(addresses))),
    connect: dialler.connect,
    listen(task, at, args, adopt) {
      const any = args.host === "0.0.0.0" || args.host === "::";
      if (!any && !isLoopback(args.host) && !at.addresses.includes(args.host)) {
        return task.done(CODE.UNREACHABLE, `${args.host} is not an address of this machine.`);
      }
      const taken = (port: number): boolean =>
        [...listeners].some((l) => l.station === at && l.port === port && (any || covers(l, args.host)));
      if (args.port !== 0 && taken(args.port)) return task.done(CODE.EXISTS, `Port ${args.port} is in use.`);
      if (args.tls !== undefined && !isPair(args.tls.certPem, args.tls.keyPem)) {
        return task.done(CODE.TLS, "The certificate and its key do not belong together.");
      }
      while (args.port === 0 && taken(ownPort)) ownPort += 1;
      const port = args.port === 0 ? ownPort++ : args.port;
      const made = makeListener(at, args, port, (l) => void listeners.delete(l));
      listeners.add(made);
      task.done(CODE.OK, JSON.stringify({ handle: adopt(made), port }));
    },
    udp(task, at, port, adopt) {
      const key = `${at.name}:${port}`;
      if (mailboxes.has(key)) return task.done(CODE.EXISTS, `Port ${port} is in use.`);
      const made = makeMailbox(() => void mailboxes.delete(key));
      mailboxes.set(key, made);
      task.done(CODE.OK, adopt(made));
    },
    datagram(from, to, port, bytes) {
      const station = stationAt(to);
      if (station === undefined) return;
      const message = encodeUtf8(JSON.stringify({ peer: from, base64: base64(bytes) }));
      agenda.after(ways.latencyUs("outside", station.name), () =>
        mailboxes.get(`${station.name}:${port}`)?.arrive(message),
      );
    },
    reset: live.reset,
  };
}
