// One request of a user at a time (RouterOS manual: REST API). A request that its client
// gave up on keeps its place until it ends; one that reaches 60 seconds is cut off, and
// all that waited behind it end with it: "Session closed".

import { isFault, type Outcome, type Wait } from "../../base/fault.ts";
import { SIM_REQUEST_MS, SIM_WAITING_MAX } from "../../base/limits-sim.ts";
import { orStop, type Scope } from "../../base/scope.ts";
import type { Clock } from "../../port/clock.ts";
import type { Pending, Runs } from "./common.ts";
import { refuse } from "./errors.ts";

interface Lane {
  waiting: number;
  tail: Promise<void>;
  /** The running request holds the lane until then, whoever still waits for it. */
  freeAtMs: number;
  /** Or as long as this is under way, and not longer than until then. */
  pending: Pending | null;
  /** When a request was cut off: those that came before then end as well. */
  cutAtMs: number;
}

/** An answer, how long it takes, and the script that makes it. */
interface Served {
  tookMs: number;
  runs?: Runs;
}

export interface Turns {
  /** Runs `job` when it is this user's turn; its answer comes after the time it says it took. */
  run<T extends Served>(s: Scope, user: string, job: () => Outcome<T>): Wait<T>;
}

const closed = () => refuse(400, "Session closed");

/** Turns for all users of one router. */
export function makeTurns(clock: Clock): Turns {
  const lanes = new Map<string, Lane>();

  const laneOf = (user: string): Lane => {
    const known = lanes.get(user);
    if (known !== undefined) return known;
    const made: Lane = { waiting: 0, tail: Promise.resolve(), freeAtMs: -Infinity, pending: null, cutAtMs: -Infinity };
    lanes.set(user, made);
    return made;
  };

  /** How long the lane stays taken. */
  function heldMs(lane: Lane): number {
    const left = lane.freeAtMs - clock.monoMs();
    const until = lane.pending === null ? left : lane.pending.leftMs();
    // What waits for nothing goes on at once, in a turn of its own.
    return until === null ? 0 : Math.min(left, Math.max(until, 1));
  }

  async function waitFree(s: Scope, lane: Lane): Wait<void> {
    for (let ms = heldMs(lane); ms > 0; ms = heldMs(lane)) {
      const slept = await clock.sleep(s, ms);
      if (isFault(slept)) return slept;
    }
    if (lane.pending !== null && lane.pending.leftMs() !== null) {
      lane.pending.stop();
      lane.cutAtMs = lane.freeAtMs;
    }
    lane.pending = null;
  }

  /** Waits for a script: to its end, or until it is cut off. */
  async function follow<T extends Served>(s: Scope, lane: Lane, made: T, pending: Pending): Wait<T> {
    lane.pending = pending;
    lane.freeAtMs = clock.monoMs() + SIM_REQUEST_MS;
    const waited = await waitFree(s, lane);
    if (isFault(waited)) return waited;
    if (lane.cutAtMs === lane.freeAtMs) return closed();
    lane.freeAtMs = -Infinity;
    const value = pending.answer();
    return isFault(value) ? value : { ...made, value };
  }

  async function serve<T extends Served>(s: Scope, lane: Lane, arrivedMs: number, job: () => Outcome<T>): Wait<T> {
    const free = await waitFree(s, lane);
    if (isFault(free)) return free;
    const startMs = clock.monoMs();
    if (arrivedMs < lane.cutAtMs) return closed();
    const made = job();
    if (isFault(made)) return made;
    if (made.runs !== undefined) return follow(s, lane, made, made.runs.start());
    return made.tookMs <= 0 ? made : await last(s, lane, startMs, made);
  }

  /** Takes the time that the command needs. */
  async function last<T extends Served>(s: Scope, lane: Lane, startMs: number, made: T): Wait<T> {
    const cut = made.tookMs > SIM_REQUEST_MS;
    lane.freeAtMs = startMs + Math.min(made.tookMs, SIM_REQUEST_MS);
    if (cut) lane.cutAtMs = lane.freeAtMs;
    const slept = await clock.sleep(s, lane.freeAtMs - startMs);
    if (isFault(slept)) return slept;
    return cut ? closed() : made;
  }

  async function queued<T extends Served>(s: Scope, lane: Lane, job: () => Outcome<T>): Wait<T> {
    const arrivedMs = clock.monoMs();
    const ahead = lane.tail;
    let leave: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // Those behind wait for the ones ahead even when this request gives up early.
    lane.tail = ahead.then(() => mine);
    try {
      const turn = await orStop(s, ahead);
      return isFault(turn) ? turn : await serve(s, lane, arrivedMs, job);
    } finally {
      leave();
    }
  }

  return {
    async run(s, user, job) {
      const lane = laneOf(user);
      if (lane.waiting >= SIM_WAITING_MAX) return refuse(503);
      lane.waiting += 1;
      const made = await queued(s, lane, job);
      lane.waiting -= 1;
      return made;
    },
  };
}
