// Our HTTP client: a request goes out on a pooled connection and comes back as a Response or
// a Fault with `maybeDone`. Never asks for compression, never follows a redirect itself.

import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import { parseUrl, type Url } from "../base/url.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { Host, Tls } from "../port/host.ts";
import type { Headers, Http, Request, Response } from "../port/http.ts";
import { CLOSED_EARLY, exchange, type Sent } from "./http-exchange.ts";
import { contentBytes, hasHeader, writeFields, writeRequestLine } from "./http-head.ts";
import { makePool, type Place, type Pool, sayPlace } from "./http-pool.ts";

export interface ClientOptions {
  userAgent?: string;
  /** PEM roots that are trusted beside the built-in ones. */
  extraPem?: string;
}

type OnChunk = (piece: Uint8Array) => Outcome<void>;

/** The HTTP client over a host. Close it at the end: it keeps connections. */
export function makeHttp(
  host: Pick<Host, "connect" | "timers">,
  options: ClientOptions = {},
): Http & { close(): Promise<void> } {
  const pool = makePool(host);
  const run = (s: Scope, r: Request, onChunk: OnChunk | null): Wait<Response> => {
    const url = parseUrl(r.url);
    if (isFault(url)) return Promise.resolve(url);
    const sent = prepare(r, url, options, onChunk);
    if (isFault(sent)) return Promise.resolve(sent);
    return send(s, pool, placeOf(r, url, options), sent, r);
  };
  return {
    send: (s, r) => run(s, r, null),
    stream: (s, r, onChunk) => run(s, r, onChunk),
    close: () => pool.close(),
  };
}

function placeOf(r: Request, url: Url, options: ClientOptions): Place {
  const to = { host: url.host, port: url.port };
  if (url.scheme === "http") return { to, tls: null };
  const rules: Omit<Tls, "name"> = r.tls ?? { roots: "mozilla" };
  const extra = rules.extraPem ?? options.extraPem;
  return { to, tls: { ...rules, name: url.host, ...(extra === undefined ? {} : { extraPem: extra }) } };
}

// Headers that say how the message is framed or where it goes are ours alone.
const OURS = ["host", "content-length", "transfer-encoding", "connection", "accept-encoding", "expect"];
// Methods whose meaning needs a length even for an empty body (RFC 9110 8.6).
const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

function prepare(r: Request, url: Url, options: ClientOptions, onChunk: OnChunk | null): Outcome<Sent> {
  const taken = OURS.find((name) => hasHeader(r.headers, name));
  if (taken !== undefined)
    return fault("input", `The header ${taken} is set by the HTTP client itself.`, { code: "bad_header" });
  const body = contentBytes(r.body);
  const hasBody = r.body !== undefined || WITH_BODY.has(r.method);
  const shown = url.href.slice(url.scheme.length + 3, url.href.indexOf("/", url.scheme.length + 3));
  const headers: Array<Headers[number]> = [["Host", shown]];
  if (options.userAgent !== undefined && !hasHeader(r.headers, "user-agent"))
    headers.push(["User-Agent", options.userAgent]);
  headers.push(["Accept-Encoding", "identity"], ...r.headers);
  if (hasBody) headers.push(["Content-Length", String(body.length)]);
  const line = writeRequestLine(r.method, r.target ?? `${url.path}${url.query === "" ? "" : `?${url.query}`}`);
  if (isFault(line)) return line;
  const fields = writeFields(headers);
  if (isFault(fields)) return fields;
  return { method: r.method, head: encodeUtf8(`${line}${fields}\r\n`), body, maxBytes: r.maxBytes, onChunk };
}

async function send(s: Scope, pool: Pool, place: Place, sent: Sent, r: Request): Wait<Response> {
  const { repeatable } = r;
  const first = await attempt(s, pool, place, sent, r.fresh === true ? "fresh" : repeatable ? "any" : "sure");
  if (!isFault(first) || !repeatable || s.stopped !== null) return first;
  // RFC 9112 9.3.1: a kept connection may close at the moment of reuse; nothing was answered.
  return first.code === STALE ? attempt(s, pool, place, sent, "fresh") : first;
}

const STALE = "kept_connection_closed";

async function attempt(s: Scope, pool: Pool, place: Place, sent: Sent, want: "any" | "sure" | "fresh"): Wait<Response> {
  const conn = await pool.take(s, place, want);
  if (isFault(conn)) return conn;
  const done = await exchange(s, conn, sent);
  if (!isFault(done) && done.keep) {
    conn.keep();
    return done.response;
  }
  await conn.drop();
  if (!isFault(done)) return done.response;
  return about(done, place, conn.wasKept);
}

function about(f: Fault, place: Place, wasKept: boolean): Fault {
  const where = sayPlace(place);
  if (f.code === CLOSED_EARLY) {
    return refault(f, {
      what: `${where} closed the connection without an answer.`,
      code: wasKept ? STALE : CLOSED_EARLY,
    });
  }
  if (f.fault === "timeout") return refault(f, { what: `${where} did not answer in time.` });
  return f;
}
