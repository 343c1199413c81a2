// The head of a response as a client reads it (RFC 9112 sections 4 and 6.3). Tolerates what
// the standard tells clients to tolerate, refuses what could be read in two ways.

import { isFault, type Outcome } from "../base/fault.ts";
import type { Headers } from "../port/http.ts";
import { malformed } from "./http-fault.ts";
import { type Framing, framingOf, keepsAlive, parseFields } from "./http-head.ts";

export interface ResponseHead {
  status: number;
  headers: Headers;
  framing: Framing;
  keepAlive: boolean;
}

// RFC 9112 4: the reason may be empty, and servers drop the space before it.
const LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?$/;

/** Reads a head (without its empty line) of the answer to `method`. */
export function parseResponseHead(head: string, method: string): Outcome<ResponseHead> {
  const end = head.indexOf("\r\n");
  const line = LINE.exec(end < 0 ? head : head.slice(0, end));
  if (line === null) return malformed("response", "it does not begin like HTTP/1.1");
  const version = `1.${line[1] ?? "0"}`;
  const status = Number(line[2]);
  const fields = parseFields(head, "response");
  if (isFault(fields)) return fields;
  const said = framingOf(fields, version, "response");
  if (isFault(said)) return said;
  const keepAlive = keepsAlive(fields, version);
  // RFC 9112 6.3 (1): these have no body whatever their headers say.
  const bodyless = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const framing: Framing = bodyless ? { kind: "none" } : (said ?? { kind: "close" });
  return { status, headers: fields.headers, framing, keepAlive: keepAlive && framing.kind !== "close" };
}
