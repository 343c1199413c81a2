// Sends what is due: in order within a chat, chats beside each other, a slow or broken
// one blocking nobody. Tried again while that helps; after OUTBOX_TRIES_MAX it is `dead`,
// which is logged. Replies may repeat, so an uncertain send is sent again.

import { type Fault, type FaultKind, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import {
  OUTBOX_RETRY_MS_MAX,
  OUTBOX_RUNNING_MAX,
  OUTBOX_SEND_MS,
  OUTBOX_TRIES_MAX,
  RETRY_AFTER_MS_MAX,
  RETRY_FIRST_MS,
} from "../base/limits.ts";
import { powerOfTwo } from "../base/power.ts";
import { orStop, type Scope, withScope } from "../base/scope.ts";
import type { Outbound } from "../port/channel.ts";
import type { CoreDeps } from "./deps.ts";
import { joinKey, type OutState, outRow, putRows } from "./rows.ts";
import { caught, deferred, makeSlots, spawn } from "./slots.ts";

interface Item {
  readonly m: Outbound;
  tries: number;
  /** Monotonic; 0 is at once. */
  notBeforeMs: number;
  readonly done: (() => void) | undefined;
}

export interface Outbox {
  /** Pieces whose rows are kept as `due`; `done` is called once when all are final. */
  add(life: Scope, pieces: readonly Outbound[], tries: number, done: () => void): void;
  /** Resolves when nothing waits to be sent. */
  idle(): Promise<void>;
  readonly size: number;
}

const AGAIN: ReadonlySet<FaultKind> = new Set(["unreachable", "timeout", "limit", "failed", "stopped"]);

/** A certificate that is not trusted now (clock, captive portal) may be later; nothing was sent then. */
const mayBeMended = (f: Fault): boolean => AGAIN.has(f.fault) || f.code === "tls";

/** How long to wait after the n-th try failed. */
export function outboxPauseMs(tries: number, f: Fault): number {
  const grown = Math.min(OUTBOX_RETRY_MS_MAX, RETRY_FIRST_MS * powerOfTwo(Math.min(tries - 1, 20)));
  return Math.max(grown, Math.min(f.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX));
}

async function sendPiece(s: Scope, deps: CoreDeps, m: Outbound): Promise<Outcome<{ remoteId: string }>> {
  const channel = deps.channels.get(m.channel);
  if (channel?.send === undefined) return fault("missing", `The channel "${m.channel}" cannot send.`);
  const send = channel.send;
  const sent = await caught(withScope(s, OUTBOX_SEND_MS, (ss) => orStop(ss, send(ss, m))));
  if ("value" in sent) return sent.value;
  deps.log.event("error", "outbox.bug", { channel: m.channel, what: sent.bug });
  return fault("input", "There was an internal error in the channel.");
}

/** The outbox; it works in the scope that `add` is given. */
export function makeOutbox(deps: CoreDeps): Outbox {
  const chats = new Map<string, Item[]>();
  const slots = makeSlots(OUTBOX_RUNNING_MAX);
  let idlers: Array<() => void> = [];

  // A row that is not kept stays due: after a restart the reply may repeat, it is not lost.
  const note = async (s: Scope, item: Item, state: OutState, dueMs: number): Promise<void> => {
    const put = await putRows(s, deps, [outRow(item.m, state, dueMs, item.tries)]);
    if (isFault(put)) deps.log.event("warn", "outbox.unkept", { key: item.m.key, state, what: put.what });
  };

  /** True when the piece is final; false when it is to be tried again; a fault when the scope ended. */
  const attempt = async (s: Scope, item: Item): Promise<boolean | Fault> => {
    const sent = await sendPiece(s, deps, item.m);
    if (s.stopped !== null && isFault(sent)) return s.stopped;
    item.tries += 1;
    const now = deps.clock.wallMs();
    if (!isFault(sent)) {
      await note(s, item, "sent", now);
      return true;
    }
    if (!mayBeMended(sent) || item.tries >= OUTBOX_TRIES_MAX) {
      deps.log.event("error", "outbox.dead", { channel: item.m.channel, key: item.m.key, what: sent.what });
      await note(s, item, "dead", now);
      return true;
    }
    const pauseMs = outboxPauseMs(item.tries, sent);
    deps.log.event("warn", "outbox.retry", { channel: item.m.channel, tries: item.tries, pauseMs, what: sent.what });
    item.notBeforeMs = deps.clock.monoMs() + pauseMs;
    await note(s, item, "due", now + pauseMs);
    return false;
  };

  /** Waits for its time and for a slot, then tries once; as `attempt`. */
  const turnOf = async (s: Scope, item: Item): Promise<boolean | Fault> => {
    const waitMs = item.notBeforeMs - deps.clock.monoMs();
    const slept = waitMs > 0 ? await deps.clock.sleep(s, waitMs) : undefined;
    if (isFault(slept)) return slept;
    const slot = await slots.take(s);
    if (isFault(slot)) return slot;
    const final = await attempt(s, item);
    slots.give();
    return final;
  };

  const work = async (s: Scope, key: string, items: Item[]): Wait<void> => {
    for (let item = items[0]; item !== undefined; item = items[0]) {
      const final = await turnOf(s, item);
      if (isFault(final)) return final;
      if (!final) continue;
      items.shift();
      item.done?.();
    }
    chats.delete(key);
    if (chats.size > 0) return;
    for (const tell of idlers) tell();
    idlers = [];
  };

  return {
    add(life, pieces, tries, done) {
      const first = pieces[0];
      if (first === undefined) {
        done();
        return;
      }
      const key = joinKey(first.channel, first.account, first.chat);
      const items = pieces.map(
        (m, i): Item => ({ m, tries, notBeforeMs: 0, done: i === pieces.length - 1 ? done : undefined }),
      );
      const queued = chats.get(key);
      if (queued !== undefined) {
        queued.push(...items);
        return;
      }
      chats.set(key, items);
      spawn(deps.log, life, "outbox", (s) => work(s, key, items));
    },
    idle() {
      if (chats.size === 0) return Promise.resolve();
      const wait = deferred<void>();
      idlers.push(() => wait.resolve());
      return wait.promise;
    },
    get size() {
      return chats.size;
    },
  };
}
