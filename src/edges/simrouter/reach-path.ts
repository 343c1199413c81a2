// How frames and packets find their way in the simulated router: which interface a port
// leads to (bridge, VLAN), which addresses are its own, which route an answer takes.
// Facts: MikroTik manual, Bridging and Switching (VLAN filtering), IP Routing.

import { interfaceNamed } from "./links.ts";
import { type Fields, isTrue, type Row } from "./rows.ts";
import { inPrefix, inRanges, networkOf } from "./values.ts";
import type { World } from "./world.ts";

/** Nothing goes on here, and why. */
export interface Stopped {
  readonly why: string;
}

/** Where a packet comes in. */
export interface Ingress {
  /** The interface that firewall rules see. */
  readonly port: string;
}

/** True when there is no way on. */
export const isStopped = (x: object): x is Stopped => "why" in x;

const on = (row: Row): boolean => !isTrue(row.fields, "disabled");
const get = (f: Fields, name: string, without = ""): string => f.get(name) ?? without;
const words = (text: string): string[] => text.split(",").filter((w) => w !== "");

/** The bridge's rows for a VLAN. */
const vlanRows = (world: World, bridge: string, id: string): Row[] =>
  world
    .rows("/interface/bridge/vlan")
    .filter((r) => on(r) && r.fields.get("bridge") === bridge && inRanges(Number(id), get(r.fields, "vlan-ids")));

/** Untagged frames of a bridge port with VLAN filtering: to the bridge, a VLAN interface, or nowhere. */
function throughVlan(world: World, port: Row, bridge: Row): Ingress | Stopped {
  const name = get(bridge.fields, "name");
  const id = get(port.fields, "pvid", "1");
  const at = get(port.fields, "interface");
  if (get(port.fields, "frame-types") === "admit-only-vlan-tagged") return { why: `${at} takes tagged frames only` };
  const rows = vlanRows(world, name, id);
  if (rows.some((r) => words(get(r.fields, "tagged")).includes(at))) return { why: `${at} gets VLAN ${id} tagged` };
  const isOwn = get(bridge.fields, "pvid", "1") === id;
  if (isOwn && get(bridge.fields, "frame-types") !== "admit-only-vlan-tagged") return { port: name };
  const isIn = rows.some((r) => words(get(r.fields, "tagged")).includes(name));
  const vlan = world
    .rows("/interface/vlan")
    .find((r) => on(r) && r.fields.get("interface") === name && r.fields.get("vlan-id") === id);
  if (!isIn || vlan === undefined) return { why: `VLAN ${id} of ${at} does not lead to the router` };
  return { port: get(vlan.fields, "name") };
}

/** A bridge filter rule that takes every IP packet of the port. */
function bridgeDrops(world: World, at: string, bridge: string): boolean {
  return world.rows("/interface/bridge/filter").some((r) => {
    const f = r.fields;
    const fits = (name: string, value: string): boolean => (f.get(name) ?? value) === value;
    const isDrop = on(r) && f.get("chain") === "input" && f.get("action") === "drop";
    return isDrop && fits("in-interface", at) && fits("in-bridge", bridge) && fits("mac-protocol", "ip");
  });
}

/** Where what comes in at a port gets to. */
export function ingress(world: World, at: string): Ingress | Stopped {
  const link = interfaceNamed(world, at);
  if (link === undefined) return { why: `there is no ${at}` };
  if (!on(link)) return { why: `${at} is disabled` };
  if (isTrue(link.fields, "~unplugged")) return { why: `${at} has no link` };
  const port = world.rows("/interface/bridge/port").find((r) => on(r) && r.fields.get("interface") === at);
  if (port === undefined) return { port: at };
  const bridge = interfaceNamed(world, port.fields.get("bridge"));
  if (bridge === undefined) return { why: `the bridge of ${at} is gone` };
  const name = get(bridge.fields, "name");
  if (!on(bridge)) return { why: `${name} is disabled` };
  if (bridgeDrops(world, at, name)) return { why: `a rule of /interface/bridge/filter drops what comes from ${at}` };
  return isTrue(bridge.fields, "vlan-filtering") ? throughVlan(world, port, bridge) : { port: name };
}

/** The row of an address of the router that works. */
export function ownAddress(world: World, address: string): Row | undefined {
  return world
    .rows("/ip/address")
    .find(
      (r) => on(r) && get(r.fields, "address").split("/")[0] === address && isUp(world, get(r.fields, "interface")),
    );
}

/** True when the interface is there and enabled. */
export function isUp(world: World, name: string): boolean {
  const row = interfaceNamed(world, name);
  return row !== undefined && on(row) && !isTrue(row.fields, "~unplugged");
}

/** Does the router answer to who asks for its address here? */
export function answersArp(world: World, port: string, address: string): boolean {
  const arp = get(interfaceNamed(world, port)?.fields ?? new Map(), "arp", "enabled");
  if (arp !== "disabled" && arp !== "reply-only") return true;
  const isKnown = (r: Row): boolean => !isTrue(r.fields, "dynamic") && on(r) && r.fields.get("address") === address;
  return world.rows("/ip/arp").some(isKnown);
}

interface Way {
  readonly bits: number;
  readonly distance: number;
  /** The interface; null: what goes here is thrown away. */
  readonly out: string | null;
}

function wayOf(world: World, row: Row): Way | null {
  const f = row.fields;
  const dst = get(f, "dst-address", "0.0.0.0/0");
  const base = { bits: Number(dst.split("/")[1] ?? "32"), distance: Number(get(f, "distance", "1")) };
  if (f.has("blackhole") || get(f, "type") === "blackhole") return { ...base, out: null };
  // "192.0.2.1%ether1", or the interface alone; routes.ts has looked it up.
  const out = get(f, "immediate-gw").split("%").at(-1) ?? "";
  return isUp(world, out) ? { ...base, out } : null;
}

/** The interface by which packets to an address leave; null: nobody gets them. */
export function routeTo(world: World, address: string): string | null {
  const ways = world
    .rows("/ip/route")
    .filter((r) => on(r) && get(r.fields, "routing-table", "main") === "main")
    .filter((r) => networkOf(get(r.fields, "dst-address", "0.0.0.0/0")) !== null)
    .filter((r) => inPrefix(address, get(r.fields, "dst-address", "0.0.0.0/0")))
    .flatMap((r) => wayOf(world, r) ?? []);
  const best = ways.sort((a, b) => b.bits - a.bits || a.distance - b.distance)[0];
  return best?.out ?? null;
}

/** The VRF that an interface belongs to. */
export function vrfOf(world: World, port: string): string {
  const row = world.rows("/ip/vrf").find((r) => on(r) && words(get(r.fields, "interfaces")).includes(port));
  return row === undefined ? "main" : get(row.fields, "name", "main");
}
