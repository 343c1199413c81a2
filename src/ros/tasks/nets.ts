// The router's own networks: which of its addresses a host is behind.

import { ipv4Bytes } from "../../base/ip.ts";
import { powerOfTwo } from "../../base/power.ts";
import type { RosRow } from "../../port/router.ts";
import { isOn } from "../rows.ts";
import { isWithin } from "../where.ts";

/** A network of the router, as `/ip/address` has it. */
export interface Net {
  /** "192.168.88.1" */
  router: string;
  /** "192.168.88.0/24" */
  cidr: string;
  interface: string;
}

const isUsed = (row: RosRow): boolean => !isOn(row["disabled"]) && !isOn(row["invalid"]);

const toText = (n: number): string => [24, 16, 8, 0].map((bits) => (n >>> bits) & 255).join(".");

/** An IPv4 address as a number; null when it is none. */
function ipNumber(text: string): number | null {
  const bytes = ipv4Bytes(text);
  return bytes === null ? null : bytes.reduce((n, b) => n * 256 + b, 0);
}

/** "192.168.88.0/24" of any address in it; null when it is none. */
export function networkOf(text: string): string | null {
  const [address = "", bits = "32"] = text.split("/");
  const n = ipNumber(address);
  if (n === null || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return null;
  const size = powerOfTwo(32 - Number(bits));
  return `${toText(Math.floor(n / size) * size)}/${bits}`;
}

/** The n-th address of a network: 0 is the network itself, -1 its last. */
export function hostOf(cidr: string, n: number): string {
  const [address = "", bits = "32"] = cidr.split("/");
  const size = powerOfTwo(32 - Number(bits));
  return toText((ipNumber(address) ?? 0) + (n < 0 ? size + n : n));
}

/** True when two networks share an address. */
export const overlaps = (a: string, b: string): boolean => isWithin(a, b) || isWithin(b, a);

/** The router's address on an interface; "" without one. */
export function addressOn(addresses: readonly RosRow[], port: string | undefined): string {
  const row = addresses.find((r) => (r["actual-interface"] ?? r["interface"]) === port);
  return (row?.["address"] ?? "").replace(/\/.*/, "");
}

/** All networks of rows of `/ip/address`. */
export function netsOf(addresses: readonly RosRow[]): readonly Net[] {
  return addresses.filter(isUsed).flatMap((row) => {
    const address = row["address"] ?? "";
    const cidr = networkOf(address);
    const router = address.replace(/\/.*/, "");
    return cidr === null ? [] : [{ router, cidr, interface: row["actual-interface"] ?? row["interface"] ?? "" }];
  });
}

/** The smallest network that holds a host, and not only it. */
export function netFor(nets: readonly Net[], host: string): Net | null {
  const bits = (net: Net): number => Number(net.cidr.split("/")[1]);
  const fit = nets.filter((net) => bits(net) < 31 && isWithin(host, net.cidr));
  return [...fit].sort((a, b) => bits(b) - bits(a))[0] ?? null;
}

/** True for an address that a host of this network may have. */
export function isHostIn(net: Net, host: string): boolean {
  return isWithin(host, net.cidr) && ![hostOf(net.cidr, 0), hostOf(net.cidr, -1), net.router].includes(host);
}

/** The wanted network, or the next of its size that shares nothing with the router's own; null: none is free. */
export function freeNet(nets: readonly Net[], wanted: string): string | null {
  const [address = "", bits = "24"] = wanted.split("/");
  const size = powerOfTwo(32 - Number(bits));
  for (let n = ipNumber(address) ?? 0, i = 0; i < 100; n += size, i += 1) {
    const cidr = `${toText(n)}/${bits}`;
    if (!nets.some((net) => overlaps(net.cidr, cidr))) return cidr;
  }
  return null;
}
