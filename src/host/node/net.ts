// Byte streams: connecting (with TLS on top where asked), listening, accepting, and the
// operations on handles.

import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { LISTEN_WAITING_MAX, READ_BYTES_MAX } from "../../base/limits.ts";
import { type AbiValue, CODE, OP } from "../../port/abi.ts";
import {
  attempt,
  codeOf,
  type Done,
  errno,
  fields,
  type Handles,
  isPort,
  type Start,
  type Stop,
  type Thing,
} from "./op.ts";
import { makeConnection } from "./socket.ts";
import { type ClientTls, certificateTrouble, clientTls, connectTls, handshakeTrouble } from "./tls.ts";
import { noAddress, plainAddress } from "./udp.ts";

// A datagram in base64 is larger than a stream's read.
const READ_MAX = 4 * READ_BYTES_MAX;
const HANDSHAKE_MS = 10_000;

const SAID: Readonly<Record<number, string>> = {
  [CODE.REFUSED]: "refused the connection: nothing listens on that port.",
  [CODE.UNREACHABLE]: "cannot be reached: there is no route to it.",
  [CODE.RESET]: "broke the connection off.",
  [CODE.TIMEDOUT]: "did not answer.",
};

function connectFailed(done: Done, to: { host: string; port: number }, error: unknown, tls: ClientTls | null): void {
  const trouble = tls === null ? null : handshakeTrouble(error, tls);
  if (trouble !== null) return void done(CODE.TLS, trouble);
  const code = codeOf(error);
  if (code === CODE.DNS) return void done(code, noAddress(to.host, error));
  done(
    code,
    `${to.host} port ${to.port} ${SAID[code] ?? `could not be connected (${errno(error) || "no reason given"}).`}`,
  );
}

function connectOp(handles: Handles): Start {
  return (done, a) => {
    const { host, port, tls: wanted } = fields(a);
    const tls = clientTls(wanted);
    if (
      typeof host !== "string" ||
      host === "" ||
      !isPort(port) ||
      port === 0 ||
      (wanted !== undefined && tls === null)
    ) {
      return void done(CODE.INVALID, "A connection needs a host and a port.");
    }
    const opened =
      tls === null
        ? attempt<Socket>(() => connectTcp({ host, port, allowHalfOpen: true, noDelay: true }))
        : connectTls(host, port, tls);
    if ("error" in opened)
      return void done(tls === null ? CODE.DNS : CODE.TLS, `${host} cannot be connected: ${String(opened.error)}.`);
    const socket: Socket = opened.value;
    // Stays for good: an error after the end of a wait must not end the process.
    socket.on("error", (error) => connectFailed(done, { host, port }, error, tls));
    socket.once(tls === null ? "connect" : "secureConnect", () => {
      const trouble = tls === null ? null : certificateTrouble(socket as TLSSocket, tls);
      if (trouble === null) return done(CODE.OK, handles.add(makeConnection(socket)));
      socket.destroy();
      done(CODE.TLS, trouble);
    });
    return () => {
      socket.destroy();
      done(CODE.CANCELED);
    };
  };
}

function makeListening(server: Server, handles: Handles): Thing & { arrived(socket: Socket): void } {
  const waiting: Array<{ thing: Thing; peer: string }> = [];
  let acceptor: Done | null = null;
  const serve = (): void => {
    const first = acceptor === null ? undefined : waiting.shift();
    if (acceptor === null || first === undefined) return;
    acceptor(CODE.OK, JSON.stringify({ handle: handles.add(first.thing), peer: first.peer }));
    acceptor = null;
  };
  return {
    arrived(socket) {
      if (waiting.length >= LISTEN_WAITING_MAX) return void socket.destroy();
      waiting.push({ thing: makeConnection(socket), peer: plainAddress(socket.remoteAddress) });
      serve();
    },
    accept(done) {
      if (acceptor !== null) return void done(CODE.INVALID, "An accept is under way on this handle.");
      acceptor = done;
      serve();
      return () => {
        if (acceptor === done) acceptor = null;
        done(CODE.CANCELED);
      };
    },
    close(closed) {
      acceptor?.(CODE.CANCELED);
      acceptor = null;
      for (const { thing } of waiting.splice(0)) thing.close(() => undefined);
      // Not the server's own callback: that waits for every accepted connection as well.
      server.close();
      setImmediate(closed);
    },
  };
}

function listenFailed(done: Done, host: string, port: number, error: unknown): void {
  const code = errno(error);
  if (code === "EADDRINUSE") return void done(CODE.EXISTS, `Port ${port} of ${host} is taken by another program.`);
  if (code === "EACCES") return void done(CODE.DENIED, `This user may not listen on port ${port}.`);
  if (code === "EADDRNOTAVAIL") return void done(CODE.UNREACHABLE, `This machine does not have the address ${host}.`);
  done(codeOf(error), `Port ${port} of ${host} cannot be listened on (${code || "no reason given"}).`);
}

function makeServer(tls: unknown): { value: Server } | { error: unknown } {
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
  if (tls === undefined) return { value: createServer(options) };
  const { certPem, keyPem } = (tls ?? {}) as Record<string, unknown>;
  if (typeof certPem !== "string" || typeof keyPem !== "string") return { error: null };
  return attempt(() =>
    createTlsServer({
      allowHalfOpen: true,
      noDelay: true,
      cert: certPem,
      key: keyPem,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["http/1.1"],
      handshakeTimeout: HANDSHAKE_MS,
    }),
  );
}

function listenOp(handles: Handles): Start {
  return (done, a) => {
    const { host, port, tls } = fields(a);
    if (typeof host !== "string" || host === "" || !isPort(port))
      return void done(CODE.INVALID, "A listener needs an address and a port.");
    const made = makeServer(tls);
    if ("error" in made)
      return void done(CODE.TLS, "The certificate or its key cannot be read, or they do not belong together.");
    const server = made.value;
    const listening = makeListening(server, handles);
    server.on(tls === undefined ? "connection" : "secureConnection", listening.arrived);
    // A peer that fails the handshake is not our business; without a listener Node destroys it as well.
    server.on("tlsClientError", () => undefined);
    server.on("error", (error) => listenFailed(done, host, port, error));
    server.listen({ host, port, backlog: LISTEN_WAITING_MAX }, () => {
      const at = server.address();
      const real = typeof at === "object" && at !== null ? at.port : port;
      done(CODE.OK, JSON.stringify({ handle: handles.add(listening), port: real }));
    });
    return undefined;
  };
}

/** An operation on a handle. */
function onHandle(handles: Handles, start: (thing: Thing, done: Done, b: AbiValue) => { stop: Stop } | null): Start {
  return (done, a, b) => {
    const thing = handles.get(a);
    const started = thing === undefined ? null : start(thing, done, b);
    if (started === null) return void done(CODE.INVALID, "This handle is closed, or it cannot do that.");
    return started.stop;
  };
}

/** The operations of byte streams. */
export function makeNetOps(handles: Handles): Readonly<Record<number, Start>> {
  return {
    [OP.CONNECT]: connectOp(handles),
    [OP.LISTEN]: listenOp(handles),
    [OP.ACCEPT]: onHandle(handles, (thing, done) => (thing.accept ? { stop: thing.accept(done) } : null)),
    [OP.READ]: onHandle(handles, (thing, done, max) =>
      thing.read && typeof max === "number" && max >= 1 ? { stop: thing.read(done, Math.min(max, READ_MAX)) } : null,
    ),
    [OP.WRITE]: onHandle(handles, (thing, done, bytes) =>
      thing.write && bytes instanceof Uint8Array ? { stop: thing.write(done, bytes) } : null,
    ),
    [OP.SHUTDOWN]: onHandle(handles, (thing, done) => (thing.shutdown ? { stop: thing.shutdown(done) } : null)),
    [OP.CLOSE]: (done, a) => {
      const thing = handles.remove(a);
      if (thing === undefined) return void done(CODE.INVALID, "This handle is closed already.");
      thing.close(() => done(CODE.OK));
    },
  };
}
