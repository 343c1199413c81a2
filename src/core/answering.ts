// The end of a turn: answer, reply pieces, plans and their rows in one put, then handed
// to the outbox or to the waiter of Agent.say. A plan whose row was not kept is not offered.

import { type Fault, fault, isFault, sayFault, type Wait } from "../base/fault.ts";
import { RECORD_TRIES_MAX, RETRY_FIRST_MS } from "../base/limits.ts";
import { powerOfTwo } from "../base/power.ts";
import type { Scope } from "../base/scope.ts";
import type { Inbound } from "../port/channel.ts";
import type { Row } from "../port/store.ts";
import { composeReply, type Reply } from "./answer.ts";
import { byWhom } from "./audit.ts";
import type { CoreDeps } from "./deps.ts";
import type { Job } from "./job.ts";
import type { Outbox } from "./outbox.ts";
import type { Draft, Plans } from "./plans.ts";
import type { Receive } from "./receive.ts";
import { outRow } from "./rows.ts";
import type { TurnResult } from "./turn-types.ts";

export interface Answering {
  /** Records and hands over an answer; never throws. */
  answer(life: Scope, job: Job, result: TurnResult, state: "answered" | "refused"): Promise<void>;
  /** Ends a message without a reply. */
  drop(life: Scope, job: Job, state: "dropped" | "refused", why: Fault): Promise<void>;
}

interface Rooms {
  plans: Plans;
  outbox: Outbox;
  receive: Receive;
}

const UNKEPT_PLAN = "(The plan of this answer could not be recorded, so it is not offered. Ask again in a minute.)";

function withoutPlans({ drafts: _, ...rest }: TurnResult, why: string): TurnResult {
  return { ...rest, text: `${rest.text}\n${UNKEPT_PLAN} ${why}`.trim() };
}

/** Plans are in the audit log before anybody can decide on them. */
async function notePlans(s: Scope, deps: CoreDeps, who: Inbound, shown: readonly Draft[]): Wait<void> {
  for (const { id, plan } of deps.once === true ? [] : shown) {
    const { hash, risk, command, diff } = plan;
    const noted = await deps.audit.add(s, "planned", { ...byWhom(who), plan: id, planHash: hash, risk, command, diff });
    if (isFault(noted)) return noted;
  }
  return undefined;
}

/** The last hand of every message. */
export function makeAnswering(deps: CoreDeps, rooms: Rooms): Answering {
  /** One put, tried again while the store says no; the turn itself is never repeated for it. */
  const record = async (life: Scope, job: Job, state: "answered" | "refused", rows: readonly Row[]): Wait<void> => {
    let put = await job.note(life, state, rows);
    for (let tries = 1; isFault(put) && tries < RECORD_TRIES_MAX; tries += 1) {
      const slept = await deps.clock.sleep(life, RETRY_FIRST_MS * powerOfTwo(tries));
      if (isFault(slept)) return slept;
      put = await job.note(life, state, rows);
    }
    return put;
  };

  const handOver = (life: Scope, job: Job, reply: Reply, kept: boolean, refused: boolean): void => {
    const over = (): void => {
      rooms.receive.forget(job, kept);
      job.settled.resolve(refused ? "refused" : undefined);
    };
    if (job.local) {
      over();
      return;
    }
    rooms.outbox.add(life, reply.pieces, 0, over);
  };

  return {
    async answer(life, job, result, state) {
      const now = deps.clock.wallMs();
      let reply = composeReply(deps, job.m, result);
      const noted = await notePlans(life, deps, job.m, reply.shown);
      if (isFault(noted)) reply = composeReply(deps, job.m, withoutPlans(result, sayFault(noted)));
      const opening = rooms.plans.open(job.m, reply.shown);
      const outs = reply.pieces.map((p) => outRow(p, job.local ? "sent" : "due", now, 0));
      const put = await record(life, job, state, [...outs, ...opening.rows, ...(result.rows ?? [])]);
      if (!isFault(put)) opening.commit();
      else if (life.stopped !== null) return job.said.resolve(life.stopped);
      else {
        deps.log.event("error", "answer.unkept", { key: job.key, what: put.what });
        if (reply.shown.length > 0) reply = composeReply(deps, job.m, withoutPlans(result, ""));
      }
      job.said.resolve(state === "refused" ? (result.fault ?? fault("limit", result.text)) : reply.said);
      handOver(life, job, reply, !isFault(put), state === "refused" || result.refused === true);
    },
    async drop(life, job, state, why) {
      const put = await job.note(life, state);
      rooms.receive.forget(job, !isFault(put));
      job.said.resolve(why);
      job.settled.resolve("refused");
    },
  };
}
