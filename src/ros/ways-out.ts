// The router's ways to the internet: default routes, and the interface behind each.
// Facts: MikroTik manual, IP Routing; PPPoE; VLAN.

import type { RosRow } from "../port/router.ts";

const DEFAULTS: ReadonlySet<string> = new Set(["0.0.0.0/0", "::/0"]);

/** Default routes, those in use first, then by distance. */
export function defaultRoutes(routes: readonly RosRow[]): readonly RosRow[] {
  const rank = (r: RosRow): number => (r["active"] === "true" ? 0 : 1_000) + Number(r["distance"] ?? 1);
  return routes.filter((r) => DEFAULTS.has(r["dst-address"] ?? "")).sort((a, b) => rank(a) - rank(b));
}

/** The interface of a route: "192.0.2.1%ether1" and "pppoe-out1" both name it; "" when unknown. */
export function outOf(route: RosRow): string {
  const via = route["immediate-gw"] ?? route["gateway"] ?? "";
  const at = via.indexOf("%");
  if (at >= 0) return via.slice(at + 1);
  return /^[0-9.:a-f]+$/i.test(via) ? "" : via;
}

/** The gateway's address; "" where the route names only an interface. */
export function gatewayOf(route: RosRow): string {
  const address = (route["immediate-gw"] ?? route["gateway"] ?? "").split("%")[0] ?? "";
  return /^[0-9.]+$|:/.test(address) ? address : "";
}
