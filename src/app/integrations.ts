// What this build can work with, read from the catalogue: model services, channels, tools,
// stores and the router, each with what it was tested against.

import { fault, type Outcome } from "../base/fault.ts";
import { nearest } from "../base/text.ts";
import * as channels from "./catalog/channels.ts";
import * as stores from "./catalog/stores.ts";
import { toolsOf } from "./catalog.ts";
import type { Service } from "./service-row.ts";
import { baseUrlVariable, SERVICES } from "./services.ts";

/** One thing to work with; machines read it as JSON. */
export interface Integration {
  readonly id: string;
  readonly kind: "provider" | "channel" | "tool" | "store" | "service";
  readonly title: string;
  readonly dialect?: string;
  readonly baseUrl?: string;
  /** Variable with the key; others may do too. */
  readonly keyEnv?: string;
  readonly docs?: string;
  /** More that `info` says, name and value. */
  readonly more?: Readonly<Record<string, string>>;
  readonly tested: string;
}

// Of the versions that package.json names.
const SCRIPTED = "own scripts of what services really send, cut at every place";
const TESTED: Readonly<Record<Service["dialect"], string>> = {
  openai: `${SCRIPTED}; the official openai client and @copilotkit/aimock`,
  "openai-responses": `${SCRIPTED}; the official openai client and @copilotkit/aimock`,
  anthropic: `${SCRIPTED}; @anthropic-ai/sdk and @copilotkit/aimock`,
  gemini: `${SCRIPTED}; @google/genai and @copilotkit/aimock`,
  ollama: `${SCRIPTED}; @copilotkit/aimock`,
};
const ADDRESS = "address, key header and body fields as in its documents; never the live service";

function provider(service: Service): Integration {
  const { id, title, dialect, baseUrl, keys, docs, retired } = service;
  if (retired !== undefined) return { id, kind: "provider", title: `${title} (retired)`, docs, tested: retired };
  const [keyEnv] = keys;
  const model = service.model ?? (service.pick === undefined ? "MODEL" : "MODEL, or one that the service lists");
  const more = {
    ...(keys.length > 1 ? { "other keys": keys.slice(1).join(", ") } : {}),
    ...(service.also === undefined ? {} : { "also called": service.also.join(", ") }),
    ...(service.keyless === true ? { "needs a key": "no" } : {}),
    ...(service.promptedTools === true ? { tools: "told in the prompt" } : {}),
    model,
    "own base URL": baseUrlVariable(service),
  };
  const named = keyEnv === undefined ? {} : { keyEnv };
  return {
    ...{ id, kind: "provider", title, dialect, baseUrl, ...named, docs, more },
    tested: `${TESTED[dialect]}; ${ADDRESS}`,
  };
}

const CHANNEL_TESTS: Readonly<Record<string, string>> = {
  cli: "the built program at a pipe and at a terminal",
  http: "the built program over real sockets",
  telegram: "own scripts of the Bot API, and telegram-test-api",
};

const ROUTEROS: Integration = {
  id: "routeros",
  kind: "service",
  title: "The router: RouterOS 7 over its REST API",
  keyEnv: "ROUTER_PASS",
  more: { address: "ROUTER_HOST" },
  tested: "the simulated router, as each release from 7.10 on; never a real one",
};

/** Everything, by kind and then in the catalogue's order. */
export function integrations(): readonly Integration[] {
  return [
    ...SERVICES.map(provider),
    ...Object.values(channels).map(
      ({ id, meta }): Integration => ({
        id,
        kind: "channel",
        title: meta.title,
        docs: meta.docs,
        tested: CHANNEL_TESTS[id] ?? "not tested",
      }),
    ),
    ...toolsOf().map(
      ({ name, purpose, effect }): Integration => ({
        id: name,
        kind: "tool",
        title: purpose,
        more: { effect },
        tested: "the suite of all tools, on the simulated router",
      }),
    ),
    ...Object.keys(stores).map(
      (id): Integration => ({
        id,
        kind: "store",
        title: "Memory of the process; nothing is written to flash",
        tested: "the suite of all stores",
      }),
    ),
    ROUTEROS,
  ];
}

/** The integration of this name, or the nearest one's. */
export function integrationNamed(name: string): Outcome<Integration> {
  const wanted = name.trim().toLowerCase();
  const all = integrations();
  const id = SERVICES.find((s) => s.also?.includes(wanted))?.id ?? wanted;
  const found = all.find((x) => x.id === id);
  if (found !== undefined) return found;
  const names = [...all.map((x) => x.id), ...SERVICES.flatMap((s) => s.also ?? [])];
  const near = nearest(name, names)[0];
  const next = near === undefined ? "See them all: mikroclaw integrations list" : `Did you mean "${near}"?`;
  return fault("input", `"${name}" is not an integration.`, { code: "usage", next });
}
