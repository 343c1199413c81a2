// How a connection comes about on the simulated network, or fails: name, route, port,
// queue, TLS, each after the time it takes.

import { isLoopback } from "../../base/url.ts";
import { CODE } from "../../port/abi.ts";
import type { Listening, Station } from "./listener.ts";
import type { Adopt, Task } from "./op.ts";
import { type End, makePair } from "./pipe.ts";
import type { Prng } from "./prng.ts";
import type { Agenda } from "./time.ts";
import { type ClientTls, judge } from "./tls.ts";
import type { Ways } from "./ways.ts";

export interface ConnectArgs {
  host: string;
  port: number;
  tls?: ClientTls;
}

/** What dialling needs to know of the network. */
export interface Field {
  agenda: Agenda;
  prng: Prng;
  ways: Ways;
  stationAt(address: string): Station | undefined;
  listenerAt(station: Station, address: string, port: number): Listening | undefined;
  /** Told of every connection made, with the names of its two machines. */
  made(a: string, b: string, near: End): void;
}

export interface Dialler {
  /** Addresses of a name, or the operation's failure. */
  resolve(task: Task, from: Station, name: string, found: (addresses: readonly string[]) => void): void;
  connect(task: Task, from: Station, to: ConnectArgs, adopt: Adopt): void;
}

/** As Linux: SYNs are repeated for about 127 s (tcp_syn_retries 6); a silent neighbour is given up after 3 s. */
const SYN_US = 127_000_000;
const NEIGHBOUR_US = 3_000_000;
/** As a libc's resolver: two tries of 5 s. */
const RESOLVER_US = 10_000_000;

function isAddress(name: string): boolean {
  return /^[0-9.]+$/.test(name) || name.includes(":");
}

/** One operation's way through the network. */
interface Call {
  task: Task;
  from: Station;
  to: ConnectArgs;
  adopt: Adopt;
}

/** Waits, and does nothing more when the operation was cancelled meanwhile. */
function later(field: Field, task: Task, us: number, run: () => void): void {
  const event = field.agenda.after(us, () => {
    if (!task.decided) run();
  });
  task.onCancel(event.drop);
}

function open(field: Field, call: Call, to: Listening, address: string, speaksTls: boolean): void {
  const { task, from } = call;
  const [there, back] = [field.ways.way(from.name, to.station.name), field.ways.way(to.station.name, from.name)];
  const [near, far] = makePair(
    field.agenda,
    field.prng.fork(`c${task.id}@${field.agenda.nowUs()}/${from.name}`),
    there,
    back,
  );
  if (speaksTls) {
    field.made(from.name, to.station.name, near);
    to.arrive(far, isLoopback(address) ? address : (from.addresses[0] ?? "127.0.0.1"));
  } else {
    // A TLS server hears something that is no handshake.
    far.sever("This was not TLS.");
  }
  task.done(CODE.OK, call.adopt(near));
}

function greet(field: Field, call: Call, to: Listening, address: string): void {
  const { task, from } = call;
  const tls = call.to.tls;
  if (tls === undefined) return open(field, call, to, address, to.tls === undefined);
  later(field, task, 2 * field.ways.latencyUs(from.name, to.station.name), () => {
    if (to.tls === undefined) return task.done(CODE.TLS, "The other side does not speak TLS on this port.");
    const why = judge(tls, to.tls.certPem, from.wallMs());
    if (why !== null) return task.done(CODE.TLS, why);
    if (to.full() || field.listenerAt(to.station, address, to.port) !== to) {
      return task.done(CODE.RESET, "The other side closed or reset the connection.");
    }
    open(field, call, to, address, true);
  });
}

/** Tries the addresses one after another. */
function dial(field: Field, call: Call, addresses: readonly string[]): void {
  const { task, from, to } = call;
  const { ways } = field;
  const [address, ...rest] = addresses;
  if (address === undefined) return task.done(CODE.DNS, `The name ${to.host} has no address.`);
  const fail = (us: number, code: number, text: string): void =>
    later(field, task, us, () => {
      if (rest.length > 0) dial(field, call, rest);
      else task.done(code, text);
    });
  const station = isLoopback(address) ? from : field.stationAt(address);
  if (station === undefined) return fail(NEIGHBOUR_US, CODE.UNREACHABLE, `There is no route to ${address}.`);
  const state = ways.state(from.name, station.name);
  if (!station.on || state === "hole") return fail(SYN_US, CODE.TIMEDOUT, `${address} did not answer.`);
  const us = 2 * ways.latencyUs(from.name, station.name);
  const refused = `${address} refused the connection on port ${to.port}.`;
  if (state === "refuse") return fail(us, CODE.REFUSED, refused);
  later(field, task, us, () => {
    const found = field.listenerAt(station, address, to.port);
    if (found === undefined) return fail(0, CODE.REFUSED, refused);
    if (found.full()) return fail(SYN_US, CODE.TIMEDOUT, `${address} did not answer.`);
    greet(field, call, found, address);
  });
}

/** Resolving and connecting over `field`. */
export function makeDialler(field: Field): Dialler {
  const { ways } = field;
  const resolve: Dialler["resolve"] = (task, from, name, found) => {
    if (isAddress(name)) return later(field, task, 1, () => found([name]));
    if (name.toLowerCase() === "localhost") return later(field, task, 1, () => found(["127.0.0.1"]));
    const answer = ways.dns.get(name.toLowerCase()) ?? "fail";
    if (answer === "hang" || ways.state(from.name, "dns") !== "up") {
      return later(field, task, RESOLVER_US, () => task.done(CODE.DNS, `No DNS server answered for ${name}.`));
    }
    later(field, task, 2 * ways.latencyUs(from.name, "dns"), () => {
      if (answer === "fail") task.done(CODE.DNS, `The name ${name} does not exist.`);
      else found(answer);
    });
  };
  return {
    resolve,
    connect: (task, from, to, adopt) =>
      resolve(task, from, to.host, (addresses) => dial(field, { task, from, to, adopt }, addresses)),
  };
}
