// Findings of an audit about the firewall: what of the router and behind it the internet
// reaches. Facts: MikroTik manual, Securing your router, Filter; the default configuration
// is the measure.

import { word } from "../../base/text.ts";
import { isPrivateAddress } from "../../base/url.ts";
import type { RosRow } from "../../port/router.ts";
import { isOn } from "../rows.ts";
import { type Fate, fateOf } from "../rules.ts";
import { quoted } from "../undo-script.ts";
import { type Facts, type Finding, finding } from "./audit-read.ts";

/** A rule for what comes from the list WAN. */
const rule = (values: string, comment: string): string =>
  `/ip/firewall/filter/add ${values} in-interface-list=WAN comment=${quoted(`mikroclaw: ${comment}`)}`;

const WAN_FIRST = "Put the interfaces to the internet in the list WAN first: /interface/list/member";

const ruleName = (row: RosRow): string => `rule ${word(row[".id"])} "${word(row["comment"])}"`;

type Listener = readonly [name: string, protocol: "tcp" | "udp", port: number];

/** Ports that answer on this router, with what they are. */
function listeners(f: Facts): Listener[] {
  const services = f
    .rows("/ip/service")
    .filter(
      (r) => !isOn(r["disabled"]) && !isOn(r["dynamic"]) && `${r["address"] ?? ""}${r["available-from"] ?? ""}` === "",
    )
    .map((r): Listener => [`the service ${word(r["name"])}`, "tcp", Number(r["port"])]);
  const more: ReadonlyArray<readonly [...Parameters<Facts["isOn"]>, ...Listener]> = [
    ["/ip/dns", "allow-remote-requests", "DNS for anybody", "udp", 53],
    ["/ip/socks", "enabled", "the SOCKS proxy", "tcp", Number(f.one("/ip/socks")["port"] ?? 1080)],
    ["/ip/proxy", "enabled", "the web proxy", "tcp", Number(f.one("/ip/proxy")["port"] ?? 8080)],
    ["/snmp", "enabled", "SNMP", "udp", 161],
    ["/tool/bandwidth-server", "enabled", "the bandwidth server", "tcp", 2000],
  ];
  return [...services, ...more.filter(([menu, field]) => f.isOn(menu, field)).map(([, , ...is]): Listener => is)];
}

/** Any other port: what is not said is let in or not. */
const OTHER_PORT = 61_111;

const fateIn = (f: Facts, chain: "input" | "forward", protocol: "tcp" | "udp", port: number): Fate =>
  fateOf(f.firewall, { chain, from: f.outside[0] ?? "", protocol, port });

/** The rules that close the input chain, or why they are not offered. */
function closeInput(f: Facts): { fix?: readonly string[]; next: string } {
  if (!f.hasWan) return { next: WAN_FIRST };
  const servers = (["l2tp", "pptp", "sstp"] as const).some((kind) =>
    f.isOn(`/interface/${kind}-server/server`, "enabled"),
  );
  if (servers || f.rows("/interface/ovpn-server/server").some((r) => isOn(r["enabled"]) || r["disabled"] === "false"))
    return { next: "A VPN server is on: accept its ports first, then drop the rest from WAN." };
  const stranger = f
    .rows("/user/active")
    .find((r) => /^[\d.:a-f]{3,}$/.test(r["address"] ?? "") && !isPrivateAddress(r["address"] ?? ""));
  if (stranger !== undefined)
    return {
      next: `Somebody is logged in from ${word(stranger["address"])}, over the internet, and would be cut: use a VPN first.`,
    };
  const ports = f
    .rows("/interface/wireguard")
    .filter((r) => !isOn(r["disabled"]))
    .map((r) => Number(r["listen-port"]));
  const accepts = ports
    .filter((port) => port > 0 && fateIn(f, "input", "udp", port).by === null)
    .map((port) => rule(`chain=input action=accept protocol=udp dst-port=${port}`, "WireGuard"));
  const drop = rule("chain=input action=drop connection-state=new", "nothing new from the internet");
  return { fix: [...accepts, drop], next: "/harden adds the missing drop rule." };
}

function inputFindings(f: Facts): Finding[] {
  const found: Finding[] = [];
  const { by, is } = fateIn(f, "input", "tcp", OTHER_PORT);
  if (is === "open" && by === null) {
    const { next, fix } = closeInput(f);
    found.push(
      finding(
        "critical",
        `Nothing stops new connections from the internet (${word(f.outside[0])}) to the router itself.`,
        next,
        fix,
      ),
    );
  } else if (is === "open")
    found.push(
      finding(
        "critical",
        `Everything from the internet gets in by ${ruleName(by ?? {})}.`,
        "Narrow or remove that rule.",
      ),
    );
  for (const [name, protocol, port] of listeners(f)) {
    const fate = fateIn(f, "input", protocol, port);
    const way = fate.by === null ? "no rule drops it" : `by ${ruleName(fate.by)}`;
    const level = /DNS|SOCKS|proxy|telnet|ftp/.test(name) ? "critical" : "high";
    const reaches = `reaches ${name} (${protocol} ${port}): ${way}.`;
    if (fate.is === "open")
      found.push(finding(level, `The internet ${reaches}`, "Switch it off or close it; from outside use a VPN."));
    if (fate.is === "limited") found.push(finding("low", `Some of the internet ${reaches}`, "Is that still wanted?"));
  }
  return found;
}

function forwardFindings(f: Facts): Finding[] {
  const { by, is } = fateIn(f, "forward", "tcp", OTHER_PORT);
  if (is !== "open") return [];
  const what = "New connections from the internet may go on to the devices inside";
  if (by !== null) return [finding("high", `${what}, by ${ruleName(by)}.`, "Narrow that rule.")];
  const drop = rule(
    "chain=forward action=drop connection-state=new connection-nat-state=!dstnat",
    "only port forwards from the internet",
  );
  const next = f.hasWan ? "/harden adds the missing drop rule; port forwards stay." : WAN_FIRST;
  return [finding("high", `${what}: no rule drops them.`, next, f.hasWan ? [drop] : undefined)];
}

function sixFindings(f: Facts): Finding[] {
  const isGlobal = f.rows("/ipv6/address").some((r) => /^[23]/.test(r["address"] ?? "") && !isOn(r["disabled"]));
  if (!isGlobal || f.isOn("/ipv6/settings", "disable-ipv6")) return [];
  const next = "Add the default IPv6 rules, or /ipv6/settings/set disable-ipv6=yes";
  return (["input", "forward"] as const)
    .filter(
      (chain) =>
        fateOf(f.firewall6, { chain, from: f.outside[0] ?? "", protocol: "tcp", port: OTHER_PORT }).is === "open",
    )
    .map((chain) =>
      finding("high", `IPv6 is not filtered: the chain ${chain} lets new connections from the internet in.`, next),
    );
}

/** All of them; none where the way to the internet is not known. */
export const firewallFindings = (f: Facts): Finding[] =>
  f.outside.length === 0 ? [] : [inputFindings, forwardFindings, sixFindings].flatMap((of) => of(f));
