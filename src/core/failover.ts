// A chain of models behind one question: which is tried, in what order, how often, and what
// is told when none answers. A question is answered once; calls of an answer that did not
// come whole are never handed on. What is learned of each model and key lasts.

import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import { MODEL_PATIENCE_MS, MODEL_ROUNDS_MAX, MODEL_TRIES_MAX } from "../base/limits-models.ts";
import type { Scope } from "../base/scope.ts";
import type { Clock, Log } from "../port/clock.ts";
import type { Answer } from "../port/provider.ts";
import { makeLearned } from "./compact-ask.ts";
import { passes, sayTrouble, troubleOf } from "./failover-class.ts";
import { type Health, makeHealth, restMs } from "./failover-health.ts";
import { asksForLink, explain, LINK_WAIT, mayRest, order, type Rule, type Wish } from "./failover-route.ts";
import {
  type Candidate,
  healths,
  makeCandidates,
  otherIsReady,
  type Run,
  restOf,
  tryOne,
  type Use,
} from "./failover-try.ts";
import type { Answered, Link, LinkState, Models } from "./failover-types.ts";

/** The chain over `links`, in the owner's order. */
export function makeModels(links: readonly Link[], kit: { clock: Clock; log: Log; rules: readonly Rule[] }): Models {
  let all = makeCandidates(links);
  let { rules } = kit;
  const { clock } = kit;
  return {
    get links() {
      return all.map((c) => c.link);
    },
    async ask(s, q, wish, onText, onLost) {
      const run: Run = {
        ...{ q, onText, onLost, order: order(all, rules, wish, q, clock.monoMs()) },
        ...{ out: new Set(), unseen: new Map(), rounds: new Map(), faults: new Map() },
        ...{ shown: "", tries: 0, patienceMs: MODEL_PATIENCE_MS, looked: false },
      };
      return mayRest(run.order[0], rules, wish) ? restsFor(wish) : along(s, run, clock, kit.log);
    },
    asksForLink: (task) => asksForLink(all.length, rules, task),
    explain(q, wish) {
      const nowMs = clock.monoMs();
      const ready = all.filter((c) => c.uses.some((u) => restOf(c, u, nowMs) === 0));
      return explain(ready.length === 0 ? all : ready, rules, wish, q, nowMs);
    },
    states: () => all.map((c) => stateOf(c, clock.monoMs())),
    replace(others, otherRules) {
      all = makeCandidates(others, all);
      rules = otherRules;
    },
    lookAgain() {
      for (const h of all.flatMap(allOf)) {
        if (mayBeBack(h)) h.untilMs = Math.min(h.untilMs, clock.monoMs());
      }
    },
    wake(name) {
      for (const c of all.filter((x) => x.name === name)) {
        c.blind = false;
        c.tooLongBytes = Infinity;
        Object.assign(c.learned, makeLearned());
        for (const h of allOf(c)) {
          Object.assign(h, { ...makeHealth(), good: h.good, trying: h.trying });
        }
      }
    },
  };
}

function restsFor({ wan }: Wish): Fault {
  return fault("unreachable", `The way to the internet is ${wan} now, and this can wait.`, { code: LINK_WAIT });
}

const allOf = (c: Candidate): readonly Health[] => [c.health, ...c.uses.flatMap((u) => [u.ofKey, u.own])];

const troubled = (c: Candidate): Health | undefined => allOf(c).find((h) => h.trouble !== null);

function sayWhy(c: Candidate): string {
  const trouble = troubled(c)?.trouble ?? null;
  return trouble === null ? "" : sayTrouble(trouble);
}

function stateOf(c: Candidate, nowMs: number): LinkState {
  const keys = c.uses.map((u) => ({ kind: u.key.kind, answers: u.own.good, restMs: restOf(c, u, nowMs) }));
  return { link: c.link, why: sayWhy(c), firstMs: c.learned.firstMs, keys };
}

async function along(s: Scope, run: Run, clock: Clock, log: Log): Wait<Answered> {
  while (run.tries < MODEL_TRIES_MAX && s.stopped === null) {
    const next = nextUse(run, s.leftMs(), clock.monoMs());
    if (next === null) break;
    const done = "waitMs" in next ? await rest(s, run, next.waitMs, clock) : await step(s, run, next, clock, log);
    if (done !== null) return done;
  }
  return s.stopped ?? gaveUp(run, clock.monoMs());
}

/** Null: go on. */
async function rest(s: Scope, run: Run, waitMs: number, clock: Clock): Promise<Fault | null> {
  run.patienceMs -= waitMs;
  const slept = await clock.sleep(s, waitMs);
  return isFault(slept) ? slept : null;
}

/** One try; null: it failed, go on. */
async function step(s: Scope, run: Run, { c, u }: Chosen, clock: Clock, log: Log): Promise<Outcome<Answered> | null> {
  const answer = await tryOne(s, run, c, u, clock);
  if (!isFault(answer)) {
    if (!leavesOpen(run, answer) || !otherIsReady(run, c, clock.monoMs())) return answered(run, c, answer);
    giveWay(run, c, answer);
  }
  const why = run.faults.get(c)?.trouble ?? "aborted";
  if (isFault(answer) && why === "aborted") return s.stopped ?? answer;
  note(log, run, u, { model: c.name, key: u.key.name, why, tries: run.tries });
  return null;
}

/** Neither a word nor a call; after a tool's result it may have said all before. */
function leavesOpen({ q }: Run, { parts, stop }: Answer): boolean {
  if (stop === "length" || q.messages.at(-1)?.role === "tool") return false;
  return parts.every((p) => p.kind === "opaque" || (p.kind === "text" && p.text.trim() === ""));
}

/** Another model may have an answer to this question; this one is well. */
function giveWay(run: Run, c: Candidate, { stop }: Answer): void {
  const trouble = stop === "refused" ? "refused" : "empty";
  run.out.add(c);
  run.faults.set(c, { trouble, why: fault("failed", trouble === "empty" ? "It said nothing." : "It refused.") });
}

/** Further tries of the same tell nothing new. */
function note(log: Log, run: Run, u: Use, fields: Readonly<Record<string, string | number>>): void {
  log.event(triesOf(run, u) === 1 ? "warn" : "debug", "model.failed", fields);
}

interface Chosen {
  readonly c: Candidate;
  readonly u: Use;
}

/** Who is asked next: whoever is ready, the first in order; else the first to be, if that is soon; else who may be back. */
function nextUse(run: Run, leftMs: number, nowMs: number): Chosen | { waitMs: number } | null {
  const open = run.order.flatMap((c) => (run.out.has(c) ? [] : c.uses.map((u) => ({ c, u }))));
  const left = open.filter(({ u }) => triesOf(run, u) < MODEL_ROUNDS_MAX);
  const ready = left.find(({ c, u }) => restOf(c, u, nowMs) === 0);
  if (ready !== undefined) return ready;
  const soonest = Math.min(...left.map(({ c, u }) => (isTried(c, u, nowMs) ? TRIED_MS : restOf(c, u, nowMs))));
  if (soonest <= run.patienceMs && soonest < leftMs) return { waitMs: soonest };
  // Rests are for those who may go elsewhere. The owner may have mended the parked meanwhile; asking costs nothing.
  const unasked = left.filter(({ u }) => triesOf(run, u) === 0);
  return lookOnce(run, unasked, nowMs) ?? unasked.find(({ c, u }) => isHopeless(c, u, nowMs)) ?? null;
}

/** Once a question: of those that rest, though nobody told them to, the one that was away for the shortest time. */
function lookOnce(run: Run, unasked: readonly Chosen[], nowMs: number): Chosen | null {
  const resting = ({ c, u }: Chosen): number => restOf(c, u, nowMs);
  const away = unasked.filter(({ c, u }) => healths(c, u).every((h) => restMs(h, nowMs) === 0 || mayBeBack(h)));
  const [soonest] = away.filter((x) => resting(x) < Infinity).sort((a, b) => resting(a) - resting(b));
  if (soonest === undefined || run.looked) return null;
  run.looked = true;
  return soonest;
}

/** It failed for a reason that passes, and nobody said when. */
function mayBeBack(h: Health): boolean {
  return h.trouble !== null && passes(h.trouble) && h.why?.retryAfterMs === undefined;
}

/** What another question's try shows is known soon. */
const TRIED_MS = 1_000;

const triesOf = (run: Run, u: Use): number => run.rounds.get(u) ?? 0;

function isTried(c: Candidate, u: Use, nowMs: number): boolean {
  return healths(c, u).every((h) => h.untilMs <= nowMs);
}

/** Rests for a reason that only a person can mend. */
function isHopeless(c: Candidate, u: Use, nowMs: number): boolean {
  return healths(c, u).every((h) => h.untilMs <= nowMs || (h.trouble !== null && !passes(h.trouble)));
}

function answered(run: Run, by: Candidate, answer: Answer): Answered {
  const first = run.order[0];
  if (first === undefined || first === by) return { answer, by: by.link };
  const trouble = run.faults.get(first)?.trouble;
  return { answer, by: by.link, instead: { of: first.name, why: trouble ? sayTrouble(trouble) : sayWhy(first) } };
}

/** Why nobody answered: of one model its own words, of many a line each. */
function gaveUp(run: Run, nowMs: number): Fault {
  const told = run.order.map((c) => ({ c, why: run.faults.get(c)?.why ?? whyOf(c) }));
  const [first] = told;
  if (first === undefined) return fault("missing", "No language model is configured.", { code: "no_model" });
  const passing = told.find(({ c, why }) => passes(run.faults.get(c)?.trouble ?? troubleOf(why, false))) ?? first;
  const rest = Math.min(...run.order.flatMap((c) => c.uses.map((u) => restOf(c, u, nowMs))));
  const more = rest > 0 && rest < Infinity ? { retryAfterMs: Math.ceil(rest) } : {};
  if (told.length === 1) return refault(first.why, more);
  const what = `None of the ${told.length} models answered. ${told.map(({ c, why }) => `${c.name}: ${why.what}`).join(" ")}`;
  return refault(passing.why, { what, ...more });
}

function whyOf(c: Candidate): Fault {
  return troubled(c)?.why ?? fault("failed", "It was not asked.");
}

/** True for a failure that is over by itself some time: the question is worth keeping. */
export function isPassing(f: Fault): boolean {
  return passes(troubleOf(f, false));
}
