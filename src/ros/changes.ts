// The changes of one router: one after another, at most one of them waiting to be kept.

import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import { CHANGE_MS, PLANS_KEPT_MAX } from "../base/limits.ts";
import { CONFIRM_MS_MAX } from "../base/limits-changes.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import { touch } from "../base/table.ts";
import type { Clock, Log } from "../port/clock.ts";
import type { Changed, Router, RouterFacts } from "../port/router.ts";
import { armName, leftArmed } from "./arm.ts";
import { type Measuring, measured } from "./measure.ts";
import { type Kept, stillFits } from "./plan.ts";
import type { Done } from "./step.ts";
import { type Hand, overMs, settleHand, type Traded, transact } from "./transact.ts";
import { undoLine } from "./undo-script.ts";

export interface ChangesDeps extends Measuring {
  clock: Clock;
  log: Log;
  /** How long the owner has to say keep. */
  confirmMs: number;
  /** What was begun ends with this, not with its caller. */
  scope: Scope;
  facts(s: Scope): Wait<RouterFacts>;
}

export interface Changes extends Pick<Router, "settle" | "unfinished"> {
  make(s: Scope, kept: Kept): Wait<Changed>;
  /** The line that undoes a kept change; null when none is known. */
  undoLine(hash: string): string | null;
}

const another = (): Fault =>
  fault("conflict", "Another change waits to be kept; two at once could not be taken back apart.", {
    next: "Say /keep or /revert first.",
  });

const unknown = (): Fault =>
  fault("conflict", "No change of this kind waits (any more).", { next: "Look at the router with print." });

/** An empty list of changes. */
export function makeChanges(deps: ChangesDeps): Changes {
  const { rest, clock, scope, confirmMs } = deps;
  const pending = new Map<string, Hand>();
  const lines = new Map<string, string>();
  let last: Promise<unknown> = Promise.resolve();

  // Once begun it runs to its end: half a change helps nobody. Calls of two never mix.
  const queue = async (s: Scope, capMs: number, run: (own: Scope) => Wait<Changed>): Wait<Changed> => {
    const mine = last.then(() => launch(scope, capMs, run).done);
    last = mine.then(
      () => undefined,
      () => undefined,
    );
    const over = await orStop(s, mine);
    return isFault(over) && s.stopped !== null ? refault(over, { maybeDone: true }) : over;
  };

  const note = (event: string, hash: string, over: Outcome<Changed>, more: Record<string, string>): void =>
    deps.log.event(isFault(over) ? "warn" : "info", event, {
      hash: armName(hash),
      ...more,
      state: isFault(over) ? over.fault : over.state,
    });

  const remember = (hash: string, done: readonly Done[]): void => {
    const line = undoLine(done);
    if (line === null) lines.delete(hash);
    else touch(lines, hash, PLANS_KEPT_MAX, line);
  };

  const mayBegin = async (s: Scope, kept: Kept): Wait<void> => {
    const facts = await deps.facts(s);
    if (isFault(facts)) return facts;
    if (kept.refusal !== null && !facts.simulated) return kept.refusal;
    if (!stillFits(facts, kept))
      return fault("conflict", "The router is not the one, or not the version, that this was planned for.", {
        next: "Ask for the change again.",
      });
    for (const [hash, hand] of pending) if (clock.monoMs() >= overMs(hand)) pending.delete(hash);
    return pending.size > 0 ? another() : undefined;
  };

  /** What it did, measured, is told with it. */
  const withEffect = async (s: Scope, { changed, hand, done }: Traded): Promise<Changed> => {
    if (changed.state === "reverted") return changed;
    const effect = await measured(s, deps, hand?.done ?? done);
    const told = [changed.told, effect].filter((line) => line !== "").join(" ");
    return { ...changed, told, ...(hand === null ? {} : { keepMs: hand.arm.untilMs - clock.monoMs() }) };
  };

  const makeNow = async (s: Scope, kept: Kept): Wait<Changed> => {
    const no = await mayBegin(s, kept);
    if (isFault(no)) return no;
    const traded = await transact(s, { rest, clock, confirmMs }, kept);
    const { hash, risk } = kept.plan;
    const changed = isFault(traded) ? traded : await withEffect(s, traded);
    note("router.change", hash, changed, { risk });
    if (isFault(traded)) return traded;
    if (traded.hand !== null) pending.set(hash, traded.hand);
    else if (traded.changed.state === "kept") remember(hash, traded.done);
    return changed;
  };

  return {
    make: (s, kept) => queue(s, CHANGE_MS, (own) => makeNow(own, kept)),
    settle(s, hash, how) {
      return queue(s, CHANGE_MS + CONFIRM_MS_MAX, async (own) => {
        const hand = pending.get(hash);
        if (hand === undefined) return unknown();
        const over = await settleHand(own, { rest, clock, confirmMs }, hand, how);
        if (!isFault(over)) pending.delete(hash);
        if (!isFault(over) && over.state === "kept") remember(hash, hand.done);
        note("router.settle", hash, over, { how });
        return over;
      });
    },
    undoLine: (hash) => lines.get(hash) ?? null,
    async unfinished(s) {
      const names = await leftArmed(s, rest);
      const own = new Set([...pending.keys()].map(armName));
      if (isFault(names)) return names;
      return names
        .filter((name) => !own.has(name))
        .map((name) => `Change ${name} was not confirmed before the last restart: the router takes it back by itself.`);
    },
  };
}
