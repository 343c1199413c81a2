// Which models are meant: LLM_BASE_URL, or LLM_PROVIDER, or the first service whose key is
// set, then those of RELIABLE_PROVIDERS. Answers their configurations, or why there is none.

import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { MODEL_TEST_TOKENS } from "../base/limits.ts";
import { MODEL_KEYS_MAX, MODEL_LINKS_MAX } from "../base/limits-models.ts";
import { type Secret, splitSecret } from "../base/secret.ts";
import { AUTO_MODEL, type ModelConfig } from "../edges/providers/dialect.ts";
import type { Ask } from "../port/provider.ts";
import type { Config } from "./config.ts";
import type { Service } from "./service-row.ts";
import { baseUrlVariable, ownBaseUrl, SERVICES, serviceNamed } from "./services.ts";

export interface ModelChoice {
  /** As in RELIABLE_PROVIDERS. */
  readonly name: string;
  readonly title: string;
  readonly model: string;
  readonly dialect: Service["dialect"];
  /** With the first of its keys. */
  readonly settings: ModelConfig;
  /** The other keys. */
  readonly spareKeys: readonly Secret[];
}

function keyOf(config: Config, service: Service): Secret | undefined {
  for (const env of service.keys) {
    const found = config.secret(env);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first of them; null when no model service is configured at all. */
export function chooseModel(config: Config): Outcome<ModelChoice | null> {
  const name = config.text("LLM_PROVIDER");
  const baseUrl = config.text("LLM_BASE_URL");
  const service = pick(config, name, baseUrl);
  if (isFault(service)) return service;
  if (service !== null) return chooseService(config, service);
  return baseUrl === undefined ? null : chooseUrl(config, baseUrl);
}

/** The models that may be asked, the first one first, and those of the list that cannot. */
export interface Chosen {
  readonly choices: readonly ModelChoice[];
  readonly skipped: ReadonlyArray<{ readonly name: string; readonly why: Fault }>;
}

/** All models of this configuration, each once. */
export function chooseModels(config: Config): Outcome<Chosen> {
  const list = config.list("RELIABLE_PROVIDERS") ?? [];
  const first = chooseModel(config);
  // A key that is there for the list alone chooses nothing.
  const isMeant = list.length === 0 || named(config) !== null;
  if (isFault(first) && isMeant) return first;
  const choices = first === null || isFault(first) ? [] : [first];
  const skipped: Array<{ name: string; why: Fault }> = [];
  for (const entry of list.slice(0, MODEL_LINKS_MAX)) {
    const [id = "", ...rest] = entry.split("/");
    const service = serviceNamed(id, "RELIABLE_PROVIDERS");
    if (isFault(service)) return service;
    // Any model is better than none.
    const choice = chooseService(config, { ...service, pick: service.pick ?? "" }, rest.join("/").trim());
    if (isFault(choice)) skipped.push({ name: entry, why: choice });
    else if (!choices.some((c) => isSame(c, choice))) choices.push(choice);
  }
  return { choices, skipped };
}

function isSame(a: ModelChoice, b: ModelChoice): boolean {
  return a.model === b.model && a.settings.baseUrl === b.settings.baseUrl && a.dialect === b.dialect;
}

/** The service with this configuration; `entry` is the model that a list names, or "". */
export function chooseService(config: Config, service: Service, entry?: string): Outcome<ModelChoice> {
  // LLM_BASE_URL and LLM_API_KEY are those of LLM_PROVIDER, and of no other service.
  const isNamed = named(config) === service.id;
  const given = (isNamed ? config.text("LLM_BASE_URL") : undefined) ?? config.text(baseUrlVariable(service));
  const baseUrl = given ?? ownBaseUrl(service, (env) => config.text(env));
  if (isFault(baseUrl)) return baseUrl;
  const [key = null, ...spareKeys] = keysIn(keyOf(config, service), isNamed ? config : null);
  if (key === null && service.keyless !== true && given === undefined) return noKey(service);
  const own = isNamed || named(config) === null ? config.text("MODEL") : undefined;
  const model = (entry ?? own) || service.model;
  if (model === undefined && service.pick === undefined) return noModel(service.title);
  const { keyHeader, tokensField, version, nineIds, promptedTools, toolChoice, extra, pick: word } = service;
  const quirks = { keyHeader, tokensField, version, nineIds, promptedTools, toolChoice, extra, pick: word };
  const settings: ModelConfig = { baseUrl, key, stream: config.on("LLM_STREAMING"), ...quirks };
  const name = model === undefined ? service.id : `${service.id}/${model}`;
  return { name, title: service.title, model: model ?? AUTO_MODEL, dialect: service.dialect, settings, spareKeys };
}

/** The keys that a variable lists, else those of LLM_API_KEY where that is meant. */
function keysIn(own: Secret | undefined, general: Config | null): readonly Secret[] {
  const all = own ?? general?.secret("LLM_API_KEY");
  return all === undefined ? [] : splitSecret(all).slice(0, MODEL_KEYS_MAX);
}

/** The id of LLM_PROVIDER; null when nothing was chosen by name or address. */
function named(config: Config): string | null {
  const name = config.text("LLM_PROVIDER");
  if (name === undefined) return config.text("LLM_BASE_URL") === undefined ? null : "";
  const service = serviceNamed(name, "LLM_PROVIDER");
  return isFault(service) ? "" : service.id;
}

/** Any endpoint that speaks OpenAI chat completions. */
function chooseUrl(config: Config, baseUrl: string): Outcome<ModelChoice> {
  const model = config.text("MODEL");
  if (model === undefined) return noModel("LLM_BASE_URL");
  const [key = null, ...spareKeys] = keysIn(undefined, config);
  return {
    name: model,
    title: "LLM_BASE_URL",
    model,
    dialect: "openai",
    settings: { baseUrl, key, stream: config.on("LLM_STREAMING") },
    spareKeys,
  };
}

/** The smallest question, to see whether a service works: it costs a few tokens. */
export function testAsk(model: string): Ask {
  const messages = [{ role: "user", text: "Answer with one word: ready" }] as const;
  return { model, system: "", messages, tools: [], maxTokens: MODEL_TEST_TOKENS };
}

function noModel(title: string): Fault {
  return fault("input", `${title} is configured, but no model is named.`, {
    code: "bad_config",
    next: "Set MODEL to a model id of that service.",
  });
}

function noKey(service: Service): Fault {
  const [variable = "LLM_API_KEY"] = service.keys;
  return fault("input", `${service.title} is chosen, but it has no key.`, {
    code: "bad_config",
    next: `Set ${variable}.`,
  });
}

/** A key of one service never goes to another's URL: with LLM_BASE_URL alone no service is picked by its key. */
function pick(config: Config, name: string | undefined, baseUrl: string | undefined): Outcome<Service | null> {
  if (name !== undefined) return serviceNamed(name, "LLM_PROVIDER");
  if (baseUrl !== undefined) return null;
  const keyed = SERVICES.find((s) => keyOf(config, s) !== undefined);
  if (keyed !== undefined) return keyed;
  const lone = config.secret("LLM_API_KEY");
  if (lone === undefined) return null;
  return fault("input", "LLM_API_KEY is set, but not for which service.", {
    code: "bad_config",
    next: "Set LLM_PROVIDER or LLM_BASE_URL.",
  });
}
