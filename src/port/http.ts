// HTTP as values (RFC 9110, 9112). Header values may be secrets.

import type { Outcome, Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Secret } from "../base/secret.ts";
import type { Stream, Tls } from "./host.ts";

export type Headers = ReadonlyArray<readonly [name: string, value: string | Secret]>;

export interface Request {
  method: string;
  /** Absolute http or https URL. */
  url: string;
  /** Replaces the URL's path and query on the wire, where those hold a secret (Telegram). */
  target?: Secret;
  headers: Headers;
  body?: Uint8Array | string | Secret;
  /** Bound of the response body. */
  maxBytes: number;
  /** May be sent again on a fresh connection when a kept one turns out closed. */
  repeatable: boolean;
  /** On a connection of its own, to see whether one can be made. */
  fresh?: boolean;
  /** Certificate rules other than the client's own (a router's pinned certificate). */
  tls?: Omit<Tls, "name">;
}

export interface Response {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** Client: sets `maybeDone` on every fault. Any status is a Response, never a fault. */
export interface Http {
  send(s: Scope, r: Request): Wait<Response>;
  /** Body pieces of a 2xx go to `onChunk` as they come; the Response then has an empty body. Others as `send`. */
  stream(s: Scope, r: Request, onChunk: (b: Uint8Array) => Outcome<void>): Wait<Response>;
}

export interface Incoming {
  method: string;
  /** Decoded path without query; starts with "/". */
  path: string;
  query: string;
  /** Names in lower case; `authorization` and `x-pairing-code` values are Secrets. */
  headers: Headers;
  peer: string;
  body(s: Scope, max: number): Wait<Uint8Array>;
}

export interface Socket {
  send(s: Scope, text: string): Wait<void>;
  receive(s: Scope): Wait<string | null>;
}

export type Reply =
  | { status: number; headers: Headers; body: Uint8Array | string }
  | { status: number; headers: Headers; pump: (s: Scope, out: Pick<Stream, "write">) => Wait<void> }
  | { upgrade: "websocket"; run: (s: Scope, socket: Socket) => Wait<void> };

/** A fault becomes its status with a JSON error body. `s` is the connection's; what need not wait answers at once. */
export type Handler = (s: Scope, r: Incoming) => Outcome<Reply> | Wait<Reply>;

export interface HttpServer {
  readonly port: number;
  /** Stops accepting, lets running requests end, then closes. */
  drain(s: Scope): Promise<void>;
}
