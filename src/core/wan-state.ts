// How the router reaches the internet now: over a metered link (LTE), badly, or well. Read
// from its active default route and its netwatch probes, seldom, and never waited for long.

import { isFault } from "../base/fault.ts";
import { LINK_READ_MS, LINK_STATE_MS, WAN_ROWS_MAX } from "../base/limits-models.ts";
import { orStop, type Scope, withScope } from "../base/scope.ts";
import { isPrivateAddress } from "../base/url.ts";
import type { RosRow, Router } from "../port/router.ts";
import type { CoreDeps } from "./deps.ts";
import type { WanState } from "./failover-route.ts";
import type { TaskKind } from "./task-kind.ts";

const WEAK_LOSS_PERCENT = 10;
/** Names and types of interfaces whose bytes cost money; a name may be the owner's own. */
const METERED = /^(lte|ppp-out|modem)/;

async function read(s: Scope, router: Router): Promise<WanState> {
  const routes = await router.print(s, "/ip/route", { "dst-address": "0.0.0.0/0", active: "true" }, WAN_ROWS_MAX);
  if (isFault(routes)) return "good";
  const nearest = Math.min(...routes.map(distanceOf));
  // "192.0.2.1%lte1", or the interface alone; routes of one distance share the load.
  const ways = routes
    .filter((r) => distanceOf(r) === nearest)
    .map((r) => `${r["immediate-gw"] ?? r["gateway"] ?? ""}`.split("%").at(-1) ?? "");
  const types = await typesOf(s, router, ways);
  if (ways.length > 0 && ways.every((way) => METERED.test(way) || METERED.test(types.get(way) ?? ""))) return "metered";
  const watches = await router.print(s, "/tool/netwatch", {}, WAN_ROWS_MAX);
  if (isFault(watches)) return "good";
  const outside = watches.filter(isOutside);
  // One far host that is down is not a bad way.
  return outside.length > 0 && outside.filter(loses).length * 2 > outside.length ? "weak" : "good";
}

const distanceOf = (row: RosRow): number => Number(row["distance"] ?? 1);

/** Interface → type, of those whose names do not say it. */
async function typesOf(s: Scope, router: Router, ways: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of new Set(ways.filter((way) => way !== "" && !METERED.test(way)))) {
    const rows = await router.print(s, "/interface", { name }, 1);
    if (!isFault(rows)) found.set(name, rows[0]?.["type"] ?? "");
  }
  return found;
}

/** A probe of something beyond the owner's network: others say nothing about the way to it. */
function isOutside(row: RosRow): boolean {
  const host = row["host"] ?? "";
  return row["disabled"] !== "true" && row["loss-percent"] !== undefined && !isPrivateAddress(host);
}

function loses(row: RosRow): boolean {
  return Number(row["loss-percent"]) >= WEAK_LOSS_PERCENT;
}

export interface WanWatch {
  /** For a question of this kind. */
  state(s: Scope, task: TaskKind): Promise<WanState>;
}

/** Asks the router only where it could change something. */
export function makeWanWatch(deps: CoreDeps): WanWatch {
  let known: WanState = "good";
  let untilMs = 0;
  return {
    async state(s, task) {
      const { router, model, clock } = deps;
      if (router === null || model === null || !model.asksForLink(task) || clock.monoMs() < untilMs) return known;
      untilMs = clock.monoMs() + LINK_STATE_MS;
      const seen = await withScope(s, LINK_READ_MS, (ls) => orStop(ls, read(ls, router)));
      if (!isFault(seen)) known = seen;
      return known;
    },
  };
}
