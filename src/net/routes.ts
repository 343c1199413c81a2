// A table of fixed routes as one handler: 404 for an unknown path, 405 with Allow for a
// known one (RFC 9110 15.5.6). GET answers HEAD too; the server leaves the body out.

import { assert } from "../base/bug.ts";
import { fault } from "../base/fault.ts";
import type { Handler } from "../port/http.ts";
import { faultReply } from "./http-reply.ts";

export interface Route {
  method: string;
  path: string;
  handler: Handler;
}

/** The handler that passes each request to its route. */
export function routes(table: readonly Route[]): Handler {
  const paths = new Map<string, Map<string, Handler>>();
  for (const { method, path, handler } of table) {
    const methods = paths.get(path) ?? new Map<string, Handler>();
    assert(!methods.has(method), `two routes for ${method} ${path}`);
    methods.set(method, handler);
    if (method === "GET" && !methods.has("HEAD")) methods.set("HEAD", handler);
    paths.set(path, methods);
  }
  return (s, r) => {
    const methods = paths.get(r.path);
    if (methods === undefined) return fault("missing", "There is nothing at this path.", { code: "not_found" });
    const handler = methods.get(r.method);
    if (handler !== undefined) return handler(s, r);
    const allow = [...methods.keys()].join(", ");
    const why = fault("input", `This path takes ${allow} only.`, { code: "method_not_allowed" });
    return faultReply(why, [["Allow", allow]]);
  };
}
