// Ends changes that are applied but not final: the person keeps them or takes them back,
// or lets the time pass; then the router has taken them back, and the person is told.

import { isFault } from "../base/fault.ts";
import { CHANGE_MS, CONFIRM_MS } from "../base/limits.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import type { Changed } from "../port/router.ts";
import { readPlanId } from "./plan-id.ts";
import { isBoundTo, type OpenPlan } from "./plans.ts";
import { caught, spawn } from "./slots.ts";
import { noRouter } from "./toolrun.ts";
import { type Approver, ended, refuses, says, UNKNOWN, type Verdict, verdictOf } from "./verdict.ts";

type How = "keep" | "revert" | "look";

/** The pending plan that was meant, or what to say instead. */
async function pick(s: Scope, a: Approver, named: string, how: How): Promise<OpenPlan | Verdict> {
  if (named.trim() === "") {
    const own = a.plans.pendingOf(a.who);
    const [only, more] = own;
    if (only === undefined) return says("Nothing of yours waits to be kept here.");
    if (more === undefined) return only;
    return says(`Several changes wait: ${own.map((p) => p.id).join(", ")}. Name one: /${how} ${only.id}`);
  }
  const id = readPlanId(named);
  if (id === null) return says(`This is not a plan ID: it has six letters and digits, as in /${how} K7Q2M9.`);
  const plan = a.plans.get(id);
  if (plan === undefined) return says(await ended(s, a, id));
  if (!isBoundTo(plan, a.who)) {
    a.deps.log.event("warn", "keep.person", { plan: id, sender: a.who.sender, chat: a.who.chat });
    return refuses("This change can only be decided by who approved it, in that conversation.");
  }
  if (plan.keepUntilMs !== null) return plan;
  return says(plan.spent ? "This is being worked on right now." : UNKNOWN);
}

/** Asks the router; what was begun goes on when its caller leaves. Null: somebody else was quicker. */
async function settle(s: Scope, a: Approver, plan: OpenPlan, how: How): Promise<Verdict | null> {
  const until = plan.keepUntilMs;
  const { router } = a.deps;
  if (until === null) return null;
  plan.keepUntilMs = null;
  const ran = await caught(
    orStop<Changed>(
      s,
      launch(a.life, CHANGE_MS + CONFIRM_MS, async (own) =>
        router === null ? noRouter() : router.settle(own, plan.plan.hash, how),
      ).done,
    ),
  );
  const over = "bug" in ran ? null : ran.value;
  if ("bug" in ran) a.deps.log.event("error", "keep.bug", { plan: plan.id, what: ran.bug });
  // Not decided: it may be said again, and the router goes on by itself.
  if (over === null || (isFault(over) && how !== "look")) plan.keepUntilMs = until;
  else a.plans.close(plan.id);
  a.deps.log.event("info", "plan.settled", {
    plan: plan.id,
    how,
    result: over === null ? "bug" : isFault(over) ? over.fault : over.state,
  });
  if (over === null) return says("There was an internal error; the router takes the change back by itself.");
  return verdictOf(a, plan, over);
}

/** Keeps or takes back the change that was meant. */
export async function decide(s: Scope, a: Approver, named: string, how: "keep" | "revert"): Promise<Verdict> {
  const plan = await pick(s, a, named, how);
  if ("rows" in plan) return plan;
  a.applying(true);
  const verdict = await settle(s, a, plan, how);
  a.applying(false);
  return verdict ?? says("This is being worked on right now.");
}

/** From now on the plan waits to be kept; when its time is over the router is looked at and the person told. */
export function awaitKeep(a: Approver, plan: OpenPlan, keepMs: number): void {
  plan.keepUntilMs = a.deps.clock.monoMs() + keepMs;
  spawn(a.deps.log, a.life, "keep", async (s) => {
    const slept = await a.deps.clock.sleep(s, keepMs);
    if (isFault(slept)) return slept;
    const verdict = await settle(s, a, plan, "look");
    if (verdict !== null) await a.tell(`Plan ${plan.id} (${plan.plan.command}): ${verdict.text}`, verdict.rows);
    return undefined;
  });
}
