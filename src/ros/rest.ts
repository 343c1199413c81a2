// RouterOS REST: one request at a time, never aborted, every value a string. A call that
// was sent belongs to the connection's own scope; a caller that leaves ends only its wait.
// Facts: MikroTik manual, REST API (one request per user, 60 s, `*` raw in paths).

import { base64 } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import { REST_BODY_BYTES_MAX, REST_CALL_MS, REST_READ_MS, REST_WAITING_MAX } from "../base/limits.ts";
import { queue } from "../base/queue.ts";
import { launch, type Scope, withScope } from "../base/scope.ts";
import { joinSecret, type Secret } from "../base/secret.ts";
import { percentEncode, type Url } from "../base/url.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import type { Tls } from "../port/host.ts";
import type { Headers, Http, Response } from "../port/http.ts";
import type { RosRow } from "../port/router.ts";
import { noAnswer, notRest, restFault, unanswered } from "./errors.ts";

export interface RestCall {
  method: "GET" | "PUT" | "PATCH" | "DELETE" | "POST";
  /** Below `/rest`, such as `/ip/address/*1`. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: Readonly<Record<string, string>>;
  /** Changes nothing although it is a POST. */
  reads?: boolean;
  /** Over a new connection. */
  fresh?: boolean;
}

export interface Rest {
  /** The reply's JSON value; undefined for an empty body. */
  call(s: Scope, c: RestCall): Wait<unknown>;
  /** The reply as rows: a list, one object as one row, nothing as none. */
  rows(s: Scope, c: RestCall): Wait<readonly RosRow[]>;
}

export interface RestDeps {
  http: Http;
  base: Url;
  tls?: Omit<Tls, "name">;
  user: string;
  pass: Secret;
  /** The connection's own: calls that were sent end with it, not with their callers. */
  scope: Scope;
}

interface Job {
  call: RestCall;
  settle(value: Outcome<unknown>): void;
}

/** A path below /rest: `*` of ids stays raw, everything else outside names is encoded. */
function restPath(path: string): string {
  return path
    .split("/")
    .map((part) => (part.startsWith("*") ? `*${percentEncode(part.slice(1))}` : percentEncode(part)))
    .join("/");
}

function restQuery(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => {
    // Lists of property names and ids stay readable; RouterOS takes both raw.
    const encoded = percentEncode(value).replaceAll("%2C", ",").replaceAll("%2A", "*");
    return `${percentEncode(name)}=${encoded}`;
  });
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

/** Path and query of a call below /rest, as sent. */
export function restTarget(c: RestCall): string {
  return restPath(c.path) + restQuery(c.query ?? {});
}

const isWrite = (c: RestCall): boolean => c.method !== "GET" && c.reads !== true;

/** Long-running commands take their time; a print answers soon or never. */
const isPrint = (c: RestCall): boolean => c.method === "GET" || c.path.endsWith("/print");

/** Reads a whole reply: 2xx is a value, all else a fault. */
function readReply(c: RestCall, r: Response, user: string, where: string): Outcome<unknown> {
  const text = decodeUtf8(r.body);
  const ok = r.status >= 200 && r.status < 300;
  // RouterOS has no empty answer to a GET: a menu without rows is [].
  if (ok && text.trim() === "") return c.method === "GET" ? notRest(where) : undefined;
  const value = parseJson(text, REST_BODY_BYTES_MAX);
  if (ok) return isFault(value) ? refault(notRest(where), { maybeDone: isWrite(c) }) : value;
  const error =
    isFault(value) || typeof value !== "object" || value === null
      ? {}
      : (value as { detail?: unknown; message?: unknown });
  const detail = typeof error.detail === "string" ? error.detail : "";
  return restFault({ status: r.status, detail, html: isFault(value), write: isWrite(c), path: c.path, user, where });
}

/** Rows of a reply; every value as a string. `failed` fault for anything else. */
export function toRows(value: unknown): Outcome<readonly RosRow[]> {
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const rows: RosRow[] = [];
  for (const item of list) {
    if (typeof item !== "object" || item === null || Array.isArray(item)) {
      return fault("failed", "The router's answer is not a list of entries.", {
        code: "not_rows",
        next: "Try again; right after a start some answers are mixed up.",
      });
    }
    const fields = Object.entries(item).filter((f): f is [string, string | number | boolean] =>
      ["string", "number", "boolean"].includes(typeof f[1]),
    );
    rows.push(Object.fromEntries(fields.map(([name, v]) => [name, String(v)])));
  }
  return rows;
}

const busy = (): Fault =>
  fault("limit", "Too many requests wait for the router.", { next: "Try again in a minute.", retryAfterMs: 5_000 });

/** Opens the client; nothing is sent yet. */
export function makeRest(deps: RestDeps): Rest {
  const { base, user, scope } = deps;
  const host = base.host.includes(":") ? `[${base.host}]` : base.host;
  const where = `${host}:${base.port}`;
  const prefix = `${base.scheme}://${where}${base.path.replace(/\/+$/, "")}/rest`;
  const login = joinSecret("router login", [`${user}:`, deps.pass], (text) => base64(encodeUtf8(text)));
  const authorization = joinSecret("router login", ["Basic ", login]);
  const waiting = queue<Job>(REST_WAITING_MAX);
  /** The call under way. */
  let sent: RestCall | null = null;
  /** Its caller has waited long enough: who else wants to read is told so at once. */
  let isStuck = false;

  const send = (s: Scope, c: RestCall): Wait<Response> => {
    const headers: Array<Headers[number]> = [
      ["authorization", authorization],
      ["accept", "application/json"],
    ];
    if (c.body !== undefined) headers.push(["content-type", "application/json"]);
    return deps.http.send(s, {
      method: c.method,
      url: prefix + restTarget(c),
      headers,
      maxBytes: REST_BODY_BYTES_MAX,
      repeatable: !isWrite(c),
      ...(c.fresh === undefined ? {} : { fresh: c.fresh }),
      ...(c.body === undefined ? {} : { body: JSON.stringify(c.body) }),
      ...(deps.tls === undefined ? {} : { tls: deps.tls }),
    });
  };
  const perform = async (c: RestCall): Wait<unknown> => {
    const reply = await launch(scope, REST_CALL_MS, (s) => send(s, c)).done;
    if (!isFault(reply)) return readReply(c, reply, user, where);
    // A read leaves nothing behind, whatever became of it.
    const why = unanswered(reply, base);
    return isWrite(c) ? why : refault(why, { maybeDone: false });
  };
  const pump = async (): Promise<void> => {
    if (sent !== null) return;
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      sent = job.call;
      job.settle(await perform(job.call));
      isStuck = false;
    }
    sent = null;
  };
  const enqueue = (s: Scope, c: RestCall): Wait<unknown> =>
    new Promise((resolve) => {
      const stopped = s.stopped ?? scope.stopped;
      if (stopped !== null) return resolve(stopped);
      let forget = (): void => undefined;
      const job: Job = {
        call: c,
        settle(value) {
          forget();
          resolve(value);
        },
      };
      if (!waiting.push(job)) return resolve(busy());
      forget = s.onStop((why) => {
        // Still in the queue: nothing was sent. Otherwise it goes on without this caller.
        const unsent = waiting.drop((j) => j === job);
        resolve(refault(why, { maybeDone: !unsent && isWrite(c) }));
      });
      void pump();
    });
  const call = async (s: Scope, c: RestCall): Wait<unknown> => {
    if (!isPrint(c)) return enqueue(s, c);
    if (isStuck) return noAnswer(true);
    const late: { why: Fault | null } = { why: null };
    const got = await withScope(s, REST_READ_MS, async (own) => {
      const value = await enqueue(own, c);
      late.why = own.stopped;
      return value;
    });
    if (!isFault(got) || got.what !== late.why?.what || s.stopped !== null) return got;
    isStuck = sent === c;
    return noAnswer(!isStuck);
  };
  return {
    call,
    async rows(s, c) {
      const value = await call(s, c);
      return isFault(value) ? value : toRows(value);
    },
  };
}
