// Evaluates conditions on rows. Values are strings; where both sides are numbers, times,
// sizes or addresses they are compared as such. What REST can filter exactly is told
// apart, the rest is filtered here. Facts: MikroTik manual, REST API and Scripting.

import { isFault } from "../base/fault.ts";
import { powerOfTwo } from "../base/power.ts";
import { parseRosDuration } from "../base/time.ts";
import type { RosRow } from "../port/router.ts";
import type { Compare, Expr } from "./expr.ts";

/** True when the row fits the condition; no condition fits every row. */
export function fits(where: Expr | null, row: RosRow): boolean {
  if (where === null) return true;
  switch (where.op) {
    case "and":
      return fits(where.left, row) && fits(where.right, row);
    case "or":
      return fits(where.left, row) || fits(where.right, row);
    case "not":
      return !fits(where.of, row);
    case "set":
      return isSet(ownValue(row, where.field));
    case "match": {
      const value = ownValue(row, where.field);
      return value !== undefined && where.pattern.test(value);
    }
    case "compare":
      return compares(ownValue(row, where.field), where.by, where.value);
  }
}

/** A row's own value: a name such as "constructor" must not reach into JavaScript. */
export function ownValue(row: RosRow, field: string): string | undefined {
  return Object.hasOwn(row, field) ? row[field] : undefined;
}

/** A flag that is off counts as not set, as in the console's `where disabled`. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "false" && value !== "no";
}

function compares(value: string | undefined, by: Compare, wanted: string): boolean {
  // A flag that is off may be absent from a row; nothing else equals an absent value.
  if (value === undefined) return (by === "=" && isNo(wanted)) || (by === "!=" && !isNo(wanted) && wanted !== "");
  if (by === "in") return isWithin(value, wanted);
  if (by === "=") return same(value, wanted);
  if (by === "!=") return !same(value, wanted);
  const order = compareValues(value, wanted);
  if (by === "<") return order < 0;
  if (by === ">") return order > 0;
  return by === "<=" ? order <= 0 : order >= 0;
}

const isNo = (v: string): boolean => v === "no" || v === "false";
const isYes = (v: string): boolean => v === "yes" || v === "true";

/** Equal as the router sees it: yes is true, 60s is 1m, 10M is 10000000, 10.0.0.1 is 10.0.0.1/32. */
export function same(a: string, b: string): boolean {
  if (a === b) return true;
  if (isNo(a) || isYes(a)) return isNo(a) ? isNo(b) : isYes(b);
  if (isMac(a) && isMac(b)) return a.toUpperCase() === b.toUpperCase();
  const [x, y] = [measure(a), measure(b)];
  return x !== null && y !== null && x.kind === y.kind && x.of === y.of && x.prefix === y.prefix;
}

const isMac = (v: string): boolean => /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(v);

interface Measure {
  kind: "number" | "time" | "ip";
  of: number;
  prefix: number;
}

// RouterOS shows rates and sizes plain and takes them with a suffix (10M, 512k).
const SUFFIX: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** What a value measures, or null for a plain word. */
function measure(v: string): Measure | null {
  const number = /^(-?\d+(?:\.\d+)?)([kMGT]?)(?:bps)?$/.exec(v);
  if (number !== null) return { kind: "number", of: Number(number[1]) * (SUFFIX[number[2] ?? ""] ?? 1), prefix: 0 };
  const ip = readIp(v);
  if (ip !== null) return ip;
  if (!/^[0-9]/.test(v) || !/^[0-9wdhmsu:.]+$/.test(v)) return null;
  const ms = parseRosDuration(v);
  return isFault(ms) ? null : { kind: "time", of: ms, prefix: 0 };
}

function readIp(v: string): Measure | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(v);
  if (parts === null) return null;
  let of = 0;
  for (const p of parts.slice(1, 5)) {
    if (Number(p) > 255) return null;
    of = of * 256 + Number(p);
  }
  const prefix = parts[5] === undefined ? 32 : Number(parts[5]);
  return prefix > 32 ? null : { kind: "ip", of, prefix };
}

/** Orders two values: as numbers, times or addresses where both are, else as text. */
function compareValues(a: string, b: string): number {
  const [x, y] = [measure(a), measure(b)];
  if (x !== null && y !== null && x.kind === y.kind) return x.of - y.of || x.prefix - y.prefix;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Is an address (or a network) within a network? Words are "in" a comma list. */
export function isWithin(value: string, network: string): boolean {
  const [x, net] = [readIp(value), readIp(network)];
  if (x === null || net === null) return network.split(",").includes(value);
  const size = powerOfTwo(32 - net.prefix);
  return x.prefix >= net.prefix && Math.floor(x.of / size) === Math.floor(net.of / size);
}

/** The names of all properties a condition looks at. */
export function fieldsOf(where: Expr | null): string[] {
  if (where === null) return [];
  if (where.op === "not") return fieldsOf(where.of);
  if ("left" in where) return [...fieldsOf(where.left), ...fieldsOf(where.right)];
  return [where.field];
}

// A value that REST's exact match treats as the console would: a plain word, MAC or id.
const PLAIN_WORD =
  /^(?![0-9]+[wdhms])(\*[0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9._-]*|([0-9A-F]{2}:){5}[0-9A-F]{2}|\d{1,3}(\.\d{1,3}){3})$/;
// Menus whose addresses carry a prefix in replies, so that a plain address is not exact.
const PREFIXED = /^\/(ip\/(address|route)|ipv6|routing)(\/|$)/;

/**
 * What of a condition may go into the query: equalities joined by "and" whose text is
 * exact. The reply is filtered with the whole condition all the same.
 */
export function exactPart(menu: string, where: Expr | null): Record<string, string> {
  const query: Record<string, string> = {};
  for (const e of terms(where)) {
    const value = e.op === "compare" && e.by === "=" ? exactValue(menu, e.field, e.value) : null;
    if (e.op === "compare" && value !== null && query[e.field] === undefined) query[e.field] = value;
  }
  return query;
}

/** True when REST picks the very rows of a condition. */
export const isExact = (menu: string, where: Expr | null): boolean =>
  terms(where).length === Object.keys(exactPart(menu, where)).length;

/** What a condition joins by "and" at its top. */
function terms(where: Expr | null): Expr[] {
  if (where === null) return [];
  return where.op === "and" ? [...terms(where.left), ...terms(where.right)] : [where];
}

/** A value as REST would match it exactly, or null. */
function exactValue(menu: string, field: string, typed: string): string | null {
  const value = isYes(typed) ? "true" : isNo(typed) ? "false" : typed;
  // Only this flag is in every row; others may be absent when they are off.
  if (value === "false") return field === "disabled" ? value : null;
  const address = /^[\d.]+(\/\d+)?$/.test(value) && PREFIXED.test(menu);
  return (address ? value.includes("/") : PLAIN_WORD.test(value)) ? value : null;
}

const PROBES: readonly string[] = ["\u0001", "\u0002\u0003"];

/**
 * True when a condition excludes nothing worth the name: none, `name~""`, `.id!=""`,
 * `a=1 or a!=1`, `dynamic=yes or dynamic=no`, `mtu>=0`.
 */
export function isWhole(where: Expr | null): boolean {
  const names = fieldsOf(where);
  const all = (value: string): boolean => fits(where, Object.fromEntries(names.map((n) => [n, value])));
  if (PROBES.every(all) && all("false")) return true;
  return orders(where) ? all("0") && all("99999999999") : all("true") && all("false");
}

/** Does a condition compare by size somewhere? */
function orders(where: Expr | null): boolean {
  if (where === null) return false;
  if (where.op === "not") return orders(where.of);
  if ("left" in where) return orders(where.left) || orders(where.right);
  return where.op === "compare" && where.by !== "=" && where.by !== "!=";
}
