// Spends approvals: bound to plan hash, person and conversation, once, until they expire.
// The only place where an Approval is made, and the only caller of Router.change.

import { type Fault, fault, isFault, refault, sayFault, type Wait } from "../base/fault.ts";
import { TURN_CAP_MS } from "../base/limits.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import type { Inbound } from "../port/channel.ts";
import type { Approval, Changed } from "../port/router.ts";
import type { Row } from "../port/store.ts";
import type { CoreDeps } from "./deps.ts";
import { readPlanId } from "./plan-id.ts";
import { isBoundTo, type OpenPlan, type Plans } from "./plans.ts";
import { joinKey, laneKey, type PlanState, planNoteOf, planRow, putRows } from "./rows.ts";
import type { Sessions } from "./session.ts";
import { caught } from "./slots.ts";

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
}

/** What to tell, and the plan's last row for the same put as the answer. */
export interface Verdict {
  readonly text: string;
  readonly rows: readonly Row[];
  readonly fault?: Fault;
  /** Not from whom it is meant, or not recorded: its button stays. */
  readonly refused?: true;
}

const made = new WeakSet<object>();

/** True only for approvals made here and not yet used; using one spends it. */
export function spendApproval(approval: Approval, planHash: string): boolean {
  return made.delete(approval) && approval.planHash === planHash;
}

function makeApproval(planHash: string): Approval {
  const approval: Approval = Object.freeze({ planHash });
  made.add(approval);
  return approval;
}

/** Nothing was decided, and why. */
function says(text: string): Verdict {
  return { text, rows: [], fault: fault("conflict", text) };
}

function refuses(text: string): Verdict {
  return { ...says(text), refused: true };
}

const UNKNOWN =
  "This plan is not known (any more): MikroClaw was restarted, or it is long ago. Ask again to get a new one; if you had approved it already, look at the router first.";

const ENDED: Readonly<Record<string, string>> = {
  kept: "This plan was applied already; it is not done twice.",
  reverted: "This plan was tried already and was taken back. Ask again if it is still wanted.",
  denied: "This plan was refused; nothing was changed. Ask again if it is wanted after all.",
  expired: "This plan has expired; nothing was changed. Ask again to get a new one.",
  failed: "This plan was tried already and failed. Ask again to get a new one.",
  approving: "This plan is being applied right now.",
};

const ENDED_WHY: Readonly<Record<string, string>> = {
  restart: "This plan is no longer known after a restart; nothing was changed. Ask again to get a new one.",
  unsure:
    "MikroClaw was stopped while this plan was being applied. It may be done or not: look at the router before you ask again.",
  displaced: "This plan expired because too many others came after it; nothing was changed. Ask again.",
};

/** What is known of a plan that is not open. */
async function ended(s: Scope, a: Approver, id: string): Promise<string> {
  const row = await a.deps.store.get(s, "plan", id);
  if (isFault(row)) return sayFault(row);
  if (row === null) return UNKNOWN;
  const note = planNoteOf(row);
  if (isFault(note)) return sayFault(note);
  const lane = joinKey(note.channel, note.account, note.chat, note.thread);
  if (note.sender !== a.who.sender || lane !== laneKey(a.who)) {
    return UNKNOWN;
  }
  return ENDED_WHY[note.why] ?? ENDED[row.state] ?? UNKNOWN;
}

/** The only plan that this person could mean without naming it. */
function pickOnly(a: Approver, verb: string): OpenPlan | Verdict {
  const own = a.plans.of(a.who);
  const only = own[0];
  if (only === undefined) return says("No plan of yours is waiting for approval here.");
  if (own.length === 1) return only;
  return says(`Several plans are waiting: ${own.map((p) => p.id).join(", ")}. Name one: /${verb} ${only.id}`);
}

/** The open plan that was meant, or what to say instead. */
async function pick(s: Scope, a: Approver, named: string, verb: string): Promise<OpenPlan | Verdict> {
  if (named.trim() === "") return pickOnly(a, verb);
  const id = readPlanId(named);
  if (id === null) return says(`This is not a plan ID: it has six letters and digits, as in /${verb} K7Q2M9.`);
  const plan = a.plans.get(id);
  if (plan === undefined) return says(await ended(s, a, id));
  if (plan.spent) return says(isBoundTo(plan, a.who) ? (ENDED["approving"] ?? UNKNOWN) : UNKNOWN);
  if (plan.lane !== laneKey(a.who)) {
    a.deps.log.event("warn", "approve.chat", { plan: id, sender: a.who.sender, chat: a.who.chat });
    return refuses("This plan was offered in another conversation and can only be decided there. Nothing was changed.");
  }
  if (plan.note.sender !== a.who.sender) {
    a.deps.log.event("warn", "approve.person", { plan: id, sender: a.who.sender });
    return refuses("This plan was offered to another person and only they can decide it. Nothing was changed.");
  }
  if (a.deps.clock.monoMs() >= plan.expiresMs) {
    a.plans.close(id);
    return { ...says(ENDED["expired"] ?? UNKNOWN), rows: [planRow(id, plan.note, "expired")] };
  }
  return plan;
}

function isVerdict(x: OpenPlan | Verdict): x is Verdict {
  return "rows" in x;
}

/** Sends the change. On shutdown only the wait ends: the router goes on with what it got. */
async function change(s: Scope, a: Approver, plan: OpenPlan): Wait<Changed> {
  const { router } = a.deps;
  if (router === null) return fault("missing", "No router is configured.", { next: "Set ROUTER_HOST." });
  if (s.stopped !== null) return s.stopped;
  const approval = makeApproval(plan.plan.hash);
  const running = launch(a.life, TURN_CAP_MS, (cs) => router.change(cs, plan.plan, approval));
  const ran = await caught(orStop(s, running.done));
  made.delete(approval);
  if ("bug" in ran) {
    a.deps.log.event("error", "approve.bug", { plan: plan.id, what: ran.bug });
    return fault("failed", "There was an internal error while the change was being applied.", { maybeDone: true });
  }
  const over = ran.value;
  // The scope's own stop says nothing about the router; what was sent may be done.
  if (isFault(over) && over === s.stopped) return refault(over, { maybeDone: true, code: "unsure" });
  return over;
}

function verdictOf(a: Approver, plan: OpenPlan, over: Changed | Fault): Verdict {
  const end = (state: PlanState, why: string): Row[] => [planRow(plan.id, { ...plan.note, why }, state)];
  const tell = (text: string): void =>
    a.sessions.note(plan.lane, `The person approved plan ${plan.id} (${plan.plan.command}). Result: ${text}`);
  if (!isFault(over)) {
    tell(`${over.state}. ${over.told}`);
    return { text: over.told, rows: end(over.state, "") };
  }
  const sure = over.maybeDone
    ? "It is not certain whether the change was made: look at the router before you try again."
    : "Nothing was changed.";
  const text = `Plan ${plan.id} could not be finished. ${sayFault(over)} ${sure}`;
  tell(text);
  return { text, rows: end("failed", over.maybeDone ? "unsure" : ""), fault: over };
}

/** Takes the plan for one decision; nothing is waited for between the look and the taking. */
function claim(a: Approver, plan: OpenPlan): boolean {
  if (plan.spent || a.plans.get(plan.id) !== plan) return false;
  plan.spent = true;
  return true;
}

/** Applies the plan that was meant, or says why not. */
export async function approve(s: Scope, a: Approver, named: string): Promise<Verdict> {
  const plan = await pick(s, a, named, "approve");
  if (isVerdict(plan)) return plan;
  if (!claim(a, plan)) return says(ENDED["approving"] ?? UNKNOWN);
  const put = await putRows(s, a.deps, [planRow(plan.id, plan.note, "approving")]);
  if (isFault(put)) {
    plan.spent = false;
    return {
      text: `The approval could not be recorded, so nothing was changed. ${sayFault(put)}`,
      rows: [],
      fault: put,
      refused: true,
    };
  }
  a.applying(true);
  const over = await change(s, a, plan);
  a.applying(false);
  a.plans.close(plan.id);
  a.deps.log.event("info", "plan.applied", {
    plan: plan.id,
    sender: a.who.sender,
    result: isFault(over) ? over.fault : over.state,
  });
  return verdictOf(a, plan, over);
}

/** Refuses the plan that was meant. */
export async function deny(s: Scope, a: Approver, named: string): Promise<Verdict> {
  const plan = await pick(s, a, named, "deny");
  if (isVerdict(plan)) return plan;
  if (!claim(a, plan)) return says(ENDED["approving"] ?? UNKNOWN);
  a.plans.close(plan.id);
  a.sessions.note(plan.lane, `The person refused plan ${plan.id} (${plan.plan.command}). Nothing was changed.`);
  return { text: `Plan ${plan.id} is refused. Nothing was changed.`, rows: [planRow(plan.id, plan.note, "denied")] };
}

/** After a restart: nobody can approve what only the old process knew. */
export async function settlePlans(s: Scope, deps: CoreDeps, max: number): Wait<void> {
  for (const [state, end, why] of [
    ["offered", "expired", "restart"],
    ["approving", "failed", "unsure"],
  ] as const) {
    const rows = await deps.store.due(s, "plan", state, max);
    if (isFault(rows)) return rows;
    const ends: Row[] = [];
    for (const row of rows) {
      const note = planNoteOf(row);
      ends.push(isFault(note) ? { ...row, state: end } : planRow(row.key, { ...note, why }, end));
    }
    const put = ends.length > 0 ? await putRows(s, deps, ends) : undefined;
    if (isFault(put)) return put;
  }
}
