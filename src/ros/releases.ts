// One RouterOS release: which names it has, and what it calls those that were renamed.
// Facts: the command trees of 48 releases (build/data), MikroTik's change logs for what
// is the same thing under a new name.

import { fault, isFault, type Outcome } from "../base/fault.ts";
import type { CommandTree, Field, Menu, Span } from "./commands.ts";
import type { Command } from "./parse.ts";
import { pathOf } from "./path.ts";

type History = NonNullable<ReturnType<CommandTree["history"]>>;

/** A release's place in the history. */
export interface Release {
  readonly at: number;
  /** As it is written: "7.16.2". */
  readonly name: string;
}

// Same meaning, other name: menu, old name, new name. The history tells when.
const RENAMED: ReadonlyArray<readonly [menu: string, old: string, now: string]> = [
  ["/certificate/settings", "builtin-trust-anchors", "builtin-trust-store"],
  ["/container", "envlist", "envlists"],
  ["/container", "mounts", "mountlists"],
  ["/container/config", "ram-high", "memory-high"],
  ["/container/envs", "name", "list"],
  ["/container/mounts", "name", "list"],
  ["/disk", "nfs-export", "nfs-sharing"],
  ["/disk", "smb-export", "smb-sharing"],
  ["/file/sync", "remote-addrs", "remote-address"],
  ["/interface/bridge/mdb", "ports", "interface"],
  ["/interface/wireguard", "file", "config-file"],
  ["/interface/wireguard/peers", "is-responder", "responder"],
];

const COMMANDS_RENAMED: ReadonlyArray<readonly [menu: string, old: string, now: string]> = [
  ["/disk", "eject-drive", "eject"],
  ["/disk", "format-drive", "format"],
];

// From 7.13 on.
export const WIFI = "/interface/wifi";
export const WIFI_OLD = "/interface/wifiwave2";
const WIFI_SINCE = "7.13";
const OLDEST = "7.10";

// Routers write more behind the numbers: "7.15.2 (stable)", "7.25rc1".
const numbers = (version: string): number[] => version.split(".").map((part) => Number.parseInt(part, 10));

/** Below zero when the first is the older one. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [numbers(a), numbers(b)];
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0) || (x[2] ?? 0) - (y[2] ?? 0);
}

const minorOf = (version: string): string => version.split(".", 2).join(".");

/**
 * The release that a version's names are those of: itself, or the newest one known before it. Names come with a
 * minor version: where only later patches of it are known (7.13.5 for 7.13), the first of these.
 */
export function releaseOf(tree: CommandTree, version: string): Outcome<Release> {
  const written = /^v?(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)(?![\d.])/.exec(version.trim())?.[1];
  if (written === undefined)
    return fault("input", `"${version}" is no RouterOS version.`, { next: "Write it as 7.16 or 7.20.8." });
  if (compareVersions(written, OLDEST) < 0)
    return fault("input", `RouterOS ${written} is too old: ${OLDEST} is the oldest that is understood.`);
  const { releases } = tree;
  const before = releases.findLastIndex((r) => compareVersions(r, written) <= 0);
  const first = releases.findIndex((r) => minorOf(r) === minorOf(written));
  return { at: Math.max(before, first, 0), name: written };
}

/** True when something is in a release; without spans it always was. */
export const within = (spans: readonly Span[] | undefined, at: number): boolean =>
  spans === undefined || spans.some(([first, last]) => first <= at && (last === null || at <= last));

/** A menu itself, or one below it. */
export const isBelow = (path: string, menu: string): boolean => path === menu || path.startsWith(`${menu}/`);

/** What a release calls the wifi menu. */
export const wifiIn = (release: Release): string => (compareVersions(release.name, WIFI_SINCE) < 0 ? WIFI_OLD : WIFI);

/** What is known of a menu's command over time; of the wifi menu under its older name, what both names tell. */
export function historyIn(tree: CommandTree, release: Release, menu: string, verb: string): History | null {
  const now = tree.history(pathOf(menu, verb));
  if (!isBelow(menu, WIFI) || wifiIn(release) === WIFI) return now;
  const old = tree.history(pathOf(WIFI_OLD + menu.slice(WIFI.length), verb));
  return old === null ? now : new Map([...(now ?? []), ...old]);
}

/** The menu of this tree that a path of any release means. */
const nowMenu = (path: string): string => (isBelow(path, WIFI_OLD) ? WIFI + path.slice(WIFI_OLD.length) : path);

const gone = (tree: CommandTree, path: string): string[] =>
  [...(tree.history(path) ?? [])]
    .filter(([name, spans]) => name !== "*" && spans.every(([, last]) => last !== null))
    .map(([name]) => name);

function olderMenu(tree: CommandTree, menu: Menu): Menu {
  const dead = COMMANDS_RENAMED.filter(([at]) => at === menu.path);
  return {
    ...menu,
    commands: [...menu.commands, ...dead.map(([, old]) => old)],
    args(verb) {
      const now = dead.find(([, old]) => old === verb)?.[2] ?? verb;
      const known = menu.args(now);
      if (known === null) return null;
      return [...known, ...gone(tree, pathOf(menu.path, verb)).map((name): Field => ({ name, type: "" }))];
    },
  };
}

/** The tree with the names of older releases beside its own; `named` then says which of them hold. */
export function withOlderNames(tree: CommandTree): CommandTree {
  return {
    ...tree,
    menu(path) {
      const menu = tree.menu(nowMenu(path));
      return menu === null ? null : olderMenu(tree, menu);
    },
    children: (path) => {
      const below = tree.children(nowMenu(path));
      return path === "/interface" ? [...below, "wifiwave2"] : below;
    },
    has: (path) => tree.has(nowMenu(path)),
  };
}

/** A name of a menu's command as a release calls it; `history` is that command's. */
function nameIn(release: Release, history: ReturnType<CommandTree["history"]>, menu: string, name: string): string {
  const pair = RENAMED.find(([at, old, now]) => at === menu && (old === name || now === name));
  if (pair === undefined) return name;
  const [, old, now] = pair;
  // Some commands of a menu never had the old name.
  if (history?.get(old) === undefined) return name;
  return within(history.get(now), release.at) && history.get(now) !== undefined ? now : old;
}

function spanText(tree: CommandTree, spans: readonly Span[], at: number): string {
  const next = spans.find(([first]) => first > at);
  if (next !== undefined) return `it came with ${tree.releases[next[0]] ?? ""}`;
  const last = spans.findLast(([, end]) => end !== null && end < at)?.[1];
  return `it was last in ${tree.releases[last ?? 0] ?? ""}`;
}

function missing(tree: CommandTree, release: Release, what: string, spans: readonly Span[]): ReturnType<typeof fault> {
  return fault("input", `${what} is not in RouterOS ${release.name}: ${spanText(tree, spans, release.at)}.`, {
    code: "release",
  });
}

function renamed<T>(
  all: Iterable<readonly [string, T]>,
  called: (name: string) => Outcome<string>,
): Outcome<Map<string, T>> {
  const out = new Map<string, T>();
  for (const [name, value] of all) {
    const now = called(name);
    if (isFault(now)) return now;
    out.set(now, value);
  }
  return out;
}

function verbIn(tree: CommandTree, release: Release, menu: string, verb: string): string {
  const pair = COMMANDS_RENAMED.find(([at, old, now]) => at === menu && (old === verb || now === verb));
  if (pair === undefined) return verb;
  return within(tree.history(pathOf(menu, pair[2]))?.get("*"), release.at) ? pair[2] : pair[1];
}

interface Names {
  menu: string;
  verb: string;
  /** What an argument is called; `input` fault when the release has none such. */
  called(name: string): Outcome<string>;
}

/** What a release calls a menu's command and its arguments; `input` fault when it does not have it. */
export function namesIn(tree: CommandTree, release: Release, at: { menu: string; verb: string }): Outcome<Names> {
  const menu = nowMenu(at.menu);
  const verb = verbIn(tree, release, menu, at.verb);
  const path = pathOf(menu, verb);
  const history = historyIn(tree, release, menu, verb);
  const own = history?.get("*");
  if (own !== undefined && !within(own, release.at)) return missing(tree, release, path, own);
  return {
    menu: isBelow(menu, WIFI) ? wifiIn(release) + menu.slice(WIFI.length) : menu,
    verb,
    called(name) {
      const now = nameIn(release, history, menu, name);
      const spans = history?.get(now);
      return within(spans, release.at) ? now : missing(tree, release, `${now} of ${path}`, spans ?? []);
    },
  };
}

/** A command in a release's own names; `input` fault when that release does not have it. */
export function named(tree: CommandTree, release: Release, c: Command): Outcome<Command> {
  const names = namesIn(tree, release, c);
  if (isFault(names)) return names;
  const { menu, verb, called } = names;
  const values = renamed(c.values, called);
  if (isFault(values)) return values;
  const finds = renamed(c.finds, called);
  if (isFault(finds)) return finds;
  const unset: string[] = [];
  for (const name of c.unset) {
    const now = called(name);
    if (isFault(now)) return now;
    unset.push(now);
  }
  return { ...c, menu, verb, values, finds, unset };
}

/** Commands in the names of a release; the fault of the first that it does not have. */
export function inRelease(
  tree: CommandTree,
  release: Release | null,
  commands: readonly Command[],
): Outcome<readonly Command[]> {
  if (release === null) return commands;
  const all: Command[] = [];
  for (const c of commands) {
    const own = named(tree, release, c);
    if (isFault(own)) return own;
    all.push(own);
  }
  return all;
}
