// Messages that wait for a model: kept in order, told about once, taken up again when one may
// be asked. Bounded in number and time; whatever cannot be kept is answered with the failure.

import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { KEPT_LOOK_MS_MAX, KEPT_LOOK_MS_MIN, KEPT_MESSAGES_MAX, KEPT_MS } from "../base/limits-models.ts";
import { launch, type Scope } from "../base/scope.ts";
import { count } from "../base/text.ts";
import { composeReply } from "./answer.ts";
import type { CoreDeps } from "./deps.ts";
import { LINK_WAIT } from "./failover-route.ts";
import type { Job } from "./job.ts";
import type { Outbox } from "./outbox.ts";
import { outKey } from "./rows.ts";
import { spawn } from "./slots.ts";
import type { TurnResult } from "./turn-types.ts";

export interface Waiting {
  /** False: it cannot be kept, and is answered now. */
  keep(life: Scope, job: Job, result: TurnResult): boolean;
  /** An earlier message of this conversation waits: `job` may not overtake it. */
  isBehind(job: Job): boolean;
  /** It is answered. */
  done(job: Job): void;
  /** How many are kept. */
  count(): number;
  /** The person does not want an answer any more. */
  drop(lane: string): readonly Job[];
}

interface Rooms {
  outbox: Outbox;
  /** Into its lane once more; null, or why not. */
  enter(life: Scope, job: Job): Fault | null;
}

/** For people. */
export function sayWaiting(n: number): string {
  return `${count(n, "message")} kept until a model answers.`;
}

/** The waiting room of one pipeline. */
export function makeWaiting(deps: CoreDeps, rooms: Rooms): Waiting {
  /** Job → since when (monotonic). In the order of their coming. */
  const kept = new Map<Job, number>();
  /** Taken up: in its lane, or being worked on. */
  const out = new Set<Job>();
  /** Those that wait for a better way, not for a model: others may overtake them. */
  const patient = new Set<Job>();
  let isLooking = false;
  let wake: (why: Fault) => void = () => undefined;

  const tell = (life: Scope, job: Job, result: TurnResult): void => {
    const { pieces } = composeReply(deps, job.m, result);
    // Another row than the answer's: nothing waits for this one.
    const notices = pieces.map((p, i) => ({ ...p, key: outKey(`${job.key}~kept`, i) }));
    rooms.outbox.add(life, notices, 0, () => undefined);
  };

  const release = (life: Scope): void => {
    for (const job of kept.keys()) {
      if (out.has(job)) continue;
      out.add(job);
      if (rooms.enter(life, job) !== null) out.delete(job);
    }
  };

  /** Until nothing waits, in pauses that grow. */
  const look = async (s: Scope, life: Scope): Wait<void> => {
    for (let pauseMs = KEPT_LOOK_MS_MIN; kept.size > 0; pauseMs = Math.min(pauseMs * 2, KEPT_LOOK_MS_MAX)) {
      const ms = pauseMs;
      const pause = launch(s, Infinity, (ps) => deps.clock.sleep(ps, ms));
      wake = (why) => pause.stop(why);
      const slept = await pause.done;
      if (s.stopped !== null) return s.stopped;
      if (isFault(slept)) pauseMs = KEPT_LOOK_MS_MIN;
      // Rests are for those who may go elsewhere: these cannot.
      deps.model?.lookAgain();
      release(life);
    }
    isLooking = false;
  };

  return {
    keep(life, job, result) {
      const sinceMs = kept.get(job);
      out.delete(job);
      const nowMs = deps.clock.monoMs();
      if (result.fault?.code === LINK_WAIT) patient.add(job);
      else patient.delete(job);
      if (sinceMs !== undefined && nowMs - sinceMs < KEPT_MS) return true;
      if (sinceMs !== undefined || kept.size >= KEPT_MESSAGES_MAX) return false;
      kept.set(job, nowMs);
      spawn(deps.log, life, "waiting", () => job.note(life, "waiting"));
      // On a disk the message is safe; else its channel keeps it for us.
      if (deps.store.keeps === "disk") job.settled.resolve();
      if (!job.waited) tell(life, job, result);
      job.waited = true;
      if (!isLooking) {
        isLooking = true;
        spawn(deps.log, life, "waiting", (s) => look(s, life));
      }
      return true;
    },
    isBehind(job) {
      for (const other of kept.keys()) {
        if (other === job) return false;
        if (other.lane !== job.lane || patient.has(other)) continue;
        // Only what is new: those that wait together would wake each other for ever.
        if (!kept.has(job)) wake(fault("stopped", "Somebody asks."));
        return true;
      }
      return false;
    },
    done(job) {
      kept.delete(job);
      out.delete(job);
      patient.delete(job);
    },
    count: () => kept.size,
    drop(lane) {
      const gone = [...kept.keys()].filter((job) => job.lane === lane && !out.has(job));
      for (const job of gone) {
        kept.delete(job);
        patient.delete(job);
      }
      return gone;
    },
  };
}
