// Replies of the gateway: JSON, never stored by a cache.

import type { Fault } from "../../base/fault.ts";
import { httpStatus } from "../../base/fault.ts";
import type { Headers, Reply } from "../../port/http.ts";

const JSON_HEADERS: Headers = [
  ["content-type", "application/json; charset=utf-8"],
  ["cache-control", "no-store"],
];

/** `value` as JSON. */
export function jsonReply(status: number, value: unknown, headers: Headers = []): Reply {
  return { status, headers: [...JSON_HEADERS, ...headers], body: JSON.stringify(value) };
}

/** What a client reads of a fault. */
export function faultBody(f: Fault): { error: string; code: string; next?: string } {
  const code = f.code ?? f.fault;
  return f.next === undefined ? { error: f.what, code } : { error: f.what, code, next: f.next };
}

/** A fault as a reply that needs more than its status: other headers, other fields. */
export function faultReply(f: Fault, headers: Headers, fields: Readonly<Record<string, unknown>> = {}): Reply {
  return jsonReply(httpStatus(f), { ...faultBody(f), ...fields }, headers);
}
