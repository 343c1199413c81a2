// ROUTER_HOST in its three forms to a base URL and certificate rules. Without a scheme:
// http on loopback, else https on 443; never a downgrade.

import { fault, isFault, type Outcome } from "../base/fault.ts";
import { type Secret, secret } from "../base/secret.ts";
import { isLoopback, parseUrl, type Url } from "../base/url.ts";
import type { Tls } from "../port/host.ts";
import type { Config } from "./config.ts";

/** Where the router is and as whom it is asked. */
export interface RouterAddress {
  readonly base: Url;
  readonly tls: Omit<Tls, "name">;
  readonly user: string;
  readonly pass: Secret;
}

/** What `text`, written as `name`, means. It is not repeated where it holds a password. */
export function routerUrl(text: string, name: string): Outcome<Url> {
  if (text.includes("@"))
    return fault("input", `${name} holds a user name or password, which does not belong there.`, {
      code: "bad_config",
      next: "Write the host alone, and set ROUTER_USER and ROUTER_PASS.",
    });
  const url = text.includes("://") ? parseUrl(text) : withScheme(text);
  if (!isFault(url) && url.path === "/" && url.query === "") return url;
  return fault("input", `${name} "${text}" is not a host, host:port or URL.`, {
    code: "bad_config",
    next: "Write 192.168.88.1, 192.168.88.1:443 or https://192.168.88.1.",
  });
}

/** A bare host or host:port as a URL; an IPv6 address may stand without brackets. */
function withScheme(text: string): Outcome<Url> {
  const bare = text.split(":").length > 2 && !text.startsWith("[") ? `[${text}]` : text;
  const url = parseUrl(`http://${bare}`);
  return isFault(url) || isLoopback(url.host) ? url : parseUrl(`https://${bare}`);
}

/** Null when no router is configured. */
export function routerAddress(config: Config, extraPem: string | undefined): Outcome<RouterAddress | null> {
  const text = config.text("ROUTER_HOST");
  if (text === undefined) return null;
  const url = routerUrl(text, "ROUTER_HOST");
  if (isFault(url)) return url;
  const pin = config.text("ROUTER_PIN")?.replace(/[:\s]/g, "").toLowerCase();
  if (pin !== undefined && url.scheme === "http") {
    return fault("input", "ROUTER_PIN is set, but the router's address is plain http.", {
      code: "bad_config",
      next: "Write ROUTER_HOST=https://…, or remove ROUTER_PIN.",
    });
  }
  const tls = { roots: "mozilla" as const, ...(pin === undefined ? {} : { pinSha256: pin }) };
  const user = config.text("ROUTER_USER") ?? "admin";
  const pass = config.secret("ROUTER_PASS") ?? secret("router_pass", "");
  return { base: url, tls: extraPem === undefined ? tls : { ...tls, extraPem }, user, pass };
}
