// How much a command may hurt: read, reversible, dangerous, lifeline. Own classification
// from the effects that the MikroTik manual describes for each menu. What is not known to
// be harmless is dangerous; what may cut off the router or its owner is lifeline.

import type { Risk } from "../port/router.ts";
import type { Intent, Values } from "./intent.ts";
import { isRead } from "./intent.ts";
import { isSecretField } from "./mask.ts";

export interface Judged {
  risk: Risk;
  /** Sentences for the person beside the diff. */
  notes: readonly string[];
}

// Users, packages, containers, services, files, licences: what the router and this
// program hang on. A menu covers all below it.
const LIFELINE: readonly string[] = [
  "/app",
  "/certificate",
  "/container",
  "/disk",
  "/file",
  "/interface/veth",
  "/ip/service",
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
  "/tool/mac-server",
  "/tool/mac-telnet",
  "/tool/sniffer",
  "/tool/traffic-generator",
  "/user",
];

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

// Their values are run as scripts, now or later.
const SCRIPT_FIELD =
  /^(on-[a-z0-9-]+|source|script|do|command|[a-z0-9-]*-script|[a-z0-9-]*-cmd|cmd|entrypoint|run-after-reset|script-name)$/;

const under = (menu: string, table: readonly string[]): boolean =>
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

// Per menu: what reaches further than its rows, and the sentence that says so.
const WORSE: Readonly<Record<string, readonly [why: string, is: (values: Values, adds: boolean) => boolean]>> = {
  "/queue/simple": [
    "This queue limits more than single hosts.",
    (v, adds) => (adds || given(v, "target")) && !singleHosts(v["target"] ?? ""),
  ],
  // A name for everything would send all look-ups astray.
  "/ip/dns/static": ["This answers for many names at once.", (v) => given(v, "regexp", "match-subdomain")],
  "/system/clock": ["A wrong time breaks certificates and schedules.", (v) => given(v, "time", "date")],
  "/ip/firewall/address-list": [WIDE_LIST, wideList],
  "/ipv6/firewall/address-list": [WIDE_LIST, wideList],
};

/** What makes a change in a reversible menu more than that. */
function worse(i: Intent, values: Values): string | null {
  const names = Object.keys(values);
  const script = names.find((n) => SCRIPT_FIELD.test(n));
  if (script !== undefined) return `${script} holds a script, which may do anything.`;
  const reaching = names.find((n) => REACHING.has(n));
  if (reaching !== undefined) return `${reaching} acts outside this menu.`;
  const rule = WORSE[i.menu];
  return rule?.[1](values, i.do === "add") === true ? rule[0] : null;
}

/** A new peer with single addresses cannot take over routes of others. */
function singlePeer(i: Intent): boolean {
  if (i.do !== "add" || i.menu !== "/interface/wireguard/peers") return false;
  const allowed = i.values["allowed-address"] ?? "";
  return allowed !== "" && allowed.split(",").every((a) => /^\d{1,3}(\.\d{1,3}){3}\/32$|^[0-9a-f:]+\/128$/i.test(a));
}

function levelOf(i: Intent): Judged {
  const values = valuesOf(i);
  if (isRead(i)) return { risk: "read", notes: [] };
  if (under(i.menu, LIFELINE))
    return { risk: "lifeline", notes: ["This router, its owner's access or this program may depend on it."] };
  if (i.do === "act") return { risk: i.action.risk, notes: i.action.note === undefined ? [] : [i.action.note] };
  const why = worse(i, values);
  if (why !== null) return { risk: "dangerous", notes: [why] };
  if (onlyComment(i) || REVERSIBLE.has(i.menu) || singlePeer(i)) return { risk: "reversible", notes: [] };
  return { risk: "dangerous", notes: [] };
}

/** Level and notes of one command. */
export function judge(i: Intent): Judged {
  const level = levelOf(i);
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
