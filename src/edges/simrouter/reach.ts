// Who can reach what through the simulated router: from a place on the network, over its
// bridge, addresses, firewall, NAT and routes, to the router's own services or beyond, and
// the way back. Tests and rehearsals compare it before and after a change.

import { answersArp, ingress, isStopped, isUp, ownAddress, routeTo, type Stopped, vrfOf } from "./reach-path.ts";
import { judge, type Packet } from "./reach-rules.ts";
import { isTrue, type Row } from "./rows.ts";
import { inPrefix } from "./values.ts";
import type { World } from "./world.ts";

/** Somebody on the network. */
export interface Place {
  readonly name: string;
  readonly address: string;
  /** The router's port: `veth-claw`, `ether2`, `wifi1`; `wireguard1` for a VPN peer. */
  readonly at: string;
  /** The router's address that it sends everything to. */
  readonly gateway: string;
  readonly mac?: string;
  /** Only while this container runs. */
  readonly container?: string;
}

/** What is to be reached. */
export interface Goal {
  readonly address: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port: number;
  /** Whose it is: the router's own, or somebody's behind it; undefined: a host outside. */
  readonly of?: "router" | Place;
}

/** Dropped: no answer at all. Refused: the connection is closed at once. */
export interface Verdict {
  readonly reach: "ok" | "dropped" | "refused";
  readonly why: string;
}

const OK: Verdict = { reach: "ok", why: "" };
const dropped = (why: string): Verdict => ({ reach: "dropped", why });
const refused = (why: string): Verdict => ({ reach: "refused", why });

const EPHEMERAL = 50_000;

function ruleName(rule: Row | undefined, menu: string): string {
  const comment = rule?.fields.get("comment");
  return `rule ${rule?.id ?? ""}${comment === undefined ? "" : ` "${comment}"`} of ${menu}`;
}

/** What a chain does with a packet; null: it passes. */
function ruled(world: World, menu: string, chain: string, p: Packet): Verdict | null {
  const { action, rule } = judge(world, menu, chain, p);
  if (action === "drop" || action === "tarpit") return dropped(`${ruleName(rule, menu)} drops it`);
  return action === "reject" ? refused(`${ruleName(rule, menu)} rejects it`) : null;
}

const FILTER = "/ip/firewall/filter";
const NAT = "/ip/firewall/nat";
const RAW = "/ip/firewall/raw";

/** What a VPN peer's device was set up with: it is not told when the router changes. */
export interface Tunnel {
  readonly port: string;
  readonly routerKey: string;
  readonly peerKey: string;
}

const allowedBy = (r: Row, address: string): boolean =>
  (r.fields.get("allowed-address") ?? "").split(",").some((prefix) => inPrefix(address, prefix));

/** The tunnel as it is for an address now; null: there is none. */
export function tunnelOf(world: World, at: string, address: string): Tunnel | null {
  const link = world.rows("/interface/wireguard").find((r) => r.fields.get("name") === at);
  const peer = world
    .rows("/interface/wireguard/peers")
    .find((r) => r.fields.get("interface") === at && !isTrue(r.fields, "disabled") && allowedBy(r, address));
  if (link === undefined || peer === undefined) return null;
  const of = (row: Row, name: string): string => row.fields.get(name) ?? "";
  return { port: of(link, "listen-port"), routerKey: of(link, "public-key"), peerKey: of(peer, "public-key") };
}

/** The router's interface to the provider: by the default route. */
const wanPort = (world: World): string | null => routeTo(world, "198.51.100.1");

function throughTunnel(world: World, place: Place, was: Tunnel): Verdict {
  const now = tunnelOf(world, place.at, place.address);
  if (now === null) return dropped(`no peer of ${place.at} has ${place.address}`);
  const same = now.port === was.port && now.routerKey === was.routerKey && now.peerKey === was.peerKey;
  if (!same) return dropped(`${place.at} has another port or key than the peer's device`);
  const wan = wanPort(world);
  if (wan === null) return dropped("the router has no way to the internet");
  const outer: Packet = { ...blank("udp", Number(now.port)), in: wan, src: "198.51.100.143", dst: "203.0.113.57" };
  return ruled(world, RAW, "prerouting", outer) ?? ruled(world, FILTER, "input", outer) ?? OK;
}

const blank = (protocol: Packet["protocol"], dstPort: number): Packet => ({
  in: "",
  out: "",
  src: "",
  dst: "",
  protocol,
  srcPort: EPHEMERAL,
  dstPort,
  state: "new",
  isDstnat: false,
});

/** True when a place is a container that does not run. */
function isAsleep(world: World, place: Place): boolean {
  if (place.container === undefined) return false;
  const row = world.rows("/container").find((r) => r.fields.get("name") === place.container);
  return row === undefined || !isTrue(row.fields, "running");
}

/** The packet as it enters; a verdict when it does not get that far. */
function enter(
  world: World,
  place: Place,
  goal: Goal,
  state: Packet["state"],
  tunnel: Tunnel | null,
): Packet | Verdict {
  if (isAsleep(world, place)) return dropped(`the container ${place.container} does not run`);
  if (tunnel !== null) {
    const outer = throughTunnel(world, place, tunnel);
    if (outer.reach !== "ok") return outer;
  }
  const way: { port: string } | Stopped = ingress(world, place.at);
  if (isStopped(way)) return dropped(way.why);
  const gateway = ownAddress(world, place.gateway);
  const homes = [gateway?.fields.get("interface"), gateway?.fields.get("actual-interface")];
  if (gateway === undefined || !homes.includes(way.port))
    return dropped(`the router does not have ${place.gateway} on ${way.port}`);
  if (tunnel === null && !answersArp(world, way.port, place.address)) return dropped(`${way.port} does not answer ARP`);
  const mac = place.mac === undefined ? {} : { mac: place.mac };
  const { address: dst, protocol, port } = goal;
  const p: Packet = { ...blank(protocol, port), in: way.port, src: place.address, ...mac, dst, state };
  const raw = judge(world, RAW, "prerouting", p);
  if (raw.action === "drop") return dropped(`${ruleName(raw.rule, RAW)} drops it`);
  return natted(world, raw.action === "notrack" ? { ...p, state: "untracked" } : p);
}

/** The packet after /ip/firewall/nat chain=dstnat. */
function natted(world: World, p: Packet): Packet {
  if (p.state === "untracked") return p;
  const { action, rule } = judge(world, NAT, "dstnat", p);
  if (action !== "dst-nat" && action !== "redirect") return p;
  const to = action === "redirect" ? p.dst : (rule?.fields.get("to-addresses") ?? p.dst);
  const port = rule?.fields.get("to-ports")?.split("-")[0];
  return {
    ...p,
    dst: to.split("-")[0] ?? p.dst,
    dstPort: port === undefined ? p.dstPort : Number(port),
    isDstnat: true,
  };
}

/** The way back to who asked. */
function answered(world: World, place: Place, p: Packet): Verdict {
  const out = routeTo(world, place.address);
  if (out !== p.in) return dropped(`answers to ${place.address} go ${out === null ? "nowhere" : `out by ${out}`}`);
  const back: Packet = { ...p, in: "", out, src: p.dst, dst: p.src, srcPort: p.dstPort, dstPort: p.srcPort };
  return ruled(world, FILTER, "output", { ...back, state: "established" }) ?? OK;
}

/** The service that listens there, or why nobody is let in. */
function served(world: World, place: Place, p: Packet): Verdict {
  if (p.protocol === "udp" && p.dstPort === 53)
    return isTrue(world.single("/ip/dns"), "allow-remote-requests") ? OK : refused("the router answers no names");
  if (p.protocol !== "tcp") return OK;
  const rows = world.rows("/ip/service").filter((r) => !isTrue(r.fields, "dynamic") && !isTrue(r.fields, "disabled"));
  const row = rows.find((r) => r.fields.get("port") === String(p.dstPort));
  if (row === undefined) return refused(`no service of the router listens on port ${p.dstPort}`);
  const name = row.fields.get("name") ?? "";
  if ((row.fields.get("vrf") ?? "main") !== vrfOf(world, p.in)) return refused(`${name} is in another VRF`);
  for (const field of ["address", "available-from"]) {
    const from = (row.fields.get(field) ?? "").split(",").filter((w) => w !== "");
    if (from.length > 0 && !from.some((prefix) => inPrefix(place.address, prefix)))
      return refused(`${name} is not open to ${place.address}`);
  }
  return OK;
}

/** True when the router's own NAT gives the packet an address that the internet can answer. */
function isMasqueraded(world: World, p: Packet): boolean {
  return ["masquerade", "src-nat"].includes(judge(world, NAT, "srcnat", p).action);
}

/** Is somebody behind the router where the packet goes, and does the answer come back? */
function delivered(world: World, far: Place, out: string): Verdict {
  if (isAsleep(world, far)) return dropped(`the container ${far.container ?? ""} does not run`);
  const way: { port: string } | Stopped = ingress(world, far.at);
  if (isStopped(way)) return dropped(way.why);
  if (way.port !== out) return dropped(`packets to ${far.address} go out by ${out}`);
  const gateway = ownAddress(world, far.gateway);
  return gateway === undefined ? dropped(`the router does not have ${far.gateway}`) : OK;
}

function beyond(world: World, place: Place, p: Packet, goal: Goal): Verdict {
  if (goal.of === "router") return dropped(`a rule of ${NAT} sends it to ${p.dst}`);
  if (world.single("/ip/settings").get("ip-forward") === "false") return dropped("the router does not forward");
  const out = routeTo(world, p.dst);
  if (out === null) return dropped(`there is no route to ${p.dst}`);
  const on = { ...p, out };
  const forward = ruled(world, FILTER, "forward", on);
  if (forward !== null) return forward;
  const far = goal.of === undefined ? OK : delivered(world, goal.of, out);
  if (far.reach !== "ok") return far;
  const isOutside = out === wanPort(world);
  if (isOutside && !isMasqueraded(world, on)) return dropped(`no rule of ${NAT} masquerades ${place.address}`);
  const back = { ...on, in: out, out: p.in, src: p.dst, dst: p.src, srcPort: p.dstPort, dstPort: p.srcPort };
  const home = routeTo(world, place.address);
  if (home !== p.in) return dropped(`answers to ${place.address} go ${home === null ? "nowhere" : `out by ${home}`}`);
  return ruled(world, FILTER, "forward", { ...back, state: "established" }) ?? OK;
}

/** Can somebody reach something now? `established`: over a connection that is open already. */
export function reachOf(
  world: World,
  place: Place,
  goal: Goal,
  state: "new" | "established",
  tunnel: Tunnel | null,
): Verdict {
  const p = enter(world, place, goal, state, tunnel);
  if ("reach" in p) return p;
  if (ownAddress(world, p.dst) === undefined) return beyond(world, place, p, goal);
  const input = ruled(world, FILTER, "input", p);
  if (input !== null) return input;
  const back = answered(world, place, p);
  if (back.reach !== "ok" || state === "established") return back;
  return served(world, place, p);
}

/** Can the router itself reach something outside? */
export function routerReach(world: World, goal: Goal): Verdict {
  const out = routeTo(world, goal.address);
  if (out === null) return dropped(`there is no route to ${goal.address}`);
  if (!isUp(world, out)) return dropped(`${out} is down`);
  const p: Packet = { ...blank(goal.protocol, goal.port), out, src: "203.0.113.57", dst: goal.address };
  const output = ruled(world, FILTER, "output", p);
  if (output !== null) return output;
  const back: Packet = { ...p, in: out, out: "", src: p.dst, dst: p.src, srcPort: p.dstPort, dstPort: EPHEMERAL };
  return ruled(world, FILTER, "input", { ...back, state: "established" }) ?? OK;
}
