// Makes a Host (promises, scopes, faults) of an Abi (numbers and bytes). Has no behaviour
// of its own beyond that translation.

import { NO_BYTES, unbase64 } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { READ_BYTES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { reveal } from "../base/secret.ts";
import { decodeUtf8, useHostUtf8 } from "../base/utf8.ts";
import { type Abi, type AbiValue, type Complete, OP, ROOTS, type Root, SYNC } from "./abi.ts";
import { makeFiles } from "./bridge-files.ts";
import { asBytes, asNothing, asNumber, asText, makeOps, type Ops } from "./bridge-ops.ts";
import { makeTimers } from "./bridge-timers.ts";
import type { Clock, Log, Random } from "./clock.ts";
import type { Address, Files, Host, HostInfo, ListenAt, Listener, Stream, Tls } from "./host.ts";

const WRITTEN = Promise.resolve(undefined);

interface Handles {
  open: number;
}

function makeStream(ops: Ops, handles: Handles, handle: number, peer: string): Stream {
  let closing: Promise<void> | null = null;
  handles.open += 1;
  const gone = (): Promise<Fault> =>
    Promise.resolve(fault("unreachable", "This connection is closed.", { code: "reset" }));
  return {
    peer,
    read: (s, max) => (closing === null ? ops.run(s, OP.READ, asBytes, handle, max) : gone()),
    write(s, bytes) {
      if (closing !== null) return gone();
      const why = s.stopped;
      if (why !== null) return Promise.resolve(why);
      // Most writes fit into the kernel's buffer, and an operation costs far more than a call.
      const took = bytes.length === 0 ? 0 : Number(ops.sync(SYNC.WRITE_NOW, handle, bytes));
      if (took === bytes.length) return WRITTEN;
      return ops.run(s, OP.WRITE, asNothing, handle, took === 0 ? bytes : bytes.subarray(took));
    },
    shutdown: (s) => (closing === null ? ops.run(s, OP.SHUTDOWN, asNothing, handle) : gone()),
    close() {
      closing ??= ops.close(OP.CLOSE, handle).then(() => {
        handles.open -= 1;
      });
      return closing;
    },
  };
}

function makeListener(ops: Ops, handles: Handles, handle: number, port: number): Listener {
  let closing: Promise<void> | null = null;
  handles.open += 1;
  const opened = (value: AbiValue): Stream => {
    const made = JSON.parse(String(value)) as { handle: number; peer: string };
    return makeStream(ops, handles, made.handle, made.peer);
  };
  return {
    port,
    accept(s) {
      if (closing !== null) return Promise.resolve(fault("stopped", "This listener is closed."));
      return ops.runGiving(s, OP.ACCEPT, opened, handle, (late) => void late.close());
    },
    close() {
      closing ??= ops.close(OP.CLOSE, handle).then(() => {
        handles.open -= 1;
      });
      return closing;
    },
  };
}

function connectArgs(to: Address, tls: Tls | undefined): string {
  if (tls === undefined) return JSON.stringify(to);
  const { pinSha256: pin, ...rest } = tls;
  return JSON.stringify({ ...to, tls: pin === undefined ? rest : { ...rest, pin } });
}

function listenArgs({ host, port, tls }: ListenAt): string {
  const own = tls === undefined ? undefined : { certPem: tls.certPem, keyPem: reveal(tls.keyPem) };
  return JSON.stringify({ host, port, tls: own });
}

const SIGNALS: Readonly<Record<number, "term" | "int" | "hup">> = { 15: "term", 1: "hup", 2: "int" };

function makeSync(
  abi: Abi,
): Pick<Host, "random" | "log" | "info" | "args" | "env" | "print" | "complain" | "exit" | "resource"> {
  const text = (op: number, a?: AbiValue): string => String(abi.sync(op, a) ?? "");
  const random: Random = {
    bytes(n) {
      const r = abi.sync(SYNC.RANDOM, n);
      return r instanceof Uint8Array ? r : NO_BYTES;
    },
  };
  const log: Log = {
    event(level, name, fields = {}) {
      abi.sync(SYNC.LOG, level, JSON.stringify({ event: name, ...fields }));
    },
  };
  return {
    random,
    log,
    info: JSON.parse(text(SYNC.INFO)) as HostInfo,
    args: () => JSON.parse(text(SYNC.ARGS)) as string[],
    env(name) {
      const r = abi.sync(SYNC.ENV, name);
      return typeof r === "string" ? r : undefined;
    },
    print: (out) => void abi.sync(SYNC.PRINT, out, "out"),
    complain: (out) => void abi.sync(SYNC.PRINT, out, "err"),
    exit: (code) => void abi.sync(SYNC.EXIT, code),
    resource(name) {
      const r = abi.sync(SYNC.RESOURCE, name);
      return r instanceof Uint8Array ? r : null;
    },
  };
}

/** The Host over `abi`; `complete` must be called by the host for every completion. */
export function makeBridge(abi: Abi): { host: Host; complete: Complete } {
  const ops = makeOps(abi);
  const handles: Handles = { open: 0 };
  const monoMs = (): number => Number(abi.sync(SYNC.MONO_MS));
  const sync = makeSync(abi);
  useHostUtf8(
    (text) => abi.sync(SYNC.UTF8_ENCODE, text) as Uint8Array,
    (bytes) => abi.sync(SYNC.UTF8_DECODE, bytes) as string,
  );
  const clock: Clock = {
    wallMs: () => Number(abi.sync(SYNC.WALL_MS)),
    monoMs,
    sleep: (s, ms) => ops.run(s, OP.TIMER, asNothing, Math.max(0, Math.ceil(ms))),
  };
  const open = (s: Scope, op: number, a: AbiValue, peer: string): Wait<Stream> => {
    const opened = (value: AbiValue): Stream => makeStream(ops, handles, asNumber(value), peer);
    return ops.runGiving(s, op, opened, a, (late) => void late.close());
  };
  const files = new Map<Root, Files>(ROOTS.map((root) => [root, makeFiles(ops, root, sync.random)]));
  const mounted = new Set<string>(sync.info.roots);

  const host: Host = {
    ...sync,
    clock,
    timers: makeTimers(ops, monoMs),
    resolve: (s, name) => ops.run(s, OP.RESOLVE, (value) => JSON.parse(asText(value)) as string[], name),
    connect: (s, to, tls) => open(s, OP.CONNECT, connectArgs(to, tls), to.host),
    listen(s, at) {
      const opened = (value: AbiValue): Listener => {
        const made = JSON.parse(asText(value)) as { handle: number; port: number };
        return makeListener(ops, handles, made.handle, made.port);
      };
      return ops.runGiving(s, OP.LISTEN, opened, listenArgs(at), (late) => void late.close());
    },
    async udp(s, port) {
      const stream = await open(s, OP.UDP, JSON.stringify({ port }), "udp");
      if (isFault(stream)) return stream;
      return {
        async read(scope) {
          const bytes = await stream.read(scope, 4 * READ_BYTES_MAX);
          if (isFault(bytes)) return bytes;
          const { peer, base64: body } = JSON.parse(decodeUtf8(bytes)) as { peer: string; base64: string };
          const datagram = unbase64(body);
          return isFault(datagram) ? datagram : { peer, bytes: datagram };
        },
        close: stream.close,
      };
    },
    signal: (s) => ops.run(s, OP.SIGNAL, (value) => SIGNALS[asNumber(value)] ?? "term"),
    prompt: (s, text) => ops.run(s, OP.TTY, asText, text),
    files: (root) => (mounted.has(root) ? (files.get(root) ?? null) : null),
    spawn: (s, what) => open(s, OP.SPAWN, JSON.stringify(what), what.kind),
    get openHandles() {
      return handles.open;
    },
  };
  return { host, complete: ops.complete };
}
