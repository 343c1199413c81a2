// What an audit looks at, read once. Facts: MikroTik manual, Securing your router, Services,
// MAC server, Neighbor discovery, DNS, UPnP, SOCKS, Device-mode.

import { isFault, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import type { RosRow } from "../../port/router.ts";
import type { ToolKit } from "../../port/tool.ts";
import { isOn, survey } from "../rows.ts";
import { type Firewall, firewallOf, isListed } from "../rules.ts";
import { defaultRoutes, outOf } from "../ways-out.ts";

const TABLES = [
  "/ip/firewall/filter",
  "/ipv6/firewall/filter",
  "/ipv6/address",
  "/interface/list",
  "/interface/list/member",
  "/interface/wireguard",
  "/ip/route",
  "/ip/service",
  "/snmp/community",
  "/system/scheduler",
  "/system/script",
  "/user",
  "/user/active",
  "/interface/ovpn-server/server",
] as const;

const SETTINGS = [
  "/ip/dns",
  "/ip/neighbor/discovery-settings",
  "/ip/proxy",
  "/ip/socks",
  "/ip/ssh",
  "/ip/upnp",
  "/ipv6/settings",
  "/snmp",
  "/system/device-mode",
  "/tool/bandwidth-server",
  "/tool/mac-server",
  "/tool/mac-server/mac-winbox",
  "/tool/romon",
  "/interface/l2tp-server/server",
  "/interface/pptp-server/server",
  "/interface/sstp-server/server",
] as const;

export interface Facts {
  isOn(menu: (typeof SETTINGS)[number], field: string): boolean;
  rows(menu: (typeof TABLES)[number]): readonly RosRow[];
  one(menu: (typeof SETTINGS)[number]): RosRow;
  firewall: Firewall;
  firewall6: Firewall;
  /** Interfaces to the internet. */
  outside: readonly string[];
  /** Whether the lists that hardening names are there and right. */
  hasWan: boolean;
  hasLan: boolean;
  gaps: readonly string[];
}

export const LEVELS = ["critical", "high", "medium", "low"] as const;

export interface Finding {
  level: (typeof LEVELS)[number];
  what: string;
  next: string;
  /** What hardening does about it. */
  fix: readonly string[] | undefined;
  /** It touches the ways in which people manage the router: only when asked for. */
  isAccess: boolean;
}

/** One finding. */
export const finding = (
  level: Finding["level"],
  what: string,
  next: string,
  fix?: readonly string[],
  isAccess = false,
): Finding => ({ level, what, next, fix, isAccess });

/** Reads all of it, one menu after another. */
export async function readFacts(s: Scope, kit: ToolKit): Wait<Facts> {
  const x = survey(kit.router);
  const of = await x.all(s, [...TABLES, ...SETTINGS]);
  if (isFault(of)) return of;
  const firewall = firewallOf(of);
  const listed = (list: string): string[] =>
    firewall.members.map((m) => m["interface"] ?? "").filter((name) => name !== "" && isListed(firewall, list, name));
  const ways = defaultRoutes(of("/ip/route"))
    .filter((r) => !isOn(r["disabled"]))
    .map(outOf);
  const wan = new Set(listed("WAN"));
  const outside = [...new Set([...wan, ...ways.filter((name) => name !== "")])];
  return {
    isOn: (menu, field) => isOn(of(menu)[0]?.[field]),
    rows: of,
    one: (menu) => of(menu)[0] ?? {},
    firewall,
    firewall6: firewallOf(of, "/ipv6/firewall/filter"),
    outside,
    hasWan: wan.size > 0 && ways.every((name) => name === "" || wan.has(name)),
    hasLan: listed("LAN").some((name) => !outside.includes(name)),
    gaps: x.gaps(),
  };
}
