// What bridge.ts makes of the ABI: promises that take a scope, and faults of codes.

import type { Wait } from "../base/fault.ts";
import type { Scope, Timers } from "../base/scope.ts";
import type { Secret } from "../base/secret.ts";
import type { Root } from "./abi.ts";
import type { Clock, Log, Random } from "./clock.ts";

/** A byte stream: one read and one write at a time. */
export interface Stream {
  readonly peer: string;
  /** Up to `max` bytes; length 0 is the end. */
  read(s: Scope, max: number): Wait<Uint8Array>;
  /** Resolves when all bytes are with the kernel. */
  write(s: Scope, bytes: Uint8Array): Wait<void>;
  /** Tells the peer that no more comes. */
  shutdown(s: Scope): Wait<void>;
  /** Idempotent; pending reads and writes end first. */
  close(): Promise<void>;
}

export interface Address {
  host: string;
  port: number;
}

/** The certificate of a server with those above it, and its key. */
export interface ServerTls {
  readonly certPem: string;
  readonly keyPem: Secret;
}

export interface ListenAt extends Address {
  readonly tls?: ServerTls;
}

/** Certificate checks: a pin (SHA-256 of the DER certificate, hex) replaces the roots. */
export interface Tls {
  name: string;
  pinSha256?: string;
  roots: "mozilla" | "none";
  extraPem?: string;
}

export interface Listener {
  readonly port: number;
  accept(s: Scope): Wait<Stream>;
  close(): Promise<void>;
}

export interface FileStat {
  bytes: number;
  kind: "file" | "folder" | "other";
  changedMs: number;
}

/** One root is one directory handle; no path leaves it. Paths are relative, "/" between names. */
export interface Files {
  read(s: Scope, path: string, max: number): Wait<Uint8Array>;
  /** Old or new content, whole, whatever happens: temp file, sync, rename. */
  replace(s: Scope, path: string, bytes: Uint8Array): Wait<void>;
  append(s: Scope, path: string, bytes: Uint8Array, sync: boolean): Wait<void>;
  remove(s: Scope, path: string): Wait<void>;
  list(s: Scope, path: string, max: number): Wait<readonly string[]>;
  stat(s: Scope, path: string): Wait<FileStat>;
  /** Makes the folder and those above it. */
  folder(s: Scope, path: string): Wait<void>;
}

export interface Datagrams {
  read(s: Scope): Wait<{ peer: string; bytes: Uint8Array }>;
  close(): Promise<void>;
}

export interface Sandbox {
  kind: "skill" | "command";
  argv: readonly string[];
  capMs: number;
  heapBytes: number;
}

export interface HostInfo {
  inTty: boolean;
  outTty: boolean;
  columns: number;
  cwd: string;
  host: string;
  engine: string;
  pid: number;
  /** The roots of files that are there. */
  roots: readonly Root[];
}

export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** For the scope at the top of a program. */
  readonly timers: Timers;
  readonly info: HostInfo;
  args(): readonly string[];
  env(name: string): string | undefined;
  /** Text to stdout as it is. */
  print(text: string): void;
  /** Text to stderr as it is. */
  complain(text: string): void;
  exit(code: number): void;
  /** A data part that was built in, or null. */
  resource(name: string): Uint8Array | null;
  resolve(s: Scope, name: string): Wait<readonly string[]>;
  connect(s: Scope, to: Address, tls?: Tls): Wait<Stream>;
  listen(s: Scope, at: ListenAt): Wait<Listener>;
  udp(s: Scope, port: number): Wait<Datagrams>;
  signal(s: Scope): Wait<"term" | "int" | "hup">;
  /** One line from the terminal; `missing` at the end of input. */
  prompt(s: Scope, text: string): Wait<string>;
  /** Null: nothing mounted there. */
  files(root: Root): Files | null;
  spawn(s: Scope, what: Sandbox): Wait<Stream>;
  /** Handles open now, for the leak check. */
  readonly openHandles: number;
}
