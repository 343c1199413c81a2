// Follows redirects of reads (RFC 9110 section 15.4): at most a few, without credentials to
// another host, never from https to http.

import { fault, isFault, type Wait } from "../base/fault.ts";
import { REDIRECTS_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { isSecret } from "../base/secret.ts";
import { parseUrl, resolveUrl, type Url } from "../base/url.ts";
import type { Http, Request, Response } from "../port/http.ts";
import { headerValue } from "./http-head.ts";

const MOVED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CREDENTIALS: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie"]);

const NEXT = "Open the address in a browser to see where it leads, and give that address.";

/** Sends a GET or HEAD and follows its redirects; `url` is where the response came from. */
export async function sendFollowing(s: Scope, http: Pick<Http, "send">, r: Request): Wait<Response & { url: string }> {
  if (r.method !== "GET" && r.method !== "HEAD") {
    return fault("input", "Only reads (GET, HEAD) may follow a redirect.", {
      code: "bad_method",
      next: "Send the write to the final address itself.",
    });
  }
  let request = r;
  for (let hops = 0; hops <= REDIRECTS_MAX; hops += 1) {
    const response = await http.send(s, request);
    if (isFault(response)) return response;
    const location = MOVED.has(response.status) ? headerValue(response.headers, "location") : undefined;
    if (location === undefined) return { ...response, url: request.url };
    const next = nextRequest(request, location);
    if (isFault(next)) return next;
    request = next;
  }
  return fault("failed", `The address redirects more than ${REDIRECTS_MAX} times.`, { code: "redirects", next: NEXT });
}

function nextRequest(r: Request, location: string): Request | ReturnType<typeof fault> {
  const from = parseUrl(r.url);
  if (isFault(from)) return from;
  const to = resolveUrl(from, location);
  if (isFault(to))
    return fault("failed", "The server redirects to an address that is not accepted.", {
      code: "redirects",
      next: NEXT,
    });
  if (from.scheme === "https" && to.scheme === "http") {
    return fault("denied", "The server redirects from https to http, which is not followed.", {
      code: "downgrade",
      next: "If the content need not be secret, ask for the address with http://.",
    });
  }
  // A secret target belongs to the address it was made for.
  const { target: _, ...rest } = r;
  if (isSameOrigin(from, to)) return { ...rest, url: to.href };
  const { tls: __, ...bare } = rest;
  const headers = r.headers.filter(([name, value]) => !isSecret(value) && !CREDENTIALS.has(name.toLowerCase()));
  return { ...bare, url: to.href, headers };
}

function isSameOrigin(a: Url, b: Url): boolean {
  return a.scheme === b.scheme && a.host === b.host && a.port === b.port;
}
