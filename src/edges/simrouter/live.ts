// Fields that move by themselves: counters, ages, signals, load. Each is a function of
// the seed and the time, so two reads at one moment agree.

import { isFault } from "../../base/fault.ts";
import { parseRosDuration } from "../../base/time.ts";
import { counted, mix, rateAt, wander } from "./chance.ts";
import { INTERFACE_TYPES } from "./kinds.ts";
import { isTrue, type Row } from "./rows.ts";
import { countingS, seconds, stampOf, type World } from "./world.ts";

type Shown = Record<string, string>;

/** A mean packet on a home line, in bytes. */
const PACKET = 790;

const phaseOf = (world: World, row: Row, name: string): number => (mix(world.seed, `${row.id}/${name}`) % 628) / 100;
const rateOf = (row: Row, name: string): number => Number(row.fields.get(name) ?? "0");

/** What a row has counted of `name` since it began or was reset. */
function total(world: World, row: Row, name: string, rate = rateOf(row, name)): number {
  const phase = phaseOf(world, row, name);
  const zero = Number(row.fields.get("~zero") ?? "0");
  return Math.max(0, counted(rate, phase, countingS(world, row)) - counted(rate, phase, zero));
}

/** True when the link is up. */
export function running(row: Row): boolean {
  return !isTrue(row.fields, "disabled") && !isTrue(row.fields, "~unplugged") && !row.fields.has("~down");
}

/** Bits and packets per second now. */
export function trafficNow(world: World, row: Row): { rx: number; tx: number } {
  if (!running(row)) return { rx: 0, tx: 0 };
  const s = countingS(world, row);
  const now = (name: string): number => rateAt(rateOf(row, name), phaseOf(world, row, name), s);
  return { rx: now("~rx"), tx: now("~tx") };
}

function interfaceCounters(world: World, row: Row): Shown {
  const rx = total(world, row, "~rx");
  const tx = total(world, row, "~tx");
  const packets = (bytes: number): string => String(Math.floor(bytes / PACKET));
  return {
    "rx-byte": String(rx),
    "tx-byte": String(tx),
    "rx-packet": packets(rx),
    "tx-packet": packets(tx),
    "rx-drop": "0",
    "tx-drop": "0",
    "tx-queue-drop": String(mix(world.seed, row.id) % 40),
    "rx-error": "0",
    "tx-error": "0",
    "fp-rx-byte": String(rx),
    "fp-tx-byte": "0",
    "fp-rx-packet": packets(rx),
    "fp-tx-packet": "0",
    running: String(running(row)),
  };
}

/** Fields that /interface shows of a row of any interface menu. */
const VIEW = [
  "name",
  "default-name",
  "type",
  "mtu",
  "actual-mtu",
  "l2mtu",
  "mac-address",
  "slave",
  "dynamic",
  "disabled",
  "comment",
];

/** A row of /interface: a view of the row of its own menu. */
function interfaceView(world: World, row: Row): Shown {
  const menu = [...INTERFACE_TYPES.keys()].find((m) => world.tables.get(m)?.rows.includes(row)) ?? "~loopback";
  const all: Shown = { type: INTERFACE_TYPES.get(menu) ?? "ether", "actual-mtu": row.fields.get("mtu") ?? "1500" };
  for (const [name, value] of row.fields) all[name] = value;
  const shown: Shown = {};
  for (const name of VIEW) if (all[name] !== undefined) shown[name] = all[name];
  const downs = menu === "/interface/ethernet" ? mix(world.seed, `downs${row.id}`) % 4 : 0;
  const started = stampOf(world.clock.wallMs() - world.upS() * 1000 + 8_000);
  const link = running(row) ? { "last-link-up-time": started } : {};
  return { ...shown, ...link, "link-downs": String(downs), ...interfaceCounters(world, row) };
}

/** How long after a renewal a lease of `length` is, in seconds. */
function sinceRenewal(world: World, row: Row, lengthS: number): number {
  const period = Math.max(1, lengthS / 2);
  return (world.upS() + (mix(world.seed, `lease${row.id}`) % period)) % period;
}

function lease(world: World, row: Row): Shown {
  if (row.fields.get("status") !== "bound") return {};
  const server = world.rows("/ip/dhcp-server").find((r) => r.fields.get("name") === row.fields.get("server"));
  const ms = parseRosDuration(row.fields.get("lease-time") ?? server?.fields.get("lease-time") ?? "30m");
  const lengthS = isFault(ms) ? 1_800 : ms / 1000;
  const ago = sinceRenewal(world, row, lengthS);
  return { "expires-after": seconds(lengthS - ago), "last-seen": seconds(ago) };
}

function rule(world: World, row: Row): Shown {
  const packets = total(world, row, "~pps");
  const size = Number(row.fields.get("~size") ?? "0");
  return { bytes: String(Math.floor(packets * size)), packets: String(packets) };
}

function registration(world: World, row: Row): Shown {
  const at = world.clock.monoMs();
  const usual = Number(row.fields.get("~signal") ?? "-60");
  const signal = usual + wander(world.seed, `signal${row.id}`, at, 5_000, -3, 3);
  const speed = (name: string): string =>
    String(Math.max(6, 1_200 + signal * 12 - (mix(world.seed, name + row.id) % 90)) * 1_000_000);
  const up = total(world, row, "~up");
  const down = total(world, row, "~down");
  const packets = (bytes: number): number => Math.floor(bytes / PACKET);
  return {
    uptime: seconds(Number(row.fields.get("~joined") ?? "0") + countingS(world, row)),
    "last-activity": `${10 * wander(world.seed, `idle${row.id}`, at, 2_000, 1, 90)}ms`,
    signal: String(signal),
    "tx-rate": speed("tx"),
    "rx-rate": speed("rx"),
    packets: `${packets(down)},${packets(up)}`,
    bytes: `${down},${up}`,
    "tx-bits-per-second": String(8 * rateAt(rateOf(row, "~down"), phaseOf(world, row, "~down"), countingS(world, row))),
    "rx-bits-per-second": String(8 * rateAt(rateOf(row, "~up"), phaseOf(world, row, "~up"), countingS(world, row))),
  };
}

function connection(world: World, row: Row): Shown {
  const up = total(world, row, "~up");
  const down = total(world, row, "~down");
  const packets = (bytes: number): string => String(Math.floor(bytes / PACKET));
  const s = countingS(world, row);
  const bits = (name: string): string => String(8 * rateAt(rateOf(row, name), phaseOf(world, row, name), s));
  return {
    "orig-rate": bits("~up"),
    "repl-rate": bits("~down"),
    "orig-packets": packets(up),
    "orig-bytes": String(up),
    "repl-packets": packets(down),
    "repl-bytes": String(down),
  };
}

function health(world: World, row: Row): Shown {
  const hot = row.fields.get("name") === "cpu-temperature";
  const value = wander(world.seed, `health${row.id}`, world.clock.monoMs(), 20_000, -2, 3);
  return { value: hot ? String(47 + value) : (23.9 + value / 20).toFixed(1) };
}

function peer(world: World, row: Row): Shown {
  return {
    rx: String(total(world, row, "~rx")),
    tx: String(total(world, row, "~tx")),
    ...(row.fields.has("~rx") ? { "last-handshake": seconds(world.upS() % 120) } : {}),
  };
}

function dynamicEntry(world: World, row: Row): Shown {
  const until = row.fields.get("~untilMs");
  return until === undefined ? {} : { timeout: seconds(Math.ceil((Number(until) - world.clock.monoMs()) / 1000)) };
}

function client(world: World, row: Row): Shown {
  if (row.fields.get("status") !== "bound") return {};
  return { "expires-after": seconds(43_200 - sinceRenewal(world, row, 43_200)) };
}

const LIVE: ReadonlyMap<string, (world: World, row: Row) => Shown> = new Map([
  ["/interface", interfaceView],
  ["/interface/ethernet", interfaceCounters],
  ["/interface/wireguard/peers", peer],
  ["/interface/wifi/registration-table", registration],
  ["/ip/dhcp-server/lease", lease],
  ["/ip/dhcp-client", client],
  ["/ip/firewall/filter", rule],
  ["/ip/firewall/nat", rule],
  ["/ip/firewall/mangle", rule],
  ["/ip/firewall/raw", rule],
  ["/ip/firewall/connection", connection],
  ["/ip/firewall/address-list", dynamicEntry],
  ["/system/health", health],
  [
    "/system/resource/cpu",
    (world, row) => ({ load: String(wander(world.seed, row.id, world.clock.monoMs(), 3_000, 0, 14)) }),
  ],
  ["/ip/neighbor", (world) => ({ age: seconds(world.upS() % 30) })],
]);

/** Moving fields of a row; they come after its own. */
export function liveFields(world: World, menu: string, row: Row): Shown {
  const of = LIVE.get(menu);
  if (of !== undefined) return of(world, row);
  return INTERFACE_TYPES.has(menu) ? { running: String(running(row)) } : {};
}

/** Moving fields of a menu without records. */
export function liveSingle(world: World, menu: string): Shown {
  const at = world.clock.monoMs();
  if (menu === "/system/resource") {
    return {
      uptime: seconds(world.upS()),
      "free-memory": String(687_116_288 - 4_096 * wander(world.seed, "memory", at, 10_000, 0, 4_000)),
      "cpu-load": String(wander(world.seed, "load", at, 3_000, 1, 11)),
    };
  }
  if (menu === "/system/clock") {
    const [date = "", time = ""] = world.stamp().split(" ");
    return { time, date };
  }
  return {};
}
