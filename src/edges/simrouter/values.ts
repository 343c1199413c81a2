// Values as RouterOS takes and keeps them: everything is a string, yes/no become
// true/false, times are respelt, bare host addresses get their mask. A value that does
// not fit its type is refused in the router's words.

import { type Fault, isFault, type Outcome } from "../../base/fault.ts";
import { parseRosDuration, rosDuration } from "../../base/time.ts";
import type { Field } from "../../ros/commands.ts";
import { badValue, noMatch, refuse } from "./errors.ts";

/** A dotted IPv4 address as a number, or null. */
export function ipv4(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (parts === null) return null;
  const bytes = parts.slice(1).map(Number);
  return bytes.some((b) => b > 255) ? null : bytes.reduce((sum, b) => sum * 256 + b, 0);
}

function dotted(n: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join(".");
}

/** The network address of `address/bits`. */
export function networkOf(prefix: string): string | null {
  const [address = "", bits = "32"] = prefix.split("/");
  const n = ipv4(address);
  if (n === null || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return null;
  const size = 2 ** (32 - Number(bits));
  return dotted(Math.floor(n / size) * size);
}

/** True when the host address lies in the prefix (or is that address). */
export function inPrefix(address: string, prefix: string): boolean {
  const bits = prefix.split("/")[1] ?? "32";
  return networkOf(`${address}/${bits}`) === networkOf(prefix) && networkOf(prefix) !== null;
}

/** True when a list of numbers and ranges such as `10,20-30` holds the number. */
export function inRanges(n: number, list: string): boolean {
  return list.split(",").some((part) => {
    const [from = "", to = from] = part.split("-");
    return part !== "" && Number(from) <= n && n <= Number(to);
  });
}

const IPV6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(\/\d{1,3})?$/;

const isIp = (text: string): boolean => ipv4(text) !== null || (IPV6.test(text) && !text.includes("/"));
const isPrefix = (text: string): boolean => networkOf(text) !== null || IPV6.test(text);

function isRange(text: string): boolean {
  const [from = "", to = "", more] = text.split("-");
  return more === undefined && ipv4(from) !== null && ipv4(to) !== null;
}

const YES = new Set(["yes", "true"]);
const NO = new Set(["no", "false"]);

function bool(name: string, value: string): Outcome<string> {
  if (YES.has(value)) return "true";
  return NO.has(value) ? "false" : badValue(name);
}

const UNITS: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9 };

// Words in place of a number or a time, which the tree does not list everywhere.
const INSTEAD = new Set(["none", "auto", "unlimited"]);

function num(field: Field, value: string): Outcome<string> {
  // Sizes of caches are shown in KiB, whether they were given so or plain.
  if (field.name === "cache-size") {
    const kib = /^(\d{1,9})(?:KiB)?$/.exec(value)?.[1];
    return kib === undefined ? badValue(field.name) : `${Number(kib)}KiB`;
  }
  if (field.enum?.includes(value) || INSTEAD.has(value)) return value;
  const parts = /^(0x[0-9a-fA-F]+|-?\d+)([kMG]?)$/.exec(value);
  if (parts === null) return badValue(field.name);
  const n = Number(parts[1]) * (UNITS[parts[2] ?? ""] ?? 1);
  const range = /^(-?\d*)\s*\.\.\s*(-?\d*)$/.exec(field.range ?? "");
  const low = range?.[1] ? Number(range[1]) : -Infinity;
  const high = range?.[2] ? Number(range[2]) : Infinity;
  if (n < low || n > high) return refuse(400, `value of ${field.name} is out of range (${field.range})`);
  return value.startsWith("0x") ? value : String(n);
}

function time(field: Field, value: string): Outcome<string> {
  if (field.enum?.includes(value) || INSTEAD.has(value)) return value;
  // A simple queue has one for each direction.
  const [up, down, more] = field.name === "burst-time" ? value.split("/") : [];
  if (up !== undefined && down !== undefined && more === undefined) {
    const ends = [time(field, up), time(field, down)];
    return ends.find(isFault) ?? ends.join("/");
  }
  const ms = parseRosDuration(/^\d+$/.test(value) ? `${value}s` : value);
  if (isFault(ms)) return badValue(field.name);
  const [low = "", high = ""] = (field.range ?? "").split("..");
  const bound = (text: string, without: number): number => {
    const parsed = text === "" ? without : parseRosDuration(text.trim());
    return isFault(parsed) ? without : parsed;
  };
  if (ms < bound(low, 0) || ms > bound(high, Infinity)) {
    return refuse(400, `value of ${field.name} is out of range (${low} .. ${high})`);
  }
  return rosDuration(ms);
}

function mac(name: string, value: string): Outcome<string> {
  const parts =
    /^([0-9a-fA-F]{2})(?:[:-]?([0-9a-fA-F]{2}))(?:[:-]?([0-9a-fA-F]{2}))(?:[:-]?([0-9a-fA-F]{2}))(?:[:-]?([0-9a-fA-F]{2}))(?:[:-]?([0-9a-fA-F]{2}))$/.exec(
      value,
    );
  return parts === null ? badValue(name) : parts.slice(1).join(":").toUpperCase();
}

const TCP_UDP = /^\d{1,5}(-\d{1,5})?$/;

function matchAddress(name: string, sign: string, bare: string): Outcome<string> {
  return isPrefix(bare) || isRange(bare) ? sign + bare.replace(/\/32$/, "") : badValue(name);
}

const isPort = (word: string): boolean => TCP_UDP.test(word) && word.split("-").every((n) => Number(n) <= 65_535);

const ADDRESSES = new Set(["src-address", "dst-address", "to-addresses"]);
const STATES = new Set(["connection-state", "connection-nat-state"]);

/** Matchers of firewall rules: addresses, ports, states. A leading "!" negates. */
function matcher(field: Field, value: string): Outcome<string> {
  const { name } = field;
  const bare = value.startsWith("!") ? value.slice(1) : value;
  const sign = value.startsWith("!") ? "!" : "";
  if (ADDRESSES.has(name)) return matchAddress(name, sign, bare);
  if (name.endsWith("-mac-address")) {
    const made = mac(name, bare);
    return isFault(made) ? made : sign + made;
  }
  if (/(^|-)ports?$/.test(name)) return bare.split(",").every(isPort) ? value : badValue(name);
  if (STATES.has(name)) return words(field, bare) === bare ? value : noMatch(name);
  return value;
}

const BOOL_NAMES = new Set(["disabled", "log", "published"]);
const LONG_TEXT = /max length (\d+)/;

function text(field: Field, value: string): Outcome<string> {
  const most = LONG_TEXT.exec(field.range ?? "")?.[1];
  const least = /min length (\d+)/.exec(field.range ?? "")?.[1];
  if (most !== undefined && value.length > Number(most)) return badValue(field.name);
  return least !== undefined && value.length < Number(least) ? badValue(field.name) : value;
}

function address(field: Field, value: string): Outcome<string> {
  return field.enum?.includes(value) || isIp(value) ? value : badValue(field.name);
}

/** A list of words from a complete table, as in `authentication-types`. */
function words(field: Field, value: string): Outcome<string> {
  return value === "" || value.split(",").every((w) => field.enum?.includes(w)) ? value : noMatch(field.name);
}

type Rule = (field: Field, value: string) => Outcome<string>;

const oneOf: Rule = (field, value) =>
  (field.enum?.length ?? 0) < 2 || field.enum?.includes(value) ? value : noMatch(field.name);
const macRule: Rule = (field, value) => mac(field.name, value);

const BY_TYPE: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["bool", (field, value) => bool(field.name, value)],
  ["num", num],
  ["time", time],
  ["ip", address],
  ["ip-prefix", (field, value) => (isPrefix(value) ? value : badValue(field.name))],
  ["mac", macRule],
  ["macAddr", macRule],
  ["super", matcher],
  ["string", text],
  ["enum", oneOf],
  ["ubit", words],
]);

const BY_PLACE: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["/ip/address address", (_field, value) => host(value)],
  [
    "/interface/bridge port-cost-mode",
    (field, value) => (["short", "long"].includes(value) ? value : noMatch(field.name)),
  ],
  ["/ip/route dst-address", (_field, value) => route(value)],
  ["/ip/dhcp-server/lease address", (_field, value) => (ipv4(value) === null ? badValue("address") : value)],
  ["/ip/dhcp-server/network address", (_field, value) => (isPrefix(value) ? value : badValue("address"))],
  ["/ip/arp address", (_field, value) => (isIp(value) ? value : badValue("address"))],
]);

/** The value as the router would keep it. References are looked up elsewhere. */
export function normalise(menu: string, field: Field, value: string): Outcome<string> {
  if (BOOL_NAMES.has(field.name)) return bool(field.name, value);
  const rule = BY_PLACE.get(`${menu} ${field.name}`) ?? BY_TYPE.get(field.type);
  if (rule !== undefined) return rule(field, value);
  // The tree leaves some types open.
  return field.name === "mac-address" ? mac(field.name, value) : value;
}

/** An address of the router: a bare one is a network of its own. */
function host(value: string): Outcome<string> {
  if (networkOf(value) === null) return badValue("address");
  return value.includes("/") ? value : `${value}/32`;
}

function route(value: string): Outcome<string> {
  if (IPV6.test(value)) return value;
  const network = networkOf(value);
  return network === null ? badValue("dst-address") : `${network}/${value.split("/")[1] ?? "32"}`;
}

/** A fault of the type check: over PATCH the router hides it behind the resource identifier. */
export function isTypeRefusal(f: Fault): boolean {
  return f.what.startsWith("invalid value ") || /^value of \S+ is out of range/.test(f.what);
}
