// The Router port over REST: reads are masked, changes are planned, shown and applied
// only with an approval. Policy: on a real router only reads and reversible changes; the
// simulated one takes every command that is understood.

import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import { CHANGE_MS, FACTS_MS, REST_CALL_MS, REST_ROWS_MAX, ROUTER_FACTS_MS } from "../base/limits.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import type { Secret } from "../base/secret.ts";
import type { Url } from "../base/url.ts";
import type { Clock, Log } from "../port/clock.ts";
import type { Tls } from "../port/host.ts";
import type { Http } from "../port/http.ts";
import type { Approval, Changed, Plan, Risk, Router, RouterFacts } from "../port/router.ts";
import { applySteps } from "./apply.ts";
import type { CommandTree } from "./commands.ts";
import { readFacts, snapshotText } from "./facts.ts";
import { type Asking, rowsOf } from "./find-rows.ts";
import { type Intent, isRead } from "./intent.ts";
import { type Masker, makeMasker } from "./mask.ts";
import { type Command, parseCommands } from "./parse.ts";
import { commandIn } from "./path.ts";
import { type Drawn, drawPlan, type Kept, planShelf, shownCommand, stillFits } from "./plan.ts";
import { prepare, type Step } from "./prepare.ts";
import { readCalls, readRows, readText } from "./reads.ts";
import { makeRest, type Rest } from "./rest.ts";
import { judge, worst } from "./risk.ts";
import { translate } from "./translate.ts";
import { printIntent } from "./typed-print.ts";

export interface RouterDeps {
  http: Http;
  base: Url;
  tls?: Omit<Tls, "name">;
  user: string;
  pass: Secret;
  tree: CommandTree;
  clock: Clock;
  log: Log;
  /** The connection's own scope: what was sent ends with it, not with its caller. */
  scope: Scope;
  /** True for an approval of this plan that was not used yet; using it spends it. */
  spend(approval: Approval, planHash: string): boolean;
}

interface Parts {
  deps: RouterDeps;
  rest: Rest;
  masker: Masker;
  facts(s: Scope): Wait<RouterFacts>;
}

interface Cached<T> {
  read(s: Scope): Wait<T>;
  forget(): void;
}

/** Keeps the last good answer of a read for some time; who asks meanwhile waits for the same one. */
function cached<T>({ clock, scope }: RouterDeps, keepMs: number, read: (s: Scope) => Wait<T>): Cached<T> {
  let last: { atMs: number; value: Wait<T> } | null = null;
  return {
    read(s) {
      if (last === null || clock.monoMs() - last.atMs >= keepMs) {
        const asked = { atMs: clock.monoMs(), value: launch(scope, REST_CALL_MS, read).done };
        last = asked;
        const settle = (value: Outcome<T>): void => {
          if (last !== asked) return;
          if (isFault(value)) last = null;
          else asked.atMs = clock.monoMs();
        };
        asked.value.then(settle, () => undefined);
      }
      return orStop(s, last.value);
    },
    forget() {
      last = null;
    },
  };
}

/** Why this version does not do such a change on a real router; null when it may. */
function forbidden(risk: Risk, facts: RouterFacts, command: string): Fault | null {
  if (facts.simulated || risk === "read" || risk === "reversible") return null;
  const why =
    risk === "lifeline"
      ? "This could cut off the router, its owner or this program"
      : "This could disturb the network, and this version has no automatic way back for it";
  return fault("denied", `${why}: it is not done here yet.`, {
    code: risk,
    next: `To do it yourself, type in the router's own terminal: ${command}`,
  });
}

/** Reads of rows by condition need ids first: commands take no condition over REST. */
async function withRows(s: Scope, a: Asking, i: Intent): Wait<Intent> {
  if (i.do !== "act" || i.target?.by !== "find" || !isRead(i)) return i;
  const rows = await rowsOf(s, a, i.menu, i.target);
  if (isFault(rows)) return rows;
  if (rows.length === 0)
    return fault("missing", `Nothing in ${i.menu} fits this condition.`, { next: `Look with ${i.menu}/print.` });
  return { ...i, target: { by: "ids", ids: rows.map((r) => r[".id"] ?? "") } };
}

function understand(p: Parts, commands: readonly Command[]): Outcome<readonly Intent[]> {
  const intents: Intent[] = [];
  for (const c of commands) {
    const intent = translate(p.deps.tree, c);
    if (isFault(intent)) return intent;
    intents.push(intent);
  }
  const reads = intents.filter(isRead).length;
  if (reads === 0 || reads === intents.length) return intents;
  return fault("input", "Reads and changes are mixed here.", {
    next: "Send the print commands first, by themselves, then the changes.",
  });
}

/** Rows and before-values that the intents need. */
async function lookUp(s: Scope, p: Parts, intents: readonly Intent[]): Wait<Pick<Drawn, "steps" | "reads">> {
  const asking: Asking = { rest: p.rest, tree: p.deps.tree };
  const reads: Intent[] = [];
  const steps: Step[] = [];
  for (const i of intents) {
    if (isRead(i)) {
      const ready = await withRows(s, asking, i);
      if (isFault(ready)) return ready;
      reads.push(ready);
      continue;
    }
    const more = await prepare(s, asking, i, steps);
    if (isFault(more)) return more;
    steps.push(...more);
  }
  return { steps, reads };
}

async function makePlan(s: Scope, p: Parts, text: string): Wait<Kept> {
  const commands = parseCommands(p.deps.tree, text);
  if (isFault(commands)) return commands;
  const intents = understand(p, commands);
  if (isFault(intents)) return intents;
  const judged = intents.map(judge);
  const risk = worst(judged.map((j) => j.risk));
  const command = shownCommand(commands, text);
  const facts = await p.facts(s);
  if (isFault(facts)) return facts;
  const no = forbidden(risk, facts, command);
  if (no !== null) return no;
  const found = await lookUp(s, p, intents);
  if (isFault(found)) return found;
  const notes = [...new Set(judged.flatMap((j) => j.notes))];
  return drawPlan(facts, p.masker, { risk, notes, command, ...found, readCalls: found.reads.flatMap(readCalls) });
}

const forgotten = (): Fault =>
  fault("conflict", "This plan is no longer known.", { next: "Ask for the change again to get a fresh plan." });

async function changeNow(s: Scope, p: Parts, kept: Kept): Wait<Changed> {
  const facts = await p.facts(s);
  if (isFault(facts)) return facts;
  const no = forbidden(kept.plan.risk, facts, kept.plan.command);
  if (no !== null) return no;
  if (!stillFits(facts, kept))
    return fault("conflict", "The router is not the one, or not the version, that this was planned for.", {
      next: "Ask for the change again.",
    });
  const changed = await applySteps(s, { rest: p.rest, clock: p.deps.clock }, kept.steps);
  const state = isFault(changed) ? changed.fault : changed.state;
  p.deps.log.event(isFault(changed) ? "warn" : "info", "router.change", {
    hash: kept.plan.hash.slice(0, 12),
    risk: kept.plan.risk,
    state,
  });
  return changed;
}

/** A router behind REST. Nothing is sent before the first question. */
export function makeRouter(deps: RouterDeps): Router {
  const rest = makeRest(deps);
  const masker = makeMasker();
  const facts = cached(deps, ROUTER_FACTS_MS, (s) => readFacts(s, rest, deps.base));
  const p: Parts = { deps, rest, masker, facts: facts.read };
  const shelf = planShelf();
  let changing: Promise<void> = Promise.resolve();
  const hide = <T>(x: Outcome<T>): Outcome<T> => (isFault(x) ? refault(x, { what: masker.text(x.what) }) : x);
  const snapshot = cached<string>(deps, FACTS_MS, async (s) => {
    const known = await facts.read(s);
    return isFault(known) ? known : snapshotText(s, { rest, masker }, known);
  });
  return {
    facts: facts.read,
    snapshot: snapshot.read,
    async print(s, path, where, max) {
      const intent = printIntent(deps.tree, path, where);
      if (isFault(intent)) return intent;
      // Only what is known to be a router is believed.
      const known = await facts.read(s);
      if (isFault(known)) return hide(known);
      const rows = await readRows(s, { rest, masker }, intent);
      if (isFault(rows)) return hide(rows);
      const most = Math.min(max, REST_ROWS_MAX);
      // The log's newest lines are its last, and they are what is asked for.
      return intent.menu === "/log" ? rows.slice(-most) : rows.slice(0, most);
    },
    commandIn: (text) => commandIn(deps.tree, text),
    async plan(s, command) {
      const kept = await makePlan(s, p, command);
      if (isFault(kept)) return hide(kept);
      shelf.put(kept);
      return kept.plan;
    },
    async read(s, plan: Plan) {
      if (plan.risk !== "read") return fault("denied", "This changes the router: it needs an approval.");
      const kept = shelf.get(plan.hash);
      if (kept === null || kept.plan.risk !== "read") return forgotten();
      const texts: string[] = [];
      for (const intent of kept.reads) {
        const text = await readText(s, { rest, masker }, intent);
        if (isFault(text)) return hide(text);
        texts.push(text);
      }
      return texts.join("\n\n");
    },
    async change(s, plan: Plan, approval: Approval) {
      if (!deps.spend(approval, plan.hash)) return fault("denied", "This is no approval of this plan, or it was used.");
      const kept = shelf.get(plan.hash);
      if (kept === null || kept.plan.risk === "read") return forgotten();
      const stopped = s.stopped;
      if (stopped !== null) return stopped;
      // Once begun it runs to its end: half a change helps nobody.
      shelf.drop(plan.hash);
      // One after another: calls of two changes never mix.
      const run = changing.then(() => launch(deps.scope, CHANGE_MS, (own) => changeNow(own, p, kept)).done);
      changing = run.then(
        () => undefined,
        () => undefined,
      );
      const changed = await orStop(s, run);
      facts.forget();
      snapshot.forget();
      return isFault(changed) && s.stopped !== null ? refault(changed, { maybeDone: true }) : hide(changed);
    },
  };
}
