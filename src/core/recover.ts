// What an earlier process left in the store: replies that are due are sent, messages
// without an answer are worked on, plans that only it knew are closed.

import { isFault, type Wait } from "../base/fault.ts";
import { PROBE_EVERY_MS, STORE_ROWS_MAX, UNFINISHED_TRIES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import type { Outbound } from "../port/channel.ts";
import { settlePlans } from "./approve.ts";
import type { CoreDeps } from "./deps.ts";
import type { Job } from "./job.ts";
import type { Lanes } from "./lane.ts";
import type { News } from "./news.ts";
import type { Outbox } from "./outbox.ts";
import type { Receive } from "./receive.ts";
import { inKeyOf, messageOf, pieceOf } from "./rows.ts";

interface Rooms {
  receive: Receive;
  outbox: Outbox;
  lanes: Lanes;
  /** Through the door as if it had come just now. */
  enter(life: Scope, job: Job): void;
}

async function resumeReplies(s: Scope, deps: CoreDeps, rooms: Rooms): Wait<void> {
  const rows = await deps.store.due(s, "out", "due", STORE_ROWS_MAX);
  if (isFault(rows)) return rows;
  const answers = new Map<string, { pieces: Outbound[]; tries: number }>();
  // Back-off moves `dueMs` but the order within an answer is that of its keys.
  for (const row of [...rows].sort((a, b) => a.key.length - b.key.length || (a.key < b.key ? -1 : 1))) {
    const piece = pieceOf(row);
    if (isFault(piece)) {
      deps.log.event("error", "recover.row", { table: row.table, key: row.key, what: piece.what });
      continue;
    }
    const answer = answers.get(inKeyOf(row.key)) ?? { pieces: [], tries: row.tries };
    answer.pieces.push(piece);
    answers.set(inKeyOf(row.key), answer);
  }
  const found = [];
  for (const [key, answer] of answers) {
    const row = await deps.store.get(s, "in", key);
    if (isFault(row)) return row;
    const m = row === null ? null : messageOf(row);
    const job = row === null || m === null || isFault(m) ? null : rooms.receive.resume(m, row.dueMs);
    found.push({ ...answer, job });
  }
  // In the order in which the messages came, whatever was tried since.
  found.sort((a, b) => (a.job?.dueMs ?? 0) - (b.job?.dueMs ?? 0));
  for (const { job, pieces, tries } of found) {
    rooms.outbox.add(s, pieces, tries, () => {
      if (job === null) return;
      rooms.receive.forget(job, true);
      job.settled.resolve();
    });
  }
}

async function resumeMessages(s: Scope, deps: CoreDeps, rooms: Rooms): Wait<void> {
  const open = [];
  for (const state of ["waiting", "running", "admitted", "new"]) {
    const rows = await deps.store.due(s, "in", state, STORE_ROWS_MAX);
    if (isFault(rows)) return rows;
    open.push(...rows);
  }
  open.sort((a, b) => a.dueMs - b.dueMs);
  for (const row of open) {
    const m = messageOf(row);
    if (isFault(m)) {
      deps.log.event("error", "recover.row", { table: row.table, key: row.key, what: m.what });
      continue;
    }
    const job = rooms.receive.resume(m, row.dueMs);
    job.waited = row.state === "waiting";
    if (deps.channels.get(m.channel)?.send !== undefined) rooms.enter(s, job);
    else {
      // Who waited for it went with the old process.
      const put = await job.note(s, "dropped");
      rooms.receive.forget(job, !isFault(put));
      job.settled.resolve();
    }
  }
}

/** Changes that an earlier process left armed: the router goes on with them by itself, and whoever comes next reads it. */
export async function tellUnfinished(s: Scope, deps: CoreDeps, news: News): Wait<void> {
  const { router } = deps;
  for (let tries = 0; router !== null && tries < UNFINISHED_TRIES_MAX; tries += 1) {
    const left = await router.unfinished(s);
    if (!isFault(left)) {
      for (const text of left) {
        deps.log.event("warn", "router.unfinished", { what: text });
        news.announce(text);
        const noted = await deps.audit.add(s, "found", { told: text });
        if (isFault(noted)) deps.log.event("warn", "audit.unkept", { what: noted.what });
      }
      return undefined;
    }
    const slept = await deps.clock.sleep(s, PROBE_EVERY_MS);
    if (isFault(slept)) return slept;
  }
  return undefined;
}

/** Takes up what was left; to be called once, before anything is accepted. */
export async function recover(s: Scope, deps: CoreDeps, rooms: Rooms): Wait<void> {
  const plans = await settlePlans(s, deps, STORE_ROWS_MAX);
  if (isFault(plans)) return plans;
  const replies = await resumeReplies(s, deps, rooms);
  if (isFault(replies)) return replies;
  return resumeMessages(s, deps, rooms);
}
