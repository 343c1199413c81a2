// What the router's filter does with a new connection before a task adds its rules, and which
// side of the router is the internet. A rule with a matcher that is not known here fits
// nothing. Facts: MikroTik manual, Filter, NAT (matchers), Interface Lists.

import { fault, type Outcome } from "../../base/fault.ts";
import type { RosRow } from "../../port/router.ts";
import { isOn } from "../rows.ts";
import { defaultRoutes, outOf } from "../ways-out.ts";
import { isWithin } from "../where.ts";

export const FILTER = "/ip/firewall/filter";
export const MEMBERS = "/interface/list/member";
/** What is read to know which side is the internet's. */
export const WAN_MENUS = ["/ip/route", MEMBERS];

/** The side of the internet. */
export interface Wan {
  interface: string;
  /** It is in the list WAN of the default configuration. */
  isListed: boolean;
}

const isUsed = (row: RosRow): boolean => !isOn(row["disabled"]) && !isOn(row["invalid"]);

/** Where the default route goes; null without one. */
export function wanOf(routes: readonly RosRow[], members: readonly RosRow[]): Wan | null {
  const ways = defaultRoutes(routes).filter(isUsed);
  const name = outOf(ways.find((row) => isOn(row["active"])) ?? ways[0] ?? {});
  if (name === "") return null;
  return {
    interface: name,
    isListed: members.some((m) => isUsed(m) && m["list"] === "WAN" && m["interface"] === name),
  };
}

/** The side of the internet, out of menus that were read; a fault without one. */
export const wayOut = (look: (menu: string) => readonly RosRow[]): Outcome<Wan> =>
  wanOf(look("/ip/route"), look(MEMBERS)) ?? fault("missing", "There is no default route, so no way to the internet.");

/** What comes from the internet (`in`) or goes there (`out`), as fields of a rule; `not` for the rest. */
export function bySide(wan: Wan, side: "in" | "out", not = ""): Record<string, string> {
  return wan.isListed
    ? { [`${side}-interface-list`]: `${not}WAN` }
    : { [`${side}-interface`]: `${not}${wan.interface}` };
}

/** A new connection. */
export interface Flow {
  chain: string;
  in?: string;
  out?: string;
  protocol?: string;
  port?: string;
  dst?: string;
  /** It was sent on by a rule of /ip/firewall/nat. */
  isForwarded?: boolean;
}

// What a rule says besides its matchers.
const NO_MATCHERS =
  /^(\.id|chain|action|comment|disabled|invalid|dynamic|log|log-prefix|bytes|packets|reject-with|hw-offload|\.nextid)$/;

/** True when a port list such as "80,8000-8010" and a port or range share a port. */
export function sharePort(list: string, port: string): boolean {
  const span = (text: string): [number, number] => {
    const [from = "", to = from] = text.split("-");
    return [Number(from), Number(to)];
  };
  const [low, high] = span(port);
  return list.split(",").some((part) => {
    const [from, to] = span(part);
    return from <= high && low <= to;
  });
}

function matches(flow: Flow, members: readonly RosRow[], name: string, value: string): boolean {
  const inList = (port: string | undefined): boolean =>
    value === "all" || members.some((m) => isUsed(m) && m["list"] === value && m["interface"] === port);
  switch (name) {
    case "in-interface":
      return flow.in === value;
    case "out-interface":
      return flow.out === value;
    case "in-interface-list":
      return inList(flow.in);
    case "out-interface-list":
      return inList(flow.out);
    case "connection-state":
      return value.split(",").includes("new");
    case "connection-nat-state":
      return value === "dstnat" && flow.isForwarded === true;
    case "protocol":
      return flow.protocol === value;
    case "dst-port":
      return flow.port !== undefined && sharePort(value, flow.port);
    case "dst-address":
      return flow.dst !== undefined && isWithin(flow.dst, value);
    default:
      return false;
  }
}

function fits(row: RosRow, flow: Flow, members: readonly RosRow[]): boolean {
  return Object.entries(row).every(([name, value]) => {
    if (NO_MATCHERS.test(name) || value === "") return true;
    const isNot = value.startsWith("!");
    return matches(flow, members, name, isNot ? value.slice(1) : value) !== isNot;
  });
}

/** The rule that keeps a new connection out; null: it gets through. */
export function blockerOf(filter: readonly RosRow[], members: readonly RosRow[], flow: Flow): RosRow | null {
  const ends = filter.find(
    (row) =>
      row["chain"] === flow.chain &&
      isUsed(row) &&
      /^(accept|drop|reject|tarpit)$/.test(row["action"] ?? "accept") &&
      fits(row, flow, members),
  );
  return ends === undefined || (ends["action"] ?? "accept") === "accept" ? null : ends;
}

/** Where a rule stands before all others of its chain; undefined: the chain is empty. */
export const firstOf = (rules: readonly RosRow[], chain: string): string | undefined =>
  rules.find((row) => row["chain"] === chain && !isOn(row["dynamic"]))?.[".id"];
