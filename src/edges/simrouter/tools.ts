// Commands of single menus: ping, monitors, reboot, leases, DNS cache, log, packages,
// containers, scripts. What the simulation cannot do is refused in plain words.

import { type Fault, fault, isFault, type Outcome } from "../../base/fault.ts";
import { parseRosDuration } from "../../base/time.ts";
import type { Menu } from "../../ros/commands.ts";
import { type Body, type Done, done, targets } from "./common.ts";
import { makeStatic } from "./effects.ts";
import { noItem, noMatch, noPermission, refuse } from "./errors.ts";
import { VERSION } from "./home-system.ts";
import { inspect } from "./inspect.ts";
import { interfaceNamed, settleAll } from "./links.ts";
import { running, trafficNow } from "./live.ts";
import { ping } from "./ping.ts";
import { profile, traceroute } from "./probes.ts";
import { newId, type Row } from "./rows.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

/** How long a command without an end runs: until the router cuts it off. */
const ENDLESS_MS = Number.MAX_SAFE_INTEGER;

type Tool = (world: World, actor: Actor, menu: Menu, body: Body) => Outcome<Done>;

/** `once` counts only when it is empty or yes: "false" blocks, as on a router. */
function lasts(body: Body): Outcome<number> {
  const once = body.given.get("once");
  if (once !== undefined && !["false", "no"].includes(once)) return 0;
  const duration = body.given.get("duration");
  if (duration === undefined) return ENDLESS_MS;
  const ms = parseRosDuration(duration);
  return isFault(ms) ? refuse(400, "invalid value for argument duration") : ms;
}

/** One object with `once`; one for each second, with a section number, with `duration`. */
function samples(ms: number, one: () => Record<string, string>): Done {
  if (ms === 0) return done([one()]);
  const count = Math.min(60, Math.max(1, Math.floor(ms / 1000)));
  const sections = Array.from({ length: count }, (_, i) => ({ ".section": String(i), ...one() }));
  return done(sections, ms);
}

function traffic(world: World, _actor: Actor, _menu: Menu, body: Body): Outcome<Done> {
  const name = body.given.get("interface");
  if (name === undefined) return refuse(400, "missing =interface=");
  const row = interfaceNamed(world, name);
  if (row === undefined) return noMatch("interface");
  const ms = lasts(body);
  if (isFault(ms)) return ms;
  return samples(ms, () => {
    const { rx, tx } = trafficNow(world, row);
    const packets = (bytes: number): string => String(Math.floor(bytes / 790));
    return {
      name,
      "rx-packets-per-second": packets(rx),
      "rx-bits-per-second": String(rx * 8),
      "fp-rx-packets-per-second": packets(rx),
      "fp-rx-bits-per-second": String(rx * 8),
      "rx-drops-per-second": "0",
      "rx-errors-per-second": "0",
      "tx-packets-per-second": packets(tx),
      "tx-bits-per-second": String(tx * 8),
      "tx-drops-per-second": "0",
      "tx-queue-drops-per-second": "0",
      "tx-errors-per-second": "0",
    };
  });
}

function monitored(world: World, menu: Menu, body: Body, one: (row: Row) => Record<string, string>): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  const ms = lasts(body);
  if (isFault(ms)) return ms;
  const row = rows[0];
  if (row === undefined) return noItem();
  return rows.length === 1 ? samples(ms, () => one(row)) : done(rows.map(one), ms);
}

function etherState(row: Row): Record<string, string> {
  const up = running(row);
  return {
    name: row.fields.get("name") ?? "",
    status: up ? "link-ok" : "no-link",
    "auto-negotiation": up ? "done" : "failed",
    ...(up ? { rate: "1Gbps", "full-duplex": "true", "tx-flow-control": "false", "rx-flow-control": "false" } : {}),
    supported: "10M-baseT-half,10M-baseT-full,100M-baseT-half,100M-baseT-full,1G-baseT-full",
    ...(up ? { "link-partner-advertising": "100M-baseT-full,1G-baseT-full" } : {}),
  };
}

function wifiState(world: World, row: Row): Record<string, string> {
  const name = row.fields.get("name") ?? "";
  if (!running(row)) return { state: "disabled" };
  const peers = String(
    world.rows("/interface/wifi/registration-table").filter((r) => r.fields.get("interface") === name).length,
  );
  const channel = name === "wifi1" ? "5500/ax/Ceee/D" : "2437/ax/Ce";
  return {
    state: "running",
    channel,
    "registered-peers": peers,
    "authorized-peers": peers,
    "tx-power": "20",
    "available-channels": channel,
  };
}

function logLine(level: string): Tool {
  return (world, _actor, _menu, body) => {
    const message = body.given.get("message");
    if (message === undefined) return refuse(400, "missing =message=");
    world.note(`script,${level}`, message);
    return done([]);
  };
}

function checkUpdates(world: World): Outcome<Done> {
  const fields = world.single("/system/package/update");
  const shown = { channel: fields.get("channel") ?? "stable", "installed-version": VERSION };
  fields.set("latest-version", VERSION);
  fields.set("status", "System is already up to date");
  return done(
    [
      { ".section": "0", ...shown, status: "finding out latest version..." },
      { ".section": "1", ...shown, "latest-version": VERSION, status: "System is already up to date" },
    ],
    900,
  );
}

/** Scripts do not run here: with `as-string` the error is text in `ret`, as on a router. */
function execute(world: World, actor: Actor, _menu: Menu, body: Body): Outcome<Done> {
  const script = body.given.get("script");
  if (script === undefined) return refuse(400, "missing =script=");
  const why = "failure: the simulated router runs no scripts";
  if (body.given.has("as-string")) return done({ ret: `${why} (/execute; line 1)` });
  world.note("script,error", `${why}, started by ${actor.user}`);
  return done({ ret: newId(world.table("/system/script/job").ids) });
}

function renew(world: World, actor: Actor, menu: Menu, body: Body): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  for (const row of rows)
    world.note("dhcp,info", `dhcp-client on ${row.fields.get("interface")} renewed by ${actor.user}`);
  return done([]);
}

function container(starts: boolean): Tool {
  return (world, _actor, menu, body) => {
    const rows = targets(world, menu, body);
    if (isFault(rows)) return rows;
    for (const row of rows) {
      row.fields.set("running", String(starts));
      row.fields.set("stopped", String(!starts));
    }
    settleAll(world);
    return done([]);
  };
}

function leases(world: World, actor: Actor, menu: Menu, body: Body): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  for (const row of rows) {
    const refused: Fault | null = makeStatic(row);
    if (refused !== null) return refused;
    world.note("system,info", `lease changed by ${actor.user} (/ip dhcp-server lease make-static ${row.id})`);
    world.remember("lease changed", actor.user);
  }
  return done([]);
}

function reboot(world: World, actor: Actor): Outcome<Done> {
  world.note("system,info", `router is rebooting, asked by ${actor.user}`);
  world.reboot();
  return fault("stopped", "The simulated router is restarting.", { maybeDone: true });
}

function runScript(world: World, actor: Actor, menu: Menu, body: Body): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  world.note("script,error", `the simulated router runs no scripts, asked by ${actor.user}`);
  return refuse(400, "failure: the simulated router runs no scripts");
}

interface Entry {
  policy: string;
  run: Tool;
}

const entry = (policy: string, run: Tool): Entry => ({ policy, run });

const TOOLS: ReadonlyMap<string, Entry> = new Map([
  ["/tool ping", entry("test", (world, _a, _m, body) => ping(world, body))],
  ["/tool traceroute", entry("test", (world, _a, _m, body) => traceroute(world, body))],
  ["/tool profile", entry("read", (world, _a, _m, body) => profile(world, body))],
  ["/interface monitor-traffic", entry("read", traffic)],
  ["/interface/ethernet monitor", entry("read", (w, _a, m, b) => monitored(w, m, b, etherState))],
  ["/interface/wifi monitor", entry("read", (w, _a, m, b) => monitored(w, m, b, (row) => wifiState(w, row)))],
  ["/ip/dhcp-server/lease make-static", entry("write", leases)],
  [
    "/ip/dhcp-server/lease check-status",
    entry("write", (w, _a, m, b) => {
      const rows = targets(w, m, b);
      return isFault(rows) ? rows : done([]);
    }),
  ],
  ["/ip/dhcp-client renew", entry("write", renew)],
  [
    "/ip/dns/cache flush",
    entry("write", (world) => {
      world.table("/ip/dns/cache").rows.splice(0);
      return done([]);
    }),
  ],
  ["/log info", entry("write", logLine("info"))],
  ["/log warning", entry("write", logLine("warning"))],
  ["/log error", entry("write", logLine("error"))],
  ["/log debug", entry("write", logLine("debug"))],
  ["/system reboot", entry("reboot", reboot)],
  ["/system/package/update check-for-updates", entry("read", checkUpdates)],
  ["/system/script run", entry("write", runScript)],
  ["/container start", entry("write", container(true))],
  ["/container stop", entry("write", container(false))],
  ["/console inspect", entry("read", (world, _a, _m, body) => inspect(world.tree, body))],
  ["/ execute", entry("write", execute)],
]);

/** A command of one menu. */
export function runTool(world: World, actor: Actor, menu: Menu, command: string, body: Body): Outcome<Done> {
  const tool = TOOLS.get(`${menu.path} ${command}`);
  const name = menu.path === "/" ? `/${command}` : `${menu.path}/${command}`;
  if (tool === undefined) {
    if (!actor.can("write")) return noPermission();
    return refuse(400, `failure: the simulated router does not do ${name}`);
  }
  if (!actor.can(tool.policy)) return noPermission();
  const known = new Set((menu.args(command) ?? []).map((f) => f.name));
  for (const key of body.given.keys()) {
    if (!known.has(key) && key !== ".id") return refuse(400, `unknown parameter ${key}`);
  }
  return tool.run(world, actor, menu, body);
}
