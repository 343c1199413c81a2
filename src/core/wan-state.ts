// How the router reaches the internet now: over a metered link (LTE), badly, or well. Read
// from its active default route and its netwatch probes, seldom, and never waited for long.

import { isFault } from "../base/fault.ts";
import { LINK_READ_MS, LINK_STATE_MS, WAN_ROWS_MAX } from "../base/limits-models.ts";
import { orStop, type Scope, withScope } from "../base/scope.ts";
import type { RosRow, Router } from "../port/router.ts";
import type { CoreDeps } from "./deps.ts";
import type { WanState } from "./failover-route.ts";

const WEAK_LOSS_PERCENT = 10;
const METERED = /^(lte|ppp-out|modem)/;

async function read(s: Scope, router: Router): Promise<WanState> {
  const routes = await router.print(s, "/ip/route", { "dst-address": "0.0.0.0/0", active: "true" }, WAN_ROWS_MAX);
  if (isFault(routes)) return "good";
  const best = [...routes].sort((a, b) => Number(a["distance"] ?? 1) - Number(b["distance"] ?? 1))[0];
  // "192.0.2.1%lte1", or the interface alone.
  const way = `${best?.["immediate-gw"] ?? best?.["gateway"] ?? ""}`.split("%").at(-1) ?? "";
  if (METERED.test(way)) return "metered";
  const watches = await router.print(s, "/tool/netwatch", {}, WAN_ROWS_MAX);
  return !isFault(watches) && watches.some(loses) ? "weak" : "good";
}

function loses(row: RosRow): boolean {
  return row["disabled"] !== "true" && Number(row["loss-percent"] ?? 0) >= WEAK_LOSS_PERCENT;
}

export interface WanWatch {
  state(s: Scope): Promise<WanState>;
}

/** Asks the router only where it could change something. */
export function makeWanWatch(deps: CoreDeps): WanWatch {
  let known: WanState = "good";
  let untilMs = 0;
  return {
    async state(s) {
      const { router, model, clock } = deps;
      if (router === null || model === null || model.links.length < 2 || clock.monoMs() < untilMs) return known;
      untilMs = clock.monoMs() + LINK_STATE_MS;
      const seen = await withScope(s, LINK_READ_MS, (ls) => orStop(ls, read(ls, router)));
      if (!isFault(seen)) known = seen;
      return known;
    },
  };
}
