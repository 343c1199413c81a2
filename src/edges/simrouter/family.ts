// The simulated router as one RouterOS release has it: only that release's menus, commands
// and arguments, under the names that they had in it.
// Facts: the history of 48 releases in the command tree; ros/releases.ts for renamed ones.

import { isFault, type Outcome } from "../../base/fault.ts";
import type { CommandTree, Menu } from "../../ros/commands.ts";
import { pathOf } from "../../ros/path.ts";
import {
  historyIn,
  isBelow,
  namesIn,
  type Release,
  releaseOf,
  WIFI,
  WIFI_OLD,
  wifiIn,
  within,
  withOlderNames,
} from "../../ros/releases.ts";

export interface Family {
  readonly tree: CommandTree;
  /** As the router writes it. */
  readonly version: string;
  /** What the release calls a field of today's; null: it has none. */
  called(menu: string, field: string): string | null;
}

function menuIn(tree: CommandTree, release: Release, menu: Menu): Menu | null {
  const of = (command: string) => historyIn(tree, release, menu.path, command);
  const commands = menu.commands.filter((c) => within(of(c)?.get("*"), release.at));
  if (commands.length === 0 && menu.commands.length > 0) return null;
  return {
    ...menu,
    commands,
    args(command) {
      if (!commands.includes(command)) return null;
      const history = of(command);
      return menu.args(command)?.filter((f) => within(history?.get(f.name), release.at)) ?? null;
    },
  };
}

function treeIn(tree: CommandTree, release: Release): CommandTree {
  const all = withOlderNames(tree);
  const other = wifiIn(release) === WIFI ? WIFI_OLD : WIFI;
  const known = new Map<string, Menu | null>();
  const menu = (path: string): Menu | null => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const found = isBelow(path, other) ? null : all.menu(path);
    const made = found === null ? null : menuIn(tree, release, found);
    known.set(path, made);
    return made;
  };
  const has = (path: string): boolean => {
    if (isBelow(path, other) || !all.has(path)) return false;
    // A folder has no menu of its own.
    return menu(path) !== null || all.menu(path) === null;
  };
  return {
    ...tree,
    menu,
    has,
    children: (path) => all.children(path).filter((name) => has(pathOf(path, name))),
  };
}

/** Today's router: the tree as it is. */
export function today(tree: CommandTree, version: string): Family {
  return { tree, version, called: (_menu, field) => field };
}

/** The router of a release such as "7.16"; `input` fault for one that is not known. */
export function familyOf(tree: CommandTree, version: string): Outcome<Family> {
  const release = releaseOf(tree, version);
  if (isFault(release)) return release;
  return {
    tree: treeIn(tree, release),
    version: release.name,
    called(menu, field) {
      const known = tree.menu(menu);
      const verb = ["add", "set", "update"].find((v) => known?.commands.includes(v) === true);
      if (verb === undefined) return field;
      const names = namesIn(tree, release, { menu, verb });
      const now = isFault(names) ? names : names.called(field);
      // The whole menu may be younger: then nobody sees its rows.
      return isFault(now) ? null : now;
    },
  };
}
