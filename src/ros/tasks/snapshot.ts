// A masked snapshot of the main menus as text, read again for comparison. A line a row, of
// name="value" pairs; a line that begins with "/" is a menu, one with "#" a remark.

import { isFault, type Wait } from "../../base/fault.ts";
import { BACKUP_BYTES_MAX, BACKUP_VALUE_CHARS_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { cutBytes, oneLine, printable, word } from "../../base/text.ts";
import { isoTime } from "../../base/time.ts";
import type { RosRow } from "../../port/router.ts";
import type { ToolKit } from "../../port/tool.ts";
import { rowsIfAny } from "../rows.ts";

const MENUS = [
  "/system/identity /system/package /system/clock /system/ntp/client /interface /interface/bridge",
  "/interface/bridge/port /interface/vlan /interface/list /interface/list/member /interface/wifi",
  "/interface/wireguard /interface/wireguard/peers /interface/pppoe-client /ip/address /ip/pool",
  "/ip/dhcp-client /ip/dhcp-server /ip/dhcp-server/network /ip/dhcp-server/lease /ip/dns",
  "/ip/dns/static /ip/route /ip/service /ip/firewall/filter /ip/firewall/nat /ip/firewall/mangle",
  "/ip/firewall/address-list /ipv6/address /ipv6/firewall/filter /queue/simple /system/scheduler",
  "/system/script /user",
].flatMap((line) => line.split(" "));

// Counters and times differ at every look and hide the real differences.
const MOVING =
  /^(\.nextid|rx$|tx$|rx-|tx-|fp-|current-endpoint-|bytes$|packets$|last-|uptime|expires-after|age$|time$|date$|link-downs|run-count|next-run|cache-used)/;

function rowLine(row: RosRow): string {
  const fields = Object.entries(row).filter(([name]) => !MOVING.test(name));
  const quoted = (text: string): string =>
    `"${oneLine(printable(text), BACKUP_VALUE_CHARS_MAX).replace(/[\\"]/g, "\\$&")}"`;
  return fields.map(([name, value]) => `${oneLine(name, 64)}=${quoted(value)}`).join(" ");
}

export interface Snapshot {
  text: string;
  menus: number;
  /** The router's name and the time, as a file is named. */
  name: string;
}

const CUT = "\n# [… cut: too large]\n";
const UNREAD = "# not readable: ";

/** The router as it is now; secrets are masked. */
export async function takeSnapshot(s: Scope, kit: ToolKit): Wait<Snapshot> {
  const facts = await kit.router.facts(s);
  if (isFault(facts)) return facts;
  const identity = word(facts.identity);
  const time = isoTime(kit.clock.wallMs());
  const lines = [
    `# ${identity}, RouterOS ${word(facts.version)}, ${time}: secrets are masked; to read and compare, not to import`,
  ];
  let menus = 0;
  for (const menu of MENUS) {
    const rows = await rowsIfAny(s, kit.router, menu);
    if (isFault(rows) && rows.fault !== "denied") return rows;
    if (isFault(rows)) lines.push("", menu, `${UNREAD}${rows.what}`);
    else if (rows.length > 0) lines.push("", menu, ...rows.map(rowLine));
    if (!isFault(rows) && rows.length > 0) menus += 1;
  }
  const all = `${lines.join("\n")}\n`;
  const text = cutBytes(kit.hide?.(all) ?? all, BACKUP_BYTES_MAX, CUT);
  // The identity is the router's word: only plain letters of it get into a file name.
  const plain = identity.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, 32) || "router";
  return { text, menus, name: `backup-${plain}-${time.replace(/[^0-9TZ]/g, "")}.txt` };
}

// The newest one of each process where no workspace is there; it goes with its clock.
const kept = new WeakMap<object, Snapshot>();

/** Keeps a snapshot in memory in place of the one before. */
export function remember(kit: ToolKit, made: Snapshot): void {
  kept.set(kit.clock, made);
}

/** The snapshot in memory. */
export const remembered = (kit: ToolKit): Snapshot | undefined => kept.get(kit.clock);

/** A snapshot's menus: rows by their ids, in order; null where the menu could not be read. */
export type Menus = ReadonlyMap<string, ReadonlyMap<string, RosRow> | null>;

const PAIR = /([^\s="]+)="((?:[^"\\]|\\.)*)"/g;

function rowOf(line: string): RosRow {
  const pairs = [...line.matchAll(PAIR)].map(([, name = "", value = ""]) => [name, value.replace(/\\(.)/g, "$1")]);
  // An older program may have kept what moves.
  return Object.fromEntries(pairs.filter(([name]) => !MOVING.test(name ?? "")));
}

/** Reads a snapshot's text; null for one that was cut or is none. */
export function readSnapshot(text: string): Menus | null {
  if (!text.startsWith("# ") || text.endsWith(CUT)) return null;
  const menus = new Map<string, Map<string, RosRow> | null>();
  let rows = new Map<string, RosRow>();
  let menu = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("/")) {
      menu = line;
      rows = new Map();
      menus.set(menu, rows);
    } else if (line.startsWith(UNREAD)) menus.set(menu, null);
    else if (line !== "" && !line.startsWith("#")) {
      const row = rowOf(line);
      rows.set(row[".id"] ?? "", row);
    }
  }
  return menus;
}
