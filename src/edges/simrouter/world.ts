// The state of the simulated router: tables, single objects, its clock, its log and its
// history. Time and the seed are arguments: the same two give the same router.

import { SIM_HISTORY_ROWS_MAX, SIM_LOG_ROWS_MAX, SIM_REBOOT_MS } from "../../base/limits-sim.ts";
import { rosDuration } from "../../base/time.ts";
import type { Clock } from "../../port/clock.ts";
import type { CommandTree } from "../../ros/commands.ts";
import { share } from "./chance.ts";
import type { Family } from "./family.ts";
import type { Step } from "./history.ts";
import { INTERFACE_TYPES } from "./kinds.ts";
import { addRow, type Fields, fieldsOf, type Ids, isTrue, makeTable, type Row, type Table } from "./rows.ts";
import { makeTimeline, type Timeline } from "./timeline.ts";

export interface World {
  readonly tree: CommandTree;
  readonly family: Family;
  readonly clock: Clock;
  readonly seed: number;
  readonly tables: ReadonlyMap<string, Table>;
  /** A menu's table; /interface is a view and has none. */
  table(menu: string): Table;
  /** The rows that `print` shows, in its order. */
  rows(menu: string): readonly Row[];
  single(menu: string): Fields;
  /** Seconds since the last start. */
  upS(): number;
  /** "2026-11-21 10:32:00" by the router's clock. */
  stamp(): string;
  /** Writes a log line. */
  note(topics: string, message: string): void;
  /** Remembers an action for /system/history. */
  remember(action: string, by: string, step: Step): void;
  /** The last actions and what they changed, oldest first. */
  readonly steps: ReadonlyArray<readonly [Row, Step]>;
  /** Restarts: counters and dynamic things go, and nobody is answered for some seconds. */
  reboot(how: "reboot" | "power cut"): void;
  readonly singles: ReadonlyMap<string, Fields>;
  /** Monotonic time until which it is starting. */
  readonly downUntilMs: number;
  /** Calls `again` at each restart. */
  onReboot(again: () => void): void;
  /** Calls `told` when it answers again. */
  onStarted(told: () => void): void;
  /** Calls `told` with the menu of each change. */
  onChange(told: (menu: string) => void): void;
  changed(menu: string): void;
  /** What falls due; a restart forgets it. */
  readonly due: Timeline;
}

/** "2026-11-21 10:32:00" of milliseconds since 1970. */
export function stampOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace("T", " ");
}

/** Adds a row and drops the oldest beyond `max`. */
function append(table: Table, fields: Record<string, string>, max: number): void {
  addRow(table, fieldsOf(fields));
  if (table.rows.length > max) table.rows.splice(0, table.rows.length - max);
}

const number = (id: string): number => Number.parseInt(id.slice(1), 16);

export interface WorldDeps {
  family: Family;
  clock: Clock;
  seed: number;
}

/** A router with nothing configured. */
export function makeWorld(deps: WorldDeps): World {
  const { family, seed } = deps;
  const { tree } = family;
  const due = makeTimeline(deps.clock);
  const { clock } = due;
  const tables = new Map<string, Table>();
  const singles = new Map<string, Fields>();
  const interfaceIds: Ids = { next: 1 };
  const steps: Array<readonly [Row, Step]> = [];
  const hooks: Array<() => void> = [];
  const starts: Array<() => void> = [];
  const changes: Array<(menu: string) => void> = [];
  // Two to twelve days up: old enough to have counted something.
  let bootMs = clock.monoMs() - Math.floor(2 + share(seed, "uptime") * 10) * 86_400_000 - 5_420_000;
  let downUntilMs = -Infinity;

  const table = (menu: string): Table => {
    const known = tables.get(menu);
    if (known !== undefined) return known;
    const made = makeTable(INTERFACE_TYPES.has(menu) ? interfaceIds : undefined);
    tables.set(menu, made);
    return made;
  };
  const single = (menu: string): Fields => {
    const known = singles.get(menu);
    if (known !== undefined) return known;
    const made: Fields = new Map();
    singles.set(menu, made);
    return made;
  };
  const stamp = (): string => stampOf(clock.wallMs());
  const world: World = {
    tree,
    family,
    clock,
    seed,
    tables,
    table,
    single,
    rows(menu) {
      if (menu !== "/interface") return table(menu).rows;
      const all = [...INTERFACE_TYPES.keys()].flatMap((m) => tables.get(m)?.rows ?? []);
      return all.sort((a, b) => number(a.id) - number(b.id));
    },
    upS: () => Math.max(0, (clock.monoMs() - Math.max(bootMs, downUntilMs)) / 1000),
    stamp,
    note: (topics, message) => append(table("/log"), { time: stamp(), topics, message }, SIM_LOG_ROWS_MAX),
    steps,
    singles,
    remember(action, by, step) {
      const history = table("/system/history");
      // Another way was taken: what was undone cannot be done again.
      for (const [row] of steps) row.fields.set("redoable", "false");
      const flags = { undoable: "true", redoable: "false", "floating-undo": "false" };
      const fields = { action, by, policy: "write", time: stamp(), undo: step.undoText, ...flags };
      steps.push([addRow(history, fieldsOf(fields)), step]);
      if (steps.length > SIM_HISTORY_ROWS_MAX) steps.shift();
      history.rows.splice(0, history.rows.length - steps.length);
    },
    reboot(how) {
      bootMs = clock.monoMs();
      downUntilMs = bootMs + SIM_REBOOT_MS;
      for (const t of tables.values()) forgetCounters(t);
      dropVolatile(tables);
      due.clear();
      due.later(SIM_REBOOT_MS, () => {
        for (const told of starts) told();
      });
      steps.length = 0;
      for (const hook of hooks) hook();
      if (how === "reboot") world.note("system,info", "router rebooted");
      else world.note("system,error,critical", "router was rebooted without proper shutdown");
    },
    get downUntilMs() {
      return downUntilMs;
    },
    onReboot: (again) => void hooks.push(again),
    onStarted: (told) => void starts.push(told),
    onChange: (told) => void changes.push(told),
    changed(menu) {
      for (const told of changes) told(menu);
    },
    due,
  };
  return world;
}

// Menus that live in memory only.
const VOLATILE = [
  "/log",
  "/user/active",
  "/ip/firewall/connection",
  "/ip/dns/cache",
  "/system/script/job",
  "/system/history",
];

/** True for menus that a restart empties. */
export const isVolatile = (menu: string): boolean => VOLATILE.includes(menu);

function dropVolatile(tables: ReadonlyMap<string, Table>): void {
  for (const menu of VOLATILE) tables.get(menu)?.rows.splice(0);
  const lists = tables.get("/ip/firewall/address-list");
  if (lists !== undefined) {
    const kept = lists.rows.filter((r) => !isTrue(r.fields, "dynamic"));
    lists.rows.splice(0, lists.rows.length, ...kept);
  }
}

function forgetCounters(table: Table): void {
  for (const row of table.rows) {
    for (const mark of ["~born", "~lost", "~zero", "~pausedAt"]) row.fields.delete(mark);
    if (isTrue(row.fields, "disabled")) row.fields.set("~pausedAt", "0");
  }
}

/** Seconds for which a row has been counting: not while it was disabled, not before it was made. */
export function countingS(world: World, row: Row): number {
  const mark = (name: string): number => Number(row.fields.get(name) ?? "0");
  const until = row.fields.has("~pausedAt") ? mark("~pausedAt") : world.upS();
  return Math.max(0, until - mark("~born") - mark("~lost"));
}

/** Stops or restarts a row's counters when its `disabled` changed. */
export function countWhileEnabled(world: World, row: Row): void {
  const off = isTrue(row.fields, "disabled");
  const paused = row.fields.get("~pausedAt");
  if (off && paused === undefined) row.fields.set("~pausedAt", String(world.upS()));
  if (!off && paused !== undefined) {
    const lost = Number(row.fields.get("~lost") ?? "0") + world.upS() - Number(paused);
    row.fields.set("~lost", String(lost));
    row.fields.delete("~pausedAt");
  }
}

/** A RouterOS duration of whole seconds. */
export function seconds(s: number): string {
  return rosDuration(Math.max(0, Math.floor(s)) * 1000);
}
