// Against DNS rebinding: a web page whose name was pointed at this machine sends its own name
// as Host. Addresses, localhost and names that the owner configured are let in, nothing else.

import { type Fault, fault, isFault } from "../../base/fault.ts";
import { hostKind, parseUrl } from "../../base/url.ts";
import { headerValue } from "../../net/http-head.ts";
import type { Headers } from "../../port/http.ts";

/** A check of `Host`; `names` are compared without case. */
export function makeHostCheck(names: readonly string[]): (headers: Headers) => Fault | null {
  const allowed = new Set(["localhost", ...names.map(plain)]);
  // Headers that were let in: the server gives the same ones for the same head.
  const known = new WeakSet<Headers>();
  const judge = (headers: Headers): Fault | null => {
    const value = headerValue(headers, "host");
    // HTTP/1.0 may leave it out; no browser does.
    if (value === undefined) return null;
    if (!/^[A-Za-z0-9._:[\]-]+$/.test(value)) return misdirected();
    // A fully qualified name may end in a dot, which the URL parser does not take.
    const url = parseUrl(`http://${value.replace(/\.(?=:\d+$|$)/, "")}/`);
    if (isFault(url)) return misdirected();
    return hostKind(url.host) !== "name" || allowed.has(url.host) ? null : misdirected();
  };
  return (headers) => {
    if (known.has(headers)) return null;
    const wrong = judge(headers);
    if (wrong === null) known.add(headers);
    return wrong;
  };
}

/** A name without case and without the dot of a fully qualified one. */
function plain(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, "");
}

function misdirected(): Fault {
  return fault("denied", "This gateway is not known under the name that was asked for.", {
    code: "misdirected",
    next: "Use its IP address or localhost, or add the name to GATEWAY_NAMES.",
  });
}
