// How much a command may hurt: read, reversible, dangerous, lifeline. Own classification
// from the effects that the MikroTik manual describes for each menu. What is not known to
// be harmless is dangerous; what may cut off the router or its owner is lifeline.

import { isLoopback } from "../base/url.ts";
import type { Risk, RosRow } from "../port/router.ts";
import type { Intent, Values } from "./intent.ts";
import { isRead } from "./intent.ts";
import { isSecretField } from "./mask.ts";
import { isSet } from "./where.ts";

export interface Judged {
  risk: Risk;
  /** Sentences for the person beside the diff. */
  notes: readonly string[];
  /** Not done on a real router: nothing takes it back. */
  never?: true;
}

/** What this program hangs on. */
export interface Own {
  /** Hosts that it talks to: the router's, the model service's, the chat's. */
  hosts: readonly string[];
  /** Addresses of the router, and those from which its users are there now. */
  addresses: readonly string[];
}

const NOTHING: Own = { hosts: [], addresses: [] };

// Users, packages, containers, services, files, licences: what the router and this
// program hang on. A menu covers all below it.
const FOREVER: readonly string[] = [
  "/app",
  "/certificate",
  "/container",
  "/disk",
  "/file",
  "/partitions",
  "/password",
  "/radius",
  "/safe-mode",
  "/special-login",
  "/system/backup",
  "/system/console",
  "/system/device-mode",
  "/system/license",
  "/system/package",
  "/system/reset-configuration",
  "/system/routerboard",
  "/system/ssh-exec",
  "/system/swos",
  "/system/upgrade",
  "/tool/bandwidth-test",
  "/tool/flood-ping",
  "/tool/mac-telnet",
  "/tool/sniffer",
  "/tool/traffic-generator",
  "/user",
];

// By these it is reached; what is set there can be taken back.
const LIFELINE: readonly string[] = ["/interface/veth", "/ip/service", "/tool/mac-server"];

// Menus where adding, changing and removing has a complete inverse and no effect on the
// way to the router. Menus below them are not covered unless named.
const REVERSIBLE: ReadonlySet<string> = new Set([
  "/ip/dhcp-server/lease",
  "/ip/dns/adlist",
  "/ip/dns/static",
  "/ip/firewall/address-list",
  "/ip/kid-control",
  "/ip/kid-control/device",
  "/ipv6/firewall/address-list",
  "/queue/simple",
  "/queue/type",
  "/system/clock",
  "/system/identity",
  "/system/note",
  "/system/ntp/client",
  "/system/ntp/client/servers",
  "/tool/netwatch",
]);

/** Their values are run as scripts, now or later. */
export const SCRIPT_FIELD =
  /^(on-[a-z0-9-]+|source|script|do|command|[a-z0-9-]*-script|[a-z0-9-]*-cmd|cmd|entrypoint|run-after-reset|script-name)$/;

/** A menu of the table, or one below it. */
export const under = (menu: string, table: readonly string[]): boolean =>
  table.some((m) => menu === m || menu.startsWith(`${m}/`));

function valuesOf(i: Intent): Values {
  if (i.do === "add" || i.do === "set") return i.values;
  return i.do === "act" ? i.body : {};
}

/** Only the remark of rows changes. */
function onlyComment(i: Intent): boolean {
  if (i.do !== "set") return false;
  const names = [...Object.keys(i.values), ...i.unset];
  return names.length > 0 && names.every((n) => n === "comment");
}

const SINGLE_HOST = /^\d{1,3}(?:\.\d{1,3}){3}(?:\/32)?$|^[0-9a-f]*:[0-9a-f:]+(?:\/128)?$/i;

/** Only single addresses: a range or a network may hold the owner, or all of the line. */
function singleHosts(text: string): boolean {
  return text.split(",").every((t) => SINGLE_HOST.test(t) && t !== "0.0.0.0" && t !== "::");
}

// Fields of reversible menus that reach further: firewall lists, options pushed to clients.
const REACHING = new Set([
  "address-list",
  "address-lists",
  "dhcp-option",
  "dhcp-option-set",
  "routes",
  "interface-list",
]);

const WIDE_LIST = "This covers more than one address, perhaps the owner's own.";
const wideList = (v: Values): boolean => v["address"] !== undefined && !singleHosts(v["address"]);

const given = (values: Values, ...names: readonly string[]): boolean => names.some((n) => values[n] !== undefined);

// Names that only this network knows: single words, and endings that the internet does not
// have (RFC 8375, RFC 6762, ICANN's .internal; .lan is RouterOS's own). Browsers take their
// proxy from whoever is called wpad, so that is none of them.
const LOCAL_NAME =
  /^(?!(?:wpad|isatap)(?:\.|$))[a-z0-9_-]+(?:(?:\.[a-z0-9_-]+)*\.(?:home\.arpa|internal|lan|local|home|localdomain))?\.?$/i;

/** Keeps a name from being found; sends nobody anywhere. */
const blocks = (v: Values): boolean =>
  v["type"] === "NXDOMAIN" || ["0.0.0.0", "::"].includes(v["address"] ?? "") || isLoopback(v["address"] ?? "");

/** A static record that sends people of a name on the internet, or of many names, somewhere else. */
function redirects(v: Values): boolean {
  if (given(v, "regexp", "forward-to") || isSet(v["match-subdomain"]) || ["FWD", "NS"].includes(v["type"] ?? ""))
    return true;
  return !LOCAL_NAME.test(v["name"] ?? "") && !blocks(v) && given(v, "address", "cname", "name", "type");
}

const TIME = "Who gives the time can make it wrong, which breaks certificates and schedules.";

// Per menu: what reaches further than its rows, and the sentence that says so. Time servers,
// lists and pages fetched from elsewhere and redirected names obey somebody outside from then
// on, who may change his mind after the approval; an undo does not reach what was done with
// it meanwhile. A ping of a host, a name of this network, a blocked name stay reversible.
const WORSE: Readonly<Record<string, readonly [why: string, is: (values: Values, adds: boolean) => boolean]>> = {
  "/queue/simple": [
    "This queue limits more than single hosts.",
    (v, adds) => (adds || given(v, "target")) && !singleHosts(v["target"] ?? ""),
  ],
  "/ip/dns/static": ["This may send people who ask for a name, or for many, somewhere else.", redirects],
  "/ip/dns/adlist": [
    "Whoever makes this list decides which names stop working, now and later.",
    (v) => given(v, "url", "file"),
  ],
  "/system/ntp/client": [TIME, (v) => given(v, "servers", "mode", "vrf")],
  "/system/ntp/client/servers": [TIME, (v) => given(v, "address")],
  "/tool/netwatch": [
    "The router itself would fetch or ask something there.",
    (v) => !["simple", "icmp", "tcp-conn"].includes(v["type"] ?? "simple"),
  ],
  "/system/clock": ["A wrong time breaks certificates and schedules.", (v) => given(v, "time", "date")],
  "/ip/firewall/address-list": [WIDE_LIST, wideList],
  "/ipv6/firewall/address-list": [WIDE_LIST, wideList],
};

/** Only switched off, or told to the reader: what the row holds does nothing. */
function onlyOff(i: Intent): boolean {
  if (i.do !== "set" || i.unset.length > 0) return false;
  const { comment: _, ...rest } = i.values;
  return Object.keys(rest).length === 1 && isSet(rest["disabled"]);
}

const bare = (host: string): string => host.toLowerCase().replace(/\.$/, "");

/** A change of what this program itself needs. */
function touchesOwn(i: Intent, own: Own, values: Values): string | null {
  if (i.menu === "/ip/dns/static" && own.hosts.includes(bare(values["name"] ?? "")))
    return "This program needs that name itself.";
  const address = i.menu === "/ip/dhcp-server/lease" ? valuesOf(i)["address"] : undefined;
  return address !== undefined && own.addresses.includes(address.replace(/\/32$/, ""))
    ? "The router, or whoever manages it, has that address already."
    : null;
}

/**
 * What makes a change in a reversible menu more than that. With its row: what the row is afterwards
 * counts, so that nobody switches on in two steps what is refused in one.
 */
function worse(i: Intent, own: Own, row: RosRow | null): string | null {
  const values = valuesOf(i);
  const after: Values = { ...row, ...values };
  const mine = touchesOwn(i, own, after);
  if (mine !== null) return mine;
  const names = Object.keys(values);
  const script =
    names.find((n) => SCRIPT_FIELD.test(n)) ??
    (onlyOff(i) ? undefined : Object.keys(row ?? {}).find((n) => SCRIPT_FIELD.test(n) && after[n] !== ""));
  if (script !== undefined) return `${script} holds a script, which may do anything.`;
  const reaching = names.find((n) => REACHING.has(n));
  if (reaching !== undefined) return `${reaching} acts outside this menu.`;
  const rule = WORSE[i.menu];
  // Without its row not all is known yet of what is set.
  const isOpen = row === null && i.do === "set" && i.target !== null;
  if (rule === undefined || isOpen || onlyOff(i) || !(i.do === "add" || i.do === "set")) return null;
  return rule[1](after, i.do === "add") ? rule[0] : null;
}

/** A new peer with single addresses cannot take over routes of others. */
function singlePeer(i: Intent): boolean {
  if (i.do !== "add" || i.menu !== "/interface/wireguard/peers") return false;
  const allowed = i.values["allowed-address"] ?? "";
  return allowed !== "" && allowed.split(",").every((a) => /^\d{1,3}(\.\d{1,3}){3}\/32$|^[0-9a-f:]+\/128$/i.test(a));
}

function levelOf(i: Intent, own: Own, row: RosRow | null): Judged {
  if (isRead(i)) return { risk: "read", notes: [] };
  const path = i.do === "act" ? `${i.menu}/${i.verb}` : i.menu;
  const hangs = ["This router, its owner's access or this program may depend on it."];
  if (under(path, FOREVER)) return { risk: "lifeline", notes: hangs, never: true };
  if (under(path, LIFELINE)) return { risk: "lifeline", notes: hangs };
  if (i.do === "act") return { risk: i.action.risk, notes: i.action.note === undefined ? [] : [i.action.note] };
  if (onlyComment(i)) return { risk: "reversible", notes: [] };
  const why = worse(i, own, row);
  if (why !== null) return { risk: "dangerous", notes: [why] };
  if (REVERSIBLE.has(i.menu) || singlePeer(i)) return { risk: "reversible", notes: [] };
  return { risk: "dangerous", notes: [] };
}

/** Level and notes of one command; `row` is the one concerned as it is now, null before it was looked up. */
export function judge(i: Intent, own: Own = NOTHING, row: RosRow | null = {}): Judged {
  const level = levelOf(i, own, row);
  const names = [...Object.keys(valuesOf(i)), ...(i.do === "set" ? i.unset : [])];
  const secrets = names.filter((n) => isSecretField(i.menu, n));
  if (secrets.length === 0 || level.risk === "read") return level;
  return { ...level, notes: [...level.notes, `It changes a secret: ${secrets.join(", ")}.`] };
}

const ORDER: readonly Risk[] = ["read", "reversible", "dangerous", "lifeline"];

/** The worst of several. */
export function worst(risks: readonly Risk[]): Risk {
  return risks.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), "read");
}
