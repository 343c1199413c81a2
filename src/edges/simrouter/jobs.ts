// Scripts that run: from /execute, /system/script/run and the scheduler. Each shows in
// /system/script/job while it does; taking its row away stops it, a restart loses it.
// Facts: MikroTik manual, Scripting (jobs); REST API (execute).

import { isFault, type Outcome } from "../../base/fault.ts";
import type { Pending, Runs } from "./common.ts";
import { addRow, dropRow, fieldsOf } from "./rows.ts";
import type { Value } from "./script/code.ts";
import { readScript } from "./script/read.ts";
import { body } from "./script/run.ts";
import type { Flow, Perform, Run } from "./script/run-types.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

const JOB = "/system/script/job";

/** A script and who runs it. */
export interface Order {
  readonly source: string;
  readonly actor: Actor;
  /** The name of the script or entry; undefined: a command. */
  readonly script?: string;
  readonly perform: Perform;
}

export interface Job extends Pending {
  readonly id: string;
  /** What it printed. */
  text(): string;
}

const GLOBALS = new WeakMap<World, Map<string, Map<string, Value>>>();

/** The globals of a user; a restart forgets them. */
function globalsOf(world: World, user: string): Map<string, Value> {
  let all = GLOBALS.get(world);
  if (all === undefined) {
    const made = new Map<string, Map<string, Value>>();
    all = made;
    GLOBALS.set(world, made);
    world.onReboot(() => made.clear());
  }
  const known = all.get(user) ?? new Map<string, Value>();
  all.set(user, known);
  return known;
}

/** The script as a flow; what it prints goes to `say`. */
function* flow(world: World, order: Order, say: (line: string) => void): Flow<Value> {
  const block = readScript(world.tree, order.source);
  if (isFault(block)) return block;
  const { actor, perform } = order;
  const run: Run = { world, actor, perform, globals: globalsOf(world, actor.user), say, steps: 0, body };
  const ended = yield* body(run, block, { vars: new Map(), above: null, row: null });
  return isFault(ended) ? ended : ended.value;
}

function report(world: World, order: Order, what: string): void {
  const name = order.script === undefined ? "executing script" : `executing script ${order.script}`;
  world.note("script,error", `${name} from ${order.actor.user} failed: ${what}`);
}

/** Starts a script: it runs at once up to its first wait. */
export function startJob(world: World, order: Order): Job {
  const table = world.table(JOB);
  const named = order.script === undefined ? {} : { script: order.script };
  const row = addRow(table, fieldsOf({ ...named, type: "command", started: world.stamp(), owner: order.actor.user }));
  const lines: string[] = [];
  const steps = flow(world, order, (line) => void lines.push(line));
  let made: Outcome<Value> | null = null;
  let wakeMs = 0;
  let forget = (): void => undefined;

  const finish = (outcome: Outcome<Value>): void => {
    made = outcome;
    dropRow(table, row.id);
    if (isFault(outcome)) report(world, order, outcome.what);
  };
  const go = (): void => {
    // Its row was taken away.
    if (!table.rows.includes(row)) return;
    const step = steps.next();
    if (step.done === true) return finish(step.value);
    wakeMs = world.clock.monoMs() + step.value;
    forget = world.due.later(step.value, go);
  };
  go();
  return {
    id: row.id,
    text: () => lines.join("\n"),
    leftMs() {
      world.due.advance();
      return made !== null || !table.rows.includes(row) ? null : Math.max(0, wakeMs - world.clock.monoMs());
    },
    answer: () => (isFault(made) ? made : []),
    stop() {
      forget();
      dropRow(table, row.id);
    },
  };
}

/** A script that somebody waits for; `answer` makes the reply of the finished job. */
export function runsOf(world: World, order: Order, answer: (job: Job) => Outcome<unknown>): Runs {
  return {
    inside: () => flow(world, order, () => undefined),
    start() {
      const job = startJob(world, order);
      return { ...job, answer: () => answer(job) };
    },
  };
}
