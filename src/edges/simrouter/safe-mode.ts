// Safe mode: what anybody changes while it is held is taken back when the session that
// holds it ends without releasing it. Over REST that session is the user's login, which
// ends after ten minutes of silence. Facts: MikroTik manual, Configuration Management;
// commands from 7.18 on.

import { isFault, type Outcome } from "../../base/fault.ts";
import { SIM_HISTORY_ROWS_MAX, SIM_SESSION_MS } from "../../base/limits-sim.ts";
import type { Done } from "./common.ts";
import { refuse } from "./errors.ts";
import type { Step } from "./history.ts";
import type { Row } from "./rows.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

interface Held {
  readonly user: string;
  readonly login: Row | undefined;
  /** The last action before. */
  readonly after: Row | undefined;
}

const HELD = new WeakMap<World, Held>();
const DONE: Done = { value: [], tookMs: 0 };
const LOOK_MS = 1_000;

/** What was done since; null: so much that safe mode was left. */
function since(world: World, held: Held): Step[] | null {
  const at = held.after === undefined ? 0 : world.steps.findIndex(([row]) => row === held.after) + 1;
  if (world.steps.length - at >= SIM_HISTORY_ROWS_MAX || (held.after !== undefined && at === 0)) return null;
  return world.steps.slice(at).map(([, step]) => step);
}

function unroll(world: World, held: Held, why: string): void {
  HELD.delete(world);
  const steps = since(world, held);
  if (steps === null) return;
  for (const step of steps.reverse()) step.undo();
  world.note("system,info", `safe mode unrolled: ${why}`);
}

/** Looks whether the holder is still logged in. */
function watch(world: World, held: Held): void {
  world.due.later(LOOK_MS, () => {
    if (HELD.get(world) !== held) return;
    const { login } = held;
    const lastMs = Number(login?.fields.get("~lastMs") ?? "0");
    const isIn = login !== undefined && world.rows("/user/active").includes(login);
    if (isIn && world.clock.monoMs() - lastMs <= SIM_SESSION_MS) watch(world, held);
    else unroll(world, held, "session ended");
  });
}

function take(world: World, actor: Actor): Outcome<Done> {
  const other = HELD.get(world);
  if (other !== undefined) return refuse(400, `failure: safe mode is held by ${other.user}`);
  const login = world.rows("/user/active").find((r) => r.fields.get("name") === actor.user);
  const held: Held = { user: actor.user, login, after: world.steps.at(-1)?.[0] };
  HELD.set(world, held);
  world.note("system,info", `safe mode taken by ${actor.user}`);
  watch(world, held);
  return DONE;
}

function end(world: World, actor: Actor, isKept: boolean): Outcome<Done> {
  const held = HELD.get(world);
  if (held === undefined || held.user !== actor.user) return refuse(400, "failure: safe mode is not held");
  if (!isKept) unroll(world, held, `by ${actor.user}`);
  HELD.delete(world);
  if (isKept) world.note("system,info", `safe mode released by ${actor.user}`);
  return DONE;
}

/** take, release, unroll, toggle, get. A restart ends it and keeps what was changed. */
export function safeMode(world: World, actor: Actor, command: string): Outcome<Done> {
  const held = HELD.get(world);
  // The history is gone after a restart, and with it what could be unrolled.
  if (held !== undefined && since(world, held) === null) HELD.delete(world);
  switch (command) {
    case "take":
      return take(world, actor);
    case "release":
      return end(world, actor, true);
    case "unroll":
      return end(world, actor, false);
    case "toggle": {
      const ended = end(world, actor, true);
      return isFault(ended) ? take(world, actor) : ended;
    }
    default:
      return { value: { ret: HELD.has(world) ? "true" : "false" }, tookMs: 0 };
  }
}
