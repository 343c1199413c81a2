// The router over REST with undici: one request at a time, one certificate and no other.
// A dry run prints what it would send. Facts: RouterOS manual, REST API.

import { Agent, buildConnector, request } from "undici";
import { routerUrl } from "../../src/app/router-address.ts";
import { isFault } from "../../src/base/fault.ts";
import { isLoopback } from "../../src/base/url.ts";
import { plainPin } from "./pin.ts";

// RouterOS ends a request itself after 60 s, and one that is aborted confuses its web server.
const REPLY_MS = 70_000;

export type Row = Readonly<Record<string, string>>;

export interface Router {
  rows(menu: string, query?: string): Promise<readonly Row[]>;
  send(method: string, path: string, body?: Readonly<Record<string, string>>): Promise<unknown>;
  /** This computer's address as the router sees it. */
  ownAddress(): string;
  close(): Promise<void>;
}

export interface At {
  readonly host: string;
  readonly port: number;
  readonly isPlain: boolean;
}

/** Where it is: https, but on this computer's own loopback (the simulated router). */
export function placeOf(host: string): At {
  const url = routerUrl(host, "HOST");
  if (isFault(url)) throw new Error(url.what);
  const isPlain = url.scheme === "http";
  if (isPlain && !isLoopback(url.host))
    throw new Error("The password would go over the network in the clear. Use https.");
  return { host: url.host, port: url.port, isPlain };
}

/** Connects only to the certificate with that fingerprint. */
function pinned(pin: string, seen: (address: string) => void): buildConnector.connector {
  const dial = buildConnector({ rejectUnauthorized: false });
  return (options, done) =>
    dial(options, (...[error, socket]) => {
      if (error !== null) return done(error, null);
      const shown = "getPeerCertificate" in socket ? plainPin(socket.getPeerCertificate().fingerprint256) : "";
      if (shown !== pin) {
        socket.destroy();
        return done(new Error("The router shows another certificate all of a sudden. Nothing was sent."), null);
      }
      seen(socket.localAddress ?? "");
      return done(null, socket);
    });
}

function plain(seen: (address: string) => void): buildConnector.connector {
  const dial = buildConnector({});
  return (options, done) =>
    dial(options, (...[error, socket]) => {
      if (error !== null) return done(error, null);
      seen(socket.localAddress ?? "");
      return done(null, socket);
    });
}

function refusal(method: string, path: string, status: number, text: string): Error {
  const detail =
    /"detail":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? (status === 401 ? "user name or password are wrong" : "");
  return new Error(`The router refused ${method} ${path}: ${status} ${detail}`);
}

/** A router that is really asked. `pin` undefined: plain http on loopback. */
export function realRouter(at: At, user: string, password: string, pin: string | undefined): Router {
  let own = "";
  const seen = (address: string): void => {
    own = address.replace(/^::ffff:/, "");
  };
  const connect = pin === undefined ? plain(seen) : pinned(pin, seen);
  const dispatcher = new Agent({
    connect,
    connections: 1,
    pipelining: 1,
    headersTimeout: REPLY_MS,
    bodyTimeout: REPLY_MS,
  });
  const host = at.host.includes(":") ? `[${at.host}]` : at.host;
  const base = `${at.isPlain ? "http" : "https"}://${host}:${at.port}/rest`;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
  const send: Router["send"] = async (method, path, body) => {
    const reply = await request(base + path, {
      method: method as "GET",
      dispatcher,
      headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.body.text();
    if (reply.statusCode >= 400) throw refusal(method, path, reply.statusCode, text);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    send,
    async rows(menu, query = "") {
      const made = await send("GET", `${menu}${query}`);
      return (Array.isArray(made) ? made : [made]) as readonly Row[];
    },
    ownAddress: () => own,
    close: () => dispatcher.close(),
  };
}
