// Where the poller stands: which updates are not settled, which are known, and the offset,
// which never passes an unsettled one. A restart so gets again what was not answered
// (https://core.telegram.org/bots/api#getupdates).

import { TELEGRAM_QUIET_MS, TELEGRAM_SEEN_MAX } from "../../base/limits.ts";

export interface Place {
  /** The id to ask from; null: whatever Telegram has. */
  offset(nowMs: number): number | null;
  /** Unsettled updates now. */
  readonly open: number;
  isKnown(id: number): boolean;
  /** The update is recorded; nothing is confirmed until `settled` is called. */
  opened(id: number): void;
  settled(id: number): void;
  /** The update asks nothing of us. */
  skipped(id: number): void;
  /** Something came. */
  heard(nowMs: number): void;
  /** Resolves once nothing is open. */
  allSettled(): Promise<void>;
}

/** A poller that has seen nothing yet. */
export function makePlace(startMs: number): Place {
  const open = new Set<number>();
  const known = new Set<number>();
  const waiting: Array<() => void> = [];
  let next: number | null = null;
  let heardMs = startMs;

  const know = (id: number): void => {
    known.add(id);
    next = id + 1;
    for (const old of known) {
      if (known.size <= TELEGRAM_SEEN_MAX) break;
      if (!open.has(old)) known.delete(old);
    }
  };
  return {
    offset(nowMs) {
      const [first] = open;
      if (first !== undefined) return first;
      // Ids begin anew at random after a quiet week, perhaps below the old ones; by then
      // everything confirmed is long forgotten there.
      return nowMs - heardMs > TELEGRAM_QUIET_MS ? null : next;
    },
    get open() {
      return open.size;
    },
    isKnown: (id) => known.has(id),
    opened(id) {
      open.add(id);
      know(id);
    },
    settled(id) {
      open.delete(id);
      if (open.size > 0) return;
      for (const tell of waiting.splice(0)) tell();
    },
    skipped: know,
    heard(nowMs) {
      heardMs = nowMs;
    },
    allSettled() {
      if (open.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
