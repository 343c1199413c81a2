// The state of one key, one model, or one model with one key: how often it failed in a row,
// how long it rests, whether it is parked. Half open after a rest: one try at a time.

import type { Fault } from "../base/fault.ts";
import { MODEL_BILLING_MS, MODEL_COOLDOWNS_MS, MODEL_FORGET_MS, MODEL_MISSING_MS } from "../base/limits-models.ts";
import type { Trouble } from "./failover-class.ts";

export interface Health {
  /** Answers since the start. */
  good: number;
  /** Failures in a row. */
  fails: number;
  /** Rests until then (monotonic); Infinity: parked until somebody changes something. */
  untilMs: number;
  lastMs: number;
  /** Tries under way. */
  trying: number;
  trouble: Trouble | null;
  why: Fault | null;
}

/** The health of something that was never tried. */
export function makeHealth(): Health {
  return { good: 0, fails: 0, untilMs: 0, lastMs: 0, trying: 0, trouble: null, why: null };
}

/** Milliseconds until it may be tried; 0 is now, Infinity is never by itself. */
export function restMs(h: Health, nowMs: number): number {
  if (h.untilMs > nowMs) return h.untilMs - nowMs;
  // One try tells whether it is well again; others wait for that.
  return h.fails > 0 && h.trying > 0 ? Infinity : 0;
}

/** It has answered. */
export function wentWell(h: Health): void {
  Object.assign(h, { good: h.good + 1, fails: 0, untilMs: 0, trouble: null, why: null });
}

/** It has failed in a try that began at `sinceMs`. */
export function wentWrong(h: Health, trouble: Trouble, why: Fault, sinceMs: number, nowMs: number): void {
  const isQuiet = nowMs - h.lastMs > MODEL_FORGET_MS;
  // What began before an earlier failure was seen is the same outage.
  const isSame = h.fails > 0 && sinceMs < h.lastMs && !isQuiet;
  if (!isSame) h.fails = isQuiet ? 1 : h.fails + 1;
  Object.assign(h, { lastMs: nowMs, trouble, why });
  h.untilMs = Math.max(isSame ? h.untilMs : 0, nowMs + pauseMs(trouble, h.fails, why));
}

function pauseMs(trouble: Trouble, fails: number, why: Fault): number {
  const [shortest = 0] = MODEL_COOLDOWNS_MS;
  if (trouble === "auth" || trouble === "forbidden") return Infinity;
  if (trouble === "billing") return MODEL_BILLING_MS;
  if (trouble === "missing") return MODEL_MISSING_MS;
  if (why.retryAfterMs !== undefined) return Math.max(shortest, why.retryAfterMs);
  // Load does not clear within a second.
  const step = fails - 1 + (trouble === "overloaded" ? 1 : 0);
  return MODEL_COOLDOWNS_MS[Math.min(step, MODEL_COOLDOWNS_MS.length - 1)] ?? shortest;
}
