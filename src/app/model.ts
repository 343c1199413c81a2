// Which model service is meant: LLM_BASE_URL, or LLM_PROVIDER, or the first service whose
// key is set. Answers the provider's configuration, or the sentence why there is none.

import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import type { Secret } from "../base/secret.ts";
import { nearest } from "../base/text.ts";
import type { Config } from "./config.ts";
import { SERVICES, type Service } from "./services.ts";

export interface ModelChoice {
  readonly title: string;
  readonly model: string;
  readonly settings: { readonly baseUrl: string; readonly key: Secret | null; readonly stream: boolean };
}

function keyOf(config: Config, service: Service): Secret | undefined {
  for (const env of service.keys) {
    const found = config.secret(env);
    if (found !== undefined) return found;
  }
  return undefined;
}

function named(name: string): Outcome<Service> {
  const service = SERVICES.find((s) => s.id === name);
  if (service !== undefined) return service;
  const near = nearest(
    name,
    SERVICES.map((s) => s.id),
  )[0];
  return fault("input", `LLM_PROVIDER "${name}" is not a known model service.`, {
    code: "bad_config",
    next: near === undefined ? `Known: ${SERVICES.map((s) => s.id).join(", ")}.` : `Did you mean "${near}"?`,
  });
}

function noModel(title: string): Fault {
  return fault("input", `${title} is configured, but no model is named.`, {
    code: "bad_config",
    next: "Set MODEL to a model id of that service.",
  });
}

/** Null when no model service is configured at all. */
export function chooseModel(config: Config): Outcome<ModelChoice | null> {
  const name = config.text("LLM_PROVIDER");
  const baseUrl = config.text("LLM_BASE_URL");
  const service = pick(config, name, baseUrl);
  if (isFault(service)) return service;
  if (service === null && baseUrl === undefined) return null;
  const title = service?.title ?? "LLM_BASE_URL";
  const own = service === null ? undefined : keyOf(config, service);
  const key =
    (baseUrl === undefined ? (own ?? config.secret("LLM_API_KEY")) : (config.secret("LLM_API_KEY") ?? own)) ?? null;
  const model = config.text("MODEL") ?? service?.model;
  if (model === undefined) return noModel(title);
  if (key === null && service !== null && service.keys.length > 0 && baseUrl === undefined) {
    return fault("input", `${title} is chosen, but it has no key.`, {
      code: "bad_config",
      next: `Set ${service.keys[0]}.`,
    });
  }
  const settings = { baseUrl: baseUrl ?? service?.baseUrl ?? "", key, stream: config.on("LLM_STREAMING") };
  return { title, model, settings };
}

/** A key of one service never goes to another's URL: with LLM_BASE_URL alone no service is picked by its key. */
function pick(config: Config, name: string | undefined, baseUrl: string | undefined): Outcome<Service | null> {
  if (name !== undefined) return named(name);
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
