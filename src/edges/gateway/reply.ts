// Replies of the gateway: JSON, never stored by a cache. Faults become replies in the server.

import type { Fault } from "../../base/fault.ts";
import type { Headers, Reply } from "../../port/http.ts";

const JSON_HEADERS: Headers = [
  ["content-type", "application/json; charset=utf-8"],
  ["cache-control", "no-store"],
];

/** `value` as JSON. */
export function jsonReply(status: number, value: unknown): Reply {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(value) };
}

/** What a client reads of a fault inside a stream, in the form of the server's error replies. */
export function faultBody(f: Fault): { error: string; code: string; next?: string } {
  const code = f.code ?? f.fault;
  return f.next === undefined ? { error: f.what, code } : { error: f.what, code, next: f.next };
}
