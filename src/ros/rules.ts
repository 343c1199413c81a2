// What a chain of firewall rules does with a new packet from one interface, as far as the
// rules tell: surely let in, surely refused, or only under conditions that are not known.
// Facts: MikroTik manual, Filter, Connection tracking, Interface lists.

import { FIREWALL_JUMPS_MAX } from "../base/limits-tasks.ts";
import type { RosRow } from "../port/router.ts";
import { isOn, type RowsOf } from "./rows.ts";
import { isWithin } from "./where.ts";

export interface Probe {
  chain: "input" | "forward";
  /** The interface it comes in by. */
  from: string;
  protocol: "tcp" | "udp";
  port: number;
  /** The interface that it leaves by, and the address it goes to; left out: any. */
  to?: string;
  dst?: string;
  /** A rule of /ip/firewall/nat has sent it on. */
  isForwarded?: boolean;
}

/** Rules and lists of one firewall. */
export interface Firewall {
  rules: readonly RosRow[];
  lists: readonly RosRow[];
  members: readonly RosRow[];
}

/** The menus that a firewall is read from. */
export const FIREWALL_MENUS = ["/ip/firewall/filter", "/interface/list", "/interface/list/member"] as const;

/** The IPv4 firewall, or that of another menu, as it was read. */
export const firewallOf = (of: RowsOf, filter: string = FIREWALL_MENUS[0]): Firewall => ({
  rules: of(filter),
  lists: of(FIREWALL_MENUS[1]),
  members: of(FIREWALL_MENUS[2]),
});

export interface Fate {
  /** "limited": only some senders, times or rates get through. */
  is: "open" | "limited" | "closed";
  /** The rule that decided; null: the end of the chain, which accepts. */
  by: RosRow | null;
}

type Fit = "yes" | "no" | "partly";

const words = (text: string | undefined): string[] => (text ?? "").split(",").filter((w) => w !== "");

/** True when an interface belongs to a list, by itself or through other lists. */
export function isListed(f: Pick<Firewall, "lists" | "members">, list: string, name: string, deep = 0): boolean {
  if (list === "all") return true;
  if (deep > FIREWALL_JUMPS_MAX) return false;
  if (f.members.some((m) => m["list"] === list && m["interface"] === name && !isOn(m["disabled"]))) return true;
  const row = f.lists.find((l) => l["name"] === list);
  if (words(row?.["exclude"]).some((l) => isListed(f, l, name, deep + 1))) return false;
  return words(row?.["include"]).some((l) => isListed(f, l, name, deep + 1));
}

/** "22,8000-8100" holds a port. */
function holdsPort(ports: string, port: number): boolean {
  return ports.split(",").some((part) => {
    const [from = "", to = from] = part.split("-");
    return Number(from) <= port && port <= Number(to);
  });
}

const fit = (is: boolean): Fit => (is ? "yes" : "no");

/** How a matcher of a rule fits the probe; `undefined`: it is no matcher. */
const MATCHERS: Readonly<Record<string, (f: Firewall, p: Probe, value: string) => Fit>> = {
  "in-interface": (_f, p, v) => fit(v === p.from),
  // Who is in RouterOS's own two lists is not shown by their members.
  "in-interface-list": (f, p, v) => (/^(dynamic|static)$/.test(v) ? "partly" : fit(isListed(f, v, p.from))),
  "out-interface": (_f, p, v) => (p.to === undefined ? "partly" : fit(v === p.to)),
  "out-interface-list": (f, p, v) => (p.to === undefined ? "partly" : fit(isListed(f, v, p.to))),
  protocol: (_f, p, v) => fit(v === p.protocol || v === (p.protocol === "tcp" ? "6" : "17")),
  "dst-port": (_f, p, v) => fit(holdsPort(v, p.port)),
  port: (_f, p, v) => (holdsPort(v, p.port) ? "yes" : "partly"),
  "connection-state": (_f, _p, v) => fit(words(v).includes("new")),
  "connection-nat-state": (_f, p, v) => fit(words(v).includes("dstnat") === (p.isForwarded === true)),
  // Loopback and networks of the inside are not where a stranger's packet goes.
  "dst-address": (_f, p, v) => {
    if (p.dst !== undefined) return fit(isWithin(p.dst, v));
    return /^127\./.test(v) ? "no" : "partly";
  },
  "dst-address-type": (_f, p, v) => (v === "local" ? fit(p.chain === "input") : "partly"),
  "ipsec-policy": (_f, _p, v) => fit(/none/.test(v)),
};

const NO_MATCHERS =
  /^(\.id|\.nextid|chain|action|comment|log|log-prefix|disabled|invalid|dynamic|bytes|packets|jump-target|reject-with|address-list|address-list-timeout|hw-offload)$/;

function fitsOf(f: Firewall, p: Probe, rule: RosRow): Fit {
  let all: Fit = "yes";
  for (const [name, value] of Object.entries(rule)) {
    if (value === "" || NO_MATCHERS.test(name)) continue;
    const isNot = value.startsWith("!");
    const one = MATCHERS[name]?.(f, p, isNot ? value.slice(1) : value) ?? "partly";
    const now: Fit = isNot && one !== "partly" ? fit(one === "no") : one;
    if (now === "no") return "no";
    if (now === "partly") all = "partly";
  }
  return all;
}

const REFUSES = new Set(["drop", "reject", "tarpit"]);
const PASSES = new Set(["accept", "fasttrack-connection"]);

/** What one walk has met: a rule that lets some in. */
interface Seen {
  limited: RosRow | null;
}

type Verdict = Fate | "go on" | "return";

function jumped(f: Firewall, p: Probe, rule: RosRow, fits: Fit, seen: Seen, deep: number): Verdict {
  const inner = deep >= FIREWALL_JUMPS_MAX ? null : walk(f, p, rule["jump-target"] ?? "", seen, deep + 1);
  if (inner !== null && fits === "yes") return inner;
  if (inner?.is === "open") seen.limited ??= rule;
  return "go on";
}

function verdictOf(f: Firewall, p: Probe, rule: RosRow, seen: Seen, deep: number): Verdict {
  const fits = fitsOf(f, p, rule);
  if (fits === "no") return "go on";
  // Without one a rule accepts.
  const action = rule["action"] ?? "accept";
  if (action === "jump") return jumped(f, p, rule, fits, seen, deep);
  if (PASSES.has(action)) {
    if (fits === "yes") return { is: "open", by: rule };
    seen.limited ??= rule;
  }
  if (fits !== "yes") return "go on";
  if (REFUSES.has(action)) return closed(seen.limited, rule);
  return action === "return" ? "return" : "go on";
}

/** One chain; null: it came to its end. */
function walk(f: Firewall, p: Probe, chain: string, seen: Seen, deep: number): Fate | null {
  for (const rule of f.rules) {
    if (rule["chain"] !== chain || isOn(rule["disabled"]) || isOn(rule["invalid"])) continue;
    const verdict = verdictOf(f, p, rule, seen, deep);
    if (verdict === "return") return null;
    if (verdict !== "go on") return verdict;
  }
  return null;
}

function closed(limited: RosRow | null, rule: RosRow): Fate {
  return limited === null ? { is: "closed", by: rule } : { is: "limited", by: limited };
}

/** What becomes of a new packet. A refusal under unknown conditions does not count as one. */
export function fateOf(f: Firewall, p: Probe): Fate {
  return walk(f, p, p.chain, { limited: null }, 0) ?? { is: "open", by: null };
}
