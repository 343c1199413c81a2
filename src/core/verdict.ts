// What is answered to whoever decides on a plan: what became of it, in words for the person
// and the model, with the plan's last row.

import { type Fault, fault, isFault, sayFault } from "../base/fault.ts";
import { EVENT_UNITS_MAX } from "../base/limits-audit.ts";
import type { Scope } from "../base/scope.ts";
import type { Inbound } from "../port/channel.ts";
import type { Changed } from "../port/router.ts";
import type { Row } from "../port/store.ts";
import type { Note } from "../ros/journal.ts";
import { byWhom } from "./audit.ts";
import type { CoreDeps } from "./deps.ts";
import { readPlanId } from "./plan-id.ts";
import type { OpenPlan, Plans } from "./plans.ts";
import { mayNot, type Right } from "./policy.ts";
import { asDataLine } from "./router-data.ts";
import { laneKey, type PlanState, planNoteOf, planRow } from "./rows.ts";
import type { Sessions } from "./session.ts";

/** What approve and deny need of the turn that asks. */
export interface Approver {
  readonly deps: CoreDeps;
  readonly plans: Plans;
  readonly sessions: Sessions;
  readonly who: Inbound;
  /** The pipeline's own scope: a change that was sent is not cut by /stop. */
  readonly life: Scope;
  /** Tells that a change is under way, and when it is over. */
  applying(on: boolean): void;
  tell(text: string, rows: readonly Row[]): Promise<void>;
}

/** What to tell, and the plan's last row for the same put as the answer. */
export interface Verdict {
  readonly text: string;
  readonly rows: readonly Row[];
  readonly fault?: Fault;
  /** Not from whom it is meant, or not recorded: its button stays. */
  readonly refused?: true;
  /** The plan that is applied and waits to be kept. */
  readonly pending?: string;
}

/** Nothing was decided, and why. */
export function says(text: string): Verdict {
  return { text, rows: [], fault: fault("conflict", text) };
}

/** Not from whom it is meant: its button stays. */
export function refuses(text: string): Verdict {
  return { ...says(text), refused: true };
}

/** What to say to whoever may not do this; null: they may. */
export function barred({ deps, who }: Approver, right: Right): Verdict | null {
  const no = mayNot(deps, who, right);
  return no === null ? null : { text: sayFault(no), rows: [], fault: no, refused: true };
}

export const UNKNOWN =
  "This plan is not known (any more): MikroClaw was restarted, or it is long ago. Ask again to get a new one; if you had approved it already, look at the router first.";

export const ENDED: Readonly<Record<string, string>> = {
  kept: "This plan was applied already; it is not done twice.",
  reverted: "This plan was tried already and was taken back. Ask again if it is still wanted.",
  denied: "This plan was refused; nothing was changed. Ask again if it is wanted after all.",
  expired: "This plan has expired; nothing was changed. Ask again to get a new one.",
  failed: "This plan was tried already and failed. Ask again to get a new one.",
  approving: "This plan is being applied right now.",
  pending: "This plan is applied and waits for /keep or /revert.",
};

const ENDED_WHY: Readonly<Record<string, string>> = {
  restart: "This plan is no longer known after a restart; nothing was changed. Ask again to get a new one.",
  unsure:
    "MikroClaw was stopped while this plan was being applied. It may be done or not: look at the router before you ask again.",
  unkept:
    "MikroClaw was restarted before this was kept: the router takes it back by itself. Look at it before you ask again.",
  displaced: "This plan expired because too many others came after it; nothing was changed. Ask again.",
};

/** What is known of a plan that is not open. */
async function ended(s: Scope, a: Approver, id: string): Promise<string> {
  const row = await a.deps.store.get(s, "plan", id);
  if (isFault(row)) return sayFault(row);
  if (row === null) return UNKNOWN;
  const note = planNoteOf(row);
  if (isFault(note)) return sayFault(note);
  if (note.sender !== a.who.sender || laneKey(note) !== laneKey(a.who)) return UNKNOWN;
  return ENDED_WHY[note.why] ?? ENDED[row.state] ?? UNKNOWN;
}

/** What was picked is a plan, unless it is this. */
export function isVerdict(x: OpenPlan | Verdict): x is Verdict {
  return "rows" in x;
}

/** The only one of these, which needs no name; else what to say. `wait` and `none` begin and are the sentence. */
export function onlyOf(own: readonly OpenPlan[], verb: string, none: string, wait: string): OpenPlan | Verdict {
  const [only, more] = own;
  if (only === undefined) return says(none);
  if (more === undefined) return only;
  return says(`${wait}: ${own.map((p) => p.id).join(", ")}. Name one: /${verb} ${only.id}`);
}

/** The plan of this ID while it is in the table, whoever asks; else what to say. */
export async function planNamed(s: Scope, a: Approver, named: string, verb: string): Promise<OpenPlan | Verdict> {
  const id = readPlanId(named);
  if (id === null) return says(`This is not a plan ID: it has six letters and digits, as in /${verb} K7Q2M9.`);
  return a.plans.get(id) ?? says(await ended(s, a, id));
}

/** Who decides, for the audit log. */
export const deciding = ({ who }: Approver, { id }: OpenPlan): Note => ({ ...byWhom(who), plan: id });

/** How a plan's change ended; the audit log has it before the person. */
export async function concluded(a: Approver, plan: OpenPlan, over: Changed | Fault): Promise<Verdict> {
  const verdict = verdictOf(a, plan, over);
  const failed = isFault(over);
  const state = !failed ? over.state : over.maybeDone ? "unsure" : "failed";
  const note = { plan: plan.id, state, told: failed ? sayFault(over) : over.told };
  const kept = await a.deps.audit.add(a.life, "result", note);
  if (!isFault(kept)) return verdict;
  a.deps.log.event("error", "audit.unkept", { plan: plan.id, what: kept.what });
  return { ...verdict, text: `${verdict.text}\n${sayFault(kept)}` };
}

/** How a plan's change ended, or that it waits to be kept. */
function verdictOf(a: Approver, plan: OpenPlan, over: Changed | Fault): Verdict {
  const end = (state: PlanState, why: string): Row[] => [planRow(plan.id, { ...plan.note, why }, state)];
  // What the router said may hold names that strangers gave.
  const tell = (state: string, text: string): void => {
    const result = `${state}. ${asDataLine(text, EVENT_UNITS_MAX)}`;
    a.sessions.note(plan.lane, `The person approved plan ${plan.id} (${plan.plan.command}). Result: ${result}`);
  };
  if (!isFault(over)) {
    tell(over.state, over.told);
    if (over.state !== "pending") return { text: over.told, rows: end(over.state, "") };
    const text = `${over.told}\nKeep: /keep ${plan.id}   Take back: /revert ${plan.id}`;
    return { text, rows: end("pending", ""), pending: plan.id };
  }
  const sure = over.maybeDone
    ? "It is not certain whether the change was made: look at the router before you try again."
    : "Nothing was changed.";
  const text = `Plan ${plan.id} could not be finished. ${sayFault(over)} ${sure}`;
  tell("failed", text);
  return { text, rows: end("failed", over.maybeDone ? "unsure" : ""), fault: over };
}
