// /tool/ping: answers as the simulated home would. Devices at home and the router itself
// answer, absent ones time out, names are looked up in the DNS table, and the internet
// is there while the DHCP client has an address.

import { isFault, type Outcome } from "../../base/fault.ts";
import { SIM_PINGS_MAX, SIM_REQUEST_MS } from "../../base/limits-sim.ts";
import { parseRosDuration } from "../../base/time.ts";
import { mix, wander } from "./chance.ts";
import { type Body, type Done, done } from "./common.ts";
import { badValue, refuse } from "./errors.ts";
import { DEVICES } from "./home-lan.ts";
import { routerReach } from "./reach.ts";
import { isTrue } from "./rows.ts";
import { inPrefix, ipv4 } from "./values.ts";
import type { World } from "./world.ts";

/** The router answers itself that fast. */
const OWN_US = 90;

interface Way {
  host: string;
  /** Usual round trip in microseconds; null: nobody answers. */
  usualUs: number | null;
  status: string;
  ttl: string;
}

/** The address of a name, or null. */
export function lookUp(world: World, name: string): string | null {
  if (ipv4(name) !== null || name.includes(":")) return name;
  const known = [...world.rows("/ip/dns/static"), ...world.rows("/ip/dns/cache")].find(
    (r) => r.fields.get("name") === name,
  );
  if (known !== undefined) return known.fields.get("address") ?? known.fields.get("data") ?? null;
  if (!name.includes(".") || /\.(invalid|test|local)$/.test(name)) return null;
  return `198.51.100.${1 + (mix(world.seed, name) % 250)}`;
}

/** How a host answers from here. */
export function wayTo(world: World, host: string): Way {
  const own = world
    .rows("/ip/address")
    .some((r) => !isTrue(r.fields, "disabled") && (r.fields.get("address") ?? "").startsWith(`${host}/`));
  if (own || host === "127.0.0.1") return { host, usualUs: OWN_US, status: "", ttl: "64" };
  const connected = world
    .rows("/ip/route")
    .find((r) => isTrue(r.fields, "connect") && inPrefix(host, r.fields.get("dst-address") ?? ""));
  const device = DEVICES.find((d) => d.address === host && d.away !== true);
  if (device !== undefined && connected !== undefined)
    return { host, usualUs: device.signal === undefined ? 380 : 3_900, status: "", ttl: "64" };
  const gateway = world
    .rows("/ip/route")
    .find((r) => r.fields.get("dst-address") === "0.0.0.0/0" && isTrue(r.fields, "active"));
  if (connected !== undefined && connected.fields.get("gateway") !== "ether1")
    return { host, usualUs: null, status: "timeout", ttl: "" };
  if (gateway === undefined && connected === undefined)
    return { host, usualUs: null, status: "no route to host", ttl: "" };
  return {
    host,
    usualUs: connected === undefined ? 11_800 : 2_100,
    status: "",
    ttl: connected === undefined ? "56" : "64",
  };
}

const spell = (us: number): string =>
  us < 1_000 ? `${us}us` : `${Math.floor(us / 1000)}ms${us % 1000 === 0 ? "" : `${us % 1000}us`}`;

/** Runs the echo requests: one row for each, with the sums so far. */
export function ping(world: World, body: Body): Outcome<Done> {
  const name = body.given.get("address");
  if (name === undefined || name === "") return refuse(400, "missing =address=");
  const host = lookUp(world, name);
  if (host === null) return refuse(400, "while resolving ip-address: could not get answer from dns server");
  const interval = parseRosDuration(body.given.get("interval") ?? "1s");
  if (isFault(interval) || interval < 10 || interval > 5_000) return badValue("interval");
  const asked = body.given.get("count");
  if (asked !== undefined && !/^\d{1,6}$/.test(asked)) return badValue("count");
  const endless = asked === undefined || Number(asked) === 0;
  const count = endless ? 1 : Math.min(Number(asked), SIM_PINGS_MAX);
  const tookMs = endless ? Number.MAX_SAFE_INTEGER : Math.min(Number(asked) * interval, 2 * SIM_REQUEST_MS);
  const isLost = routerReach(world, { address: host, protocol: "icmp", port: 0 }).reach !== "ok";
  const way = wayTo(world, host);
  const isSilent = isLost && way.usualUs !== null && way.usualUs > OWN_US;
  const heard = isSilent ? { host, usualUs: null, status: "timeout", ttl: "" } : way;
  return done(echoes(world, heard, count, interval, body.given.get("size") ?? "56"), tookMs);
}

function echoes(world: World, way: Way, count: number, interval: number, size: string): Array<Record<string, string>> {
  const rows: Array<Record<string, string>> = [];
  const times: number[] = [];
  const at = world.clock.monoMs();
  for (let seq = 0; seq < count; seq += 1) {
    const sums = (received: number): Record<string, string> => ({
      sent: String(seq + 1),
      received: String(received),
      "packet-loss": String(Math.round((100 * (seq + 1 - received)) / (seq + 1))),
    });
    if (way.usualUs === null) {
      rows.push({ seq: String(seq), host: way.host, status: way.status, ...sums(0) });
      continue;
    }
    const us =
      way.usualUs +
      Math.floor((way.usualUs * wander(world.seed, `ping${way.host}`, at + seq * interval, 500, 0, 40)) / 100);
    times.push(us);
    const mean = Math.floor(times.reduce((a, b) => a + b, 0) / times.length);
    rows.push({
      seq: String(seq),
      host: way.host,
      size,
      ttl: way.ttl,
      time: spell(us),
      ...sums(times.length),
      "min-rtt": spell(Math.min(...times)),
      "avg-rtt": spell(mean),
      "max-rtt": spell(Math.max(...times)),
    });
  }
  return rows;
}
