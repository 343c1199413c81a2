// The gateway: who may come in, by which name, to which route. Health is open, pairing takes
// a code, everything else a token. Without tokens only where nobody else can reach it.

import { fault, isFault, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import { isLoopback } from "../../base/url.ts";
import { serveHttp } from "../../net/http-server.ts";
import { routes } from "../../net/routes.ts";
import type { Agent } from "../../port/agent.ts";
import type { Clock, Log, Random } from "../../port/clock.ts";
import type { Host, ListenAt } from "../../port/host.ts";
import type { Handler, HttpServer, Incoming, Reply } from "../../port/http.ts";
import { makeTokens, type Tokens, unauthorized } from "./auth.ts";
import { answerChat } from "./chat.ts";
import { HEARTBEAT, makeHealth } from "./health.ts";
import { makeHostCheck } from "./host-check.ts";
import { makePairing, type Pairing } from "./pair.ts";
import { jsonReply } from "./reply.ts";

export interface GatewayOptions {
  at: ListenAt;
  /** Host names under which the gateway may be called, besides addresses and localhost. */
  names: readonly string[];
  agent: Agent;
  /** Components that count for "ok"; the others are shown as false. */
  configured: readonly string[];
  pairing: { required: boolean; tokenHashes: readonly string[] };
  clock: Clock;
  random: Random;
  log: Log;
  /** Told once, before the first code. */
  announceListening: (address: string, port: number) => void;
  announceCode: (code: string) => void;
}

const HEALTH_PATHS: ReadonlySet<string> = new Set(["/health", "/health/heartbeat"]);

/** Clients without a token, where none is asked for. */
const LOCAL = "local";

/** Listens and serves until drained or until the scope ends. */
export async function serveGateway(s: Scope, host: Host, options: GatewayOptions): Wait<HttpServer> {
  const { at, pairing, clock, random, log } = options;
  if (!pairing.required && !isLoopback(at.host)) return needsPairing(at.host);
  const tokens = makeTokens(pairing.tokenHashes, clock, random);
  if (isFault(tokens)) return tokens;
  const codes = makePairing({ tokens, clock, random, log, announceCode: options.announceCode });
  const server = await serveHttp(s, host, at, gatewayHandler(s, options, tokens, codes), log, HEALTH_PATHS);
  if (isFault(server)) return server;
  options.announceListening(at.host, server.port);
  if (pairing.required) codes.announce();
  return server;
}

function needsPairing(bind: string): ReturnType<typeof fault> {
  return fault("input", `PAIRING_REQUIRED=0 is only possible on a loopback address, and GATEWAY_BIND is ${bind}.`, {
    code: "bad_config",
    next: "Set GATEWAY_BIND=127.0.0.1, or leave pairing on.",
  });
}

/** All of the gateway but its socket. `home` lives as long as the gateway. */
export function gatewayHandler(home: Scope, options: GatewayOptions, tokens: Tokens, codes: Pairing): Handler {
  const { agent, configured, names, pairing } = options;
  const parts = { ...options, held: { units: 0 } };
  const hostFault = makeHostCheck(names);
  const clients = new WeakMap<Incoming, string>();
  const health = makeHealth(agent, configured);
  const open = routes([
    { method: "GET", path: "/health", handler: health },
    { method: "GET", path: "/health/heartbeat", handler: () => HEARTBEAT },
  ]);
  const revoke: Handler = (_, r) => {
    const who = clients.get(r) ?? LOCAL;
    if (who === LOCAL) return pairingIsOff();
    tokens.revoke(who);
    return jsonReply(200, { revoked: true });
  };
  const pair = routes([
    { method: "POST", path: "/pair", handler: (_, r) => (pairing.required ? codes.pair(r) : pairingIsOff()) },
    { method: "DELETE", path: "/pair", handler: revoke },
  ]);
  const inside = routes([
    { method: "DELETE", path: "/pair", handler: revoke },
    { method: "GET", path: "/audit", handler: (s, r) => auditReply(s, agent, clients.get(r) ?? LOCAL) },
    { method: "POST", path: "/chat", handler: (s, r) => answerChat(s, home, parts, clients.get(r) ?? LOCAL, r) },
  ]);
  return (s, r) => {
    const misdirected = hostFault(r.headers);
    if (misdirected !== null) return misdirected;
    if (HEALTH_PATHS.has(r.path)) return open(s, r);
    if (r.path === "/pair" && r.method !== "DELETE") return pair(s, r);
    const who = tokens.who(r.headers) ?? (pairing.required ? null : LOCAL);
    if (who === null) return unauthorized();
    clients.set(r, who);
    return inside(s, r);
  };
}

async function auditReply(s: Scope, agent: Agent, who: string): Wait<Reply> {
  const asked = { account: "local", chat: `${who}:main`, messageId: "audit", text: "", sentMs: 0 };
  const lines = await agent.audit(s, { channel: "http", sender: who, ...asked });
  if (isFault(lines)) return lines;
  const headers = [
    ["content-type", "application/x-ndjson; charset=utf-8"],
    ["cache-control", "no-store"],
  ] as const;
  return { status: 200, headers, body: lines };
}

function pairingIsOff(): ReturnType<typeof fault> {
  return fault("conflict", "Pairing is switched off here; no token is needed.", { code: "pairing_off" });
}
