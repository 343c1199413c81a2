// A message on its way: its row's steps in order, and the promises that others wait for.

import type { Outcome, Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Progress, Said } from "../port/agent.ts";
import type { Inbound } from "../port/channel.ts";
import type { Row } from "../port/store.ts";
import type { CoreDeps } from "./deps.ts";
import { type InState, inKey, inRow, laneKey, putRows } from "./rows.ts";
import { type Deferred, deferred } from "./slots.ts";

export interface Job {
  readonly key: string;
  readonly lane: string;
  readonly m: Inbound;
  /** Answered through Agent.say, not through the channel. */
  readonly local: boolean;
  readonly progress: ((p: Progress) => void) | undefined;
  readonly dueMs: number;
  readonly recorded: Deferred<Outcome<void>>;
  readonly said: Deferred<Outcome<Said>>;
  /** "refused": the sender may not do this, so a pressed button stays. */
  readonly settled: Deferred<void | "refused">;
  /** A change is with the router: /stop does not cut it. */
  applying: boolean;
  /** The person knows that it waits for a model. */
  waited: boolean;
  /** Puts the row in its next state, with others, after all earlier puts of this job. */
  note(s: Scope, state: InState, others?: readonly Row[]): Wait<void>;
}

/** A job for a message. */
export function makeJob(
  deps: CoreDeps,
  m: Inbound,
  more: { local: boolean; dueMs: number; progress: ((p: Progress) => void) | undefined },
): Job {
  // Two puts of one row must not overtake each other.
  let last: Promise<unknown> = Promise.resolve();
  return {
    key: inKey(m),
    lane: laneKey(m),
    m,
    ...more,
    recorded: deferred(),
    said: deferred(),
    settled: deferred(),
    applying: false,
    waited: false,
    note(s, state, others = []) {
      const put = last.then(() => putRows(s, deps, [inRow(m, state, more.dueMs), ...others]));
      last = put;
      return put;
    },
  };
}
