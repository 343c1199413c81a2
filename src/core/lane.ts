// One conversation in order, many at once, fair and bounded. A turn has a scope of
// TURN_CAP_MS; /stop ends it; a bug in it is caught here and the lane goes on.

import { type Fault, fault, isFault, sayFault, type Wait } from "../base/fault.ts";
import { LANE_WAITING_MAX, LANES_MAX, TELEGRAM_TYPING_MS, TURN_CAP_MS } from "../base/limits.ts";
import { type Queue, queue } from "../base/queue.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import type { CoreDeps } from "./deps.ts";
import type { Job } from "./job.ts";
import { caught, deferred, makeSlots, spawn } from "./slots.ts";
import type { TurnResult } from "./turn-types.ts";

interface Lane {
  readonly waiting: Queue<Job>;
  running: { job: Job; stop(why: Fault): void } | null;
}

/** What a /stop found: nothing, a turn that ends now, or a change that cannot be cut. */
export type Stopped = "idle" | "stopped" | "applying";

export interface Lanes {
  /** Null, or why the message cannot wait here. */
  push(life: Scope, job: Job): Fault | null;
  stop(lane: string): Stopped;
  waiting(lane: string): number;
  /** No new turns from now on. */
  close(): void;
  /** Ends all running turns. */
  stopAll(why: Fault): void;
  /** Resolves when no turn runs. */
  idle(): Promise<void>;
  readonly size: number;
}

export interface LaneRooms {
  /** The turn itself. */
  turn(s: Scope, job: Job): Promise<TurnResult>;
  /** Records and hands over the answer; never throws. */
  answer(life: Scope, job: Job, result: TurnResult): Promise<void>;
}

/** Why a person's /stop ends a turn. */
const BY_PERSON = "by_person";
/** Why a shutdown ends a turn. */
export const BY_SHUTDOWN = "shutdown";

/** What the person reads when a turn was ended early. */
export function sayStopped(why: Fault): string {
  if (why.code === BY_PERSON) return "Stopped.";
  if (why.code === BY_SHUTDOWN) {
    return "MikroClaw is shutting down and had to stop working on this. Please send it again in a minute.";
  }
  if (why.fault === "timeout") {
    return `This took longer than ${TURN_CAP_MS / 1000} s and was stopped. Ask for less at once, or look at /status.`;
  }
  return sayFault(why);
}

// The indicator is a courtesy: whatever goes wrong with it is not the turn's matter.
async function type(s: Scope, deps: CoreDeps, job: Job): Wait<void> {
  const channel = deps.channels.get(job.m.channel);
  if (channel?.typing === undefined) return;
  const { typing } = channel;
  while (s.stopped === null) {
    const shown = await caught(orStop(s, typing(s, job.m.chat)));
    if ("bug" in shown) {
      deps.log.event("error", "typing.bug", { channel: channel.id, what: shown.bug });
      return;
    }
    const slept = await deps.clock.sleep(s, TELEGRAM_TYPING_MS);
    if (isFault(slept)) return;
  }
}

/** The lanes of one pipeline. */
export function makeLanes(deps: CoreDeps, rooms: LaneRooms): Lanes {
  const lanes = new Map<string, Lane>();
  const slots = makeSlots(Math.max(1, deps.lanesRunning));
  let running = 0;
  let closed = false;
  let idlers: Array<() => void> = [];

  const runTurn = async (life: Scope, lane: Lane, job: Job): Promise<TurnResult> => {
    const turn = launch<TurnResult>(life, TURN_CAP_MS, async (s) => {
      const noted = await job.note(life, "running");
      // That it runs need not be kept for it to run; the answer's own put is another matter.
      if (isFault(noted) && life.stopped !== null) return noted;
      if (!job.local) launch(s, TURN_CAP_MS, (ts) => type(ts, deps, job));
      return rooms.turn(s, job);
    });
    lane.running = { job, stop: (why) => turn.stop(why) };
    const ran = await caught(turn.done);
    lane.running = null;
    if ("bug" in ran) {
      deps.log.event("error", "lane.bug", { key: job.key, what: ran.bug });
      const bug = fault("failed", "There was an internal error; it is reported in the log.", { code: "internal" });
      return { text: `${bug.what} Nothing else is affected; you can go on.`, fault: bug };
    }
    const { value } = ran;
    return isFault(value) ? { text: sayStopped(value), fault: value } : value;
  };

  const runJob = async (life: Scope, lane: Lane, job: Job): Promise<void> => {
    running += 1;
    const result = await runTurn(life, lane, job);
    const answered = await caught(rooms.answer(life, job, result));
    if ("bug" in answered) {
      deps.log.event("error", "answer.bug", { key: job.key, what: answered.bug });
      job.said.resolve(
        fault("failed", "There was an internal error; it is reported in the log.", { code: "internal" }),
      );
    }
    running -= 1;
    if (running > 0) return;
    for (const tell of idlers) tell();
    idlers = [];
  };

  // First asked, first served: a lane that has had its turn asks again behind the others.
  const work = async (s: Scope, life: Scope, key: string, lane: Lane): Wait<void> => {
    while (!closed && lane.waiting.size > 0) {
      const slot = await slots.take(s);
      if (isFault(slot)) return slot;
      const job = closed ? undefined : lane.waiting.shift();
      if (job !== undefined) await runJob(life, lane, job);
      slots.give();
    }
    if (!closed) lanes.delete(key);
  };

  const full = (what: string): Fault =>
    fault("limit", what, { next: "Wait for the answers, or send /stop.", retryAfterMs: 10_000, code: "busy_lane" });

  return {
    push(life, job) {
      const found = lanes.get(job.lane);
      if (found !== undefined) {
        if (found.waiting.push(job)) return null;
        return full(`${LANE_WAITING_MAX} messages are already waiting here; this one was not worked on.`);
      }
      if (lanes.size >= LANES_MAX) return full("Too many conversations are waiting; this message was not worked on.");
      const lane: Lane = { waiting: queue(LANE_WAITING_MAX), running: null };
      lane.waiting.push(job);
      lanes.set(job.lane, lane);
      spawn(deps.log, life, "lane", (s) => work(s, life, job.lane, lane));
      return null;
    },
    stop(key) {
      const now = lanes.get(key)?.running;
      if (now === null || now === undefined) return "idle";
      if (now.job.applying) return "applying";
      now.stop(fault("stopped", "The turn was stopped by the person.", { code: BY_PERSON }));
      return "stopped";
    },
    waiting: (key) => lanes.get(key)?.waiting.size ?? 0,
    close() {
      closed = true;
    },
    stopAll(why) {
      for (const lane of lanes.values()) lane.running?.stop(why);
    },
    idle() {
      if (running === 0) return Promise.resolve();
      const wait = deferred<void>();
      idlers.push(() => wait.resolve());
      return wait.promise;
    },
    get size() {
      return lanes.size;
    },
  };
}
