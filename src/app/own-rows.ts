// ROUTEROS_FIREWALL and HEARTBEAT_ROUTEROS: what they ask for, checked, and kept up while
// the gateway is open.

import { fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { OWN_ROWS_EVERY_MS } from "../base/limits.ts";
import { launch, type Scope } from "../base/scope.ts";
import { parseRosDuration } from "../base/time.ts";
import type { Clock, Log } from "../port/clock.ts";
import type { Http } from "../port/http.ts";
import { makeOwnRows, type OwnRows } from "../ros/own-rows.ts";
import { makeRest } from "../ros/rest.ts";
import type { Config } from "./config.ts";
import { gatewayScheme } from "./gateway-place.ts";
import type { RouterAddress } from "./router-address.ts";

const SUBNET = /^\d{1,3}(\.\d{1,3}){3}(\/([12]?\d|3[0-2]))?$/;
const BEAT_MS_MIN = 10_000;

function bad(what: string, next: string): Outcome<never> {
  return fault("input", what, { code: "bad_config", next });
}

function subnetsOf(config: Config): Outcome<readonly string[] | null> {
  if (!config.on("ROUTEROS_FIREWALL")) return null;
  const all = config.list("ROUTEROS_ALLOW_SUBNETS") ?? [];
  const wrong = all.find((subnet) => !SUBNET.test(subnet));
  if (wrong === undefined && all.length > 0) return all;
  return bad(`ROUTEROS_ALLOW_SUBNETS has "${wrong ?? ""}", which is no network.`, "Write 192.168.88.0/24,10.0.0.0/8.");
}

function beatOf(config: Config): Outcome<number | null> {
  if (!config.on("HEARTBEAT_ROUTEROS")) return null;
  const ms = parseRosDuration(config.text("HEARTBEAT_INTERVAL") ?? "");
  if (!isFault(ms) && ms >= BEAT_MS_MIN) return ms;
  return bad("HEARTBEAT_INTERVAL is no time of 10s or more.", "Write 5m or 30s.");
}

/** Null: nothing of it is asked for, or there is no router. */
export function ownRows(
  s: Scope,
  config: Config,
  http: Http,
  at: RouterAddress | null,
  port: number,
): Outcome<OwnRows | null> {
  const [subnets, beatMs] = [subnetsOf(config), beatOf(config)];
  if (isFault(subnets)) return subnets;
  if (isFault(beatMs)) return beatMs;
  if (at === null || (subnets === null && beatMs === null)) return null;
  const rest = makeRest({ http, ...at, scope: s });
  return makeOwnRows({ rest, user: at.user, port, scheme: gatewayScheme(config), subnets, beatMs });
}

/** Keeps the rows up from now on; says once what stands in the way. The answer ends that and takes them away. */
export function holdOwnRows(scope: Scope, rows: OwnRows, clock: Clock, log: Log): (s: Scope) => Promise<void> {
  let told = "";
  const tell = (done: Outcome<void>): void => {
    const what = isFault(done) && done.fault !== "stopped" ? done.what : "";
    if (isFault(done) && what !== "" && what !== told) {
      log.event("warn", "router.own_rows", { what, next: done.next ?? "" });
    }
    told = what;
  };
  const keeping = launch(scope, Number.POSITIVE_INFINITY, async (s): Wait<void> => {
    for (;;) {
      tell(await rows.keep(s));
      const slept = await clock.sleep(s, OWN_ROWS_EVERY_MS);
      if (isFault(slept)) return slept;
    }
  });
  return async (s) => {
    keeping.stop(fault("stopped", "The gateway is closing."));
    tell(await keeping.done);
    tell(await rows.drop(s));
  };
}
