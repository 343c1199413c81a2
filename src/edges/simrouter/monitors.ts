// Commands that look for a while: monitors of links, radios and traffic.

import { isFault, type Outcome } from "../../base/fault.ts";
import { parseRosDuration } from "../../base/time.ts";
import type { Menu } from "../../ros/commands.ts";
import { type Body, type Done, done, targets } from "./common.ts";
import { noItem, noMatch, refuse } from "./errors.ts";
import { interfaceNamed } from "./links.ts";
import { running, trafficNow } from "./live.ts";
import type { Row } from "./rows.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

/** How long a command without an end runs: until the router cuts it off. */
const ENDLESS_MS = Number.MAX_SAFE_INTEGER;

/** `once` counts only when it is empty or yes: "false" blocks, as on a router. */
function lasts(body: Body): Outcome<number> {
  const once = body.given.get("once");
  if (once !== undefined && !["false", "no"].includes(once)) return 0;
  const duration = body.given.get("duration");
  if (duration === undefined) return ENDLESS_MS;
  const ms = parseRosDuration(duration);
  return isFault(ms) ? refuse(400, "invalid value for argument duration") : ms;
}

/** One object with `once`; one for each second, with a section number, with `duration`. */
function samples(ms: number, one: () => Record<string, string>): Done {
  if (ms === 0) return done([one()]);
  const count = Math.min(60, Math.max(1, Math.floor(ms / 1000)));
  const sections = Array.from({ length: count }, (_, i) => ({ ".section": String(i), ...one() }));
  return done(sections, ms);
}

/** `/interface monitor-traffic`. */
export function traffic(world: World, _actor: Actor, _menu: Menu, body: Body): Outcome<Done> {
  const name = body.given.get("interface");
  if (name === undefined) return refuse(400, "missing =interface=");
  const row = interfaceNamed(world, name);
  if (row === undefined) return noMatch("interface");
  const ms = lasts(body);
  if (isFault(ms)) return ms;
  return samples(ms, () => {
    const { rx, tx } = trafficNow(world, row);
    const packets = (bytes: number): string => String(Math.floor(bytes / 790));
    return {
      name,
      "rx-packets-per-second": packets(rx),
      "rx-bits-per-second": String(rx * 8),
      "fp-rx-packets-per-second": packets(rx),
      "fp-rx-bits-per-second": String(rx * 8),
      "rx-drops-per-second": "0",
      "rx-errors-per-second": "0",
      "tx-packets-per-second": packets(tx),
      "tx-bits-per-second": String(tx * 8),
      "tx-drops-per-second": "0",
      "tx-queue-drops-per-second": "0",
      "tx-errors-per-second": "0",
    };
  });
}

/** A monitor of rows. */
export function monitored(
  world: World,
  menu: Menu,
  body: Body,
  one: (row: Row) => Record<string, string>,
): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  const ms = lasts(body);
  if (isFault(ms)) return ms;
  const row = rows[0];
  if (row === undefined) return noItem();
  return rows.length === 1 ? samples(ms, () => one(row)) : done(rows.map(one), ms);
}

/** What an Ethernet port's monitor shows. */
export function etherState(row: Row): Record<string, string> {
  const up = running(row);
  return {
    name: row.fields.get("name") ?? "",
    status: up ? "link-ok" : "no-link",
    "auto-negotiation": up ? "done" : "failed",
    ...(up ? { rate: "1Gbps", "full-duplex": "true", "tx-flow-control": "false", "rx-flow-control": "false" } : {}),
    supported: "10M-baseT-half,10M-baseT-full,100M-baseT-half,100M-baseT-full,1G-baseT-full",
    ...(up ? { "link-partner-advertising": "100M-baseT-full,1G-baseT-full" } : {}),
  };
}

/** What a radio's monitor shows. */
export function wifiState(world: World, row: Row): Record<string, string> {
  const name = row.fields.get("name") ?? "";
  if (!running(row)) return { state: "disabled" };
  const peers = String(
    world.rows("/interface/wifi/registration-table").filter((r) => r.fields.get("interface") === name).length,
  );
  const channel = name === "wifi1" ? "5500/ax/Ceee/D" : "2437/ax/Ce";
  return {
    state: "running",
    channel,
    "registered-peers": peers,
    "authorized-peers": peers,
    "tx-power": "20",
    "available-channels": channel,
  };
}
