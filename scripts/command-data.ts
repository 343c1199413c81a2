// The command tree of build/data as scripts/pack-commands.ts packs it: menus by path, with what
// other boards than the one it was read on have besides.

import type { History } from "./pack-history.ts";

export interface Arg {
  name: string;
  type?: string;
}
export interface Info {
  type?: string;
  enum?: string[];
  range?: string;
  required?: boolean;
  ro?: boolean;
}
export interface Command {
  name: string;
  args: Arg[];
}
export interface MenuData {
  path: string;
  approx: boolean;
  commands: Command[];
}
export interface Tree {
  version: string;
  argSets: Record<string, Arg[]>;
  menus: Array<{ path: string; approx?: boolean; commands: Array<{ name: string; args: Arg[] | string }> }>;
}
export interface Enums {
  menus: Record<string, { args?: Record<string, Info>; flags?: Record<string, string> }>;
}

// The tree was read on machines without switch chips, PoE and SFP ports: what boards with them have besides.
// Facts: MikroTik manual, L3 Hardware Offloading, PoE-Out, Ethernet.
export const BOARDS: Readonly<Record<string, readonly string[]>> = {
  "/interface/ethernet": (
    "fec-mode poe-lldp-enabled poe-out poe-priority poe-voltage power-cycle-interval power-cycle-ping-address " +
    "power-cycle-ping-enabled power-cycle-ping-timeout sfp-ignore-rx-los sfp-rate-select sfp-shutdown-temperature"
  ).split(" "),
  "/ip/firewall/filter": ["hw-offload"],
  "/ip/route": ["suppress-hw-offload"],
  "/ipv6/firewall/filter": ["hw-offload"],
  "/ipv6/route": ["suppress-hw-offload"],
};
const SWITCH = "/interface/ethernet/switch";

/** The menus by path. */
export function menusOf(tree: Tree): MenuData[] {
  const menus = tree.menus.map(({ path, approx, commands }): MenuData => {
    const more = BOARDS[path] ?? [];
    const isOpen = approx === true || path === SWITCH || path.startsWith(`${SWITCH}/`);
    const own = commands.map(({ name, args }): Command => {
      const known = typeof args === "string" ? (tree.argSets[args] ?? []) : args;
      const lacks = more.filter((m) => ["add", "set"].includes(name) && !known.some((a) => a.name === m));
      return { name, args: [...known, ...lacks.map((m) => ({ name: m }))] };
    });
    return { path, approx: isOpen, commands: own };
  });
  return menus.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What the machines it was read on had not may not look as if releases had lost it. */
export function historyOf(history: History): History {
  const own = Object.entries(history.history).map(([path, names]) => {
    const more = BOARDS[path.slice(0, path.lastIndexOf("/"))] ?? [];
    return [path, Object.fromEntries(Object.entries(names).filter(([name]) => !more.includes(name)))] as const;
  });
  return { ...history, history: Object.fromEntries(own) };
}
