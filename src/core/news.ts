// What is said without being asked: sent at once where the channel can send, else put
// before the next answer of that conversation.

import { isFault } from "../base/fault.ts";
import { SESSION_EVENTS_MAX, SESSIONS_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import type { Inbound } from "../port/channel.ts";
import type { Row } from "../port/store.ts";
import { composeReply } from "./answer.ts";
import type { CoreDeps } from "./deps.ts";
import type { Outbox } from "./outbox.ts";
import { laneKey, outRow, putRows } from "./rows.ts";

export interface News {
  /** To the conversation of this message. */
  tell(life: Scope, m: Inbound, text: string, rows: readonly Row[]): Promise<void>;
  /** To whoever speaks next. */
  announce(text: string): void;
  /** What waits for this conversation; it is told with that. */
  take(m: Inbound): readonly string[];
}

/** No news yet. */
export function makeNews(deps: CoreDeps, outbox: Outbox): News {
  const waiting = new Map<string, readonly string[]>();
  let all: readonly string[] = [];
  let count = 0;
  return {
    async tell(life, m, text, rows) {
      count += 1;
      const sends = deps.channels.get(m.channel)?.send !== undefined;
      const { pieces } = composeReply(deps, { ...m, messageId: `${m.messageId}+${count}` }, { text });
      const outs = sends ? pieces.map((p) => outRow(p, "due", deps.clock.wallMs(), 0)) : [];
      const put = await putRows(life, deps, [...outs, ...rows]);
      if (isFault(put)) deps.log.event("error", "news.unkept", { what: put.what });
      if (sends) return outbox.add(life, pieces, 0, () => undefined);
      const key = laneKey(m);
      const old = waiting.get(key) ?? [];
      if (waiting.size < SESSIONS_MAX || old.length > 0) waiting.set(key, [...old, text].slice(-SESSION_EVENTS_MAX));
    },
    announce(text) {
      all = [...all, text].slice(-SESSION_EVENTS_MAX);
    },
    take(m) {
      const key = laneKey(m);
      const told = [...all, ...(waiting.get(key) ?? [])];
      waiting.delete(key);
      all = [];
      return told;
    },
  };
}
