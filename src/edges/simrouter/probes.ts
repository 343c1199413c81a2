// /tool/traceroute and /tool/profile: the way of a packet as the simulated home has it,
// and what keeps the processor busy. Field names: MikroTik manual, pages of both tools.

import { isFault, type Outcome } from "../../base/fault.ts";
import { parseRosDuration } from "../../base/time.ts";
import type { Menu } from "../../ros/commands.ts";
import { mix, wander } from "./chance.ts";
import { type Body, type Done, done, targets } from "./common.ts";
import { badValue, noItem, refuse } from "./errors.ts";
import { lookUp, wayTo } from "./ping.ts";
import type { World } from "./world.ts";

/** Routers on the way: none inside the home, the provider's outside it. */
function hopsTo(world: World, host: string, usualUs: number): ReadonlyArray<readonly [address: string, us: number]> {
  const gateway = world.rows("/ip/route").find((r) => r.fields.get("dst-address") === "0.0.0.0/0");
  const via = gateway?.fields.get("gateway");
  if (usualUs < 5_000 || via === undefined) return [[host, usualUs]];
  const middle = [1, 2].map(
    (n) => [`198.51.100.${251 + n}`, 2_100 + n * 2_400 + (mix(world.seed, host) % 900)] as const,
  );
  return [[via, 2_100], ...middle, [host, usualUs]];
}

/** One row for each hop; times in milliseconds. */
export function traceroute(world: World, body: Body): Outcome<Done> {
  const name = body.given.get("address");
  if (name === undefined || name === "") return refuse(400, "missing =address=");
  const host = lookUp(world, name);
  if (host === null) return refuse(400, "while resolving ip-address: could not get answer from dns server");
  const count = body.given.get("count") ?? "1";
  if (!/^[1-9]\d{0,2}$/.test(count)) return badValue("count");
  const way = wayTo(world, host);
  const none = { ".section": "0", address: "", loss: "100", sent: count, status: way.status };
  if (way.usualUs === null) return done([none], 5_000);
  const rows = hopsTo(world, host, way.usualUs).map(([address, us]) => {
    const ms = (
      (us + wander(world.seed, `hop${address}`, world.clock.monoMs(), 500, 0, Math.floor(us / 10))) /
      1000
    ).toFixed(1);
    const times = { last: ms, avg: ms, best: ms, worst: ms, "std-dev": "0" };
    return { ".section": "0", address, loss: "0", sent: count, ...times, status: "" };
  });
  return done(rows, 1_000 * Number(count));
}

// The neighbours' networks, as the home's radios hear them.
const NETWORKS = [
  { ssid: "Sparrow", address: "2C:91:AB:10:22:31", low: "2412/ax", high: "5180/ax/Ceee", signal: "-52" },
  { ssid: "Magpie-Guest", address: "2C:91:AB:10:22:32", low: "2412/n", high: "5260/ac/Ceee", signal: "-71" },
  { ssid: "", address: "5C:A6:E6:77:08:1D", low: "2462/n/eC", high: "5500/ax/Ceee/D", signal: "-83" },
];

/** Who else is on the air; the radio's clients are back when it ends. */
export function scan(world: World, menu: Menu, body: Body): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  const [radio] = rows;
  if (radio === undefined || rows.length > 1) return noItem();
  const ms = parseRosDuration(body.given.get("duration") ?? "");
  if (isFault(ms)) return body.given.has("duration") ? badValue("duration") : done([], Number.MAX_SAFE_INTEGER);
  const isLow = radio.fields.get("default-name") === "wifi2";
  const heard = NETWORKS.map((n) => ({
    ".section": "0",
    active: "true",
    address: n.address,
    ssid: n.ssid,
    channel: isLow ? n.low : n.high,
    security: "WPA2-PSK",
    signal: n.signal,
    "sta-count": "1",
  }));
  return done(heard, ms);
}

const WORK = ["ethernet", "firewall", "networking", "wireless", "management", "dns", "idle"];

/** Shares of the processor in percent, for the time asked. */
export function profile(world: World, body: Body): Outcome<Done> {
  const ms = parseRosDuration(body.given.get("duration") ?? "");
  if (isFault(ms)) return body.given.has("duration") ? badValue("duration") : done([], Number.MAX_SAFE_INTEGER);
  const busy = WORK.slice(0, -1).map((name) => ({
    name,
    usage: wander(world.seed, `cpu${name}`, world.clock.monoMs(), 2_000, 1, 20) / 10,
  }));
  const rows = [...busy, { name: "idle", usage: 100 - busy.reduce((sum, w) => sum + w.usage, 0) }];
  return done(
    rows.map((w) => ({ name: w.name, usage: w.usage.toFixed(1) })),
    ms,
  );
}
