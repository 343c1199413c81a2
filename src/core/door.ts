// The door: who is it, may they, how much, how often, is it a command. The order of the
// checks is fixed; a stranger gets nothing, not even a refusal, and leaves one log line.

import { type Fault, fault } from "../base/fault.ts";
import {
  MESSAGE_BYTES_MAX,
  MESSAGE_ID_CHARS_MAX,
  REFUSED_LOG_EVERY_MS,
  SENDER_PER_MINUTE_MAX,
  SENDERS_MAX,
} from "../base/limits.ts";
import { touch } from "../base/table.ts";
import { oneLine, printable } from "../base/text.ts";
import { utf8Length } from "../base/utf8.ts";
import type { Inbound } from "../port/channel.ts";
import type { CoreDeps } from "./deps.ts";
import { arePictures } from "./pictures.ts";
import { joinKey } from "./rows.ts";

/** The button that does what /stop does. */
const STOP_PRESS = "stop";

export type Judged =
  | { kind: "admit" }
  | { kind: "stop" }
  /** Answered politely; the fault is what the answer says. `quiet`: said a moment ago. */
  | { kind: "refuse"; fault: Fault; quiet: boolean }
  | { kind: "drop"; fault: Fault };

export interface Door {
  judge(m: Inbound): Judged;
}

/** False for what no channel should hand over; such a thing has no key that could be trusted. */
export function isWellFormed(m: Inbound): boolean {
  const short = (x: unknown): boolean => typeof x === "string" && x.length <= MESSAGE_ID_CHARS_MAX;
  const named = [m.channel, m.account, m.chat, m.sender, m.messageId].every((x) => short(x) && x !== "");
  const rest = [m.thread, m.replyTo, m.press].every((x) => x === undefined || short(x));
  return named && rest && typeof m.text === "string" && Number.isFinite(m.sentMs) && arePictures(m.pictures);
}

/** The message without what is too long to keep. */
export function bounded(m: Inbound): Inbound {
  const text = tooLong(m.text) ? m.text.slice(0, MESSAGE_BYTES_MAX + 1) : m.text;
  if (m.senderName === undefined) return { ...m, text };
  return { ...m, text, senderName: oneLine(printable(m.senderName), MESSAGE_ID_CHARS_MAX) };
}

function tooLong(text: string): boolean {
  return text.length > MESSAGE_BYTES_MAX || utf8Length(text) > MESSAGE_BYTES_MAX;
}

function isStop(m: Inbound): boolean {
  return m.press === STOP_PRESS || (m.press === undefined && /^\/stop(@[A-Za-z0-9_]+)?$/i.test(m.text.trim()));
}

interface Bucket {
  tokens: number;
  atMs: number;
  told: boolean;
}

/** The door of one pipeline. */
export function makeDoor(deps: CoreDeps): Door {
  const buckets = new Map<string, Bucket>();
  const logged = new Map<string, number>();
  const perMs = SENDER_PER_MINUTE_MAX / 60_000;

  const stranger = (m: Inbound, who: string): Judged => {
    const now = deps.clock.monoMs();
    const last = logged.get(who);
    if (last === undefined || now - last >= REFUSED_LOG_EVERY_MS) {
      touch(logged, who, SENDERS_MAX, now);
      deps.log.event("warn", "door.refused", {
        channel: m.channel,
        sender: m.sender,
        name: m.senderName ?? "",
        next: `allow with ${m.channel.toUpperCase()}_ALLOWLIST=${oneLine(printable(m.sender), MESSAGE_ID_CHARS_MAX)}`,
      });
    }
    return { kind: "drop", fault: fault("denied", "This sender is not allowed.", { code: "stranger" }) };
  };

  const overRate = (who: string): { quiet: boolean; fault: Fault } | null => {
    const now = deps.clock.monoMs();
    const old = buckets.get(who) ?? { tokens: SENDER_PER_MINUTE_MAX, atMs: now, told: false };
    const tokens = Math.min(SENDER_PER_MINUTE_MAX, old.tokens + (now - old.atMs) * perMs);
    if (tokens >= 1) {
      touch(buckets, who, SENDERS_MAX, { tokens: tokens - 1, atMs: now, told: false });
      return null;
    }
    touch(buckets, who, SENDERS_MAX, { tokens, atMs: now, told: true });
    const retryAfterMs = Math.ceil((1 - tokens) / perMs);
    const what = `These are more than ${SENDER_PER_MINUTE_MAX} messages a minute; this one was not worked on.`;
    const next = `Send it again in ${Math.ceil(retryAfterMs / 1000)} s.`;
    return { quiet: old.told, fault: fault("limit", what, { next, retryAfterMs, code: "rate" }) };
  };

  return {
    judge(m) {
      const who = joinKey(m.channel, m.account, m.sender);
      const role = deps.role(m);
      if (role === "stranger") return stranger(m, who);
      if (tooLong(m.text)) {
        const what = `This message is longer than ${MESSAGE_BYTES_MAX} bytes and was not worked on.`;
        const long = fault("input", what, { next: "Send a shorter one.", code: "body_too_large" });
        return { kind: "refuse", fault: long, quiet: false };
      }
      // Before the rate: who has sent too much must still be able to stop it.
      if (isStop(m)) return { kind: "stop" };
      // A pipe waits for its answers by itself.
      const over = role === "local" ? null : overRate(who);
      return over === null ? { kind: "admit" } : { kind: "refuse", ...over };
    },
  };
}
