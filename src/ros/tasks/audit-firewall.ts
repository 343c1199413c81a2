// Findings of an audit about the firewall: what of the router and behind it the internet
// reaches. Facts: MikroTik manual, Securing your router, Filter; the default configuration
// is the measure.

import { word } from "../../base/text.ts";
import type { RosRow } from "../../port/router.ts";
import { isOn } from "../rows.ts";
import { fateOf } from "../rules.ts";
import type { Facts, Finding } from "./audit-read.ts";
import { adding } from "./kit.ts";

const FILTER = "/ip/firewall/filter";

const ruleName = (rule: RosRow): string => `rule ${word(rule[".id"])} "${word(rule["comment"])}"`;

/** Ports that answer on this router, with what they are. */
function listeners(f: Facts): Array<readonly [name: string, protocol: "tcp" | "udp", port: number]> {
  const services = f
    .rows("/ip/service")
    .filter(
      (r) =>
        !isOn(r["disabled"]) &&
        !isOn(r["dynamic"]) &&
        (r["address"] ?? "") === "" &&
        (r["available-from"] ?? "") === "",
    )
    .map((r) => [`the service ${word(r["name"])}`, "tcp", Number(r["port"] ?? 0)] as const);
  const more: Array<readonly [string, "tcp" | "udp", number]> = [];
  if (isOn(f.one("/ip/dns")["allow-remote-requests"])) more.push(["DNS for anybody", "udp", 53]);
  if (isOn(f.one("/ip/socks")["enabled"]))
    more.push(["the SOCKS proxy", "tcp", Number(f.one("/ip/socks")["port"] ?? 1080)]);
  if (isOn(f.one("/ip/proxy")["enabled"]))
    more.push(["the web proxy", "tcp", Number(f.one("/ip/proxy")["port"] ?? 8080)]);
  if (isOn(f.one("/snmp")["enabled"])) more.push(["SNMP", "udp", 161]);
  if (isOn(f.one("/tool/bandwidth-server")["enabled"])) more.push(["the bandwidth server", "tcp", 2000]);
  return [...services, ...more];
}

/** Any other port: what is not said is let in or not. */
const OTHER_PORT = 61_111;

/** The rules that close the input chain, or why they are not offered. */
function closeInput(f: Facts): { fix?: readonly string[]; next: string } {
  if (!f.hasWan)
    return {
      next: "Put the interfaces to the internet in the list WAN first (/interface/list/member/add list=WAN interface=…).",
    };
  const vpn = (
    ["/interface/l2tp-server/server", "/interface/pptp-server/server", "/interface/sstp-server/server"] as const
  ).some((menu) => isOn(f.one(menu)["enabled"]));
  const ovpn = f.rows("/interface/ovpn-server/server").some((r) => isOn(r["enabled"]) || r["disabled"] === "false");
  if (vpn || ovpn)
    return { next: "A VPN server is on: add accept rules for it first, then a drop rule for the rest from WAN." };
  const strangers = f.rows("/user/active").filter((r) => isPublic(r["address"] ?? ""));
  if (strangers.length > 0)
    return {
      next: `Somebody is logged in from ${word(strangers[0]?.["address"])}, over the internet: use a VPN first, or it would be cut.`,
    };
  const ports = f
    .rows("/interface/wireguard")
    .filter((r) => !isOn(r["disabled"]))
    .map((r) => Number(r["listen-port"] ?? 0));
  const from = f.outside[0] ?? "";
  const closed = ports.filter(
    (port) => port > 0 && fateOf(f.firewall, { chain: "input", from, protocol: "udp", port }).by === null,
  );
  const accepts = closed.map((port) =>
    adding(FILTER, {
      chain: "input",
      action: "accept",
      protocol: "udp",
      "dst-port": String(port),
      "in-interface-list": "WAN",
      comment: "mikroclaw: WireGuard",
    }),
  );
  const drop = adding(FILTER, {
    chain: "input",
    action: "drop",
    "connection-state": "new",
    "in-interface-list": "WAN",
    comment: "mikroclaw: nothing new from the internet",
  });
  return { fix: [...accepts, drop], next: "/harden adds the missing drop rule." };
}

/** Not an address of a home, a VPN or the router itself (RFC 1918, 6598, 3927, 4193). */
function isPublic(address: string): boolean {
  if (address.includes(":")) return /^[23]/.test(address);
  return (
    /^\d/.test(address) &&
    !/^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(address)
  );
}

function inputFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  const [from] = f.outside;
  if (from === undefined) return found;
  const ask = (protocol: "tcp" | "udp", port: number) => fateOf(f.firewall, { chain: "input", from, protocol, port });
  const end = ask("tcp", OTHER_PORT);
  if (end.is === "open" && end.by === null)
    found.push({
      level: "critical",
      what: `Nothing stops new connections from the internet (${word(from)}) to the router itself.`,
      ...closeInput(f),
    });
  else if (end.is === "open" && end.by !== null)
    found.push({
      level: "critical",
      what: `Everything from the internet gets in by ${ruleName(end.by)}.`,
      next: `Narrow that rule, or remove it: ${FILTER}/print`,
    });
  for (const [name, protocol, port] of listeners(f)) {
    const fate = ask(protocol, port);
    // The end of the chain is told once, above, with the services it opens.
    const by = fate.by === null ? "no rule drops it" : `by ${ruleName(fate.by)}`;
    const level = /DNS|SOCKS|proxy|telnet|ftp/.test(name) ? "critical" : "high";
    if (fate.is === "open")
      found.push({
        level,
        what: `The internet reaches ${name} (${protocol} ${port}): ${by}.`,
        next: "Switch it off, limit it to addresses, or close it; use a VPN from outside.",
      });
    if (fate.is === "limited")
      found.push({
        level: "low",
        what: `Some of the internet reaches ${name} (${protocol} ${port}) ${by}.`,
        next: "Look whether that is still wanted.",
      });
  }
  return found;
}

function forwardFindings(f: Facts): Finding[] {
  const [from] = f.outside;
  if (from === undefined) return [];
  const fate = fateOf(f.firewall, { chain: "forward", from, protocol: "tcp", port: OTHER_PORT });
  if (fate.is !== "open") return [];
  const what = "New connections from the internet may go on to the devices inside";
  if (fate.by !== null)
    return [{ level: "high", what: `${what}, by ${ruleName(fate.by)}.`, next: "Narrow that rule." }];
  const values = {
    chain: "forward",
    action: "drop",
    "connection-state": "new",
    "connection-nat-state": "!dstnat",
    "in-interface-list": "WAN",
  };
  const fix = [adding(FILTER, { ...values, comment: "mikroclaw: only port forwards from the internet" })];
  const next = f.hasWan
    ? "/harden adds the missing drop rule; port forwards stay."
    : "Put the interfaces to the internet in the list WAN first.";
  return [{ level: "high", what: `${what}: no rule drops them.`, next, ...(f.hasWan ? { fix } : {}) }];
}

function sixFindings(f: Facts): Finding[] {
  const isGlobal = f.rows("/ipv6/address").some((r) => /^[23]/.test(r["address"] ?? "") && !isOn(r["disabled"]));
  const [from] = f.outside;
  if (from === undefined || !isGlobal || isOn(f.one("/ipv6/settings")["disable-ipv6"])) return [];
  const next =
    "Add the default IPv6 rules (MikroTik manual, Securing your router), or /ipv6/settings/set disable-ipv6=yes.";
  return (["input", "forward"] as const)
    .filter((chain) => fateOf(f.firewall6, { chain, from, protocol: "tcp", port: OTHER_PORT }).is === "open")
    .map((chain) => ({
      level: "high",
      what: `IPv6 is not filtered: the chain ${chain} lets new connections from the internet in.`,
      next,
    }));
}

/** All of them. */
export const firewallFindings = (f: Facts): Finding[] =>
  [inputFindings, forwardFindings, sixFindings].flatMap((of) => of(f));
