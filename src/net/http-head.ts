// Message heads, both ways and strict (RFC 9110 section 5, RFC 9112 sections 2-6): the header
// lines, what they say about the body's length, and the only writer of headers, which is
// where a secret becomes text. Where the standard lets parsers differ, this one refuses.

import { NO_BYTES } from "../base/bytes.ts";
import { type Fault, fault, type Outcome } from "../base/fault.ts";
import { HTTP_HEADERS_MAX } from "../base/limits.ts";
import { isSecret, reveal, type Secret, secret } from "../base/secret.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { Headers, Request } from "../port/http.ts";
import { malformed, type Side } from "./http-fault.ts";

/** How the end of a body is known (RFC 9112 section 6.3). */
export type Framing = { kind: "none" } | { kind: "length"; bytes: number } | { kind: "chunked" } | { kind: "close" };

export interface Fields {
  headers: Array<readonly [string, string | Secret]>;
  /** What was said, in order, of the fields that decide how the message is read. */
  lengths: string[];
  codings: string[];
  connection: string[];
  hosts: string[];
  expects: string[];
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Controls but tab, and CR or LF that are not a line end.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n)|(?<!\r)\n/;
// Requests carry these as credentials; they are secret from the first byte.
const SECRET_NAMES: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "x-pairing-code"]);

type Listed = "lengths" | "codings" | "connection" | "hosts" | "expects";
const LISTED: ReadonlyMap<string, Listed> = new Map<string, Listed>([
  ["content-length", "lengths"],
  ["transfer-encoding", "codings"],
  ["connection", "connection"],
  ["host", "hosts"],
  ["expect", "expects"],
]);

/** Text without the spaces and tabs around it. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && (text.charCodeAt(from) === 32 || text.charCodeAt(from) === 9)) from += 1;
  while (to > from && (text.charCodeAt(to - 1) === 32 || text.charCodeAt(to - 1) === 9)) to -= 1;
  return text.slice(from, to);
}

/** The header lines of `head` after its first line, names in lower case. */
export function parseFields(head: string, side: Side): Outcome<Fields> {
  if (FORBIDDEN.test(head)) return malformed(side, "its head holds control characters or a bare line break");
  const lines: Array<[string, string]> = [];
  for (let end = head.indexOf("\r\n"); end >= 0; ) {
    const start = end + 2;
    end = head.indexOf("\r\n", start);
    const bad = addLine(lines, end < 0 ? head.slice(start) : head.slice(start, end), side);
    if (bad !== null) return bad;
  }
  const fields: Fields = { headers: [], lengths: [], codings: [], connection: [], hosts: [], expects: [] };
  for (const [name, value] of lines) {
    const hidden = side === "request" && SECRET_NAMES.has(name);
    fields.headers.push([name, hidden ? secret(name, value) : value]);
    const list = LISTED.get(name);
    if (list !== undefined) fields[list].push(value);
  }
  return fields;
}

function addLine(lines: Array<[string, string]>, line: string, side: Side): Fault | null {
  if (line.startsWith(" ") || line.startsWith("\t")) return unfold(lines, line, side);
  const colon = line.indexOf(":");
  if (colon < 0) return malformed(side, "a header line has no colon");
  const name = line.slice(0, colon);
  // Also refuses space before the colon (RFC 9112 5.1), which proxies read in two ways.
  if (!TOKEN.test(name)) return malformed(side, "a header name holds characters that are not allowed");
  if (lines.length >= HTTP_HEADERS_MAX)
    return malformed(side, `it has more than ${HTTP_HEADERS_MAX} headers`, "head_too_large");
  const low = name.toLowerCase();
  if (side === "request" && SECRET_NAMES.has(low) && lines.some(([n]) => n === low)) {
    return malformed(side, `its header ${low} comes twice`);
  }
  lines.push([low, trimmed(line.slice(colon + 1))]);
  return null;
}

// RFC 9112 5.2: a server refuses a folded line, a client reads it as spaces.
function unfold(lines: Array<[string, string]>, line: string, side: Side): Fault | null {
  const last = lines.at(-1);
  if (side === "request" || last === undefined) return malformed(side, "a header line is folded");
  last[1] = trimmed(`${last[1]} ${trimmed(line)}`);
  return null;
}

/** What the head says about the body's length; null when it says nothing. */
export function framingOf(fields: Fields, version: string, side: Side): Outcome<Framing | null> {
  const { lengths, codings } = fields;
  if (codings.length > 0) {
    // RFC 9112 6.1: both at once, or from HTTP/1.0, is how requests are smuggled.
    if (lengths.length > 0) return malformed(side, "it gives a length and a transfer coding");
    if (version === "1.0") return malformed(side, "HTTP/1.0 has no transfer codings");
    return checkCodings(codings.join(",").toLowerCase().split(",").map(trimmed), side);
  }
  const [length] = lengths;
  if (length === undefined) return null;
  if (lengths.length > 1) return malformed(side, "it gives its length twice");
  if (!/^\d{1,15}$/.test(length)) return malformed(side, "its Content-Length is not a plain number");
  return { kind: "length", bytes: Number(length) };
}

function checkCodings(codings: readonly string[], side: Side): Outcome<Framing> {
  if (codings.length === 1 && codings[0] === "chunked") return { kind: "chunked" };
  const known =
    codings.every((c) => TOKEN.test(c)) && !codings.slice(0, -1).includes("chunked") && codings.at(-1) !== "identity";
  return known
    ? malformed(side, "its transfer coding is not supported, only chunked is", "not_implemented")
    : malformed(side, "its transfer codings are malformed");
}

/** Whether the connection may carry another message afterwards (RFC 9112 section 9.3). */
export function keepsAlive(fields: Fields, version: string): boolean {
  if (fields.connection.length === 0) return version === "1.1";
  const options = fields.connection.join(",").toLowerCase().split(",").map(trimmed);
  if (options.includes("close")) return false;
  return version === "1.1" || options.includes("keep-alive");
}

function valuesOf(headers: Headers, name: string): Array<string | Secret> {
  return headers.filter(([n]) => n === name || n.toLowerCase() === name).map(([, value]) => value);
}

/** The header's text (several are joined by a comma); undefined when absent or secret. `name` in lower case. */
export function headerValue(headers: Headers, name: string): string | undefined {
  const texts = valuesOf(headers, name).filter((v) => typeof v === "string");
  return texts.length === 0 ? undefined : texts.join(", ");
}

/** How the content is packed, in lower case; "identity": not at all. */
export function contentCoding(headers: Headers): string {
  return headerValue(headers, "content-encoding")?.toLowerCase() ?? "identity";
}

/** The header as a secret; undefined when absent or not a secret. `name` in lower case. */
export function headerSecret(headers: Headers, name: string): Secret | undefined {
  return valuesOf(headers, name).find((v) => isSecret(v));
}

function notWritable(what: string): Fault {
  return fault("input", `${what} holds a line break or another character that cannot be sent.`, {
    code: "bad_header",
    next: "Look for a stray space or line end in the key, token or address that was configured.",
  });
}

/** Header lines as they go on the wire. Control characters in a name or value are an `input` fault. */
export function writeFields(headers: Headers): Outcome<string> {
  let out = "";
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) return notWritable("A header name");
    const text = typeof value === "string" ? value : reveal(value);
    if (FORBIDDEN.test(text) || text.includes("\r\n")) return notWritable(`The header ${name}`);
    out += `${name}: ${text}\r\n`;
  }
  return out;
}

/** A request line as it goes on the wire; the target may be a secret. */
export function writeRequestLine(method: string, target: string | Secret): Outcome<string> {
  if (!TOKEN.test(method)) return fault("input", "This is not an HTTP method.", { code: "bad_method" });
  const text = typeof target === "string" ? target : reveal(target);
  if (!/^[!-~]+$/.test(text)) return notWritable("The request's address");
  return `${method} ${text} HTTP/1.1\r\n`;
}

/** A request's content as it goes on the wire; it may be a secret. */
export function contentBytes(content: Request["body"]): Uint8Array {
  if (content === undefined || content instanceof Uint8Array) return content ?? NO_BYTES;
  return encodeUtf8(typeof content === "string" ? content : reveal(content));
}

/** True when a header of that name is there. `name` in lower case. */
export function hasHeader(headers: Headers, name: string): boolean {
  return headers.some(([n]) => n.toLowerCase() === name);
}
