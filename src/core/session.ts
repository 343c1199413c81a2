// What a conversation remembers: messages for the model, events that happened between
// turns, and what it has cost. Bounded: the conversation unused for longest is forgotten.

import { SESSION_EVENTS_MAX, SESSIONS_MAX } from "../base/limits.ts";
import type { Message, Usage } from "../port/provider.ts";

export interface Session {
  messages: readonly Message[];
  /** For the model's next turn: what the person saw happen without it. */
  events: readonly string[];
  usage: Usage;
  turns: number;
}

export interface Sessions {
  /** The conversation's session; makes one. */
  of(key: string): Session;
  /** Forgets messages and events; the counters stay. */
  clear(key: string): void;
  /** Something the model should know next time. */
  note(key: string, event: string): void;
  readonly size: number;
}

/** An empty table of sessions. */
export function makeSessions(): Sessions {
  const table = new Map<string, Session>();
  const of = (key: string): Session => {
    const found = table.get(key) ?? {
      messages: [],
      events: [],
      usage: { inTokens: 0, outTokens: 0, cachedTokens: 0 },
      turns: 0,
    };
    // A Map keeps the order of insertion: putting it back makes it the youngest.
    table.delete(key);
    table.set(key, found);
    if (table.size > SESSIONS_MAX) {
      const oldest = table.keys().next();
      if (oldest.done !== true) table.delete(oldest.value);
    }
    return found;
  };
  return {
    of,
    clear(key) {
      const session = of(key);
      session.messages = [];
      session.events = [];
    },
    note(key, event) {
      const session = of(key);
      session.events = [...session.events, event].slice(-SESSION_EVENTS_MAX);
    },
    get size() {
      return table.size;
    },
  };
}
