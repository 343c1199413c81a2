// Which side of the router is the internet, and where in the filter a task's rules go.
// Facts: MikroTik manual, Filter, Interface Lists.

import { fault, type Outcome } from "../../base/fault.ts";
import type { RosRow } from "../../port/router.ts";
import { isOn, type RowsOf } from "../rows.ts";
import { FIREWALL_MENUS, fateOf, firewallOf, type Probe } from "../rules.ts";
import { defaultRoutes, outOf } from "../ways-out.ts";

export const FILTER = "/ip/firewall/filter";
export const MEMBERS = "/interface/list/member";
/** What is read to know which side is the internet's, and what gets in from there. */
export const WAN_MENUS = ["/ip/route", ...FIREWALL_MENUS];

/** The side of the internet. */
export interface Wan {
  interface: string;
  /** It is in the list WAN of the default configuration. */
  isListed: boolean;
}

const isUsed = (row: RosRow): boolean => !isOn(row["disabled"]) && !isOn(row["invalid"]);

/** Where the default route goes; null without one. */
export function wanOf(routes: readonly RosRow[], members: readonly RosRow[]): Wan | null {
  const ways = defaultRoutes(routes).filter((row) => isUsed(row) && row["dst-address"] === "0.0.0.0/0");
  const name = outOf(ways.find((row) => isOn(row["active"])) ?? ways[0] ?? {});
  if (name === "") return null;
  return {
    interface: name,
    isListed: members.some((m) => isUsed(m) && m["list"] === "WAN" && m["interface"] === name),
  };
}

/** The side of the internet, out of menus that were read; a fault without one. */
export const wayOut = (look: RowsOf): Outcome<Wan> =>
  wanOf(look("/ip/route"), look(MEMBERS)) ?? fault("missing", "There is no default route, so no way to the internet.");

/** What comes from the internet (`in`) or goes there (`out`), as fields of a rule; `not` for the rest. */
export function bySide(wan: Wan, side: "in" | "out", not = ""): Record<string, string> {
  return wan.isListed
    ? { [`${side}-interface-list`]: `${not}WAN` }
    : { [`${side}-interface`]: `${not}${wan.interface}` };
}

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

/** The rule before which one that lets a connection in must stand; null: it gets in already. */
export function blockerOf(look: RowsOf, probe: Probe): RosRow | null {
  const fate = fateOf(firewallOf(look), probe);
  return fate.is === "open" ? null : fate.by;
}

/** Where a rule stands before all others of its chain; undefined: the chain is empty. */
export const firstOf = (rules: readonly RosRow[], chain: string): string | undefined =>
  rules.find((row) => row["chain"] === chain && !isOn(row["dynamic"]))?.[".id"];
