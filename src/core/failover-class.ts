// What a model's failure means for the next try: whom it concerns (the key, the model, the
// question) and whether it passes by itself. By the codes of edges/providers, else by kind.

import type { Fault, FaultKind } from "../base/fault.ts";

export type Trouble =
  | "rate"
  | "overloaded"
  | "auth"
  | "sign-in"
  | "forbidden"
  | "billing"
  | "context"
  | "refused"
  | "empty"
  | "request"
  | "missing"
  | "network"
  | "broken"
  | "truncated"
  | "failed"
  | "aborted";

const BY_CODE: Readonly<Record<string, Trouble>> = {
  model_rate: "rate",
  model_overloaded: "overloaded",
  model_key: "auth",
  oauth_refused: "auth",
  oauth_away: "sign-in",
  model_forbidden: "forbidden",
  model_quota: "billing",
  model_context: "context",
  model_filtered: "refused",
  model_refused: "request",
  model_missing: "missing",
  model_redirect: "missing",
  model_page: "failed",
  model_truncated: "truncated",
  model_answer_size: "request",
  body_too_large: "request",
  model_calls: "request",
};

const BY_KIND: Readonly<Record<FaultKind, Trouble>> = {
  input: "request",
  denied: "auth",
  missing: "missing",
  conflict: "failed",
  limit: "rate",
  timeout: "network",
  unreachable: "network",
  failed: "failed",
  stopped: "aborted",
};

/** The class of a failure. `heard`: something of the answer had come. */
export function troubleOf(f: Fault, heard: boolean): Trouble {
  const found = BY_CODE[f.code ?? ""] ?? BY_KIND[f.fault];
  return heard && (found === "network" || found === "failed") ? "broken" : found;
}

const PASSING: ReadonlySet<Trouble> = new Set([
  ...["rate", "overloaded", "sign-in", "network"],
  ...["broken", "truncated", "failed"],
] as const);

/** True for what is over some time later, whatever anybody does. */
export function passes(trouble: Trouble): boolean {
  return PASSING.has(trouble);
}

/** The failure in two words, for the person who reads why another model answers. */
export function sayTrouble(trouble: Trouble): string {
  return SAID[trouble];
}

const SAID: Readonly<Record<Trouble, string>> = {
  rate: "rate limit",
  overloaded: "overloaded",
  auth: "key refused",
  "sign-in": "no sign-in",
  forbidden: "not allowed",
  billing: "no credit",
  context: "conversation too long",
  refused: "content refused",
  empty: "empty answer",
  request: "request refused",
  missing: "model not found",
  network: "no connection",
  broken: "answer broke off",
  truncated: "answer cut off",
  failed: "error",
  aborted: "stopped",
};
