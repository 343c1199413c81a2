// /port-forward: a port of the router goes to a device, from outside and (hairpin) from the
// home network under the public address. The device's lease becomes static with it.
// Facts: MikroTik manual, NAT: dst-nat, hairpin NAT; RFC 6598 for addresses behind CGNAT.

import { type Fault, fault, isFault, type Outcome, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import { word } from "../../base/text.ts";
import { isPrivateAddress } from "../../base/url.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { type Named, oneDevice } from "../devices.ts";
import { isOn, type RowsOf } from "../rows.ts";
import { same } from "../where.ts";
import { blockerOf, bySide, FILTER, sharePort, WAN_MENUS, type Wan, wayOut } from "./firewall.ts";
import { adding, doing, isNo, reading } from "./kit.ts";
import { addressOn, isHostIn, type Net, netFor, netsOf, networkOf } from "./nets.ts";

const NAT = "/ip/firewall/nat";
const LEASES = "/ip/dhcp-server/lease";
const MENUS = [NAT, LEASES, "/ip/address", ...WAN_MENUS, "/interface/wireguard"];

interface Wanted {
  protocols: readonly string[];
  /** A port or a range, as the world sees it. */
  port: string;
  /** On the device; undefined: the same. */
  toPort: string | undefined;
  from: string | undefined;
}

const input = (what: string, next?: string): Fault => fault("input", what, next === undefined ? {} : { next });

/** "443" or "8000-8010", low end first; null for anything else. */
function portsOf(text: string): string | null {
  const ends = /^\d{1,5}(-\d{1,5})?$/.test(text) ? text.split("-").map(Number) : [];
  const [low = 0, high = low] = ends;
  return low >= 1 && low <= high && high <= 65_535 ? ends.join("-") : null;
}

function wantedOf(a: Readonly<Record<string, string>>): Outcome<Wanted> {
  const protocol = (a["protocol"] || "tcp").toLowerCase();
  const protocols = protocol === "both" ? ["tcp", "udp"] : [protocol];
  if (!/^(tcp|udp|both)$/.test(protocol)) return input(`protocol is tcp, udp or both, not ${word(protocol)}.`);
  const port = portsOf(a["port"] ?? "");
  if (port === null) return input(`${word(a["port"])} is no port: 443, or a range such as 8000-8010.`);
  const to = a["to-port"] ?? "";
  if (to !== "" && (port.includes("-") || portsOf(to) === null || to.includes("-")))
    return input("to-port is one port, and only for one port.");
  const from = a["from"] === "" ? undefined : (networkOf(a["from"] ?? "") ?? null);
  if (from === null) return input(`${word(a["from"])} is no IPv4 address or network.`);
  return { protocols, port, toPort: to === "" || Number(to) === Number(port) ? undefined : `${Number(to)}`, from };
}

/** Rules that send this port somewhere already. */
function taken(rows: readonly RosRow[], protocol: string, w: Wanted): readonly RosRow[] {
  return rows.filter(
    (row) =>
      row["chain"] === "dstnat" &&
      !isOn(row["disabled"]) &&
      /^(dst-nat|redirect|netmap|same)$/.test(row["action"] ?? "") &&
      (row["protocol"] === protocol || row["protocol"] === undefined) &&
      row["src-address"] === undefined &&
      (row["dst-port"] === undefined || sharePort(row["dst-port"], w.port)),
  );
}

/** Undefined: free. A fault: it goes elsewhere. True: it goes there already. */
function standing(look: RowsOf, ip: string, w: Wanted): Fault | boolean {
  const found = w.protocols.map((protocol) => {
    const rows = taken(look(NAT), protocol, w);
    const [row] = rows;
    if (row === undefined) return false;
    const isSame =
      row["to-addresses"] === ip && row["dst-port"] === w.port && (row["to-ports"] ?? w.port) === (w.toPort ?? w.port);
    if (isSame) return true;
    const to = `${row["to-addresses"] ?? "the router"}${row["to-ports"] === undefined ? "" : `:${row["to-ports"]}`}`;
    const name = row["comment"] === undefined ? "" : ` ("${word(row["comment"])}")`;
    return fault("conflict", `${protocol} ${row["dst-port"] ?? "of every port"} goes to ${to} already${name}.`, {
      next: "Take another port, or remove that rule first.",
    });
  });
  return found.find(isFault) ?? found.every((x) => x === true);
}

function ownVpn(look: RowsOf, w: Wanted): Fault | null {
  const vpn = look("/interface/wireguard").find(
    (row) => !isOn(row["disabled"]) && sharePort(row["listen-port"] ?? "0", w.port),
  );
  if (vpn === undefined || !w.protocols.includes("udp")) return null;
  return fault("conflict", `The router's own VPN ${word(vpn["name"])} listens on udp ${vpn["listen-port"]}.`, {
    next: "Take another port.",
  });
}

interface Way {
  wan: Wan;
  net: Net;
  ip: string;
}

function rulesOf(look: RowsOf, { wan, net, ip }: Way, w: Wanted, isHairpin: boolean, label: string): string[] {
  return w.protocols.flatMap((protocol) => {
    const comment = `forward ${protocol} ${w.port} to ${label}`;
    const inner = w.toPort ?? w.port;
    const there = { "to-addresses": ip, "to-ports": w.toPort, comment };
    const head = { chain: "dstnat", action: "dst-nat", protocol, "dst-port": w.port };
    const isTcp = protocol === "tcp";
    const port = Number.parseInt(inner, 10);
    const way = { from: wan.interface, to: net.interface, dst: ip, isForwarded: true };
    const blocker = blockerOf(look, { chain: "forward", protocol: isTcp ? "tcp" : "udp", port, ...way });
    const letIn = {
      chain: "forward",
      action: "accept",
      "connection-nat-state": "dstnat",
      ...bySide(wan, "in"),
      protocol,
      "dst-address": ip,
      "dst-port": inner,
      comment,
      "place-before": blocker?.[".id"],
    };
    const inside = { "src-address": net.cidr, "dst-address-type": "local", "dst-address": `!${net.router}` };
    const back = {
      chain: "srcnat",
      action: "masquerade",
      protocol,
      "src-address": net.cidr,
      "dst-address": ip,
      "dst-port": inner,
    };
    return [
      adding(NAT, { ...head, ...bySide(wan, "in"), "src-address": w.from, ...there }),
      ...(isHairpin ? [adding(NAT, { ...head, ...inside, ...there }), adding(NAT, { ...back, comment })] : []),
      ...(blocker === null ? [] : [adding(FILTER, letIn)]),
    ];
  });
}

/** Why nobody outside may get through whatever this router does; "" where nothing is known. */
function outsideNote(look: RowsOf, wan: Wan): string {
  const address = addressOn(look("/ip/address"), wan.interface);
  if (address === "" || !isPrivateAddress(address)) return "";
  return ` But ${address}, the router's address towards the internet, is not public: the box or provider before it must forward the port as well.`;
}

async function forward(s: Scope, kit: ToolKit, device: Named, w: Wanted, isHairpin: boolean): Wait<TaskAnswer> {
  const look = await reading(s, kit, MENUS);
  if (isFault(look)) return look;
  const wan = wayOut(look);
  if (isFault(wan)) return wan;
  const net = netFor(netsOf(look("/ip/address")), device.ip);
  if (net === null || net.interface === wan.interface || !isHostIn(net, device.ip))
    return input(`${device.label} has no address in a network of this router.`, "Give it one first: /lease");
  const vpn = ownVpn(look, w);
  if (vpn !== null) return vpn;
  const stands = standing(look, device.ip, w);
  if (isFault(stands)) return stands;
  const goal = `${device.label}, port ${w.toPort ?? w.port}`;
  if (stands) return { text: `${w.protocols.join(" and ")} ${w.port} goes to ${goal} already: nothing to do.` };
  const lease = look(LEASES).find((row) => isOn(row["dynamic"]) && same(row["mac-address"] ?? "", device.mac));
  const fix = lease === undefined ? [] : [doing(LEASES, "make-static", lease)];
  const who = w.from === undefined ? "anybody on the internet" : w.from;
  const hairpin = isHairpin ? " The public address works from the home network, too." : "";
  return {
    commands: [...fix, ...rulesOf(look, { wan, net, ip: device.ip }, w, isHairpin, device.name || device.ip)],
    text: `${w.protocols.join(" and ")} ${w.port} from ${who} would go to ${goal}.${hairpin}${outsideNote(look, wan)}`,
  };
}

/** `/port-forward` */
export const portForward: Task<"device" | "port" | "to-port" | "protocol" | "from" | "hairpin"> = {
  name: "port-forward",
  purpose: "make a device's port reachable from the internet",
  args: {
    device: "name, address or MAC",
    port: "port or range outside, such as 443 or 8000-8010",
    "to-port": "port on the device, when it is another",
    protocol: "tcp (usual), udp or both",
    from: "only from this address or network",
    hairpin: "no: not under the public address from inside",
  },
  needs: ["device", "port"],
  effect: "propose",
  async run(s, kit, a) {
    const wanted = wantedOf(a);
    if (isFault(wanted)) return wanted;
    const device = await oneDevice(s, kit.router, a.device, "port-forward");
    return isFault(device) || "text" in device ? device : forward(s, kit, device, wanted, !isNo(a.hairpin));
  },
};
