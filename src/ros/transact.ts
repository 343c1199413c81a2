// A change as a transaction: armed on the router before the first write, applied, looked at
// over a new connection, then kept, or pending until the owner keeps it. Whatever fails,
// the router ends as before or as planned, and what is told is what was read.

import { type Fault, fault, isFault, refault, sayFault, type Wait } from "../base/fault.ts";
import { ARM_MS, ARM_TWIN_MS, ARM_WRITE_MS, KEEP_MARGIN_MS, READ_BACK_PAUSE_MS } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import type { Clock } from "../port/clock.ts";
import type { Changed, RosRow } from "../port/router.ts";
import { type Applying, applySteps, checkAll, halfDone, patiently, performAll, takeBackAll, tell } from "./apply.ts";
import { type Arm, armName, armRouter, type Charge, disarm, logEnd } from "./arm.ts";
import { type Stand, standSince } from "./check.ts";
import type { Kept } from "./plan.ts";
import type { Rest } from "./rest.ts";
import type { Done } from "./step.ts";
import { type Undoing, undoing, undoScript } from "./undo-script.ts";

/** A change that the router takes back by itself unless it is disarmed. */
export interface Hand {
  done: readonly Done[];
  arm: Arm;
}

/** How it ended; with a hand when it is pending. */
export interface Traded {
  changed: Changed;
  hand: Hand | null;
  done: readonly Done[];
}

interface Trading {
  rest: Rest;
  clock: Clock;
  /** How long the owner has to say keep. */
  confirmMs: number;
}

const slow = (): Fault => fault("timeout", "It took too long, so no more was done.");

/** The rows that the undo of an add or a remove must tell apart. */
async function undoings(s: Scope, t: Trading, kept: Kept): Wait<readonly Undoing[]> {
  const menus = new Map<string, readonly RosRow[]>();
  for (const { kind, menu } of kept.steps) {
    if ((kind !== "add" && kind !== "remove") || menus.has(menu)) continue;
    const rows = await t.rest.rows(s, { method: "GET", path: menu });
    if (isFault(rows)) return rows;
    menus.set(menu, rows);
  }
  return kept.steps.map((step) => undoing(step, menus.get(step.menu) ?? []));
}

/** Where all of a change stands; "other" when its steps differ. */
async function standAll(s: Scope, a: Applying, done: readonly Done[]): Wait<Stand> {
  const stands: Stand[] = [];
  for (const d of done) {
    const stand = await patiently(s, a, () => standSince(s, a, d));
    if (isFault(stand)) return stand;
    stands.push(stand);
  }
  const [first = "before"] = stands;
  return stands.every((x) => x === first) ? first : "other";
}

/** Waits until the router has had its time, then looks; what it has not done is done here. */
async function afterwards(s: Scope, a: Applying, hand: Hand, why: string): Wait<Changed> {
  const restMs = hand.arm.untilMs - a.clock.monoMs() + READ_BACK_PAUSE_MS;
  const slept = restMs > 0 ? await a.clock.sleep(s, restMs) : undefined;
  if (isFault(slept)) return slept;
  const stand = await standAll(s, a, hand.done);
  if (stand === "before") return reverted(s, a, hand, `${why} The router has taken the change back by itself.`);
  if (isFault(stand)) {
    const what = `${why} The router takes the change back by itself, but it could not be seen yet: ${stand.what}`;
    return fault(stand.fault, what, { maybeDone: true, next: "Look at it with print when it answers again." });
  }
  const stayed = await takeBackAll(s, a, hand.done);
  if (stayed.length > 0) return halfDone(`${why} The router has not taken all of it back by itself`, stayed);
  return reverted(s, a, hand, `${why} The router had not taken all of it back by itself; it is taken back now.`);
}

/** All is as before; what may be left of the arm goes. */
async function reverted(s: Scope, a: Applying, hand: Hand, told: string): Promise<Changed> {
  const off = await disarm(s, a, hand.arm);
  const left = isFault(off) ? " Its timer could not be removed: wait a minute before the next change." : "";
  return { state: "reverted", told: told + left };
}

/** Takes all back now; where that cannot be done or seen, the router's own way back is waited for. */
async function rollBack(s: Scope, a: Applying, hand: Hand, why: string, sure = true): Wait<Changed> {
  const stayed = sure ? await takeBackAll(s, a, hand.done) : ["?"];
  if (stayed.length > 0) return afterwards(s, a, hand, why);
  const over = await disarm(s, a, hand.arm);
  // Armed still, it would undo once more what the next change may have made.
  if (isFault(over)) return afterwards(s, a, hand, why);
  await logEnd(s, a.rest, hand.arm.name, "taken back");
  return { state: "reverted", told: `${why} It is taken back.` };
}

/** Whether the router can still be reached, and everything is as planned. */
async function verify(s: Scope, a: Applying, done: readonly Done[]): Wait<Changed> {
  const reached = await patiently(s, a, () => a.rest.rows(s, { method: "GET", path: "/system/identity", fresh: true }));
  if (isFault(reached)) return reached;
  return tell(s, a, done);
}

const pendingText = (told: string, keepMs: number): string =>
  `${told} It is not final: keep it within ${Math.floor(keepMs / 1_000)} seconds, or the router takes it back by itself.`;

/** Applies an armed change up to where it is kept or pending. */
async function applyArmed(
  s: Scope,
  a: Applying & Trading,
  kept: Kept,
  all: readonly Undoing[],
  arm: Arm,
): Wait<Traded> {
  const end = async (changed: Wait<Changed>): Wait<Traded> => {
    const over = await changed;
    return isFault(over) ? over : { changed: over, hand: null, done: [] };
  };
  const late = (): Fault | null => (a.clock.monoMs() > arm.untilMs - ARM_MS / 2 ? slow() : null);
  const { done: sent, why } = await performAll(s, a, kept.steps, late);
  const knownOf = (d: Done): Done => ({ ...d, known: all.find((u) => u.step === d.step)?.known ?? [] });
  const done = sent.map(knownOf);
  if (why !== null) {
    const failed = kept.steps[done.length];
    // The fate of the one that failed may be open.
    const open = why.maybeDone && failed !== undefined ? [knownOf({ step: failed, id: null })] : [];
    const hand = { done: [...done, ...open], arm };
    return end(rollBack(s, a, hand, `Not changed: ${sayFault(why)}`, open.length === 0));
  }
  const seen = await verify(s, a, done);
  if (isFault(seen)) return end(rollBack(s, a, { done, arm }, `Not kept: ${sayFault(seen)}`));
  if (late() !== null)
    return end(afterwards(s, a, { done, arm }, "After the change the router did not answer for a while."));
  if (kept.plan.risk === "reversible") {
    const over = await disarm(s, a, arm);
    if (over !== true) return end(afterwards(s, a, { done, arm }, "It took too long."));
    await logEnd(s, a.rest, arm.name, "kept");
    return { changed: seen, hand: null, done };
  }
  const exact = all.map((u) => ({ ...u, id: done.find((d) => d.step === u.step)?.id ?? null }));
  const again = await armRouter(s, a, { ...chargeOf(kept, exact), inMs: a.confirmMs }, arm);
  if (isFault(again)) return end(rollBack(s, a, { done, arm }, `Not kept: ${sayFault(again)}`));
  const keepMs = again.untilMs - a.clock.monoMs();
  return {
    changed: { state: "pending", told: pendingText(seen.told, a.confirmMs), keepMs },
    hand: { done, arm: again },
    done,
  };
}

function chargeOf(kept: Kept, all: readonly Undoing[]): Charge {
  return { name: armName(kept.plan.hash), undo: undoScript(all) ?? "", guard: kept.guard, inMs: ARM_MS };
}

/** Carries out an approved plan in the way that it was shown to be guarded. */
export async function transact(s: Scope, t: Trading, kept: Kept): Wait<Traded> {
  if (kept.guard === "none") {
    const applied = await applySteps(s, t, kept.steps);
    return isFault(applied) ? applied : { ...applied, hand: null };
  }
  const a = { ...t, writeMs: ARM_WRITE_MS };
  const all = await undoings(s, t, kept);
  if (isFault(all)) return all;
  const charge = chargeOf(kept, all);
  if (charge.undo === "") {
    return fault("limit", "The way back would be too long for the router's own script, so nothing was changed.", {
      next: "Do it in smaller steps.",
    });
  }
  const moved = await checkAll(s, a, kept.steps);
  if (isFault(moved)) return moved;
  const arm = await armRouter(s, a, charge);
  return isFault(arm) ? arm : applyArmed(s, a, kept, all, arm);
}

/** Ends a pending change as the owner wants it, or as the router has ended it. */
export async function settleHand(s: Scope, t: Trading, hand: Hand, how: "keep" | "revert" | "look"): Wait<Changed> {
  const a: Applying = { ...t, writeMs: ARM_WRITE_MS };
  if (how === "revert") return rollBack(s, a, hand, "As you asked:");
  const leftMs = hand.arm.untilMs - t.clock.monoMs();
  if (how === "look" || leftMs < KEEP_MARGIN_MS) {
    const late = how === "keep" ? "This came too late." : `Nobody said keep within ${t.confirmMs / 1_000} seconds.`;
    return afterwards(s, a, hand, late);
  }
  let over = await disarm(s, a, hand.arm);
  while (isFault(over) && a.clock.monoMs() < hand.arm.untilMs) {
    const slept = await a.clock.sleep(s, READ_BACK_PAUSE_MS);
    over = isFault(slept) ? slept : await disarm(s, a, hand.arm);
    if (isFault(slept)) break;
  }
  if (isFault(over)) return refault(over, { maybeDone: true });
  // Gone at the second try means that the first one was heard, unless the router was quicker.
  const stand = over ? "after" : await standAll(s, a, hand.done);
  if (stand !== "after") return afterwards(s, a, hand, "The router was quicker.");
  await logEnd(s, t.rest, hand.arm.name, "kept");
  return { state: "kept", told: "It is kept." };
}

/** When nothing of it can fire any more, monotonic. */
export const overMs = (hand: Hand): number => hand.arm.untilMs + ARM_TWIN_MS;
