// Tries again what may be tried again: exponential back-off with jitter, and the server's own
// Retry-After (RFC 9110 section 10.2.3) where it gives one. Never past the scope's deadline.

import { type Fault, isFault, type Wait } from "../base/fault.ts";
import { RETRY_AFTER_MS_MAX, RETRY_FIRST_MS, RETRY_MAX_MS, RETRY_TRIES_MAX } from "../base/limits.ts";
import { powerOfTwo } from "../base/power.ts";
import type { Scope } from "../base/scope.ts";
import type { Clock, Random } from "../port/clock.ts";
import type { Headers } from "../port/http.ts";
import { headerValue } from "./http-head.ts";

export interface RetryRule {
  /** Tries in all. */
  tries: number;
  /** Whether this fault is worth another try. */
  again: (f: Fault) => boolean;
}

const PASSING: ReadonlySet<Fault["fault"]> = new Set(["unreachable", "timeout", "limit"]);

// What certainly had no effect, and may be over soon.
const USUAL: RetryRule = { tries: RETRY_TRIES_MAX, again: (f) => !f.maybeDone && PASSING.has(f.fault) };

/** Runs until it succeeds, the rule says no, or waiting is pointless; answers the last outcome. */
export async function retrying<T>(
  s: Scope,
  clock: Clock,
  random: Random,
  run: (tryNumber: number) => Wait<T>,
  rule: Partial<RetryRule> = {},
): Wait<T> {
  const { tries, again } = { ...USUAL, ...rule };
  for (let number = 1; ; number += 1) {
    const done = await run(number);
    if (!isFault(done) || number >= tries || s.stopped !== null || !again(done)) return done;
    const ms = delayMs(done, number, random);
    if (ms === null || ms >= s.leftMs()) return done;
    const slept = await clock.sleep(s, ms);
    if (isFault(slept)) return done;
  }
}

// Null: the server asks for more patience than we have.
function delayMs(f: Fault, number: number, random: Random): number | null {
  if (f.retryAfterMs !== undefined) return f.retryAfterMs <= RETRY_AFTER_MS_MAX ? f.retryAfterMs : null;
  const full = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * powerOfTwo(number - 1));
  // Half of it by chance, so that many clients do not come back together.
  return full / 2 + ((random.bytes(1)[0] ?? 0) / 255) * (full / 2);
}

/** Milliseconds that a Retry-After header asks for (seconds or a date); undefined without one. */
export function retryAfterMs(headers: Headers, clock: Pick<Clock, "wallMs">): number | undefined {
  const text = headerValue(headers, "retry-after");
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = parseHttpDate(text);
  return at === null ? undefined : Math.max(0, at - clock.wallMs());
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// IMF-fixdate (RFC 9110 5.6.7); the two old forms are not sent by anything that limits rates.
function parseHttpDate(text: string): number | null {
  const found = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/.exec(text);
  const month = MONTHS.indexOf(found?.[2] ?? "");
  if (found === null || month < 0) return null;
  const [, day, , year, hour, minute, second] = found.map(Number);
  return Date.UTC(year ?? 0, month, day, hour, minute, second);
}
