// Checks each part by really asking it, all at once and within one deadline, and says in
// plain words what is wrong and the command that mends it.

import { type Fault, isFault, type Wait } from "../base/fault.ts";
import { DOCTOR_MS } from "../base/limits.ts";
import { gather, type Scope } from "../base/scope.ts";
import { redact, type Secret } from "../base/secret.ts";

/** One line of the report. */
export interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly what: string;
  readonly next?: string;
}

/** A part to look at: answers what works, or the fault. */
export interface Part {
  readonly id: string;
  /** What to do where no answer comes, or none that says it. */
  readonly mend?: string;
  look(s: Scope): Wait<string>;
}

/** What is left of the deadline for printing. */
const MARGIN_MS = 3_000;

function failed({ id, mend }: Part, f: Fault): Check {
  const isLate = f.fault === "timeout" && f.code === undefined;
  const next = isLate ? (mend ?? f.next) : (f.next ?? mend);
  const told = { id, ok: false, what: isLate ? "No answer in time." : f.what };
  return next === undefined ? told : { ...told, next };
}

/** Peers are quoted: what they send back may hold a secret. */
function clean({ id, ok, what, next }: Check, secrets: readonly Secret[]): Check {
  const told = { id, ok, what: redact(what, secrets) };
  return next === undefined ? told : { ...told, next: redact(next, secrets) };
}

/** All checks, in the order of `parts`; ends within DOCTOR_MS whatever hangs. */
export async function examine(s: Scope, parts: readonly Part[], secrets: readonly Secret[]): Promise<readonly Check[]> {
  const found = await gather(
    s,
    DOCTOR_MS - MARGIN_MS,
    parts.map((part) => (scope: Scope) => part.look(scope)),
  );
  return parts.map((part, i) => {
    const r = found[i];
    return clean(isFault(r) ? failed(part, r) : { id: part.id, ok: true, what: r ?? "" }, secrets);
  });
}
