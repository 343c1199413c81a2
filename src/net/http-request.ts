// The head of a request as a server reads it (RFC 9112 sections 3 and 6, RFC 9110 section 7.2).
// Each thing that two parsers could read in two ways is refused with its own status.

import { type Fault, isFault, type Outcome } from "../base/fault.ts";
import { HTTP_HEADS_KEPT_MAX, HTTP_KEPT_HEAD_UNITS_MAX, HTTP_TARGET_BYTES_MAX } from "../base/limits.ts";
import { isSecret } from "../base/secret.ts";
import { parseUrl, percentDecode } from "../base/url.ts";
import type { Headers } from "../port/http.ts";
import { malformed } from "./http-fault.ts";
import { type Fields, type Framing, framingOf, keepsAlive, parseFields } from "./http-head.ts";

export interface RequestHead {
  method: string;
  version: "1.0" | "1.1";
  /** Decoded, or "*" for a whole-server request. */
  path: string;
  query: string;
  headers: Headers;
  framing: Framing;
  keepAlive: boolean;
  /** The client waits for 100 (Continue) before it sends the body. */
  expects100: boolean;
}

const LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^ ]+) HTTP\/(\d\.\d)$/;
// RFC 3986: what a path and a query may hold, and "[" "]", which browsers leave in queries.
const TARGET = /^[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]+$/;
const HOST = /^(?:[A-Za-z0-9_.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;

const bad = (why: string, code?: string): Fault => malformed("request", why, code);

/** Reads a head (without its empty line); the fault's code decides the status. */
export function parseRequestHead(head: string): Outcome<RequestHead> {
  const line = parseLine(head);
  if (isFault(line)) return line;
  const { method, version } = line;
  const fields = parseFields(head, "request");
  if (isFault(fields)) return fields;
  const framing = framingOf(fields, version, "request");
  if (isFault(framing)) return framing;
  const wrong = checkHost(fields, version) ?? checkExpect(fields);
  if (wrong !== null) return wrong;
  const to = parseTarget(line.target, method);
  if (isFault(to)) return to;
  return {
    method,
    version,
    path: to.path,
    query: to.query,
    headers: to.host === null ? fields.headers : withHost(fields.headers, to.host),
    framing: framing ?? { kind: "none" },
    keepAlive: keepsAlive(fields, version),
    // RFC 9110 10.1.1: from HTTP/1.0 it is ignored.
    expects100: fields.expects.length > 0 && version === "1.1",
  };
}

/** As {@link parseRequestHead}; a client that asks again sends the same head, which is then known. */
export function makeHeadParser(): (head: string) => Outcome<RequestHead> {
  const known = new Map<string, RequestHead>();
  return (text) => {
    const same = known.get(text);
    if (same !== undefined) return same;
    const head = parseRequestHead(text);
    // What holds a secret is not kept, and what has a body is seldom the same twice.
    if (isFault(head) || text.length > HTTP_KEPT_HEAD_UNITS_MAX || head.framing.kind !== "none") return head;
    if (head.headers.some(([, value]) => isSecret(value))) return head;
    if (known.size >= HTTP_HEADS_KEPT_MAX) known.clear();
    known.set(text, head);
    return head;
  };
}

function parseLine(head: string): Outcome<{ method: string; target: string; version: "1.0" | "1.1" }> {
  const end = head.indexOf("\r\n");
  const line = LINE.exec(end < 0 ? head : head.slice(0, end));
  if (line === null) return bad("its first line is malformed");
  const [, method = "", target = "", version = ""] = line;
  if (target.length > HTTP_TARGET_BYTES_MAX) return bad("its target is too long", "target_too_long");
  if (version !== "1.1" && version !== "1.0") return bad("only HTTP/1.1 and 1.0 are spoken here", "http_version");
  if (method === "CONNECT") return bad("this server is no proxy", "not_implemented");
  return { method, target, version };
}

// RFC 9112 3.2: exactly one, and well formed.
function checkHost(fields: Fields, version: string): Fault | null {
  const [host] = fields.hosts;
  if (host === undefined) return version === "1.1" ? bad("it has no Host") : null;
  if (fields.hosts.length > 1) return bad("it has more than one Host");
  return HOST.test(host) ? null : bad("its Host is malformed");
}

function checkExpect(fields: Fields): Fault | null {
  const { expects } = fields;
  if (expects.length === 0) return null;
  const ok = expects.length === 1 && expects[0]?.toLowerCase() === "100-continue";
  return ok ? null : bad("its Expect is not 100-continue", "expectation_failed");
}

interface Target {
  path: string;
  query: string;
  /** From an absolute target; it replaces the Host header (RFC 9112 3.2.2). */
  host: string | null;
}

function parseTarget(target: string, method: string): Outcome<Target> {
  if (target === "*") {
    return method === "OPTIONS" ? { path: "*", query: "", host: null } : bad("only OPTIONS may ask for *");
  }
  if (!TARGET.test(target)) return bad("its target holds characters that are not allowed");
  if (target.startsWith("/")) return originTarget(target, null);
  const url = parseUrl(target);
  if (isFault(url)) return bad("its target is malformed");
  const authority = url.host.includes(":") ? `[${url.host}]` : url.host;
  return originTarget(`${url.path}${url.query === "" ? "" : `?${url.query}`}`, `${authority}:${url.port}`);
}

function originTarget(target: string, host: string | null): Outcome<Target> {
  const mark = target.indexOf("?");
  const raw = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  if (!raw.includes("%")) return { path: raw, query, host };
  // A decoded slash, backslash or control character would be another path to whoever looks next.
  if (/%(?:2f|5c|[01][0-9a-f]|7f)/i.test(raw)) return bad("its path holds an escaped slash or control character");
  const path = percentDecode(raw);
  return isFault(path) ? bad("its path holds a broken percent escape") : { path, query, host };
}

function withHost(headers: Headers, host: string): Headers {
  return [...headers.filter(([name]) => name !== "host"), ["host", host]];
}
