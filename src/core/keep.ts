// Ends changes that are applied but not final: the person keeps them or takes them back,
// or lets the time pass; then the router has taken them back, and the person is told.

import { fault, isFault, type Outcome, sayFault } from "../base/fault.ts";
import { CHANGE_MS } from "../base/limits.ts";
import { CONFIRM_MS_MAX } from "../base/limits-changes.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import type { Changed } from "../port/router.ts";
import { isBoundTo, type OpenPlan } from "./plans.ts";
import { caught, spawn } from "./slots.ts";
import { noRouter } from "./toolrun.ts";
import {
  type Approver,
  barred,
  concluded,
  deciding,
  isVerdict,
  onlyOf,
  planNamed,
  refuses,
  says,
  UNKNOWN,
  type Verdict,
} from "./verdict.ts";

type How = "keep" | "revert" | "look";

/** The pending plan that was meant, or what to say instead. */
async function pick(s: Scope, a: Approver, named: string, how: How): Promise<OpenPlan | Verdict> {
  if (named.trim() === "") {
    return onlyOf(a.plans.pendingOf(a.who), how, "Nothing of yours waits to be kept here.", "Several changes wait");
  }
  const plan = await planNamed(s, a, named, how);
  if (isVerdict(plan)) return plan;
  if (!isBoundTo(plan, a.who)) {
    a.deps.log.event("warn", "keep.person", { plan: plan.id, sender: a.who.sender, chat: a.who.chat });
    return refuses("This change can only be decided by who approved it, in that conversation.");
  }
  if (plan.keepUntilMs !== null) return plan;
  return says(plan.spent ? "This is being worked on right now." : UNKNOWN);
}

type Ran = Awaited<ReturnType<typeof caught<Outcome<Changed>>>>;

/** What is said of it. Undecided and in time, it may be said again; the router goes on by itself. */
async function finish(a: Approver, plan: OpenPlan, how: How, until: number, ran: Ran): Promise<Verdict> {
  const over = "bug" in ran ? fault("failed", "There was an internal error.", { maybeDone: true }) : ran.value;
  if ("bug" in ran) a.deps.log.event("error", "keep.bug", { plan: plan.id, what: ran.bug });
  if (isFault(over) && a.deps.clock.monoMs() < until) plan.keepUntilMs = until;
  else a.plans.close(plan.id);
  const result = isFault(over) ? over.fault : over.state;
  a.deps.log.event("info", "plan.settled", { plan: plan.id, how, result });
  return concluded(a, plan, over);
}

async function tellEnd(a: Approver, plan: OpenPlan, verdict: Verdict): Promise<undefined> {
  await a.tell(`Plan ${plan.id} (${plan.plan.command}): ${verdict.text}`, verdict.rows);
}

/** Asks the router; what was begun goes on when its caller leaves. Null: somebody else was quicker. */
async function settle(s: Scope, a: Approver, plan: OpenPlan, how: How): Promise<Verdict | null> {
  const until = plan.keepUntilMs;
  const { router } = a.deps;
  if (until === null) return null;
  plan.keepUntilMs = null;
  const running = launch<Changed>(a.life, CHANGE_MS + CONFIRM_MS_MAX, async (own) =>
    router === null ? noRouter() : router.settle(own, plan.plan.hash, how),
  );
  const ran = await caught(orStop(s, running.done));
  if (s.stopped === null || a.life.stopped !== null) return finish(a, plan, how, until, ran);
  spawn(a.deps.log, a.life, "keep", async () =>
    tellEnd(a, plan, await finish(a, plan, how, until, await caught(running.done))),
  );
  return says("The router does not answer yet; you will be told how it ends.");
}

/** Keeps or takes back the change that was meant. */
export async function decide(s: Scope, a: Approver, named: string, how: "keep" | "revert"): Promise<Verdict> {
  const plan = barred(a, "decide") ?? (await pick(s, a, named, how));
  if (isVerdict(plan)) return plan;
  const noted = await a.deps.audit.add(s, how, deciding(a, plan));
  // Taking back is the safe way, whether anybody will read of it or not.
  if (isFault(noted) && how === "keep")
    return refuses(`This could not be recorded, so it is not kept: the router takes it back. ${sayFault(noted)}`);
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
    return verdict === null ? undefined : tellEnd(a, plan, verdict);
  });
}
