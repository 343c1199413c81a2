// Commands of single menus: ping, monitors, reboot, leases, DNS cache, log, packages,
// containers, scripts. What the simulation cannot do is refused in plain words.

import { type Fault, fault, isFault, type Outcome } from "../../base/fault.ts";
import { SIM_SCRIPT_BYTES_MAX } from "../../base/limits-sim.ts";
import type { Menu } from "../../ros/commands.ts";
import { compareVersions } from "../../ros/releases.ts";
import { sign } from "./certificates.ts";
import { type Body, type Done, done, runCommon, targets } from "./common.ts";
import { startContainer, stopContainer } from "./containers.ts";
import { updateMode } from "./device-mode.ts";
import { makeStatic } from "./effects.ts";
import { noItem, noPermission, refuse } from "./errors.ts";
import { snapshot } from "./history.ts";
import { VERSION } from "./home-system.ts";
import { inspect } from "./inspect.ts";
import { type Job, runsOf, startJob } from "./jobs.ts";
import { etherState, monitored, traffic, wifiState } from "./monitors.ts";
import { ping } from "./ping.ts";
import { profile, scan, traceroute } from "./probes.ts";
import { report } from "./report.ts";
import { isTrue, type Row } from "./rows.ts";
import { safeMode } from "./safe-mode.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

type Tool = (world: World, actor: Actor, menu: Menu, body: Body) => Outcome<Done>;

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
  const { version } = world.family;
  const shown = { channel: fields.get("channel") ?? "stable", "installed-version": version };
  const isOld = compareVersions(version, VERSION) < 0;
  const latest = isOld ? VERSION : version;
  const status = isOld ? "New version is available" : "System is already up to date";
  fields.set("latest-version", latest);
  fields.set("status", status);
  return done(
    [
      { ".section": "0", ...shown, status: "finding out latest version..." },
      { ".section": "1", ...shown, "latest-version": latest, status },
    ],
    900,
  );
}

/** With `as-string` the caller waits, and an error is text in `ret`, as on a router. */
function execute(world: World, actor: Actor, _menu: Menu, body: Body): Outcome<Done> {
  const source = body.given.get("script");
  if (source === undefined) return refuse(400, "missing =script=");
  if (source.length > SIM_SCRIPT_BYTES_MAX) return refuse(400, "failure: script too long");
  const order = { source, actor, perform };
  if (!body.given.has("as-string")) return done({ ret: startJob(world, order).id });
  const answer = (job: Job): Outcome<unknown> => {
    const made = job.answer();
    return { ret: [job.text(), ...(isFault(made) ? [made.what] : [])].filter((t) => t !== "").join("\n") };
  };
  return { ...done({ ret: "" }), runs: runsOf(world, order, answer) };
}

function renew(world: World, actor: Actor, menu: Menu, body: Body): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  for (const row of rows)
    world.note("dhcp,info", `dhcp-client on ${row.fields.get("interface")} renewed by ${actor.user}`);
  return done([]);
}

function container(steer: typeof startContainer): Tool {
  return (world, _actor, menu, body) => {
    const rows = targets(world, menu, body);
    if (isFault(rows)) return rows;
    for (const row of rows) {
      const refused = steer(world, row);
      if (refused !== null) return refused;
    }
    return done([]);
  };
}

function leases(world: World, actor: Actor, menu: Menu, body: Body): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  for (const row of rows) {
    const before = snapshot(world);
    const refused: Fault | null = makeStatic(row);
    if (refused !== null) return refused;
    report(world, actor, menu.path, before, "changed", `make-static ${row.id}`);
  }
  return done([]);
}

function reboot(world: World, actor: Actor): Outcome<Done> {
  world.note("system,info", `router is rebooting, asked by ${actor.user}`);
  world.reboot("reboot");
  return fault("stopped", "The simulated router is restarting.", { maybeDone: true });
}

function runScript(world: World, actor: Actor, menu: Menu, body: Body): Outcome<Done> {
  const rows = targets(world, menu, body);
  if (isFault(rows)) return rows;
  const row = rows[0];
  if (row === undefined || rows.length > 1) return noItem();
  const granted = new Set((row.fields.get("policy") ?? "").split(","));
  const isFree = isTrue(row.fields, "dont-require-permissions");
  // A script may not do more than the one who runs it, unless it says so.
  if (!isFree && [...granted].some((p) => p !== "" && !actor.can(p))) return noPermission();
  const user = row.fields.get("owner") ?? actor.user;
  row.fields.set("run-count", String(1 + Number(row.fields.get("run-count") ?? "0")));
  row.fields.set("last-started", world.stamp());
  const runner: Actor = { user, peer: "", can: (policy) => granted.has(policy) };
  const order = {
    source: row.fields.get("source") ?? "",
    actor: runner,
    script: row.fields.get("name") ?? "",
    perform,
  };
  return { ...done([]), runs: runsOf(world, order, (job) => job.answer()) };
}

/** `/undo` takes back the newest action of anyone; `/redo` the newest that was taken back. */
function travel(world: World, actor: Actor, way: "undo" | "redo"): Outcome<Done> {
  const able = (row: Row): boolean => isTrue(row.fields, `${way}able`);
  const found = way === "undo" ? world.steps.findLast(([row]) => able(row)) : world.steps.find(([row]) => able(row));
  if (found === undefined) return refuse(400, `failure: nothing to ${way}`);
  const [row, step] = found;
  step[way]();
  row.fields.set("undoable", String(way === "redo"));
  row.fields.set("redoable", String(way === "undo"));
  world.note("system,info", `${row.fields.get("action") ?? ""} ${way}ne by ${actor.user}`);
  return done([]);
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
  ["/interface/wifi scan", entry("write", (w, _a, m, b) => scan(w, m, b))],
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
  ["/container start", entry("write", container(startContainer))],
  ["/container stop", entry("write", container(stopContainer))],
  [
    "/certificate sign",
    entry("write", (world, actor, menu, body) => {
      const rows = targets(world, menu, body);
      return isFault(rows) ? rows : sign(world, actor, menu, rows);
    }),
  ],
  ["/console inspect", entry("read", (world, _a, _m, body) => inspect(world.tree, body))],
  ["/ execute", entry("write", execute)],
  ["/ undo", entry("write", (world, actor) => travel(world, actor, "undo"))],
  ["/ redo", entry("write", (world, actor) => travel(world, actor, "redo"))],
  ["/safe-mode take", entry("write", (world, actor) => safeMode(world, actor, "take"))],
  ["/safe-mode release", entry("write", (world, actor) => safeMode(world, actor, "release"))],
  ["/safe-mode unroll", entry("write", (world, actor) => safeMode(world, actor, "unroll"))],
  ["/safe-mode toggle", entry("write", (world, actor) => safeMode(world, actor, "toggle"))],
  ["/system/device-mode update", entry("write", (world, _a, _m, body) => updateMode(world, body))],
]);

/** Does a command that a script gives. */
export function perform(world: World, actor: Actor, path: string, command: string, body: Body): Outcome<Done> {
  const menu = world.tree.menu(path);
  if (menu === null) return refuse(400, `bad command name ${command}`);
  // The console finds the rows of a command by their place, whatever it calls them.
  const rows = menu.args(command)?.some((f) => f.name === "number") === true ? "number" : "numbers";
  const given = new Map([...body.given].map(([k, v]) => [k === "numbers" ? rows : k, v]));
  const asked = { ...body, given };
  return runCommon(world, actor, menu, command, body) ?? runTool(world, actor, menu, command, asked);
}

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
  // Some commands call their rows `number`.
  const isNumber = known.has("number");
  for (const key of body.given.keys()) {
    if (!known.has(key) && key !== ".id") return refuse(400, `unknown parameter ${key}`);
  }
  const given = isNumber ? new Map([...body.given].map(([k, v]) => [k === "number" ? "numbers" : k, v])) : body.given;
  return tool.run(world, actor, menu, { ...body, given });
}
