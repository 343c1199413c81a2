// /wireguard-peer: a device of a person gets into the home network from anywhere, by
// WireGuard; the tunnel itself is set up where there is none. The device's private key is
// made here, is never sent to the router, and is in nothing but the answer to the person.
// Facts: MikroTik manual, WireGuard (road warrior); responder from 7.15 on.

import { base64 } from "../../base/bytes.ts";
import { fault, isFault, type Outcome, type Wait } from "../../base/fault.ts";
import type { Scope } from "../../base/scope.ts";
import { nearest, word } from "../../base/text.ts";
import { isPrivateAddress } from "../../base/url.ts";
import { clamped, x25519 } from "../../base/x25519.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { compareVersions } from "../releases.ts";
import { isOn, type RowsOf, rowsIfAny } from "../rows.ts";
import { isWithin } from "../where.ts";
import { withCode } from "./code.ts";
import { blockerOf, FILTER, MEMBERS, WAN_MENUS, type Wan, wanOf } from "./firewall.ts";
import { adding, reading } from "./kit.ts";
import { addressOn, freeNet, hostOf, type Net, netsOf } from "./nets.ts";

const LINKS = "/interface/wireguard";
const PEERS = "/interface/wireguard/peers";
const MENUS = [LINKS, PEERS, "/ip/address", ...WAN_MENUS, "/ip/cloud", "/ip/dns"];
const PORT = "13231";

/** The interface that the peer comes to; null: it is to be made. */
function linkOf(look: RowsOf, asked: string): Outcome<RosRow | null> {
  const links = look(LINKS).filter((row) => !isOn(row["disabled"]));
  const names = links.map((row) => row["name"] ?? "");
  const next = asked === "" ? `Name one: interface=${names[0]}` : `There are: ${names.join(", ")}.`;
  if (asked === "" && links.length > 1) return fault("input", `There are several: ${names.join(", ")}.`, { next });
  const link = links.find((row) => asked === "" || row["name"] === asked);
  if (link !== undefined || asked === "") return link ?? null;
  const near = nearest(asked, names)[0];
  return fault("missing", `There is no WireGuard interface ${word(asked)}.`, {
    next: near === undefined ? next : `Did you mean ${near}?`,
  });
}

/** A name or address by which the router is found from outside. */
function endpointOf(look: RowsOf, wan: Wan | null, asked: string): Outcome<string> {
  if (asked !== "")
    return /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(asked)
      ? asked
      : fault("input", `${word(asked)} is no name or address.`, {
          next: "Give it without a port, such as home.example.net.",
        });
  const name = look("/ip/cloud")[0]?.["dns-name"] ?? "";
  if (name !== "") return name;
  const address = addressOn(look("/ip/address"), wan?.interface);
  if (address !== "" && !isPrivateAddress(address)) return address;
  return fault("missing", "It is not known by which public name or address this router is reached.", {
    next: "Give it: endpoint=home.example.net, or switch on a name: /ip/cloud/set ddns-enabled=yes",
  });
}

/** The first address of the tunnel's network that nobody has. */
function freeHost(net: Net, peers: readonly RosRow[]): string | null {
  const used = peers.flatMap((row) => (row["allowed-address"] ?? "").split(","));
  const last = hostOf(net.cidr, -1);
  for (let n = 1; hostOf(net.cidr, n) !== last && n < 1_000; n += 1) {
    const host = hostOf(net.cidr, n);
    if (host !== net.router && !used.some((allowed) => isWithin(host, allowed))) return host;
  }
  return null;
}

interface Tunnel {
  name: string;
  port: string;
  net: Net;
  /** What makes it, or what it lacks. */
  commands: readonly string[];
}

/** The tunnel as it will be, and the commands for what is missing. */
function tunnelOf(look: RowsOf, link: RosRow | null, wan: Wan | null): Outcome<Tunnel> {
  const name = link?.["name"] ?? "wireguard1";
  const port = link?.["listen-port"] ?? PORT;
  const nets = netsOf(look("/ip/address"));
  const own = link === null ? undefined : nets.find((net) => net.interface === name);
  const cidr = own?.cidr ?? freeNet(nets, "192.168.100.0/24");
  if (cidr === null) return fault("limit", "No private network is free for the tunnel.");
  const net: Net = own ?? { cidr, router: hostOf(cidr, 1), interface: name };
  const comment = "road warriors";
  const isListed = look(MEMBERS).some((row) => row["list"] === "LAN" && row["interface"] === name);
  const hasLan = look("/interface/list").some((row) => row["name"] === "LAN");
  const from = wan?.interface ?? "";
  const blocker = blockerOf(look, { chain: "input", from, protocol: "udp", port: Number(port) });
  const rule = { chain: "input", action: "accept", protocol: "udp", "dst-port": port, comment: "WireGuard" };
  return {
    name,
    port,
    net,
    commands: [
      ...(link === null ? [adding(LINKS, { name, "listen-port": port, comment })] : []),
      ...(own === undefined ? [adding("/ip/address", { address: `${net.router}/24`, interface: name, comment })] : []),
      ...(hasLan && !isListed ? [adding(MEMBERS, { list: "LAN", interface: name, comment })] : []),
      ...(blocker === null ? [] : [adding(FILTER, { ...rule, "place-before": blocker[".id"] })]),
    ],
  };
}

interface Peer {
  name: string;
  host: string;
  endpoint: string;
  dns: string | null;
  /** Networks that go through the tunnel. */
  through: string;
}

/** What the device is set up with. The router's key is read when it is surely there. */
async function configOf(s: Scope, kit: ToolKit, tunnel: Tunnel, peer: Peer, key: Uint8Array): Wait<string> {
  const links = await rowsIfAny(s, kit.router, LINKS);
  if (isFault(links)) return links;
  const routerKey = links.find((row) => row["name"] === tunnel.name)?.["public-key"] ?? "";
  if (routerKey === "")
    return fault("failed", "The router's public key could not be read, so the device's settings are not complete.", {
      next: `RowsOf with ${LINKS}/print, then ask for a new peer.`,
    });
  return [
    "[Interface]",
    `PrivateKey = ${base64(key)}`,
    `Address = ${peer.host}/32`,
    ...(peer.dns === null ? [] : [`DNS = ${peer.dns}`]),
    "[Peer]",
    `PublicKey = ${routerKey}`,
    `AllowedIPs = ${peer.through}`,
    `Endpoint = ${peer.endpoint}:${tunnel.port}`,
    "PersistentKeepalive = 25",
  ].join("\n");
}

async function made(s: Scope, kit: ToolKit, a: Readonly<Record<string, string>>): Wait<TaskAnswer> {
  const name = word(a["name"]);
  const facts = await kit.router.facts(s);
  if (isFault(facts)) return facts;
  const look = await reading(s, kit, MENUS);
  if (isFault(look)) return look;
  const link = linkOf(look, a["interface"] ?? "");
  if (isFault(link)) return link;
  const twin = look(PEERS).find((row) => [row["name"], row["comment"]].includes(name));
  if (twin !== undefined)
    return {
      text: `There is a peer ${name} already: nothing to do. Its key is only on its device; for a new one take another name.`,
    };
  const wan = wanOf(look("/ip/route"), look(MEMBERS));
  const endpoint = endpointOf(look, wan, a["endpoint"] ?? "");
  if (isFault(endpoint)) return endpoint;
  const tunnel = tunnelOf(look, link, wan);
  if (isFault(tunnel)) return tunnel;
  const host = freeHost(tunnel.net, look(PEERS));
  if (host === null) return fault("limit", `No address of ${tunnel.net.cidr} is free.`);
  const isHome = /^home$/i.test(a["traffic"] ?? "");
  const homes = netsOf(look("/ip/address")).filter(
    (net) => net.interface !== wan?.interface && isPrivateAddress(net.router),
  );
  const through = isHome
    ? [...new Set([tunnel.net.cidr, ...homes.map((net) => net.cidr)])].join(", ")
    : "0.0.0.0/0, ::/0";
  const dns = isOn(look("/ip/dns")[0]?.["allow-remote-requests"]) ? tunnel.net.router : null;
  const key = clamped(kit.random.bytes(32));
  const named = compareVersions(facts.version, "7.15") >= 0 ? { name, responder: "yes" } : {};
  const fields = {
    interface: tunnel.name,
    "public-key": base64(x25519(key)),
    "allowed-address": `${host}/32`,
    comment: name,
  };
  const peer: Peer = { name, host, endpoint, dns, through };
  return {
    commands: [...tunnel.commands, adding(PEERS, { ...named, ...fields })],
    text: `${name} would get in by WireGuard as ${host}, from anywhere to ${endpoint}:${tunnel.port}. Its settings with the code to scan come with the approval, once.`,
    async handout(hs, isDark) {
      const config = await configOf(hs, kit, tunnel, peer, key);
      return isFault(config)
        ? config
        : withCode(
            `Settings of ${name}, with its private key: shown once. Scan the code in the WireGuard app, then delete this message.`,
            config,
            isDark,
          );
    },
  };
}

/** `/wireguard-peer` */
export const wireguardPeer: Task<"name" | "endpoint" | "traffic" | "interface"> = {
  name: "wireguard-peer",
  purpose: "let a device into the home network from anywhere by WireGuard, with a QR code",
  args: {
    name: "of the device, such as anna-phone",
    endpoint: "public name or address of the router, where it is not known",
    traffic: "all (usual), or home: only what is for the home network",
    interface: "WireGuard interface, where there are several",
  },
  needs: ["name"],
  effect: "propose",
  run: (s, kit, a) =>
    /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,31}$/.test(a.name)
      ? made(s, kit, a)
      : Promise.resolve(fault("input", "The name has up to 32 letters, digits, blanks and .-_ in it.")),
};
