// Keeps commands inside the menus that the owner named (ROUTEROS_SCOPE), whatever they are
// called, wherever they stand: also in scripts that would run later. What cannot be seen to
// stay inside counts as outside. The agent's own looks at the router do not come by here.

import { type Fault, fault, isFault, refault } from "../base/fault.ts";
import type { CommandTree } from "./commands.ts";
import type { Command } from "./parse.ts";
import { pathOf } from "./path.ts";
import { SCRIPT_FIELD, under } from "./risk.ts";
import { surveyScript } from "./script.ts";
import type { Step } from "./step.ts";
import { isSet } from "./where.ts";

export interface Fence {
  /** Null when all stay inside. */
  commands(all: readonly Command[]): Fault | null;
  menu(path: string): Fault | null;
  /** Scripts in the rows that would run once this is done. */
  steps(all: readonly Step[]): Fault | null;
  /** Of a text that is no plain command: outside, or not understood with the menus named. */
  misread(text: string, why: Fault): Fault;
}

const OPEN: Fence = { commands: () => null, menu: () => null, steps: () => null, misread: (_, why) => why };

// They run, or bring in, what no menu bounds.
const BEYOND: readonly string[] = ["/system/backup/load", "/system/script/run", "/system/ssh-exec", "/tool/fetch"];

/** "ip firewall", "/ip/firewall/" and "IP/Firewall" are one menu. */
function menuNamed(text: string): string {
  return `/${text
    .toLowerCase()
    .split(/[\s/]+/)
    .filter((word) => word !== "")
    .join("/")}`;
}

/** Those of these menus that no RouterOS has. */
export function unknownMenus(tree: CommandTree, named: readonly string[]): readonly string[] {
  return named.map(menuNamed).filter((path) => {
    const at = path.lastIndexOf("/");
    const up = at === 0 ? "/" : path.slice(0, at);
    return path !== "/" && !tree.has(path) && tree.menu(up)?.commands.includes(path.slice(at + 1)) !== true;
  });
}

/** A fence around these menus and all below them; null or "/" among them: none. */
export function makeFence(tree: CommandTree, named: readonly string[] | null): Fence {
  const menus = (named ?? ["/"]).map(menuNamed);
  if (menus.includes("/")) return OPEN;
  const allowed = `ROUTEROS_SCOPE allows only ${menus.join(", ")} here.`;
  const next = "Stay within these menus; only who runs MikroClaw can widen them.";
  const no = (what: string): Fault => fault("denied", `${what} ${allowed}`, { code: "scope", next });

  const menu = (path: string): Fault | null => (under(path, menus) ? null : no(`${path} is outside what is allowed.`));
  const script = (field: string, text: string): Fault | null => {
    if (text.trim() === "") return null;
    const found = surveyScript(tree, text);
    const isOpen = isFault(found) || found.isEmpty || found.globals.length + found.open.length > 0;
    if (isOpen) return no(`${field} may hold a script, and it is not certain to stay within what is allowed.`);
    return commands(found.commands);
  };
  const scripts = (values: Iterable<readonly [string, string | null]>): Fault | null => {
    for (const [name, value] of values) {
      const out = SCRIPT_FIELD.test(name) ? script(name, value ?? "") : null;
      if (out !== null) return out;
    }
    return null;
  };
  const commands = (all: readonly Command[]): Fault | null => {
    for (const c of all) {
      const path = pathOf(c.menu, c.verb);
      const beyond = BEYOND.includes(path) ? no(`${path} reaches further than its menu.`) : null;
      const out = menu(path) ?? beyond ?? scripts(c.values);
      if (out !== null) return out;
    }
    return null;
  };
  return {
    commands,
    menu,
    steps(all) {
      for (const { kind, row, after } of all) {
        const will = { ...row, ...after };
        const isIdle = kind === "remove" || isSet(will["disabled"] ?? undefined);
        const out = isIdle ? null : scripts(Object.entries(will));
        if (out !== null) return out;
      }
      return null;
    },
    misread(text, why) {
      const found = surveyScript(tree, text);
      const out = isFault(found) ? null : commands(found.commands);
      return out ?? refault(why, { what: `${why.what} ${allowed}` });
    },
  };
}
