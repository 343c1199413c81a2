// /guest-wifi: a network of its own for guests on every radio, with addresses, names and the
// internet, and nothing of the home. An own bridge keeps them apart, without VLANs.
// Facts: MikroTik manual, WiFi (7.13 and newer; wifiwave2 before), Wireless (old chips),
// Bridge, DHCP Server, Filter; the code for phones: Android's and Apple's WIFI: form.

import { fault, isFault, type Outcome, type Wait } from "../../base/fault.ts";
import { GUEST_NAME_BYTES_MAX, GUEST_PASSPHRASE_CHARS } from "../../base/limits-plans.ts";
import type { Scope } from "../../base/scope.ts";
import { printable, word } from "../../base/text.ts";
import { isPrivateAddress } from "../../base/url.ts";
import { utf8Length } from "../../base/utf8.ts";
import type { Random } from "../../port/clock.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { AIR_MENUS } from "../radio.ts";
import { isOn, type RowsOf } from "../rows.ts";
import { withCode } from "./code.ts";
import { blockerOf, bySide, FILTER, firstOf, WAN_MENUS, type Wan, wayOut } from "./firewall.ts";
import { adding, reading } from "./kit.ts";
import { freeNet, hostOf, netsOf, networkOf, overlaps } from "./nets.ts";

const [WIFI, , WIRELESS] = AIR_MENUS;
const PROFILES = `${WIRELESS}/security-profiles`;
const NAT = "/ip/firewall/nat";
const BRIDGE = "/interface/bridge";
const MENUS = [
  ...AIR_MENUS,
  "/interface/wifi/configuration",
  BRIDGE,
  ...WAN_MENUS,
  NAT,
  "/ip/address",
  "/ip/dns",
  "/ip/pool",
  "/ip/dhcp-server",
];
const COMMENT = "guest Wi-Fi";

interface Guests {
  ssid: string;
  passphrase: string;
  /** "192.168.90.0/24" */
  cidr: string;
  bridge: string;
}

/** The radios' own networks, and the menu they stand in; a fault where there is no Wi-Fi. */
function radiosOf(look: RowsOf): Outcome<{ menu: string; radios: readonly RosRow[] }> {
  for (const menu of AIR_MENUS) {
    const radios = look(menu).filter(
      (row) => ["", "none"].includes(row["master-interface"] ?? "") && !isOn(row["disabled"]),
    );
    if (radios.length > 0) return { menu, radios };
  }
  return fault("missing", "This router has no Wi-Fi that is switched on.");
}

// Letters and digits that nobody takes for another.
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789-";

/** A passphrase that can be said over a table. */
function freshPassphrase(random: Random): string {
  const letters = [...random.bytes(12)].map((b) => LETTERS.charAt(b % (LETTERS.length - 1)));
  return [0, 4, 8].map((at) => letters.slice(at, at + 4).join("")).join("-");
}

/** A network of the radios: a slave on the guests' bridge for each. */
function airOf(menu: string, radios: readonly RosRow[], g: Guests): string[] {
  const named = (i: number): string => `wifi-guest${i + 1}`;
  if (menu !== WIRELESS)
    return radios.map((radio, i) =>
      adding(WIFI, {
        name: named(i),
        "master-interface": radio["name"],
        "configuration.mode": "ap",
        "configuration.ssid": g.ssid,
        "security.authentication-types": "wpa2-psk,wpa3-psk",
        "security.passphrase": g.passphrase,
        "datapath.bridge": g.bridge,
        "datapath.client-isolation": "yes",
        disabled: "no",
        comment: COMMENT,
      }),
    );
  const profile = {
    name: "guest",
    mode: "dynamic-keys",
    "authentication-types": "wpa2-psk",
    "wpa2-pre-shared-key": g.passphrase,
  };
  return [
    adding(PROFILES, profile),
    ...radios.flatMap((radio, i) => [
      adding(WIRELESS, {
        name: named(i),
        "master-interface": radio["name"],
        mode: "ap-bridge",
        ssid: g.ssid,
        "security-profile": "guest",
        "default-forwarding": "no",
        disabled: "no",
        comment: COMMENT,
      }),
      adding(`${BRIDGE}/port`, { bridge: g.bridge, interface: named(i), comment: COMMENT }),
    ]),
  ];
}

/** Addresses, and names where this router answers for them. */
function addressesOf(look: RowsOf, g: Guests): string[] {
  const router = hostOf(g.cidr, 1);
  const dns = look("/ip/dns")[0] ?? {};
  const servers = isOn(dns["allow-remote-requests"]) ? router : dns["servers"] || dns["dynamic-servers"] || "9.9.9.9";
  const bits = g.cidr.split("/")[1] ?? "24";
  return [
    adding("/ip/address", { address: `${router}/${bits}`, interface: g.bridge, comment: COMMENT }),
    adding("/ip/pool", { name: "guest", ranges: `${hostOf(g.cidr, 10)}-${hostOf(g.cidr, -2)}` }),
    adding("/ip/dhcp-server", {
      name: "guest",
      interface: g.bridge,
      "address-pool": "guest",
      "lease-time": "1h",
      disabled: "no",
    }),
    adding("/ip/dhcp-server/network", { address: g.cidr, gateway: router, "dns-server": servers, comment: COMMENT }),
  ];
}

/** What guests may: names and addresses from the router, and the internet. */
function rulesOf(look: RowsOf, wan: Wan, g: Guests): string[] {
  const here = { "in-interface": g.bridge, comment: COMMENT };
  const input = { chain: "input", "place-before": firstOf(look(FILTER), "input"), ...here };
  const forward = { chain: "forward", "place-before": firstOf(look(FILTER), "forward"), ...here };
  const isNamed = isOn(look("/ip/dns")[0]?.["allow-remote-requests"]);
  const out = { from: g.bridge, to: wan.interface, protocol: "tcp", port: 443 } as const;
  const blocker = blockerOf(look, { chain: "forward", ...out });
  const masquerades = look(NAT).some(
    (row) =>
      row["chain"] === "srcnat" &&
      /^(masquerade|src-nat)$/.test(row["action"] ?? "") &&
      !isOn(row["disabled"]) &&
      row["src-address"] === undefined &&
      (row["out-interface"] === wan.interface || row["out-interface-list"] === "WAN"),
  );
  const nat = { chain: "srcnat", action: "masquerade", "src-address": g.cidr, ...bySide(wan, "out"), comment: COMMENT };
  return [
    adding(FILTER, { action: "accept", protocol: "udp", "dst-port": isNamed ? "53,67" : "67", ...input }),
    ...(isNamed ? [adding(FILTER, { action: "accept", protocol: "tcp", "dst-port": "53", ...input })] : []),
    adding(FILTER, { action: "drop", ...input }),
    adding(FILTER, { action: "drop", ...bySide(wan, "out", "!"), ...forward }),
    ...(blocker === null ? [] : [adding(FILTER, { action: "accept", ...bySide(wan, "out"), ...forward })]),
    ...(masquerades ? [] : [adding(NAT, nat)]),
  ];
}

const ssidOf = (row: RosRow, configs: readonly RosRow[]): string | undefined =>
  row["configuration.ssid"] ?? row["ssid"] ?? configs.find((c) => c["name"] === row["configuration"])?.["ssid"];

/** Why this cannot be made besides what is there; null: it can. */
function inTheWay(look: RowsOf, g: Guests): TaskAnswer | null {
  const air = AIR_MENUS.flatMap((menu) => look(menu));
  const twin = air.find((row) => ssidOf(row, look("/interface/wifi/configuration")) === g.ssid);
  if (twin !== undefined && twin["comment"] === COMMENT)
    return { text: `The guest network "${g.ssid}" is there already: nothing to do.` };
  if (twin !== undefined) return { text: `"${g.ssid}" is a network of this home already; guests need another name.` };
  const other = look(BRIDGE).find((row) => row["name"] === g.bridge);
  return other === undefined
    ? null
    : { text: `There is a guest network with another name already (bridge ${g.bridge}); /undo takes it back.` };
}

function guestsOf(look: RowsOf, a: Readonly<Record<string, string>>, random: Random): Outcome<Guests> {
  const { ssid = "", passphrase = "", network = "" } = a;
  if (utf8Length(ssid) > GUEST_NAME_BYTES_MAX || printable(ssid) !== ssid || /[\n\t]/.test(ssid))
    return fault("input", `A Wi-Fi name has 1 to ${GUEST_NAME_BYTES_MAX} bytes, no line ends or hidden signs.`);
  const [least, most] = GUEST_PASSPHRASE_CHARS;
  if (passphrase !== "" && (passphrase.length < least || passphrase.length > most || !/^[ -~]+$/.test(passphrase)))
    return fault("input", `A passphrase has ${least} to ${most} letters, digits or signs of a US keyboard.`);
  const nets = netsOf(look("/ip/address"));
  const cidr = network === "" ? freeNet(nets, "192.168.90.0/24") : networkOf(network);
  if (cidr === null || !/\/(2[0-6])$/.test(cidr) || !isPrivateAddress(hostOf(cidr, 1)))
    return fault("input", `${word(network)} is no private network of 64 to 4096 addresses, such as 192.168.90.0/24.`);
  const clash = nets.find((net) => overlaps(net.cidr, cidr));
  if (clash !== undefined)
    return fault("conflict", `${cidr} overlaps ${clash.cidr} on ${word(clash.interface)}.`, {
      next: "Leave network out to get a free one.",
    });
  return { ssid, passphrase: passphrase || freshPassphrase(random), cidr, bridge: "bridge-guest" };
}

async function made(s: Scope, kit: ToolKit, a: Readonly<Record<string, string>>): Wait<TaskAnswer> {
  const look = await reading(s, kit, MENUS);
  if (isFault(look)) return look;
  const air = radiosOf(look);
  if (isFault(air)) return air;
  const guests = guestsOf(look, a, kit.random);
  if (isFault(guests)) return guests;
  const stop = inTheWay(look, guests);
  if (stop !== null) return stop;
  const wan = wayOut(look);
  if (isFault(wan)) return wan;
  const { ssid, passphrase } = guests;
  const escaped = (text: string): string => text.replace(/[\\;,:"]/g, "\\$&");
  return {
    commands: [
      adding(BRIDGE, { name: guests.bridge, comment: COMMENT }),
      ...addressesOf(look, guests),
      ...rulesOf(look, wan, guests),
      ...airOf(air.menu, air.radios, guests),
    ],
    text: `Guests would have the Wi-Fi "${ssid}" on ${air.radios.map((r) => word(r["name"])).join(", ")}, with addresses of ${guests.cidr} and the internet, and reach neither the home network nor each other. Passphrase and a code to scan come with the approval.`,
    handout: async (_s, isDark) =>
      withCode(
        `Guest Wi-Fi "${ssid}", passphrase: ${passphrase}`,
        `WIFI:T:WPA;S:${escaped(ssid)};P:${escaped(passphrase)};;`,
        isDark,
      ),
  };
}

/** `/guest-wifi` */
export const guestWifi: Task<"ssid" | "passphrase" | "network"> = {
  name: "guest-wifi",
  purpose: "a Wi-Fi for guests: internet only, apart from the home network",
  args: {
    ssid: "name of the Wi-Fi",
    passphrase: "made up when left out",
    network: "private network for guests; a free one when left out",
  },
  needs: ["ssid"],
  effect: "propose",
  run: (s, kit, a) => made(s, kit, a),
};
