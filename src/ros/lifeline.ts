// What this program and the people who are there now hang on, as the live router shows it:
// where they come in, over which ports and addresses, and the way to the internet. A change
// that could cut one of these is gated hardest. Facts: MikroTik manual, User, IP/Address,
// Bridge, Filter; `/user/active` shows where each login comes from.

import { type Fault, isFault, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Url } from "../base/url.ts";
import type { RosRow } from "../port/router.ts";
import type { Rest } from "./rest.ts";
import type { Step } from "./step.ts";
import { isWithin } from "./where.ts";

export interface Ways {
  /** Addresses from which somebody is logged in: this program, and people. */
  readonly peers: readonly string[];
  /** Interfaces whose networks they come from. */
  readonly doors: ReadonlySet<string>;
  /** Those and what lies beneath, and the way to the internet. */
  readonly links: ReadonlySet<string>;
  /** Their MAC addresses, as far as they are neighbors; null: not known. */
  readonly macs: ReadonlySet<string> | null;
  /** Interface list → interfaces. */
  readonly lists: ReadonlyMap<string, ReadonlySet<string>>;
  /** Where REST answers. */
  readonly own: Url;
}

type Ask = (path: string, props: string) => Promise<readonly RosRow[]>;

/** The ports of a bridge behind which a peer is; all of them when it is not known. */
function portsOf(
  bridge: string,
  macs: ReadonlySet<string>,
  ports: readonly RosRow[],
  hosts: readonly RosRow[],
): string[] {
  const all = ports.filter((row) => row["bridge"] === bridge).map((row) => row["interface"] ?? "");
  const seen = hosts
    .filter((row) => row["bridge"] === bridge && macs.has(row["mac-address"] ?? ""))
    .map((row) => row["on-interface"] ?? "");
  return seen.length > 0 ? seen : all;
}

/** Everything beneath some interfaces: ports of bridges, parents of VLANs. */
async function beneath(ask: Ask, names: Iterable<string>, macs: ReadonlySet<string>): Promise<Set<string>> {
  const ports = await ask("/interface/bridge/port", "interface,bridge");
  const hosts = ports.length === 0 ? [] : await ask("/interface/bridge/host", "mac-address,on-interface,bridge");
  const vlans = await ask("/interface/vlan", "name,interface");
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === "" || found.has(name)) continue;
    found.add(name);
    const parents = vlans.filter((row) => row["name"] === name).map((row) => row["interface"] ?? "");
    open.push(...parents, ...portsOf(name, macs, ports, hosts));
  }
  return found;
}

/** Reads the ways. A menu that this user may not see, or that is not there, counts as empty. */
export async function readWays(s: Scope, rest: Rest, own: Url): Wait<Ways> {
  const broken: Fault[] = [];
  const ask: Ask = async (path, props) => {
    const rows = await rest.rows(s, { method: "GET", path, query: { ".proplist": props } });
    if (!isFault(rows)) return rows;
    if (!["denied", "missing", "input"].includes(rows.fault)) broken.push(rows);
    return [];
  };
  const users = await ask("/user/active", "address");
  const addresses = await ask("/ip/address", "address,interface,actual-interface,disabled");
  const routes = await ask("/ip/route", "dst-address,immediate-gw,gateway,active");
  const members = await ask("/interface/list/member", "list,interface");
  const handshakes = await ask("/interface/wireguard/peers", "interface,last-handshake");
  const peers = [...new Set(users.map((row) => row["address"] ?? "").filter((a) => a !== ""))];
  const doors = new Set<string>();
  for (const row of addresses) {
    const net = row["address"] ?? "";
    if (net.startsWith(`${own.host}/`) || peers.some((p) => isWithin(p, net)))
      doors.add(row["actual-interface"] ?? row["interface"] ?? "");
  }
  for (const row of handshakes) if ((row["last-handshake"] ?? "") !== "") doors.add(row["interface"] ?? "");
  const out = routes
    .filter((row) => row["dst-address"] === "0.0.0.0/0" && row["active"] === "true")
    .map((row) => (row["immediate-gw"] ?? row["gateway"] ?? "").replace(/^.*%/, ""));
  const arp = await ask("/ip/arp", "address,mac-address");
  const near = arp.filter((row) => peers.includes(row["address"] ?? "")).map((row) => row["mac-address"] ?? "");
  const links = await beneath(ask, [...doors, ...out], new Set(near));
  const [why] = broken;
  if (why !== undefined) return why;
  const lists = new Map<string, Set<string>>();
  for (const { list = "", interface: name = "" } of members) lists.set(list, (lists.get(list) ?? new Set()).add(name));
  return { peers, doors, links, macs: arp.length === 0 ? null : new Set(near), lists, own };
}

const HITS = new Set(["drop", "reject", "tarpit", "redirect", "dst-nat", "jump", "netmap", "mark-routing"]);
const LETS = new Set(["accept", "jump", "masquerade", "src-nat", "fasttrack-connection", undefined]);
const isOn = (row: RosRow): boolean => !["true", "yes"].includes(row["disabled"] ?? "false");

/** True unless the rule plainly speaks of somebody or something else. */
function mayMatch(w: Ways, rule: RosRow): boolean {
  const anyOf = (field: string, ok: (value: string) => boolean): boolean => {
    const value = rule[field] ?? "";
    return value === "" || value.startsWith("!") || ok(value);
  };
  const peer = (net: string): boolean => w.peers.some((p) => isWithin(p, net));
  const incoming = rule["chain"] === "input";
  const toRouter = incoming || rule["dst-address-type"] === "local";
  const states = (rule["connection-state"] ?? "").split(",");
  return (
    anyOf("src-address", (net) => peer(net) || (!incoming && isWithin(w.own.host, net))) &&
    anyOf("dst-address", (net) => isWithin(w.own.host, net) || (!incoming && peer(net))) &&
    anyOf("src-mac-address", (mac) => w.macs?.has(mac.toUpperCase()) ?? true) &&
    anyOf("in-interface", (name) => w.links.has(name)) &&
    anyOf("protocol", (name) => name === "tcp" || !incoming) &&
    anyOf("dst-port", (ports) => !toRouter || isPort(w, ports)) &&
    !(toRouter && isWithin(w.own.host, /^!(.+)/.exec(rule["dst-address"] ?? "")?.[1] ?? "")) &&
    // Who is in it is not asked: such lists are long, and made for others.
    anyOf("src-address-list", () => false) &&
    listMay(w, rule["in-interface-list"] ?? "") &&
    (states[0] === "" || states.includes("new") || states.includes("established"))
  );
}

const isPort = (w: Ways, ports: string): boolean =>
  ports.split(",").some((part) => {
    const [from = "", to = from] = part.split("-");
    return [w.own.port, 22, 8291].some((p) => Number(from) <= p && p <= Number(to));
  });

function listMay(w: Ways, list: string): boolean {
  const name = list.replace("!", "");
  const members = name === "all" ? w.doors : (w.lists.get(name) ?? new Set());
  return list === "" || [...w.doors].some((door) => members.has(door) !== list.startsWith("!"));
}

function cutsByRule(w: Ways, step: Step, was: RosRow, will: RosRow): boolean {
  const hits = step.kind !== "remove" && isOn(will) && HITS.has(will["action"] ?? "") && mayMatch(w, will);
  const letsNo = step.kind !== "add" && isOn(was) && LETS.has(was["action"]) && mayMatch(w, was);
  return hits || letsNo;
}

function cutsByRoute(w: Ways, step: Step, was: RosRow, will: RosRow): boolean {
  const reaches = (row: RosRow): boolean => {
    const net = row["dst-address"] ?? "0.0.0.0/0";
    return net === "0.0.0.0/0" || w.peers.some((p) => isWithin(p, net));
  };
  return (
    (step.kind !== "add" && was["active"] !== "false" && reaches(was)) || (step.kind !== "remove" && reaches(will))
  );
}

/** True when a step may cut a way; of steps that only add, what they add counts. */
export function mayCut(w: Ways, step: Step): boolean {
  const was: RosRow = step.row ?? {};
  const set = Object.entries(step.after ?? {}).filter((f): f is [string, string] => f[1] !== null);
  const will: RosRow = { ...was, ...Object.fromEntries(set) };
  const { menu } = step;
  const linked = (...names: ReadonlyArray<string | undefined>): boolean =>
    names.some((name) => name !== undefined && w.links.has(name));
  if (/^\/ip(v6)?\/firewall\/(filter|raw|nat|mangle)$/.test(menu)) return cutsByRule(w, step, was, will);
  if (/^\/(ip(v6)?\/route|routing\/)/.test(menu)) return cutsByRoute(w, step, was, will);
  if (menu === "/interface/bridge/vlan") return linked(was["bridge"], will["bridge"]);
  if (menu === "/interface/bridge/port") return linked(was["interface"], will["interface"]);
  if (step.kind === "add") return false;
  if (/^\/ip(v6)?\/(address|dhcp-client)$/.test(menu)) return linked(was["actual-interface"], was["interface"]);
  if (menu === "/interface/wireguard/peers") return (was["last-handshake"] ?? "") !== "";
  return menu.startsWith("/interface") && linked(was["name"], was["interface"]);
}

/** Menus in which a way may be cut. */
export const mayTouchWays = (menu: string): boolean =>
  /^\/(interface|ip(v6)?\/(address|route|dhcp-client|firewall\/(filter|raw|nat|mangle))|routing\/)/.test(menu);
