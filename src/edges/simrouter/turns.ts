// One request of a user at a time (RouterOS manual: REST API). A request that its client
// gave up on keeps its place until it ends; one that reaches 60 seconds is cut off, and
// all that waited behind it end with it: "Session closed".

import { isFault, type Outcome, type Wait } from "../../base/fault.ts";
import { SIM_REQUEST_MS, SIM_WAITING_MAX } from "../../base/limits.ts";
import { orStop, type Scope } from "../../base/scope.ts";
import type { Clock } from "../../port/clock.ts";
import { refuse } from "./errors.ts";

interface Lane {
  waiting: number;
  tail: Promise<void>;
  /** The running request holds the lane until then, whoever still waits for it. */
  freeAtMs: number;
  /** When a request was cut off: those that came before then end as well. */
  cutAtMs: number;
}

export interface Turns {
  /** Runs `job` when it is this user's turn; its answer comes after the time it says it took. */
  run<T extends { tookMs: number }>(s: Scope, user: string, job: () => Outcome<T>): Wait<T>;
}

const closed = () => refuse(400, "Session closed");

/** Turns for all users of one router. */
export function makeTurns(clock: Clock): Turns {
  const lanes = new Map<string, Lane>();

  const laneOf = (user: string): Lane => {
    const known = lanes.get(user);
    if (known !== undefined) return known;
    const made: Lane = { waiting: 0, tail: Promise.resolve(), freeAtMs: -Infinity, cutAtMs: -Infinity };
    lanes.set(user, made);
    return made;
  };

  async function waitFree(s: Scope, lane: Lane): Wait<void> {
    while (clock.monoMs() < lane.freeAtMs) {
      const slept = await clock.sleep(s, lane.freeAtMs - clock.monoMs());
      if (isFault(slept)) return slept;
    }
  }

  async function serve<T extends { tookMs: number }>(
    s: Scope,
    lane: Lane,
    arrivedMs: number,
    job: () => Outcome<T>,
  ): Wait<T> {
    const free = await waitFree(s, lane);
    if (isFault(free)) return free;
    const startMs = clock.monoMs();
    if (arrivedMs < lane.cutAtMs) return closed();
    const made = job();
    if (isFault(made) || made.tookMs <= 0) return made;
    const cut = made.tookMs > SIM_REQUEST_MS;
    lane.freeAtMs = startMs + Math.min(made.tookMs, SIM_REQUEST_MS);
    if (cut) lane.cutAtMs = lane.freeAtMs;
    const slept = await clock.sleep(s, lane.freeAtMs - startMs);
    if (isFault(slept)) return slept;
    return cut ? closed() : made;
  }

  async function queued<T extends { tookMs: number }>(s: Scope, lane: Lane, job: () => Outcome<T>): Wait<T> {
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
