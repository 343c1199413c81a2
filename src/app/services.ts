// Model services as data: all rows, the variables they bring, and how one is found by name.

import { type Fault, fault, type Outcome } from "../base/fault.ts";
import { nearest } from "../base/text.ts";
import * as providers from "./catalog/providers.ts";
import { HOSTS, OWN } from "./service-hosts.ts";
import type { Service } from "./service-row.ts";
import { VENDORS } from "./service-vendors.ts";

const dialects = new Set<string>(Object.values(providers).map((p) => p.id));

const ALL: readonly Service[] = [...VENDORS, ...HOSTS, ...OWN];

/** Every service that this build speaks the dialect of. The first one whose key is set is used when none is named. */
export const SERVICES: readonly Service[] = ALL.filter((s) => dialects.has(s.dialect));

/** Every variable that may hold a service's key. */
export const SERVICE_KEY_VARIABLES: readonly string[] = [...new Set(SERVICES.flatMap((s) => s.keys))];

/** `llama.cpp` → `LLAMA_CPP_BASE_URL`. */
export function baseUrlVariable({ id }: Service): string {
  return `${id.toUpperCase().replaceAll("-", "_").replaceAll(".", "_")}_BASE_URL`;
}

/** The service of this name; `what` names the place where it was written. */
export function serviceNamed(name: string, what: string): Outcome<Service> {
  const wanted = name.trim().toLowerCase();
  const found = ALL.find((s) => s.id === wanted || s.also?.includes(wanted));
  if (found === undefined) return unknown(name, what);
  if (!dialects.has(found.dialect)) {
    const next = "Choose another (mikroclaw integrations list), or build with its PROVIDERS.";
    return fault("missing", `This build leaves out ${found.title}.`, { code: "bad_config", next });
  }
  if (found.retired === undefined) return found;
  return fault("missing", found.retired, { code: "bad_config", next: "Choose another: mikroclaw integrations list" });
}

function unknown(name: string, what: string): Fault {
  const names = SERVICES.filter((s) => s.retired === undefined).flatMap((s) => [s.id, ...(s.also ?? [])]);
  const near = nearest(name, names)[0];
  const next = near === undefined ? "See them all: mikroclaw integrations list" : `Did you mean "${near}"?`;
  return fault("input", `${what} "${name}" is not a known model service.`, { code: "bad_config", next });
}

type Text = (variable: string) => string | undefined;

// Part of a host name or path, so nothing that could lead elsewhere.
const PLAIN = /^[A-Za-z0-9-]{1,64}$/;

/** The service's own base URL, with what its template takes from the configuration. */
export function ownBaseUrl(service: Service, text: Text): Outcome<string> {
  let url = service.baseUrl;
  for (const [place, variable = ""] of service.baseUrl.matchAll(/\{([A-Z_]+)\}/g)) {
    const value = text(variable);
    if (value === undefined || !PLAIN.test(value)) {
      const why = value === undefined ? "is not set" : "may hold only letters, digits and hyphens";
      return fault("input", `${service.title} needs ${variable}, which ${why}.`, {
        code: "bad_config",
        next: `Set ${variable}.`,
      });
    }
    url = url.replace(place, value);
  }
  return url;
}
