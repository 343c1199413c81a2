// ROUTER_HOST in its three forms to a base URL and certificate rules. Without a scheme:
// http on loopback, else https on 443; never a downgrade.

import { type Fault, fault, isFault, type Outcome } from "../base/fault.ts";
import { isLoopback, parseUrl, type Url } from "../base/url.ts";
import type { Tls } from "../port/host.ts";
import type { Config } from "./config.ts";

export interface RouterAddress {
  readonly base: Url;
  readonly tls: Omit<Tls, "name">;
}

function bad(text: string): Fault {
  return fault("input", `ROUTER_HOST "${text}" is not a host, host:port or URL.`, {
    code: "bad_config",
    next: "Write 192.168.88.1, 192.168.88.1:443 or https://192.168.88.1.",
  });
}

/** A bare host or host:port as a URL; an IPv6 address may stand without brackets. */
function withScheme(text: string): Url | Fault {
  const bare = text.split(":").length > 2 && !text.startsWith("[") ? `[${text}]` : text;
  const url = parseUrl(`http://${bare}`);
  if (isFault(url)) return bad(text);
  if (isLoopback(url.host)) return url;
  const secure = parseUrl(`https://${bare}`);
  return isFault(secure) ? bad(text) : secure;
}

/** Null when no router is configured. */
export function routerAddress(config: Config, extraPem: string | undefined): Outcome<RouterAddress | null> {
  const text = config.text("ROUTER_HOST");
  if (text === undefined) return null;
  const url = text.includes("://") ? parseUrl(text) : withScheme(text);
  if (isFault(url)) return bad(text);
  if (url.path !== "/" || url.query !== "") return bad(text);
  const pin = config.text("ROUTER_PIN")?.replace(/[:\s]/g, "").toLowerCase();
  if (pin !== undefined && !/^[0-9a-f]{64}$/.test(pin)) {
    return fault("input", "ROUTER_PIN is not a SHA-256 fingerprint (64 hexadecimal digits).", {
      code: "bad_config",
      next: "On the router: /certificate/print proplist=name,fingerprint",
    });
  }
  if (pin !== undefined && url.scheme === "http") {
    return fault("input", "ROUTER_PIN is set, but the router's address is plain http.", {
      code: "bad_config",
      next: "Write ROUTER_HOST=https://…, or remove ROUTER_PIN.",
    });
  }
  const tls = { roots: "mozilla" as const, ...(pin === undefined ? {} : { pinSha256: pin }) };
  return { base: url, tls: extraPem === undefined ? tls : { ...tls, extraPem } };
}
