// The Router port over REST: reads are masked, changes are planned, shown and applied
// only with an approval.

import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../base/fault.ts";
import { FACTS_MS, REST_CALL_MS, REST_ROWS_MAX, ROUTER_FACTS_MS } from "../base/limits.ts";
import { CONFIRM_MS } from "../base/limits-changes.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import type { Secret } from "../base/secret.ts";
import type { Url } from "../base/url.ts";
import type { Clock, Log } from "../port/clock.ts";
import type { Tls } from "../port/host.ts";
import type { Http } from "../port/http.ts";
import type { Approval, Plan, Router } from "../port/router.ts";
import { makeChanges } from "./changes.ts";
import type { CommandTree } from "./commands.ts";
import { makePlan, type Parts } from "./draft.ts";
import { readFacts, snapshotText } from "./facts.ts";
import { makeFence } from "./fence.ts";
import { makeMasker } from "./mask.ts";
import { commandIn } from "./path.ts";
import { planShelf } from "./plan.ts";
import { readRows, readText } from "./reads.ts";
import { makeRest } from "./rest.ts";
import { printIntent } from "./typed-print.ts";

export interface RouterDeps {
  http: Http;
  base: Url;
  tls?: Omit<Tls, "name">;
  user: string;
  pass: Secret;
  /** Hosts that this program talks to besides the router. */
  hosts: readonly string[];
  /** How long the owner has to say keep. */
  confirmMs?: number;
  tree: CommandTree;
  /** The menus that commands are bound to; null: all. */
  menus: readonly string[] | null;
  clock: Clock;
  log: Log;
  /** The connection's own scope: what was sent ends with it, not with its caller. */
  scope: Scope;
  /** True for an approval of this plan that was not used yet; using it spends it. */
  spend(approval: Approval, planHash: string): boolean;
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

const forgotten = (): Fault =>
  fault("conflict", "This plan is no longer known.", { next: "Ask for the change again to get a fresh plan." });

/** A router behind REST. Nothing is sent before the first question. */
export function makeRouter(deps: RouterDeps): Router {
  const rest = makeRest(deps);
  const masker = makeMasker();
  const facts = cached(deps, ROUTER_FACTS_MS, (s) => readFacts(s, rest, deps.base));
  const fence = makeFence(deps.tree, deps.menus);
  const { hosts, confirmMs = CONFIRM_MS } = deps;
  const p: Parts = { tree: deps.tree, fence, base: deps.base, hosts, rest, masker, confirmMs, facts: facts.read };
  const shelf = planShelf();
  const { clock, log, scope } = deps;
  // A minute is long: meanwhile it may be another router, or another version.
  const anew = (s: Scope): ReturnType<typeof facts.read> => {
    facts.forget();
    return facts.read(s);
  };
  const changes = makeChanges({ rest, hosts, clock, log, scope, confirmMs, facts: anew });
  const hide = <T>(x: Outcome<T>): Outcome<T> => (isFault(x) ? refault(x, { what: masker.text(x.what) }) : x);
  const snapshot = cached<string>(deps, FACTS_MS, async (s) => {
    const known = await facts.read(s);
    return isFault(known) ? known : snapshotText(s, { rest, masker, fence }, known);
  });
  const draw = async (s: Scope, command: string): Wait<Plan> => {
    const kept = await makePlan(s, p, command);
    if (isFault(kept)) return hide(kept);
    shelf.put(kept);
    return kept.plan;
  };
  return {
    facts: facts.read,
    snapshot: snapshot.read,
    async print(s, path, where, max) {
      const intent = printIntent(deps.tree, path, where);
      if (isFault(intent)) return fence.misread(path, intent);
      const outside = fence.menu(intent.menu);
      if (outside !== null) return outside;
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
    plan: draw,
    async undo(s, hash) {
      const line = changes.undoLine(hash);
      return line === null ? forgotten() : draw(s, line);
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
    async look(s, command) {
      const kept = await makePlan(s, p, command);
      if (isFault(kept)) return hide(kept);
      const [intent, more] = kept.reads;
      if (kept.plan.risk !== "read" || intent === undefined || more !== undefined)
        return fault("denied", "Only one command that reads is run here.");
      const rows = await readRows(s, { rest, masker }, intent);
      return isFault(rows) ? hide(rows) : rows;
    },
    async change(s, plan: Plan, approval: Approval) {
      if (!deps.spend(approval, plan.hash)) return fault("denied", "This is no approval of this plan, or it was used.");
      const kept = shelf.get(plan.hash);
      if (kept === null || kept.plan.risk === "read") return forgotten();
      const stopped = s.stopped;
      if (stopped !== null) return stopped;
      shelf.drop(plan.hash);
      const changed = await changes.make(s, kept);
      facts.forget();
      snapshot.forget();
      return isFault(changed) ? hide(changed) : { ...changed, told: masker.text(changed.told) };
    },
    async settle(s, hash, how) {
      const over = await changes.settle(s, hash, how);
      snapshot.forget();
      return hide(over);
    },
    unfinished: changes.unfinished,
  };
}
