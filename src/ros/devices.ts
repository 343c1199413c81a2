// Devices on the network, joined by MAC address from what the router knows of them.
// Their names come from strangers: one printable, short line each.

import { type Fault, isFault, type Wait } from "../base/fault.ts";
import { DEVICE_NAME_CHARS_MAX, REST_ROWS_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { nearest, word } from "../base/text.ts";
import type { RosRow } from "../port/router.ts";
import { AIR_MENUS } from "./radio.ts";
import { isOn, type Reader, rowsIfAny } from "./rows.ts";

export interface Device {
  mac: string;
  ip: string;
  name: string;
  comment: string;
  /** Interface or bridge port. */
  where: string;
  signal: string;
  online: boolean;
  /** "" without a lease. */
  leaseId: string;
  dynamic: boolean;
  blocked: boolean;
  lastSeen: string;
  expires: string;
}

function blank(mac: string): Device {
  const texts = { ip: "", name: "", comment: "", where: "", signal: "", leaseId: "", lastSeen: "", expires: "" };
  return { mac, ...texts, online: false, dynamic: false, blocked: false };
}

function addLease(d: Device, r: RosRow): void {
  d.ip = word(r["active-address"] ?? r["address"]);
  d.comment = word(r["comment"]);
  d.name = word(r["host-name"]) || d.comment;
  d.leaseId = word(r[".id"]);
  d.dynamic = isOn(r["dynamic"]);
  d.blocked = isOn(r["block-access"]) || isOn(r["blocked"]);
  d.lastSeen = word(r["last-seen"]);
  d.expires = word(r["expires-after"]);
}

function addArp(d: Device, r: RosRow): void {
  if (d.ip === "") d.ip = word(r["address"]);
  if (d.where === "") d.where = word(r["interface"]);
  if (d.name === "") d.name = word(r["comment"]);
  if (r["status"] === "reachable") d.online = true;
}

function addHost(d: Device, r: RosRow): void {
  d.where = word(r["on-interface"] ?? r["interface"]) || d.where;
  d.online = true;
}

function addAir(d: Device, r: RosRow): void {
  d.where = word(r["interface"]) || d.where;
  d.signal = word(r["signal"] ?? r["signal-strength"]);
  d.online = true;
}

const SOURCES = [
  ["/ip/arp", addArp, (r: RosRow) => r["invalid"] !== "true" && r["status"] !== "failed"],
  ["/interface/bridge/host", addHost, (r: RosRow) => r["local"] !== "true"],
  ...AIR_MENUS.map((menu) => [`${menu}/registration-table`, addAir, () => true] as const),
] as const;

/** The table's device of a row's MAC address; null for rows without one. */
function deviceOf(table: Map<string, Device>, row: RosRow): Device | null {
  const mac = word(row["active-mac-address"] ?? row["mac-address"]).toUpperCase();
  if (mac === "" || mac === "00:00:00:00:00:00") return null;
  const found = table.get(mac) ?? blank(mac);
  table.set(mac, found);
  return found;
}

/** All devices, in the order of their addresses. */
export async function findDevices(s: Scope, r: Pick<Reader, "print">): Wait<readonly Device[]> {
  const table = new Map<string, Device>();
  const join = (rows: readonly RosRow[], add: (d: Device, row: RosRow) => void): void => {
    for (const row of rows) {
      const d = deviceOf(table, row);
      if (d !== null) add(d, row);
    }
  };
  const leases = await r.print(s, "/ip/dhcp-server/lease", {}, REST_ROWS_MAX);
  if (isFault(leases)) return leases;
  join(leases, addLease);
  const routes = await rowsIfAny(s, r, "/ip/route");
  if (isFault(routes)) return routes;
  // The provider's router is a neighbour, not a device of the house.
  const gateways = new Set(routes.filter((row) => row["dst-address"] === "0.0.0.0/0").map((row) => row["gateway"]));
  for (const [menu, add, fits] of SOURCES) {
    const rows = await rowsIfAny(s, r, menu);
    if (isFault(rows)) return rows;
    join(
      rows.filter((row) => fits(row) && !gateways.has(row["address"] ?? "-")),
      add,
    );
  }
  return [...table.values()].sort((a, b) => (orderOf(a.ip) < orderOf(b.ip) ? -1 : 1));
}

/** So that .9 comes before .10, and devices without an address last. */
function orderOf(ip: string): string {
  if (ip === "") return "~";
  return ip.replace(/\d+/g, (n) => n.padStart(3, "0"));
}

/** The cells of one device. */
export function deviceRow(d: Device): string[] {
  const state = [
    d.online ? "online" : "away",
    ...(d.blocked ? ["BLOCKED"] : []),
    ...(d.signal === "" ? [] : [`${d.signal} dBm`]),
  ];
  return [
    d.name === "" ? "-" : d.name,
    d.ip === "" ? "-" : d.ip,
    d.mac,
    d.where === "" ? "-" : d.where,
    state.join(", "),
  ];
}

/** Devices that a text means: exact MAC, address or name; else a part of one. */
export function matching(devices: readonly Device[], text: string): readonly Device[] {
  const asked = text.trim().toLowerCase();
  const mac = asked.replace(/[^0-9a-f]/g, "");
  const isMac = /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/.test(asked);
  const plain = (d: Device): string => d.mac.toLowerCase().replaceAll(":", "");
  const exact = devices.filter(
    (d) =>
      d.ip === asked ||
      d.name.toLowerCase() === asked ||
      d.comment.toLowerCase() === asked ||
      (isMac && plain(d) === mac),
  );
  if (exact.length > 0) return exact;
  // The maker's half of an address, however it is written.
  const maker = /^[0-9a-f:.-]{6,}$/.test(asked) && mac.length >= 6 ? mac : null;
  const holds = (d: Device): boolean =>
    (maker !== null && plain(d).startsWith(maker)) ||
    [d.name, d.comment, d.mac, d.ip].some((t) => t.toLowerCase().includes(asked));
  return asked === "" ? [] : devices.filter(holds);
}

export type Named = Device & { readonly label: string };

/** The one device that was meant, or what to say instead. */
export async function oneDevice(
  s: Scope,
  r: Pick<Reader, "print">,
  args: string,
  verb: string,
): Promise<Named | { text: string } | Fault> {
  if (args === "") return { text: `Name the device by name, address or MAC: /${verb} tablet. /devices lists all.` };
  const devices = await findDevices(s, r);
  if (isFault(devices)) return devices;
  const found = matching(devices, args);
  const only = found[0];
  if (only === undefined) {
    const names = devices.flatMap((d) => [d.name, d.comment, d.ip]).filter((name) => name !== "");
    const near = nearest(args.slice(0, DEVICE_NAME_CHARS_MAX), names);
    const mean = near.length === 0 ? "" : ` Did you mean ${near.join(", ")}?`;
    return { text: `No device fits "${word(args)}".${mean} /devices lists all.` };
  }
  if (found.length > 1) {
    const list = found.slice(0, 8).map((d) => `${d.name || "(no name)"} ${d.ip} ${d.mac}`);
    return { text: `${found.length} devices fit "${word(args)}"; name one by its MAC:\n${list.join("\n")}` };
  }
  const label = only.name === "" ? `${only.mac} (${only.ip})` : `${only.name} (${only.ip === "" ? only.mac : only.ip})`;
  return { ...only, label };
}
