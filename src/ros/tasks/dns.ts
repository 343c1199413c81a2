// /dns: which servers answer names, DNS over HTTPS, and lists of names that are blocked.
// Facts: MikroTik manual, DNS (adlist from 7.15, DoH and its certificates); built-in CAs
// from 7.19 (certificate/settings).

import { type Fault, fault, isFault, type Outcome, type Wait } from "../../base/fault.ts";
import { ADLIST_CACHE_KIB, ADLIST_FREE_BYTES_MIN } from "../../base/limits-tasks.ts";
import type { Scope } from "../../base/scope.ts";
import { count, word } from "../../base/text.ts";
import { hostKind, parseUrl } from "../../base/url.ts";
import type { RosRow } from "../../port/router.ts";
import type { Task, TaskAnswer } from "../../port/task.ts";
import type { ToolKit } from "../../port/tool.ts";
import { isOn, survey } from "../rows.ts";
import { FIREWALL_MENUS, fateOf, firewallOf } from "../rules.ts";
import { defaultRoutes, outOf } from "../ways-out.ts";
import { adding, setting } from "./kit.ts";

interface Now {
  dns: RosRow;
  version: string;
  resource: RosRow;
  lists: readonly RosRow[];
  clients: readonly RosRow[];
  /** Certificates of web servers are checked against CAs that are there. */
  trusts: boolean;
  /** Strangers could ask this router for names, if it answered anybody. */
  isOpen: boolean;
  /** The settings could not be read. */
  isBlind: boolean;
  gaps: readonly string[];
}

const OFF = /^(off|no|none)$/i;

const major = (version: string): number => Number(/^7\.(\d+)/.exec(version)?.[1] ?? 0);

/** The built-in CAs, if they are used for DNS, or imported ones. */
function trustsOf(settings: RosRow, certificates: readonly RosRow[]): boolean {
  const value = settings["builtin-trust-store"] ?? settings["builtin-trust-anchors"] ?? "";
  const used = value === "default" ? (settings["current-defaults"] ?? "") : value;
  const imported = certificates.some((c) => isOn(c["trusted"]) && isOn(c["authority"]));
  return imported || ["all", "trusted", "yes"].includes(value) || used.split(",").includes("dns");
}

async function read(s: Scope, kit: ToolKit): Wait<Now> {
  const facts = await kit.router.facts(s);
  if (isFault(facts)) return facts;
  const x = survey(kit.router);
  const wanted = "/ip/dns /system/resource /ip/dhcp-client /certificate/settings /certificate /ip/route";
  const lists = major(facts.version) >= 15 ? ["/ip/dns/adlist"] : [];
  const of = await x.all(s, [...wanted.split(" "), ...FIREWALL_MENUS, ...lists]);
  if (isFault(of)) return of;
  const firewall = firewallOf(of);
  const outs = defaultRoutes(of("/ip/route"))
    .map(outOf)
    .filter((o) => o !== "");
  return {
    dns: of("/ip/dns")[0] ?? {},
    version: facts.version,
    resource: of("/system/resource")[0] ?? {},
    lists: of("/ip/dns/adlist"),
    clients: of("/ip/dhcp-client"),
    trusts: trustsOf(of("/certificate/settings")[0] ?? {}, of("/certificate")),
    isOpen: outs.some((from) => fateOf(firewall, { chain: "input", from, protocol: "udp", port: 53 }).is === "open"),
    isBlind: x.isUnread("/ip/dns"),
    gaps: x.gaps(),
  };
}

function nowText(n: Now): string {
  if (n.isBlind) return n.gaps.join("\n");
  const { dns } = n;
  const some = (value: string | undefined): string => ((value ?? "") === "" ? "none" : word(value));
  const lists = n.lists.map(
    (l) => `  ${word(l["url"] ?? l["file"])}: ${isOn(l["disabled"]) ? "off" : `${word(l["name-count"] ?? "?")} names`}`,
  );
  const anybody = !isOn(dns["allow-remote-requests"])
    ? "no"
    : n.isOpen
      ? "yes, AND THE INTERNET REACHES IT: see /security"
      : "yes, from inside";
  return [
    `servers: ${some(dns["servers"])}; from the provider: ${some(dns["dynamic-servers"])}`,
    `DNS over HTTPS: ${some(dns["use-doh-server"])}; answers other devices: ${anybody}`,
    major(n.version) < 15
      ? "Blocking lists need RouterOS 7.15; this is older."
      : `blocking lists: ${n.lists.length === 0 ? "none" : n.lists.length}`,
    ...lists,
    ...n.gaps,
  ].join("\n");
}

interface Part {
  set?: Readonly<Record<string, string>>;
  commands?: readonly string[];
  says: readonly string[];
}

function serversPart(n: Now, text: string): Outcome<Part> {
  const servers = text.split(/[\s,]+/).filter((t) => t !== "");
  const bad = servers.find((t) => hostKind(t) === "name");
  if (bad !== undefined || servers.length === 0)
    return fault("input", `"${word(bad ?? text)}" is no address of a DNS server.`, {
      next: "Give addresses, such as 1.1.1.1,9.9.9.9",
    });
  const peers = n.clients.filter((c) => isOn(c["use-peer-dns"]) && !isOn(c["disabled"]));
  const says = [`Names would be asked at ${servers.join(", ")}.`];
  if (peers.length > 0)
    says.push(
      `The provider's servers stay in use beside them (use-peer-dns on ${peers.map((p) => word(p["interface"])).join(", ")}).`,
    );
  if ((n.dns["use-doh-server"] ?? "") !== "")
    says.push("While DNS over HTTPS is on, these servers only find its own name.");
  return { set: { servers: servers.join(",") }, says };
}

function trustHint(n: Now): string {
  if (major(n.version) >= 21) return "In the router's terminal: /certificate/settings/set builtin-trust-store=all";
  if (major(n.version) >= 19) return "Switch on builtin-trust-anchors in /certificate/settings.";
  return "Import that server's CA first: /certificate/import";
}

function dohPart(n: Now, text: string, hasServers: boolean): Outcome<Part> {
  if (OFF.test(text)) return { set: { "use-doh-server": "" }, says: ["DNS over HTTPS would be off."] };
  const url = parseUrl(text);
  if (isFault(url)) return url;
  if (url.scheme !== "https")
    return fault("input", "DNS over HTTPS needs an https address.", {
      next: "Such as https://cloudflare-dns.com/dns-query",
    });
  if (!n.trusts)
    return fault("conflict", "The router trusts no certificate authorities for DNS, so DNS over HTTPS would fail.", {
      next: trustHint(n),
    });
  if (hostKind(url.host) === "name" && !hasServers)
    return fault("conflict", "A plain DNS server is needed too, to find the DoH server's name.", {
      next: "Give servers= too.",
    });
  const says = [`Names would be asked at ${url.host} over HTTPS. It does not fall back to plain servers.`];
  return { set: { "use-doh-server": url.href, "verify-doh-cert": "yes" }, says };
}

function listsOff(n: Now): Outcome<Part> {
  const on = n.lists.filter((l) => !isOn(l["disabled"]));
  if (on.length === 0) return fault("conflict", "No blocking list is on.");
  const commands = on.map((l) => setting("/ip/dns/adlist", l, { disabled: "yes" }));
  return { commands, says: [`${count(on.length, "blocking list")} would be off.`] };
}

/** The cache that a list needs, where there is memory for it, and else what to know. */
function cacheFor(n: Now): Part {
  const kib = Number(/^(\d+)KiB$/.exec(n.dns["cache-size"] ?? "")?.[1] ?? 0);
  if (kib === 0 || kib >= ADLIST_CACHE_KIB) return { says: [] };
  if (Number(n.resource["free-memory"] ?? 0) >= ADLIST_FREE_BYTES_MIN)
    return { set: { "cache-size": `${ADLIST_CACHE_KIB}KiB` }, says: [] };
  return {
    says: [`The cache stays at ${kib} KiB for lack of memory: a long list may not fit.`],
  };
}

function adlistPart(n: Now, text: string): Outcome<Part> {
  if (major(n.version) < 15)
    return fault("input", `Blocking lists came with RouterOS 7.15; this is ${word(n.version)}.`, {
      next: "Upgrade first: see /upgrade",
    });
  if (OFF.test(text)) return listsOff(n);
  const url = parseUrl(text);
  if (isFault(url)) return url;
  if (n.lists.some((l) => l["url"] === url.href))
    return fault("conflict", "This list is there already.", { next: "See /dns" });
  const verifies = url.scheme === "https" && n.trusts;
  const cache = cacheFor(n);
  const says = [
    `Names on the list of ${url.host} would not be found any more by whoever asks this router; the list's maker decides which.`,
    ...cache.says,
    ...(verifies ? [] : ["Whether the list is the real one cannot be checked."]),
    ...(isOn(n.dns["allow-remote-requests"]) ? [] : ["It acts on the router only: allow-remote-requests is off."]),
    "Devices with a DNS server of their own go past it.",
  ];
  const row = { url: url.href, "ssl-verify": verifies ? "yes" : "no", comment: "mikroclaw" };
  return { ...cache, commands: [adding("/ip/dns/adlist", row)], says };
}

function joined(parts: ReadonlyArray<Part | Fault>): Outcome<TaskAnswer> {
  const set: Record<string, string> = {};
  const commands: string[] = [];
  const says: string[] = [];
  for (const part of parts) {
    if (isFault(part)) return part;
    Object.assign(set, part.set);
    commands.push(...(part.commands ?? []));
    says.push(...part.says);
  }
  const first = Object.keys(set).length === 0 ? [] : [setting("/ip/dns", null, set)];
  return { commands: [...first, ...commands], text: says.join(" ") };
}

/** `/dns` */
export const dns: Task<"servers" | "doh" | "adlist"> = {
  name: "dns",
  purpose: "DNS servers, DNS over HTTPS, lists of blocked names (ads): shown or changed",
  args: {
    servers: "addresses of DNS servers, such as 1.1.1.1,9.9.9.9",
    doh: 'https address for DNS over HTTPS, or "off"',
    adlist: 'address of a list of names to block, or "off"',
  },
  needs: [],
  effect: "propose",
  async run(s, kit, { servers, doh, adlist }) {
    const n = await read(s, kit);
    if (isFault(n)) return n;
    const parts: Array<Part | Fault> = [];
    if (servers !== "") parts.push(serversPart(n, servers));
    const has = servers !== "" || `${n.dns["servers"] ?? ""}${n.dns["dynamic-servers"] ?? ""}` !== "";
    if (doh !== "") parts.push(dohPart(n, doh, has));
    if (adlist !== "") parts.push(adlistPart(n, adlist));
    return parts.length === 0 ? { text: nowText(n) } : joined(parts);
  },
};
