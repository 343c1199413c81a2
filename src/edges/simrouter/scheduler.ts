// The scheduler at work: entries run when they are due, in the router's own time, with
// the policies they were given, and again after a restart.
// Facts: MikroTik manual, Scheduler.

import { allows } from "./device-mode.ts";
import { startJob } from "./jobs.ts";
import { policiesOf } from "./logins.ts";
import { isTrue, type Row } from "./rows.ts";
import { nextRun } from "./schedule-times.ts";
import { perform } from "./tools.ts";
import type { Actor } from "./verbs.ts";
import { stampOf, type World } from "./world.ts";

const MENU = "/system/scheduler";
const STARTUP_MS = 3_000;

/** Who an entry runs as: its owner, with the policies that both have. Null: nobody is left. */
function runner(world: World, row: Row): Actor | null {
  const user = row.fields.get("owner") ?? "";
  const owner = world.rows("/user").find((u) => u.fields.get("name") === user);
  if (owner === undefined) return null;
  const has = policiesOf(world, owner);
  const given = new Set((row.fields.get("policy") ?? "").split(","));
  return { user, peer: "", can: (policy) => has.has(policy) && given.has(policy) };
}

function fire(world: World, row: Row): void {
  const { fields } = row;
  const name = fields.get("name") ?? "";
  fields.set("run-count", String(1 + Number(fields.get("run-count") ?? "0")));
  const actor = runner(world, row);
  if (actor === null) {
    world.note("script,error", `executing script ${name} failed: its owner does not exist`);
    return;
  }
  const event = fields.get("on-event") ?? "";
  const script = world.rows("/system/script").find((r) => r.fields.get("name") === event);
  startJob(world, { source: script?.fields.get("source") ?? event, actor, script: name, perform });
}

/** Makes the entries run. */
export function runScheduler(world: World): void {
  const planned = new Map<Row, () => void>();
  const isOn = (row: Row): boolean => !isTrue(row.fields, "disabled") && allows(world, "scheduler");

  const plan = (row: Row): void => {
    const atMs = isOn(row) ? nextRun(world, row.fields) : null;
    if (atMs === null) {
      row.fields.delete("next-run");
      return;
    }
    row.fields.set("next-run", stampOf(atMs));
    const go = (): void => {
      planned.delete(row);
      fire(world, row);
      // It may have taken itself away.
      if (world.table(MENU).rows.includes(row)) plan(row);
    };
    planned.set(row, world.due.later(atMs - world.clock.wallMs(), go));
  };
  const planAll = (): void => {
    for (const forget of planned.values()) forget();
    planned.clear();
    for (const row of world.table(MENU).rows) plan(row);
  };

  world.onChange((menu) => {
    if (menu === MENU) planAll();
  });
  world.onReboot(() => planned.clear());
  world.onStarted(() => {
    planAll();
    for (const row of world.table(MENU).rows.filter((r) => r.fields.get("start-time") === "startup")) {
      world.due.later(STARTUP_MS, () => {
        if (world.table(MENU).rows.includes(row) && isOn(row)) fire(world, row);
      });
    }
  });
}
