// The simulated firewall at work on one packet: chains in order, jumps, matchers, lists.
// A matcher that depends on what the simulation does not have (marks, contents) fits no
// packet. Facts: MikroTik manual, Filter, NAT, Raw, Packet Flow.

import { isFault } from "../../base/fault.ts";
import { SIM_JUMPS_MAX } from "../../base/limits-sim.ts";
import { parseRosDuration } from "../../base/time.ts";
import { expire } from "./links.ts";
import { type Fields, isTrue, type Row } from "./rows.ts";
import { inPrefix, inRanges, ipv4 } from "./values.ts";
import type { World } from "./world.ts";

export interface Packet {
  /** The interface it came in by; "" for the router's own. */
  readonly in: string;
  /** The interface it leaves by; "" when the router is meant. */
  readonly out: string;
  readonly src: string;
  readonly dst: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly srcPort: number;
  readonly dstPort: number;
  readonly state: "new" | "established" | "untracked";
  /** The sender's MAC address, on the port it came in by. */
  readonly mac?: string;
  /** Its destination was changed by a rule of /ip/firewall/nat. */
  readonly isDstnat: boolean;
}

type Matcher = (world: World, p: Packet, value: string) => boolean;

function inAddress(address: string, value: string): boolean {
  if (!value.includes("-")) return inPrefix(address, value);
  const [from = "", to = ""] = value.split("-");
  const [n, low, high] = [ipv4(address), ipv4(from), ipv4(to)];
  return n !== null && low !== null && high !== null && low <= n && n <= high;
}

/** True when an interface belongs to a list, by itself or through `include`. */
function inList(world: World, list: string, port: string, depth = 0): boolean {
  if (list === "all") return true;
  if (port === "" || depth >= SIM_JUMPS_MAX) return false;
  const isMember = world
    .rows("/interface/list/member")
    .some((r) => !isTrue(r.fields, "disabled") && r.fields.get("list") === list && r.fields.get("interface") === port);
  if (isMember) return true;
  const row = world.rows("/interface/list").find((r) => r.fields.get("name") === list);
  const parts = (name: string): string[] => (row?.fields.get(name) ?? "").split(",").filter((w) => w !== "");
  if (parts("exclude").some((l) => inList(world, l, port, depth + 1))) return false;
  return parts("include").some((l) => inList(world, l, port, depth + 1));
}

function inAddressList(world: World, list: string, address: string): boolean {
  return world
    .rows("/ip/firewall/address-list")
    .some(
      (r) =>
        !isTrue(r.fields, "disabled") &&
        r.fields.get("list") === list &&
        inAddress(address, r.fields.get("address") ?? ""),
    );
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** "21h-1d,fri,sat": from one time of the day up to another, on these days, by the router's clock. */
function inTime(world: World, value: string): boolean {
  const [span = "", ...days] = value.split(",");
  const [from, to] = span.split("-").map((end) => parseRosDuration(end));
  if (from === undefined || to === undefined || isFault(from) || isFault(to)) return false;
  const nowMs = world.clock.wallMs();
  const today = DAYS[new Date(nowMs).getUTCDay()] ?? "";
  const ofDay = nowMs % 86_400_000;
  return from <= ofDay && ofDay < to && (days.length === 0 || days.includes(today));
}

const isLocal = (world: World, address: string): boolean =>
  address.startsWith("127.") ||
  world.rows("/ip/address").some((r) => (r.fields.get("address") ?? "").split("/")[0] === address);

const MATCHERS: ReadonlyMap<string, Matcher> = new Map<string, Matcher>([
  ["in-interface", (_w, p, v) => p.in === v],
  ["out-interface", (_w, p, v) => p.out === v],
  ["in-interface-list", (w, p, v) => inList(w, v, p.in)],
  ["out-interface-list", (w, p, v) => inList(w, v, p.out)],
  ["src-mac-address", (_w, p, v) => p.mac?.toUpperCase() === v.toUpperCase()],
  ["time", (w, _p, v) => inTime(w, v)],
  ["src-address", (_w, p, v) => inAddress(p.src, v)],
  ["dst-address", (_w, p, v) => inAddress(p.dst, v)],
  ["src-address-list", (w, p, v) => inAddressList(w, v, p.src)],
  ["dst-address-list", (w, p, v) => inAddressList(w, v, p.dst)],
  ["src-address-type", (w, p, v) => (v === "local") === isLocal(w, p.src)],
  ["dst-address-type", (w, p, v) => (v === "local") === isLocal(w, p.dst)],
  ["protocol", (_w, p, v) => p.protocol === v],
  ["src-port", (_w, p, v) => inRanges(p.srcPort, v)],
  ["dst-port", (_w, p, v) => inRanges(p.dstPort, v)],
  ["port", (_w, p, v) => inRanges(p.srcPort, v) || inRanges(p.dstPort, v)],
  ["connection-state", (_w, p, v) => v.split(",").includes(p.state)],
  ["connection-nat-state", (_w, p, v) => v === "dstnat" && p.isDstnat],
  ["ipsec-policy", (_w, _p, v) => v.endsWith(",none")],
  ["tcp-flags", (_w, p, v) => p.protocol === "tcp" && p.state === "new" && v.split(",").includes("syn")],
  ["connection-mark", (_w, _p, v) => v === "no-mark"],
  ["packet-mark", (_w, _p, v) => v === "no-mark"],
  ["routing-mark", (_w, _p, v) => v === "main"],
  // Nobody here sends more than these allow.
  ["limit", () => true],
  ["dst-limit", () => true],
]);

// What a rule says besides its matchers.
const NO_MATCHERS = new Set(
  (
    "chain action comment disabled dynamic invalid log log-prefix jump-target reject-with to-addresses to-ports " +
    "address-list address-list-timeout hw-offload bytes packets passthrough randomise-ports new-connection-mark"
  ).split(" "),
);

function fits(world: World, fields: Fields, p: Packet): boolean {
  for (const [name, value] of fields) {
    if (name.startsWith("~") || NO_MATCHERS.has(name) || value === "") continue;
    const isNot = value.startsWith("!");
    const bare = isNot ? value.slice(1) : value;
    const matches = MATCHERS.get(name)?.(world, p, bare) ?? false;
    if (matches === isNot) return false;
  }
  return true;
}

/** How a chain ends for a packet. */
export interface Ruling {
  readonly action: string;
  /** The rule that decided; undefined: the end of the chain. */
  readonly rule?: Row;
}

const FINAL = new Set("accept drop reject tarpit notrack dst-nat redirect src-nat masquerade netmap".split(" "));
function walk(world: World, menu: string, chain: string, p: Packet, depth: number): Ruling | null {
  for (const rule of world.rows(menu)) {
    const f = rule.fields;
    if (f.get("chain") !== chain || isTrue(f, "disabled") || isTrue(f, "invalid") || !fits(world, f, p)) continue;
    const action = f.get("action") ?? "accept";
    if (FINAL.has(action)) return { action, rule };
    if (action === "return") return null;
    if (action !== "jump" || depth >= SIM_JUMPS_MAX) continue;
    const inner = walk(world, menu, f.get("jump-target") ?? "", p, depth + 1);
    if (inner !== null) return inner;
  }
  return null;
}

/** What the rules of a menu say of a packet; a chain's end lets it through. */
export function judge(world: World, menu: string, chain: string, p: Packet): Ruling {
  expire(world);
  return walk(world, menu, chain, p, 0) ?? { action: "accept" };
}
