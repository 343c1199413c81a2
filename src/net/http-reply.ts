// Replies of our server as bytes: status line, Date, length, and errors as JSON
// `{"error","code","next"?}` (RFC 9110 section 15, RFC 9112 section 6).

import { concat } from "../base/bytes.ts";
import { type Fault, fault, httpStatus, isFault, type Outcome } from "../base/fault.ts";
import { encodeUtf8, utf8Length } from "../base/utf8.ts";
import type { Headers, Reply } from "../port/http.ts";
import { hasHeader, writeFields } from "./http-head.ts";

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  421: "Misdirected Request",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

export type BodyReply = Extract<Reply, { body: Uint8Array | string }>;

/** The reply that tells a fault: its status and a JSON body. */
export function faultReply(f: Fault, more: Headers = []): BodyReply {
  const seconds = f.retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(f.retryAfterMs / 1000));
  const status = httpStatus(f);
  const headers: Array<Headers[number]> = [["Content-Type", "application/json"], ...more];
  if (seconds !== undefined) headers.push(["Retry-After", String(seconds)]);
  // RFC 9110 11.6.1: a 401 names the scheme that is wanted.
  if (status === 401 && !hasHeader(more, "www-authenticate")) headers.push(["WWW-Authenticate", "Bearer"]);
  const body = JSON.stringify({ error: f.what, code: f.code ?? f.fault, next: f.next, retry_after: seconds });
  return { status, headers, body };
}

/** How a reply ends on the wire. */
export interface Ending {
  isHead: boolean;
  /** Worth of the Connection header; "" for none. */
  connection: "close" | "keep-alive" | "";
  /** An IMF-fixdate. */
  date: string;
}

interface Written extends Ending {
  bytes: Uint8Array;
}

const written = new WeakMap<BodyReply, Written>();

/** Head and body of a reply, in one piece. A handler that answers with the same object again has it at once. */
export function replyBytes(reply: BodyReply, ending: Ending): Outcome<Uint8Array> {
  const { isHead, connection, date } = ending;
  const last = written.get(reply);
  if (last?.date === date && last.connection === connection && last.isHead === isHead) return last.bytes;
  const bytes = writeReply(reply, ending);
  if (!isFault(bytes)) written.set(reply, { isHead, connection, date, bytes });
  return bytes;
}

function writeReply(reply: BodyReply, ending: Ending): Outcome<Uint8Array> {
  const { body, status } = reply;
  // RFC 9110 8.6: no length in a 204; 304 and HEAD speak of a body that is not sent.
  const bodyless = status === 204 || status === 304;
  const length = typeof body === "string" ? utf8Length(body) : body.length;
  const head = replyHead(status, reply.headers, ending, bodyless ? "" : `Content-Length: ${length}\r\n`);
  if (isFault(head)) return head;
  if (bodyless || ending.isHead) return encodeUtf8(head);
  return typeof body === "string" ? encodeUtf8(head + body) : concat([encodeUtf8(head), body]);
}

/** The head alone; `framing` is its line about the body's end. A fault is the handler's mistake. */
export function replyHead(status: number, headers: Headers, ending: Ending, framing: string): Outcome<string> {
  const ours = headers.find(([name]) => FRAMING.has(name.toLowerCase()));
  if (ours !== undefined)
    return fault("failed", `A handler set the header ${ours[0]}, which is the server's.`, { code: "internal" });
  const fields = writeFields(headers);
  if (isFault(fields)) return fields;
  const connection = ending.connection === "" ? "" : `Connection: ${ending.connection}\r\n`;
  return `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\nDate: ${ending.date}\r\n${fields}${framing}${connection}\r\n`;
}

const FRAMING: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "connection", "date"]);

/** The Date header's text, made once a second. */
export function makeDater(wallMs: () => number): () => string {
  let second = Number.NaN;
  let text = "";
  return () => {
    const now = Math.floor(wallMs() / 1000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1000).toUTCString();
    }
    return text;
  };
}
