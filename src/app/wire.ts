// Puts the parts together: the only place where rooms, edges and hosts meet, as values.
// A newcomer reads this file first.

import { fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { LANES_RUNNING_BIG_MAX, LANES_RUNNING_MAX, PROBE_EVERY_MS, PROBE_MODEL_EVERY_MS } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { secret } from "../base/secret.ts";
import { parseUrl } from "../base/url.ts";
import { spendApproval } from "../core/approve.ts";
import type { BoundModel } from "../core/deps.ts";
import { makePipeline, type Pipeline } from "../core/pipeline.ts";
import { makeHttp } from "../net/http-client.ts";
import type { Log } from "../port/clock.ts";
import type { Host } from "../port/host.ts";
import type { Http } from "../port/http.ts";
import type { Router } from "../port/router.ts";
import { loadCommands } from "../ros/commands.ts";
import { makeRouter } from "../ros/router.ts";
import { extraRoots } from "./authorities.ts";
import { type ModelService, openModel, openStore, toolsOf } from "./catalog.ts";
import { bindChannels, type Channels } from "./channels.ts";
import { type Config, configSecrets } from "./config.ts";
import { atLevel, logLevel, redacted } from "./log.ts";
import { chooseModel, type ModelChoice } from "./model.ts";
import { makeProbes, type Probe, type Probes } from "./probes.ts";
import { routerAddress } from "./router-address.ts";

/** How the program was started. */
export interface Start {
  readonly version: string;
  /** A person types here: log lines would stand in the way. */
  readonly atPrompt: boolean;
  /** It ends after one answer. */
  readonly once?: boolean;
}

/** The outside world, bound to this configuration. Doctor looks at these one by one. */
export interface Outside {
  readonly http: Http & { close(): Promise<void> };
  readonly log: Log;
  readonly router: Router | null;
  readonly model: { readonly choice: ModelChoice; readonly service: ModelService } | null;
  readonly channels: Channels;
}

/** A program ready to run. */
export interface Wired extends Outside {
  readonly pipeline: Pipeline;
  readonly probes: Probes;
}

function wireRouter(
  s: Scope,
  host: Host,
  config: Config,
  http: Http,
  log: Log,
  pem: string | undefined,
  urls: readonly (string | undefined)[],
): Outcome<Router | null> {
  const address = routerAddress(config, pem);
  if (isFault(address) || address === null) return address;
  const tree = host.resource("commands");
  if (tree === null)
    return fault("failed", "The RouterOS command tree is missing from this build.", { next: "Build it with: make" });
  return makeRouter({
    http,
    base: address.base,
    tls: address.tls,
    user: config.text("ROUTER_USER") ?? "admin",
    pass: config.secret("ROUTER_PASS") ?? secret("router_pass", ""),
    hosts: urls.flatMap((text) => {
      const url = parseUrl(text ?? "");
      return isFault(url) ? [] : [url.host];
    }),
    tree: loadCommands(tree),
    clock: host.clock,
    log,
    scope: s,
    spend: spendApproval,
  });
}

function wireModel(host: Host, config: Config, http: Http): Outcome<Outside["model"]> {
  const choice = chooseModel(config);
  if (isFault(choice) || choice === null) return choice;
  const service = openModel(choice, http, host.clock);
  return isFault(service) ? service : { choice, service };
}

/** Binds router, model and channels; a fault is a configuration that cannot work. */
export async function wireOutside(s: Scope, host: Host, config: Config, start: Start): Wait<Outside> {
  const { version } = start;
  const log = atLevel(redacted(host.log, configSecrets(config)), logLevel(config, start.atPrompt));
  const pem = await extraRoots(s, host, config);
  if (isFault(pem)) return pem;
  const http = makeHttp(host, { userAgent: `mikroclaw/${version}`, ...(pem === undefined ? {} : { extraPem: pem }) });
  const model = wireModel(host, config, http);
  const modelUrl = isFault(model) ? undefined : model?.choice.settings.baseUrl;
  const router = wireRouter(s, host, config, http, log, pem, [config.text("TELEGRAM_API_ROOT"), modelUrl]);
  if (isFault(router)) return router;
  if (isFault(model)) return model;
  const channels = bindChannels(config, { http, host, clock: host.clock, log });
  return isFault(channels) ? channels : { http, log, router, model, channels };
}

/** What real use of the model shows goes to the probes: the next question need not ask again. */
function bindModel({ model }: Outside, probes: Probes): BoundModel | null {
  if (model === null) return null;
  const { choice, service } = model;
  return {
    id: service.id,
    model: choice.model,
    async complete(s, ask, onDelta) {
      const answer = await service.complete(s, ask, onDelta);
      if (!isFault(answer)) probes.saw("llm", true);
      else if (answer.fault !== "stopped" && answer.fault !== "input") probes.saw("llm", false);
      return answer;
    },
  };
}

/** Not every service lists its models, and a probe asks no question: an answer is enough. */
async function asked(service: ModelService, s: Scope): Wait<unknown> {
  const seen = await service.check(s);
  return isFault(seen) && seen.code === "model_list" ? undefined : seen;
}

function wireProbes(host: Host, out: Outside): Probes {
  const { router, model } = out;
  const list: Probe[] = [];
  if (router !== null) list.push({ name: "routeros", everyMs: PROBE_EVERY_MS, look: (s) => router.facts(s) });
  if (model !== null) list.push({ name: "llm", everyMs: PROBE_MODEL_EVERY_MS, look: (s) => asked(model.service, s) });
  const absent = ["llm", "routeros", "memu"].filter((name) => !list.some((p) => p.name === name));
  return makeProbes(list, absent, host.clock, out.log);
}

/** The whole program as values; nothing runs yet. */
export async function wire(s: Scope, host: Host, config: Config, start: Start): Wait<Wired> {
  const out = await wireOutside(s, host, config, start);
  if (isFault(out)) return out;
  const probes = wireProbes(host, out);
  const pipeline = makePipeline({
    store: openStore(),
    router: out.router,
    model: bindModel(out, probes),
    tools: toolsOf(),
    files: host.files("workspace"),
    channels: out.channels.bound,
    role: out.channels.role,
    clock: host.clock,
    random: host.random,
    log: out.log,
    health: probes.state,
    // A router has a few megabytes for us; anything that runs Node has more.
    lanesRunning: host.info.host === "native" ? LANES_RUNNING_MAX : LANES_RUNNING_BIG_MAX,
    secrets: configSecrets(config),
    startedAtMs: host.clock.monoMs(),
    version: start.version,
    once: start.once === true,
  });
  return { ...out, pipeline, probes };
}
