// The measurements behind the question why the internet is slow: link, pings, name lookup,
// processor, users of the bandwidth, Wi-Fi. Each may fail by itself.
// Facts: MikroTik manual, Ping, Ethernet monitor, Connection tracking, Queues.

import { isFault, type Wait } from "../../base/fault.ts";
import { SLOW_CONNECTIONS_MAX } from "../../base/limits-tasks.ts";
import type { Scope } from "../../base/scope.ts";
import { parseRosDuration } from "../../base/time.ts";
import type { RosRow } from "../../port/router.ts";
import type { ToolKit } from "../../port/tool.ts";
import { AIR_MENUS } from "../radio.ts";
import { isOn, type Survey, survey } from "../rows.ts";
import { quoted } from "../undo-script.ts";
import { defaultRoutes, gatewayOf, outOf } from "../ways-out.ts";

/** Four pings of a host. */
export interface Echo {
  host: string;
  /** Percent. */
  loss: number;
  /** Mean round trip; null when nothing came back. */
  ms: number | null;
}

export interface Measured {
  routes: readonly RosRow[];
  /** The routes could not be read: no line is known. */
  isBlind: boolean;
  /** The interface to the internet, and the port or radio beneath it. */
  wan: string;
  port: string;
  /** The interface's row, and what its link's monitor shows. */
  link: RosRow;
  monitor: RosRow;
  now: RosRow;
  resource: RosRow;
  dns: RosRow;
  gateway: Echo | null;
  far: readonly Echo[];
  /** Whether packets of 1472 bytes pass whole; null: not known. */
  large: boolean | null;
  /** How long a name took beyond a ping; null: no answer. */
  lookUpMs: number | null;
  /** Busy processes, only read when the processor is. */
  busy: readonly RosRow[];
  /** Bits per second by device address, the largest first; null: not counted. */
  users: ReadonlyArray<readonly [string, number]> | null;
  queues: readonly RosRow[];
  air: readonly RosRow[];
  gaps: readonly string[];
}

/** Hosts that answer pings everywhere; two, because one may be down or blocked. */
const FAR_HOSTS = ["1.1.1.1", "8.8.8.8"] as const;
const FAR_NAME = "one.one.one.one";
const BUSY_PERCENT = 80;

/** What the last row of a ping's reply sums up. */
function echoOf(host: string, rows: readonly RosRow[]): Echo {
  const last = rows.at(-1);
  const ms = parseRosDuration(last?.["avg-rtt"] ?? "");
  return { host, loss: last === undefined ? 100 : Number(last["packet-loss"] ?? 100), ms: isFault(ms) ? null : ms };
}

/** Null: this user may not ping. */
async function ping(s: Scope, x: Survey, host: string, more = "count=4 interval=200ms"): Wait<Echo | null> {
  const rows = await x.look(s, `/tool/ping ${host} ${more}`);
  return isFault(rows) || rows === null ? rows : echoOf(host, rows);
}

/** How much longer a ping by name takes than one by address. */
async function lookUp(s: Scope, x: Survey, kit: ToolKit): Wait<number | null> {
  const timed = async (host: string): Wait<number | null> => {
    const from = kit.clock.monoMs();
    const echo = await x.look(s, `/tool/ping ${host} count=1`);
    if (isFault(echo)) return echo;
    return echo === null ? null : kit.clock.monoMs() - from;
  };
  const byName = await timed(FAR_NAME);
  if (isFault(byName) || byName === null) return byName;
  const plain = await timed(FAR_HOSTS[0]);
  if (isFault(plain) || plain === null) return plain;
  return Math.max(0, byName - plain);
}

/** Bits per second of each inner address over its connections. */
function usersOf(connections: readonly RosRow[]): Array<readonly [string, number]> {
  const sums = new Map<string, number>();
  for (const row of connections) {
    const at = (row["src-address"] ?? "").replace(/:\d+$/, "");
    const rate = Number(row["orig-rate"] ?? 0) + Number(row["repl-rate"] ?? 0);
    if (at !== "" && rate > 0) sums.set(at, rate + (sums.get(at) ?? 0));
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

/** Counted first: the table may have hundreds of thousands of rows. */
async function users(s: Scope, x: Survey): Wait<Measured["users"]> {
  const counted = await x.look(s, "/ip/firewall/connection/print count-only");
  if (isFault(counted)) return counted;
  const count = Number(counted?.[0]?.["ret"] ?? Number.NaN);
  if (!(count <= SLOW_CONNECTIONS_MAX)) return null;
  const rows = await x.look(s, "/ip/firewall/connection/print proplist=src-address,orig-rate,repl-rate");
  if (isFault(rows) || rows === null) return rows;
  return usersOf(rows);
}

/** The port under a PPPoE client or a VLAN; the interface itself otherwise. */
async function portUnder(s: Scope, x: Survey, name: string): Wait<string> {
  for (const menu of ["/interface/pppoe-client", "/interface/vlan"]) {
    const rows = await x.rows(s, menu);
    if (isFault(rows)) return rows;
    const under = rows.find((row) => row["name"] === name)?.["interface"];
    if (under !== undefined) return under;
  }
  return name;
}

/** Everything that is there at once; only a lost router ends it. */
async function ground(s: Scope, x: Survey): Wait<Pick<Measured, "routes" | "resource" | "dns" | "queues" | "air">> {
  const airs = AIR_MENUS.map((menu) => `${menu}/registration-table`);
  const of = await x.all(s, ["/ip/route", "/queue/simple", "/system/resource", "/ip/dns", ...airs]);
  if (isFault(of)) return of;
  return {
    routes: defaultRoutes(of("/ip/route")),
    resource: of("/system/resource")[0] ?? {},
    dns: of("/ip/dns")[0] ?? {},
    queues: of("/queue/simple").filter((q) => !isOn(q["disabled"])),
    air: airs.flatMap(of),
  };
}

async function linkOf(s: Scope, x: Survey, wan: string): Wait<Pick<Measured, "port" | "link" | "monitor" | "now">> {
  const port = await portUnder(s, x, wan);
  if (isFault(port)) return port;
  const all = await x.rows(s, "/interface");
  if (isFault(all)) return all;
  const link = all.find((row) => row["name"] === port) ?? {};
  const monitor = link["type"] === "ether" ? await x.look(s, `/interface/ethernet/monitor ${quoted(port)} once`) : null;
  if (isFault(monitor)) return monitor;
  const now = port === "" ? null : await x.look(s, `/interface/monitor-traffic ${quoted(wan)} once`);
  if (isFault(now)) return now;
  return { port, link, monitor: monitor?.[0] ?? {}, now: now?.[0] ?? {} };
}

type Probed = Pick<Measured, "gateway" | "far" | "large" | "lookUpMs">;

async function probe(s: Scope, x: Survey, kit: ToolKit, gate: string): Wait<Probed> {
  const gateway = gate === "" ? null : await ping(s, x, gate);
  if (isFault(gateway)) return gateway;
  const far: Echo[] = [];
  for (const host of FAR_HOSTS) {
    const echo = await ping(s, x, host);
    if (isFault(echo)) return echo;
    if (echo !== null) far.push(echo);
  }
  const answers = far.find((e) => e.ms !== null);
  if (answers === undefined) return { gateway, far, large: null, lookUpMs: null };
  const large = await ping(s, x, answers.host, "count=2 interval=200ms size=1472 do-not-fragment");
  if (isFault(large)) return large;
  const lookUpMs = await lookUp(s, x, kit);
  if (isFault(lookUpMs)) return lookUpMs;
  return { gateway, far, large: large === null ? null : large.ms !== null, lookUpMs };
}

/** Measures all of it; about ten seconds of the router's time. */
export async function measure(s: Scope, kit: ToolKit): Wait<Measured> {
  const x = survey(kit.router);
  const base = await ground(s, x);
  if (isFault(base)) return base;
  const best = base.routes.find((r) => r["active"] === "true") ?? {};
  const wan = outOf(best);
  const link = await linkOf(s, x, wan);
  if (isFault(link)) return link;
  const probed = await probe(s, x, kit, gatewayOf(best));
  if (isFault(probed)) return probed;
  const counted = await users(s, x);
  if (isFault(counted)) return counted;
  const isBusy = Number(base.resource["cpu-load"] ?? 0) >= BUSY_PERCENT;
  const busy = isBusy ? await x.look(s, "/tool/profile duration=2s") : [];
  if (isFault(busy)) return busy;
  return {
    ...base,
    isBlind: x.isUnread("/ip/route"),
    wan,
    ...link,
    ...probed,
    users: counted,
    busy: busy ?? [],
    gaps: x.gaps(),
  };
}
