// Which routes of the simulated router are in use: gateways reached over connected networks
// or, recursively, over other routes by hand; of those to one place the nearest.
// Facts: MikroTik manual, IP Routing (next hop lookup by scope and target-scope, distance).

import { SIM_HOPS_MAX } from "../../base/limits-sim.ts";
import { type Fields, isTrue } from "./rows.ts";
import { inPrefix } from "./values.ts";
import type { World } from "./world.ts";

const get = (f: Fields, name: string, without: string): string => f.get(name) ?? without;
const number = (f: Fields, name: string, without: number): number => Number(f.get(name) ?? without);

/** The interface behind a gateway, with the address there; null when there is no way to it. */
function nextHop(world: World, routes: readonly Fields[], route: Fields, depth: number): string | null {
  if (route.has("blackhole") || get(route, "type", "") === "blackhole") return "";
  const gateway = get(route, "gateway", "").split(",")[0] ?? "";
  const up = (name: string): boolean =>
    world.rows("/interface").some((r) => r.fields.get("name") === name && !isTrue(r.fields, "disabled"));
  const [address = "", at] = gateway.split("%");
  if (!/^\d+(\.\d+){3}$/.test(address)) return gateway !== "" && up(gateway) ? gateway : null;
  const connected = routes.find(
    (r) =>
      isTrue(r, "connect") &&
      inPrefix(address, get(r, "dst-address", "")) &&
      (at ?? r.get("gateway")) === r.get("gateway"),
  );
  if (connected !== undefined) return `${address}%${get(connected, "gateway", "")}`;
  if (depth >= SIM_HOPS_MAX) return null;
  const most = number(route, "target-scope", 10);
  const over = routes.filter(
    (r) =>
      r !== route &&
      !isTrue(r, "connect") &&
      !isTrue(r, "disabled") &&
      number(r, "scope", 30) <= most &&
      inPrefix(address, get(r, "dst-address", "")),
  );
  for (const r of over) {
    const hop = nextHop(world, routes, r, depth + 1);
    if (hop !== null) return hop;
  }
  return null;
}

/** Says of each route whether it is in use, and by which way. */
export function settleRoutes(world: World): void {
  const routes = world.rows("/ip/route").map((r) => r.fields);
  const hops = new Map(
    routes.map((r) => [r, isTrue(r, "disabled") ? null : isTrue(r, "connect") ? "" : nextHop(world, routes, r, 0)]),
  );
  const placeOf = (r: Fields): string => `${get(r, "routing-table", "main")} ${get(r, "dst-address", "0.0.0.0/0")}`;
  const nearest = new Map<string, number>();
  for (const [r, hop] of hops) {
    const place = placeOf(r);
    if (hop !== null) nearest.set(place, Math.min(nearest.get(place) ?? 255, number(r, "distance", 1)));
  }
  for (const [r, hop] of hops) {
    const isActive = hop !== null && nearest.get(placeOf(r)) === number(r, "distance", 1);
    r.set("active", String(isActive));
    r.set("inactive", String(!isActive));
    if (isTrue(r, "connect") || isTrue(r, "dynamic")) continue;
    if (hop === null || hop === "") r.delete("immediate-gw");
    else r.set("immediate-gw", hop);
  }
}
