// Puts the parts together: the only place where rooms, edges and hosts meet, as values.
// A newcomer reads this file first.

import { isFault, type Outcome, type Wait } from "../base/fault.ts";
import { LANES_RUNNING_BIG_MAX, LANES_RUNNING_MAX, PROBE_EVERY_MS, PROBE_MODEL_EVERY_MS } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { isSameSecret, type Secret } from "../base/secret.ts";
import { parseUrl } from "../base/url.ts";
import { spendApproval } from "../core/approve.ts";
import { makeAudit } from "../core/audit.ts";
import { besideLog } from "../core/audit-files.ts";
import { makeModels } from "../core/failover.ts";
import type { Models } from "../core/failover-types.ts";
import { makePipeline, type Pipeline } from "../core/pipeline.ts";
import type { Clock, Log } from "../port/clock.ts";
import type { Files, Host } from "../port/host.ts";
import type { Http } from "../port/http.ts";
import type { Router } from "../port/router.ts";
import { loadCommands } from "../ros/commands.ts";
import { makeRouter } from "../ros/router.ts";
import { auditFiles } from "./audit-place.ts";
import { ownersHttp } from "./authorities.ts";
import { type ModelService, openStore, tasksOf, toolsOf } from "./catalog.ts";
import { bindChannels, type Channels } from "./channels.ts";
import { type Config, configSecrets } from "./config.ts";
import { atLevel, logLevel, redacted } from "./log.ts";
import { chooseModels } from "./model.ts";
import { modelPolicy, type Policy, strangersIn } from "./model-policy.ts";
import { type OpenedModel, openModels } from "./models.ts";
import { makeProbes, type Probe, type Probes } from "./probes.ts";
import { makeProfileKit, type ProfileKit } from "./profiles.ts";
import { makeReload } from "./reload.ts";
import { type RouterAddress, routerAddress } from "./router-address.ts";

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
  /** Never to be seen in anything that leaves; sign-ins and a reload add to them. */
  readonly secrets: Secret[];
  readonly profiles: ProfileKit;
  readonly router: Router | null;
  readonly routerAt: RouterAddress | null;
  /** In the order in which they are asked. */
  readonly models: readonly OpenedModel[];
  readonly policy: Policy;
  readonly channels: Channels;
}

/** A program ready to run. */
export interface Wired extends Outside {
  readonly pipeline: Pipeline;
  readonly model: Models | null;
  readonly probes: Probes;
}

function wireRouter(
  s: Scope,
  host: Host,
  http: Http,
  log: Log,
  address: RouterAddress,
  config: Config,
  urls: readonly (string | undefined)[],
): Router {
  return makeRouter({
    http,
    ...address,
    hosts: urls.flatMap((text) => {
      const url = parseUrl(text ?? "");
      return isFault(url) ? [] : [url.host];
    }),
    tree: loadCommands(host.resource),
    menus: config.list("ROUTEROS_SCOPE") ?? null,
    confirmMs: (config.number("KEEP_SECONDS") ?? 45) * 1_000,
    clock: host.clock,
    log,
    scope: s,
    spend: spendApproval,
  });
}

function wireModels(
  config: Config,
  kit: ProfileKit,
  log: Log,
): Outcome<{ models: readonly OpenedModel[]; policy: Policy }> {
  const chosen = chooseModels(config);
  const policy = modelPolicy(config);
  if (isFault(chosen)) return chosen;
  if (isFault(policy)) return policy;
  for (const { name, why } of chosen.skipped) {
    log.event("warn", "model.skipped", { model: name, what: why.what, next: why.next ?? "" });
  }
  const models = openModels(chosen.choices, policy, kit);
  if (isFault(models)) return models;
  const names = models.map((m) => m.link.name);
  for (const name of strangersIn(policy, names))
    log.event("warn", "model.stranger", { name, models: names.join(", ") });
  return { models, policy };
}

/** Binds router, model and channels; a fault is a configuration that cannot work. */
export async function wireOutside(s: Scope, host: Host, config: Config, start: Start): Wait<Outside> {
  const secrets = [...configSecrets(config)];
  const log = atLevel(redacted(host.log, secrets), logLevel(config, start.atPrompt));
  const owners = await ownersHttp(s, host, config, start.version);
  if (isFault(owners)) return owners;
  const { http, pem } = owners;
  const profiles = makeProfileKit(s, http, host.clock, secrets);
  const wired = wireModels(config, profiles, log);
  const urls = isFault(wired) ? [] : wired.models.map((m) => m.choice.settings.baseUrl);
  const routerAt = routerAddress(config, pem);
  if (isFault(routerAt)) return routerAt;
  const router =
    routerAt && wireRouter(s, host, http, log, routerAt, config, [config.text("TELEGRAM_API_ROOT"), ...urls]);
  if (isFault(wired)) return wired;
  const channels = bindChannels(config, { http, host, clock: host.clock, log });
  return { http, log, secrets, profiles, router, routerAt, ...wired, channels };
}

/** What real use of the models shows goes to the probes: the next question need not ask again. */
function chainOf(out: Outside, config: Config, clock: Clock, probes: Probes): Models | null {
  const { models, policy, log, secrets, profiles } = out;
  if (models.length === 0) return null;
  const chain = makeModels(
    models.map((m) => m.link),
    { clock, log, rules: policy.rules },
  );
  const reload = makeReload(config, (now) => {
    const wired = wireModels(now, profiles, log);
    if (isFault(wired)) return wired;
    for (const s of configSecrets(now)) if (!secrets.some((old) => isSameSecret(old, s))) secrets.push(s);
    chain.replace(
      wired.models.map((m) => m.link),
      wired.policy.rules,
    );
    return wired.models.length;
  });
  return {
    ...chain,
    get links() {
      return chain.links;
    },
    reload,
    async ask(...question) {
      const answer = await chain.ask(...question);
      if (!isFault(answer)) probes.saw("llm", true);
      else if (answer.fault !== "stopped" && answer.fault !== "input" && answer.code !== "model_wait")
        probes.saw("llm", false);
      return answer;
    },
  };
}

/** Not every service lists its models, and a probe asks no question: an answer is enough. */
async function asked(service: ModelService, s: Scope): Wait<unknown> {
  const seen = await service.check(s);
  return isFault(seen) && seen.code === "model_list" ? undefined : seen;
}

/** One that answers is enough. */
async function anyOf(models: readonly OpenedModel[], s: Scope): Wait<unknown> {
  let seen: unknown;
  for (const { service } of models) {
    seen = await asked(service, s);
    if (!isFault(seen)) return seen;
  }
  return seen;
}

function wireProbes(host: Host, out: Outside): Probes {
  const { router, models } = out;
  const list: Probe[] = [];
  if (router !== null) list.push({ name: "routeros", everyMs: PROBE_EVERY_MS, look: (s) => router.facts(s) });
  if (models.length > 0) list.push({ name: "llm", everyMs: PROBE_MODEL_EVERY_MS, look: (s) => anyOf(models, s) });
  const absent = ["llm", "routeros", "memu"].filter((name) => !list.some((p) => p.name === name));
  return makeProbes(list, absent, host.clock, out.log);
}

const withoutLog = (files: Files | null): Files | null => files && besideLog(files);

/** The whole program as values; nothing runs yet. */
export async function wire(s: Scope, host: Host, config: Config, start: Start): Wait<Wired> {
  const out = await wireOutside(s, host, config, start);
  if (isFault(out)) return out;
  const probes = wireProbes(host, out);
  const model = chainOf(out, config, host.clock, probes);
  const pipeline = makePipeline({
    store: openStore(),
    router: out.router,
    model,
    budgets: out.policy.budgets,
    tools: toolsOf(),
    tasks: tasksOf(),
    files: withoutLog(host.files("workspace")),
    audit: makeAudit({
      files: auditFiles(host, config),
      clock: host.clock,
      secrets: out.secrets,
      version: start.version,
    }),
    channels: out.channels.bound,
    role: out.channels.role,
    clock: host.clock,
    random: host.random,
    log: out.log,
    health: probes.state,
    // A router has a few megabytes for us; anything that runs Node has more.
    lanesRunning: host.info.host === "native" ? LANES_RUNNING_MAX : LANES_RUNNING_BIG_MAX,
    secrets: out.secrets,
    startedAtMs: host.clock.monoMs(),
    version: start.version,
    once: start.once === true,
  });
  return { ...out, pipeline, model, probes };
}
