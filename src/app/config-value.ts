// One value of the configuration from text: what each kind of key takes, and the sentence
// that says what was expected. A refused value is not repeated: it may hold a password.

import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { ipv4Bytes, ipv6Words } from "../base/ip.ts";
import { isSecret, type Secret, secret } from "../base/secret.ts";
import { parseUrl } from "../base/url.ts";
import { parseLimit } from "../core/budget-limit.ts";
import { parseRoleRule } from "../core/policy.ts";
import { type ConfigKey, helpOf } from "./config-keys.ts";
import { routerUrl } from "./router-address.ts";
import { serviceNamed } from "./services.ts";

export type ConfigValue = string | number | boolean | readonly string[] | Secret;

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ...["1", "true", "yes", "on"].map((word) => [word, true] as const),
  ...["0", "false", "no", "off"].map((word) => [word, false] as const),
]);

/** The value of one key; `name` says where it was written. Empty text means "not set", as in a container's environment. */
export function configValue(key: ConfigKey, given: string, name: string): Outcome<ConfigValue | null> {
  // Files and containers leave line ends behind; other spaces may belong to a password.
  const text = key.kind === "secret" ? given.replace(/[\r\n]+$/, "") : given.trim();
  if (text === "") return null;
  if (/[\u0000-\u001f\u007f]/.test(text)) return misfit(key, name, "one line without control characters");
  const value = fromText(key, text, name);
  return value ?? misfit(key, name, expected(key));
}

/** The sentence for a value that does not fit. */
export function misfit(key: ConfigKey, name: string, wanted: string): Fault {
  return fault("input", `${name} must be ${wanted}.`, { code: "bad_config", next: helpOf(key) });
}

function expected({ kind, min, max, choices = [] }: ConfigKey): string {
  switch (kind) {
    case "switch":
      return "1 or 0";
    case "choice":
      return `one of ${choices.join(", ")}`;
    case "url":
      return "an http or https URL, without user name or password";
    case "address":
      return "an IP address of this machine, or localhost";
    case "pin":
      return "a SHA-256 fingerprint of 64 hexadecimal digits";
    case "budget":
      return "an amount such as 200000, 2 usd or 200k 2usd";
    case "menus":
      return "menus with commas between them, such as /ip/firewall,/queue";
    case "roles":
      return "rules such as telegram/@anna=admin, telegram/chat:-100=viewer or *=viewer, with commas between them";
    case "number":
      return `a whole number from ${min} to ${max}`;
    default:
      return "text";
  }
}

/** Null: it does not fit, and {@link expected} says what would. */
function fromText(key: ConfigKey, text: string, name: string): Outcome<ConfigValue | null> {
  const fits = (good: boolean): string | null => (good ? text : null);
  switch (key.kind) {
    case "text":
      return text;
    case "secret":
      return secret(key.env.toLowerCase(), text);
    case "list":
      return listOf(text);
    case "menus":
      return listWhere(text, (m) => MENU.test(m));
    case "roles":
      return listWhere(text, (rule) => parseRoleRule(rule) !== null);
    case "switch":
      return SWITCHES.get(text.toLowerCase()) ?? null;
    case "choice":
      return fits(key.choices?.includes(text) === true);
    case "url":
      return fits(!isFault(parseUrl(text)));
    case "address":
      return fits(text === "localhost" || ipv4Bytes(text) !== null || ipv6Words(text) !== null);
    case "pin":
      return fits(/^[0-9a-f]{64}$/i.test(text.replace(/[:\s]/g, "")));
    case "number":
      return numberIn(key, text);
    case "router": {
      const url = routerUrl(text, name);
      return isFault(url) ? url : text;
    }
    case "budget":
      return fits(parseLimit(text) !== null);
    case "service": {
      const service = serviceNamed(text, name);
      return isFault(service) ? service : text;
    }
  }
}

function listOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((t) => t.trim())
    .filter((t) => t !== "");
}

const MENU = /^(\/|\/?[a-z0-9-]+([\s/]+[a-z0-9-]+)*\/?)$/i;

/** An empty list would be no bound at all. */
function listWhere(text: string, fits: (item: string) => boolean): readonly string[] | null {
  const items = listOf(text);
  return items.length > 0 && items.every(fits) ? items : null;
}

function numberIn({ min = 0, max = Number.MAX_SAFE_INTEGER }: ConfigKey, text: string): number | null {
  const n = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  return n >= min && n <= max ? n : null;
}

/** A value for a person, without what is secret. */
export function shownValue(value: ConfigValue): string {
  if (isSecret(value)) return "***";
  if (typeof value === "boolean") return value ? "1" : "0";
  if (Array.isArray(value)) return value.join(",");
  // A key in the query of a URL.
  return String(value).replace(/([?&][^=&]*(?:key|token|secret|sig)[^=&]*=)[^&]*/gi, "$1***");
}
