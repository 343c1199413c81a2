// Receive: a message is acknowledged only once it is recorded, and a known one is never
// run twice. Known are those under way (`pending`) and those whose row is in the store.

import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { STORE_ROWS_MAX } from "../base/limits.ts";
import { orStop, type Scope } from "../base/scope.ts";
import type { Progress } from "../port/agent.ts";
import type { Inbound } from "../port/channel.ts";
import { FINAL_STATES } from "../port/store.ts";
import type { CoreDeps } from "./deps.ts";
import { bounded, isWellFormed } from "./door.ts";
import { type Job, makeJob } from "./job.ts";
import { inKey } from "./rows.ts";

export interface Receive {
  /** A job that is recorded; `fresh` when it still has to go through the door. */
  take(s: Scope, life: Scope, m: Inbound, more: Taking): Wait<{ job: Job; fresh: boolean }>;
  /** Left over by an earlier process. */
  resume(m: Inbound, dueMs: number): Job;
  /** The job is over: its row says so from now on. `kept` false: only this process knows. */
  forget(job: Job, kept: boolean): void;
  pending(): readonly Job[];
}

export interface Taking {
  local: boolean;
  progress?: (p: Progress) => void;
}

/** The receiving room of one pipeline. */
export function makeReceive(deps: CoreDeps): Receive {
  const pending = new Map<string, Job>();
  /** Answered, but the store refused to keep that. */
  const unkept = new Set<string>();
  let lastDueMs = 0;

  const job = (m: Inbound, more: Taking): Job => {
    // The wall clock may be set back; the order of messages must not follow it.
    lastDueMs = Math.max(lastDueMs, deps.clock.wallMs());
    const made = makeJob(deps, m, { local: more.local, progress: more.progress, dueMs: lastDueMs });
    pending.set(made.key, made);
    return made;
  };

  const over = (made: Job): { job: Job; fresh: boolean } => {
    pending.delete(made.key);
    const what = "This message was answered already.";
    made.said.resolve(fault("conflict", what, { next: "Send it with a new id.", code: "duplicate" }));
    made.settled.resolve();
    made.recorded.resolve(undefined);
    return { job: made, fresh: false };
  };

  const failed = (made: Job, why: Fault): Fault => {
    pending.delete(made.key);
    made.recorded.resolve(why);
    return why;
  };

  /** Recorded before it is acknowledged. */
  const record = async (life: Scope, made: Job): Wait<{ job: Job; fresh: boolean }> => {
    if (unkept.has(made.key)) return over(made);
    const row = await deps.store.get(life, "in", made.key);
    if (isFault(row)) return failed(made, row);
    if (row !== null && FINAL_STATES.has(row.state)) return over(made);
    const put = await made.note(life, "new");
    if (isFault(put)) return failed(made, put);
    made.recorded.resolve(undefined);
    return { job: made, fresh: true };
  };

  return {
    async take(s, life, raw, more) {
      if (!isWellFormed(raw)) {
        deps.log.event("warn", "receive.malformed", { channel: String(raw.channel).slice(0, 64) });
        return fault("input", "This message is malformed: a field is missing, empty or too long.", {
          code: "malformed",
        });
      }
      const m = bounded(raw);
      const key = inKey(m);
      const known = pending.get(key);
      if (known !== undefined) {
        const kept = await orStop(s, known.recorded.promise);
        return isFault(kept) ? kept : { job: known, fresh: false };
      }
      return record(life, job(m, more));
    },
    resume(m, dueMs) {
      const made = makeJob(deps, m, { local: false, progress: undefined, dueMs });
      lastDueMs = Math.max(lastDueMs, dueMs);
      pending.set(made.key, made);
      made.recorded.resolve(undefined);
      return made;
    },
    forget(made, kept) {
      if (!kept) {
        unkept.add(made.key);
        const oldest = unkept.values().next();
        if (unkept.size > STORE_ROWS_MAX && oldest.done !== true) unkept.delete(oldest.value);
      }
      pending.delete(made.key);
    },
    pending: () => [...pending.values()],
  };
}
