// Spends approvals: bound to plan hash, person and conversation, once, until they expire.
// The only place where an Approval is made, and the only caller of Router.change.

import { fault, isFault, refault, sayFault, type Wait } from "../base/fault.ts";
import { TURN_CAP_MS } from "../base/limits.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import type { Approval, Changed } from "../port/router.ts";
import type { Row } from "../port/store.ts";
import type { CoreDeps } from "./deps.ts";
import { awaitKeep } from "./keep.ts";
import { LIFELINE_WORD } from "./plan-id.ts";
import { isBoundTo, type OpenPlan } from "./plans.ts";
import { laneKey, planNoteOf, planRow, putRows } from "./rows.ts";
import { caught } from "./slots.ts";
import { noRouter } from "./toolrun.ts";
import {
  type Approver,
  barred,
  concluded,
  deciding,
  ENDED,
  isVerdict,
  onlyOf,
  planNamed,
  refuses,
  says,
  UNKNOWN,
  type Verdict,
} from "./verdict.ts";

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

/** The open plan that was meant, or what to say instead. */
async function pick(s: Scope, a: Approver, named: string, verb: string): Promise<OpenPlan | Verdict> {
  if (named.trim() === "") {
    return onlyOf(
      a.plans.of(a.who),
      verb,
      "No plan of yours is waiting for approval here.",
      "Several plans are waiting",
    );
  }
  const plan = await planNamed(s, a, named, verb);
  if (isVerdict(plan)) return plan;
  const { id } = plan;
  if (plan.spent) {
    const how = plan.keepUntilMs === null ? "approving" : "pending";
    return says(isBoundTo(plan, a.who) ? (ENDED[how] ?? UNKNOWN) : UNKNOWN);
  }
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

/** Sends the change. On shutdown only the wait ends: the router goes on with what it got. */
async function change(s: Scope, a: Approver, plan: OpenPlan): Wait<Changed> {
  const { router } = a.deps;
  if (router === null) return noRouter();
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

/** The ID and what was typed behind it. */
function typed(named: string): { id: string; sure: boolean } {
  const words = named.trim().split(/\s+/);
  const sure = words.at(-1)?.toLowerCase() === LIFELINE_WORD;
  return { id: (sure ? words.slice(0, -1) : words).join(" "), sure };
}

/** Why this person, or not in this way, cannot approve what could cut somebody off. */
function tooFar(a: Approver, { id }: OpenPlan, sure: boolean): Verdict | null {
  const typing = `This could cut off the router, its owner or this program, so a button is not enough. If you are sure, type: /approve ${id} ${LIFELINE_WORD}`;
  return barred(a, "lifeline") ?? (sure ? null : refuses(typing));
}

/** Takes the plan for one decision; nothing is waited for between the look and the taking. */
function claim(a: Approver, plan: OpenPlan): boolean {
  if (plan.spent || a.plans.get(plan.id) !== plan) return false;
  plan.spent = true;
  return true;
}

/** What is about to be sent, before it is. */
async function record(s: Scope, a: Approver, plan: OpenPlan): Wait<void> {
  const put = await putRows(s, a.deps, [planRow(plan.id, plan.note, "approving")]);
  if (isFault(put)) return put;
  const { hash, command, calls } = plan.plan;
  const sent = calls.map((c) => `${c.method} ${c.path}`);
  const noted = await a.deps.audit.add(s, "approved", { ...deciding(a, plan), planHash: hash, command, sends: sent });
  if (!isFault(noted)) return undefined;
  const back = await putRows(s, a.deps, [planRow(plan.id, plan.note, "offered")]);
  if (isFault(back)) a.deps.log.event("warn", "approve.row", { plan: plan.id, what: back.what });
  return noted;
}

/** Applies the plan that was meant, or says why not. */
export async function approve(s: Scope, a: Approver, named: string): Promise<Verdict> {
  const { id, sure } = typed(named);
  const plan = barred(a, "decide") ?? (await pick(s, a, id, "approve"));
  if (isVerdict(plan)) return plan;
  const no = plan.plan.risk === "lifeline" ? tooFar(a, plan, sure) : null;
  if (no !== null) return no;
  if (!claim(a, plan)) return says(ENDED["approving"] ?? UNKNOWN);
  const put = await record(s, a, plan);
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
  if (isFault(over) || over.state !== "pending") a.plans.close(plan.id);
  else awaitKeep(a, plan, over.keepMs ?? 0);
  a.deps.log.event("info", "plan.applied", {
    plan: plan.id,
    sender: a.who.sender,
    result: isFault(over) ? over.fault : over.state,
  });
  const verdict = await concluded(a, plan, over);
  if (plan.handout === undefined || isFault(over) || over.state === "reverted") return verdict;
  const handed = await orStop(s, plan.handout(s, a.who.channel === "cli"));
  return { ...verdict, text: `${verdict.text}\n\n${isFault(handed) ? sayFault(handed) : handed}` };
}

/** Refuses the plan that was meant. */
export async function deny(s: Scope, a: Approver, named: string): Promise<Verdict> {
  const plan = barred(a, "decide") ?? (await pick(s, a, named, "deny"));
  if (isVerdict(plan)) return plan;
  if (!claim(a, plan)) return says(ENDED["approving"] ?? UNKNOWN);
  a.plans.close(plan.id);
  const noted = await a.deps.audit.add(s, "denied", deciding(a, plan));
  if (isFault(noted)) a.deps.log.event("warn", "audit.unkept", { plan: plan.id, what: noted.what });
  a.sessions.note(plan.lane, `The person refused plan ${plan.id} (${plan.plan.command}). Nothing was changed.`);
  return { text: `Plan ${plan.id} is refused. Nothing was changed.`, rows: [planRow(plan.id, plan.note, "denied")] };
}

/** After a restart: nobody can approve what only the old process knew. */
export async function settlePlans(s: Scope, deps: CoreDeps, max: number): Wait<void> {
  for (const [state, end, why] of [
    ["offered", "expired", "restart"],
    ["approving", "failed", "unsure"],
    ["pending", "reverted", "unkept"],
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
