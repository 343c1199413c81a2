// Commands besides print, add, set and their kin that are translated, each with what it
// does to the router. What is not in this table is refused. Facts: MikroTik manual, REST
// API (commands that stream need once, count or duration) and the pages of each menu.

import type { Risk } from "../port/router.ts";
import type { Menu } from "./commands.ts";
import { pathOf } from "./path.ts";

export interface Action {
  /** Menu and command; a leading "*" stands for any menu. */
  readonly at: string;
  readonly risk: Risk;
  /** What the unnamed argument is: rows (`numbers`), or this argument's value. */
  readonly unnamed?: string;
  readonly needs?: readonly string[];
  readonly defaults?: Readonly<Record<string, string>>;
  /** Largest number of an argument. */
  readonly most?: Readonly<Record<string, number>>;
  /** Longest time of an argument, in milliseconds: RouterOS ends a REST call at 60 s. */
  readonly longestMs?: Readonly<Record<string, number>>;
  /** Sent always: without it the command would stream. */
  readonly once?: boolean;
  /** The connection ends with it. */
  readonly drops?: boolean;
  /** Its reply is what it is for, and is told to the person. */
  readonly answers?: boolean;
  /** For people, when the effect is not plain from the name. */
  readonly note?: string;
}

const STREAM_MS = 30_000;

// translate.ts knows what they mean.
const TRANSLATED: ReadonlySet<string> = new Set(
  "print find get add set enable disable remove comment move unset".split(" "),
);

const ACTIONS: readonly Action[] = [
  {
    at: "/tool/ping",
    risk: "read",
    unnamed: "address",
    needs: ["address"],
    defaults: { count: "4" },
    most: { count: 20 },
    longestMs: { interval: 1_000 },
  },
  {
    at: "/tool/traceroute",
    risk: "read",
    unnamed: "address",
    needs: ["address"],
    defaults: { count: "1", duration: "15s" },
    most: { count: 3 },
    longestMs: { duration: STREAM_MS, timeout: 3_000 },
  },
  { at: "/tool/profile", risk: "read", defaults: { duration: "5s" }, longestMs: { duration: STREAM_MS } },
  {
    at: "/tool/torch",
    risk: "reversible",
    unnamed: "interface",
    needs: ["interface"],
    defaults: { duration: "5s" },
    longestMs: { duration: STREAM_MS },
    answers: true,
    note: "It shows who talks to whom.",
  },
  ...["/interface/wifi/scan", "/interface/wireless/scan"].map((at) => ({
    at,
    risk: "reversible" as const,
    unnamed: "numbers",
    needs: ["numbers"],
    defaults: { duration: "10s" },
    longestMs: { duration: STREAM_MS },
    answers: true,
    note: "The radio leaves its channel meanwhile: its clients lose their connection, and come back by themselves.",
  })),
  {
    at: "/system/package/update/check-for-updates",
    risk: "read",
    defaults: { duration: "10s" },
    longestMs: { duration: STREAM_MS },
  },
  { at: "/interface/monitor-traffic", risk: "read", unnamed: "interface", needs: ["interface"], once: true },
  { at: "*/monitor", risk: "read", unnamed: "numbers", once: true },
  { at: "/ip/dhcp-server/lease/make-static", risk: "reversible", unnamed: "numbers", needs: ["numbers"] },
  { at: "/ip/dns/cache/flush", risk: "reversible", note: "The cache fills again by itself." },
  {
    at: "*/reset-counters",
    risk: "reversible",
    unnamed: "numbers",
    needs: ["numbers"],
    note: "Counts so far are lost.",
  },
  { at: "*/reset-counters-all", risk: "reversible", note: "Counts so far are lost." },
  { at: "/ip/kid-control/pause", risk: "reversible", unnamed: "numbers", needs: ["numbers"] },
  { at: "/ip/kid-control/resume", risk: "reversible", unnamed: "numbers", needs: ["numbers"] },
  { at: "/log/info", risk: "reversible", unnamed: "message", needs: ["message"] },
  { at: "/log/warning", risk: "reversible", unnamed: "message", needs: ["message"] },
  { at: "/log/error", risk: "reversible", unnamed: "message", needs: ["message"] },
  { at: "/log/debug", risk: "reversible", unnamed: "message", needs: ["message"] },
  {
    at: "/tool/bandwidth-test",
    risk: "lifeline",
    unnamed: "address",
    needs: ["address"],
    defaults: { duration: "10s" },
  },
  { at: "/tool/wol", risk: "dangerous", unnamed: "mac", needs: ["mac", "interface"] },
  { at: "/ip/dhcp-client/renew", risk: "dangerous", unnamed: "numbers", needs: ["numbers"] },
  { at: "/ip/dhcp-client/release", risk: "dangerous", unnamed: "numbers", needs: ["numbers"] },
  {
    at: "/system/script/run",
    risk: "dangerous",
    unnamed: "numbers",
    needs: ["numbers"],
    note: "A script may do anything.",
  },
  { at: "/system/backup/save", risk: "dangerous", note: "Writes a file that holds all secrets of the router." },
  { at: "/container/start", risk: "lifeline", unnamed: "numbers", needs: ["numbers"] },
  { at: "/container/stop", risk: "lifeline", unnamed: "numbers", needs: ["numbers"] },
  { at: "/system/reboot", risk: "lifeline", drops: true, note: "The router restarts at once." },
  { at: "/system/shutdown", risk: "lifeline", note: "The router switches off and does not come back by itself." },
];

// They want a person at a terminal, or a console's own state.
const INTERACTIVE: ReadonlySet<string> = new Set(
  "align at-chat edit mac-telnet recursive-print serial-terminal setup shell sniff snoop ssh telnet export".split(" "),
);

// They look and change nothing; those with a duration end by it.
const LOOKING: ReadonlySet<string> = new Set(
  (
    "allowed-channels cell-monitor country-info country-list default-scan-list discover discourse hw-info inspect " +
    "monitor-peers monitor-slaves possible-channels reg-info rpki-check rpki-query scan-list show-capabilities " +
    "smart-info test-as-path-regexp"
  ).split(" "),
);

/** Any other command of the tree: sent as it is, dangerous unless it only looks; null: it needs a terminal. */
function otherAction(menu: Menu, verb: string): Action | null {
  const args = menu.args(verb)?.map((f) => f.name);
  if (args === undefined || menu.path === "/" || menu.path === "/terminal" || INTERACTIVE.has(verb)) return null;
  const rows = args.includes("numbers") || args.includes("number");
  const looks = LOOKING.has(verb);
  const streams = looks && args.includes("duration");
  return {
    at: `${menu.path}/${verb}`,
    risk: looks ? "read" : "dangerous",
    ...(rows ? { unnamed: "numbers" } : args.length === 1 && args[0] !== undefined ? { unnamed: args[0] } : {}),
    ...(streams ? { defaults: { duration: "10s" }, longestMs: { duration: STREAM_MS } } : {}),
  };
}

/** The action for a menu's command; null for what is translated otherwise or not at all. */
export function actionFor(menu: Menu, verb: string): Action | null {
  const path = pathOf(menu.path, verb);
  const known = ACTIONS.find((a) => a.at === path) ?? ACTIONS.find((a) => a.at === `*/${verb}`);
  return known ?? (TRANSLATED.has(verb) ? null : otherAction(menu, verb));
}
