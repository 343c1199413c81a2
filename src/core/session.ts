// What a conversation remembers: messages for the model, events that happened between
// turns, and what it has cost. Bounded, each and all together: the conversation unused for
// longest is forgotten.

import { SESSION_EVENTS_MAX, SESSIONS_BYTES_MAX, SESSIONS_MAX, SESSIONS_MESSAGES_MAX } from "../base/limits.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import type { Message, Usage } from "../port/provider.ts";
import { type Digest, digestIn } from "./compact.ts";
import { sizeOf } from "./context.ts";
import type { TaskKind } from "./task-kind.ts";
import type { ToolNeeds } from "./tool-set.ts";

export interface Session extends ToolNeeds {
  readonly said: Said;
  /** For the model's next turn: what the person saw happen without it. */
  events: readonly string[];
  usage: Usage;
  turns: number;
  /** The model of the chain that the person chose. */
  chosen?: string;
  /** A summary of what a digest stands for; it comes after its turn. */
  summary?: { readonly of: Digest; readonly text: string };
  /** What the last question was about. */
  task?: TaskKind | undefined;
  /** Who answered last, so that a change is told once. */
  answeredBy?: string;
}

export interface Sessions {
  /** The conversation's session; makes one. */
  of(key: string): Session;
  /** The conversation from now on; others may lose theirs for it. */
  keep(key: string, messages: readonly Message[]): void;
  /** Forgets messages and events; the counters stay. */
  clear(key: string): void;
  /** Something the model should know next time. */
  note(key: string, event: string): void;
  readonly size: number;
}

/**
 * Messages between turns: JSON in UTF-8, as objects a short talk takes 10 KB of a router's memory. Of most only
 * the text is written. A first one that knows what is left out stays as it is.
 */
interface Said {
  readonly first: Message | undefined;
  readonly rest: Uint8Array;
}

interface Kept extends Session {
  said: Said;
  bytes: number;
  count: number;
}

const NOTHING: Said = { first: undefined, rest: new Uint8Array() };
const NONE: readonly string[] = [];
const FREE: Usage = { inTokens: 0, outTokens: 0, cachedTokens: 0 };

/** A person's words; a model's; anything else. */
type Short = string | readonly [string] | Message;

function shortOf(m: Message): Short {
  if (m.role === "user" && m.images === undefined) return m.text;
  const [part, ...more] = m.role === "assistant" ? m.parts : [];
  return part?.kind === "text" && more.length === 0 ? [part.text] : m;
}

function longOf(short: Short): Message {
  if (typeof short === "string") return { role: "user", text: short };
  return "role" in short ? short : { role: "assistant", parts: [{ kind: "text", text: short[0] }] };
}

function pack(messages: readonly Message[]): Said {
  if (messages.length === 0) return NOTHING;
  const [first] = messages;
  const isKnowing = digestIn(first) !== null;
  const rest = encodeUtf8(JSON.stringify((isKnowing ? messages.slice(1) : messages).map(shortOf)));
  return { first: isKnowing ? first : undefined, rest };
}

/** What was said, made anew. */
export function messagesOf({ said: { first, rest } }: Session): readonly Message[] {
  const others = rest.length === 0 ? [] : (JSON.parse(decodeUtf8(rest)) as Short[]).map(longOf);
  return first === undefined ? others : [first, ...others];
}

/** An empty table of sessions. */
export function makeSessions(): Sessions {
  const table = new Map<string, Kept>();
  const all = { bytes: 0, count: 0 };
  const put = (kept: Kept, messages: readonly Message[]): void => {
    const { bytes, count } = sizeOf(messages);
    all.bytes += bytes - kept.bytes;
    all.count += count - kept.count;
    Object.assign(kept, { said: pack(messages), bytes, count });
  };
  const forget = (key: string, kept: Kept): void => {
    put(kept, []);
    table.delete(key);
  };
  const of = (key: string): Kept => {
    const found: Kept = table.get(key) ?? {
      said: NOTHING,
      bytes: 0,
      count: 0,
      events: NONE,
      groups: NONE,
      usage: FREE,
      turns: 0,
    };
    // A Map keeps the order of insertion: putting it back makes it the youngest.
    table.delete(key);
    table.set(key, found);
    if (table.size > SESSIONS_MAX) {
      const oldest = table.entries().next();
      if (oldest.done !== true) forget(...oldest.value);
    }
    return found;
  };
  return {
    of,
    keep(key, messages) {
      const session = of(key);
      put(session, messages);
      for (const other of table.values()) {
        if (all.count <= SESSIONS_MESSAGES_MAX && all.bytes <= SESSIONS_BYTES_MAX) return;
        if (other !== session) put(other, []);
      }
    },
    clear(key) {
      const session = of(key);
      put(session, []);
      session.events = NONE;
      session.groups = NONE;
      delete session.summary;
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
