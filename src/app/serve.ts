// Runs a wired program: pipeline, probes, channels and gateway in one scope, and ends them
// in the order that loses nothing.

import { fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { DRAIN_MS } from "../base/limits.ts";
import { type Launched, launch, orStop, type Scope, withScope } from "../base/scope.ts";
import { spawn } from "../core/slots.ts";
import { serveGateway } from "../edges/gateway/serve.ts";
import type { Agent } from "../port/agent.ts";
import type { Host } from "../port/host.ts";
import type { Config } from "./config.ts";
import { gatewayPlace } from "./gateway-place.ts";
import { holdOwnRows, ownRows } from "./own-rows.ts";
import { type Start, type Wired, wire } from "./wire.ts";

/** Where a start is told: terminal words or JSON lines. */
export interface Announce {
  listening(address: string, port: number): void;
  pairing(code: string): void;
  notice(text: string): void;
}

export interface Served {
  readonly agent: Agent;
  /** Models and keys as the configuration file says now; the log tells what became of it. */
  reload(): void;
  /** Drains within DRAIN_MS and ends everything. */
  close(): Promise<void>;
}

const FOREVER = Number.POSITIVE_INFINITY;

interface Gateway {
  readonly port: number;
  drain(s: Scope): Promise<void>;
}

async function openGateway(s: Scope, host: Host, config: Config, wired: Wired, tell: Announce): Wait<Gateway> {
  const at = await gatewayPlace(s, host, config);
  if (isFault(at)) return at;
  return serveGateway(s, host, {
    at,
    names: config.list("GATEWAY_NAMES") ?? [],
    agent: wired.pipeline.agent,
    configured: [...(wired.models.length === 0 ? [] : ["llm"]), ...(wired.router === null ? [] : ["routeros"])],
    pairing: { required: config.on("PAIRING_REQUIRED"), tokenHashes: config.list("GATEWAY_TOKEN_SHA256") ?? [] },
    clock: host.clock,
    random: host.random,
    log: wired.log,
    announceCode: tell.pairing,
    announceListening: tell.listening,
  });
}

function notices(wired: Wired): string[] {
  const told: string[] = [];
  if (wired.router === null) told.push("No router is configured. Set ROUTER_HOST, ROUTER_USER and ROUTER_PASS.");
  if (wired.models.length === 0)
    told.push(
      "No model is configured: slash commands and RouterOS commands work. Set OPENROUTER_KEY or LLM_BASE_URL for free talk.",
    );
  return told;
}

function channelsOf(scope: Scope, wired: Wired): Launched<void> {
  return launch(scope, FOREVER, async (s) => {
    await Promise.all(wired.channels.running.map((c) => c.run(s, wired.pipeline.sink)));
  });
}

function background(scope: Scope, wired: Wired): Launched<void> {
  return launch(scope, FOREVER, async (s) => {
    await Promise.all([wired.pipeline.run(s), wired.probes.run(s)]);
  });
}

/** Gateway, channels, probes and the agent. At a prompt a taken port is said, and it goes on without the gateway. */
export async function serve(scope: Scope, host: Host, config: Config, start: Start, tell: Announce): Wait<Served> {
  const wired = await wire(scope, host, config, start);
  if (isFault(wired)) return wired;
  const gateway = await openGateway(scope, host, config, wired, tell);
  if (isFault(gateway)) {
    if (!start.atPrompt || gateway.fault !== "conflict") return gateway;
    tell.notice(`${gateway.what} Going on without the gateway.`);
  }
  const rows = isFault(gateway) ? null : ownRows(scope, config, wired.http, wired.routerAt, gateway.port);
  if (isFault(rows)) return rows;
  const dropRows = rows === null ? null : holdOwnRows(scope, rows, host.clock, wired.log);
  for (const text of notices(wired)) tell.notice(text);
  const channels = channelsOf(scope, wired);
  return served(scope, wired, [channels, background(scope, wired)], async (s) => {
    const open = isFault(gateway) ? [] : [gateway.drain(s)];
    await Promise.all([wired.pipeline.close(s), ...open, dropRows?.(s)]);
    // They confirm what is answered; unconfirmed it would come again and be answered twice.
    tellEnd(wired, "serve.channels", await orStop(s, channels.done));
  });
}

/** What is told at the end: everything but having been stopped. */
function tellEnd(wired: Wired, name: string, end: Outcome<void>): void {
  if (isFault(end) && end.fault !== "stopped") wired.log.event("warn", name, { what: end.what });
}

function served(
  scope: Scope,
  wired: Wired,
  works: readonly Launched<void>[],
  drain: (s: Scope) => Promise<void>,
): Served {
  return {
    agent: wired.pipeline.agent,
    reload() {
      const { log, model } = wired;
      spawn(log, scope, "reload", async (s) => {
        const done = await (model?.reload?.(s) ?? fault("missing", "No model was configured at the start."));
        if (isFault(done)) log.event("warn", "reload.failed", { what: done.what, next: done.next ?? "" });
        else log.event("info", "reload.done", { what: done });
      });
    },
    async close() {
      tellEnd(wired, "serve.drain", await withScope(scope, DRAIN_MS, drain));
      for (const work of works) work.stop(fault("stopped", "MikroClaw is stopping."));
      for (const work of works) tellEnd(wired, "serve.end", await work.done);
      await wired.http.close();
    },
  };
}

/** The agent alone, for one message: nothing listens, nothing polls. */
export async function serveNothing(scope: Scope, host: Host, config: Config, start: Start): Wait<Served> {
  const wired = await wire(scope, host, config, { ...start, once: true });
  if (isFault(wired)) return wired;
  const work = launch(scope, FOREVER, (s) => wired.pipeline.run(s));
  return served(scope, wired, [work], (s) => wired.pipeline.close(s));
}
