// What may be done on a real router, how it is guarded there, and how the person reads
// that before the approval. The simulated router takes whatever is understood.

import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { ARM_MS } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import type { Risk } from "../port/router.ts";
import { type Guard, guardOf } from "./arm.ts";
import type { Rest } from "./rest.ts";
import type { Step } from "./step.ts";
import { unarmable } from "./undo-script.ts";

/** How a change will be guarded, in words, and why it is not done on a real router. */
export interface Guarded {
  guard: Guard;
  says: readonly string[];
  refusal: Fault | null;
}

function sayGuard(guard: Guard, confirmMs: number): string {
  if (guard === "none") return "This cannot take itself back: the router's user may not start jobs there.";
  const keep = `Guard: once it is done you have ${confirmMs / 1_000} seconds to keep it; else, or when this program is cut off (${ARM_MS / 1_000} s), the router takes it back by itself`;
  return guard === "job"
    ? `${keep}, unless the router restarts in between: then it stays.`
    : `${keep}, also after a restart.`;
}

const FINAL = "Not everything of this can be taken back.";
export const CUTS = "This could cut off the router, its owner or this program, and it cannot take itself back";
export const LOST = "This could disturb the network, and there is no way back from it";

/** Refused on a real router, with the command for whoever wants it all the same. */
export function refusal(risk: Risk, why: string, command: string): Fault {
  return fault("denied", `${why}: it is not done here.`, {
    code: risk,
    next: `To do it yourself, type in the router's own terminal: ${command}`,
  });
}

const isFinal = (step: Step): boolean => step.undo === null && step.kind !== "add";

/** Looks how these steps can be guarded on this router now. */
export async function guarded(
  s: Scope,
  rest: Rest,
  steps: readonly Step[],
  { risk, command, confirmMs }: { risk: Risk; command: string; confirmMs: number },
): Wait<Guarded> {
  const why = steps.map(unarmable).find((w) => w !== null);
  const isHarmless = risk === "read" || risk === "reversible";
  // One call is done or not done; between several the program could be cut off.
  const isOpen = why !== undefined || (isHarmless && steps.length < 2);
  const guard = isOpen ? "none" : await guardOf(s, rest);
  if (isFault(guard)) return guard;
  const final = steps.some(isFinal);
  if (isHarmless) return { guard, says: final ? [FINAL] : [], refusal: null };
  const no = risk === "lifeline" && guard === "none" ? CUTS : LOST;
  return {
    guard,
    says: [why === undefined ? sayGuard(guard, confirmMs) : `This cannot take itself back: ${why}.`],
    refusal: no === CUTS || final ? refusal(risk, no, command) : null,
  };
}
