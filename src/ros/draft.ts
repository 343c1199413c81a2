// From console text to a plan: understood, judged, looked up and judged again, drawn.
// Policy: guard.ts; the simulated router takes every command that is understood.

import { type Fault, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { BLAST_NAMED_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import type { Url } from "../base/url.ts";
import type { RouterFacts } from "../port/router.ts";
import { blastOf } from "./blast.ts";
import type { CommandTree } from "./commands.ts";
import type { Fence } from "./fence.ts";
import { type Asking, rowsOf } from "./find-rows.ts";
import { CUTS, guarded, LOST, refusal } from "./guard.ts";
import { type Intent, isRead } from "./intent.ts";
import { mayCut, mayTouchWays, readWays, type Ways } from "./lifeline.ts";
import type { Masker } from "./mask.ts";
import { type Command, parseCommands } from "./parse.ts";
import { type Drawn, drawPlan, type Kept, shownCommand } from "./plan.ts";
import { prepare } from "./prepare.ts";
import { readCalls } from "./reads.ts";
import { inRelease, releaseOf, withOlderNames } from "./releases.ts";
import type { Rest } from "./rest.ts";
import { type Judged, judge, type Own, worst } from "./risk.ts";
import type { Step } from "./step.ts";
import { translate } from "./translate.ts";

/** What planning needs of the router. */
export interface Parts {
  tree: CommandTree;
  fence: Fence;
  base: Url;
  /** Hosts that this program talks to besides the router. */
  hosts: readonly string[];
  rest: Rest;
  masker: Masker;
  /** How long the owner will have to say keep. */
  confirmMs: number;
  facts(s: Scope): Wait<RouterFacts>;
}

/** What this program hangs on, as far as these commands could touch it. */
async function ownOf(s: Scope, p: Parts, intents: readonly Intent[]): Wait<Own> {
  const { hosts, base } = p;
  const addresses = [base.host];
  const leases = intents.some(
    (i) =>
      i.menu === "/ip/dhcp-server/lease" && (i.do === "add" || i.do === "set") && i.values["address"] !== undefined,
  );
  for (const path of leases ? ["/ip/address", "/user/active"] : []) {
    const rows = await p.rest.rows(s, { method: "GET", path, query: { ".proplist": "address" } });
    // Not every user may see who else is there.
    if (isFault(rows) && rows.fault !== "denied") return rows;
    if (!isFault(rows)) addresses.push(...rows.map((r) => (r["address"] ?? "").replace(/\/.*/, "")));
  }
  return { hosts: [...hosts, base.host], addresses };
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

/** What could be cut, and from where those come who are there now and would notice. */
function sayCut(ways: Ways, steps: readonly Step[]): string | null {
  if (!steps.some((step) => mayCut(ways, step))) return null;
  const cut = ways.peers.filter((peer) => steps.some((step) => mayCut({ ...ways, peers: [peer] }, step)));
  const from =
    cut.length === 0 ? "" : ` Reaching it now, and perhaps not after: ${cut.slice(0, BLAST_NAMED_MAX).join(", ")}.`;
  return `This may cut the way by which this program, or somebody who is logged in now, reaches the router or the internet.${from}`;
}

/** Commands without a way back are refused before any row is read. */
function forbidden(intents: readonly Intent[], judged: readonly Judged[], command: string): Fault | null {
  const risk = worst(judged.map((j) => j.risk));
  if (judged.some((j) => j.never === true)) return refusal(risk, CUTS, command);
  const acts = intents.some((i, at) => i.do === "act" && ["dangerous", "lifeline"].includes(judged[at]?.risk ?? ""));
  return acts ? refusal(risk, LOST, command) : null;
}

function understand(tree: CommandTree, commands: readonly Command[]): Outcome<readonly Intent[]> {
  const intents: Intent[] = [];
  for (const c of commands) {
    const intent = translate(tree, c);
    if (isFault(intent)) return intent;
    intents.push(intent);
  }
  const reads = intents.filter(isRead).length;
  if (reads === 0 || reads === intents.length) return intents;
  return fault("input", "Reads and changes are mixed here.", {
    next: "Send the print commands first, by themselves, then the changes.",
  });
}

/** What commands mean in the names that this router has for them. */
function asCalled(
  now: CommandTree,
  tree: CommandTree,
  version: string,
  commands: readonly Command[],
): Outcome<readonly Intent[]> {
  const release = releaseOf(now, version);
  // Of a version that nobody knows yet the router itself says what it does not have.
  const own = inRelease(now, isFault(release) ? null : release, commands);
  return isFault(own) ? own : understand(tree, own);
}

/** Rows and before-values that the intents need, and how their risk looks with these. */
async function lookUp(
  s: Scope,
  p: Parts,
  intents: readonly Intent[],
): Wait<Pick<Drawn, "steps" | "reads"> & { judged: readonly Judged[] }> {
  const own = await ownOf(s, p, intents);
  if (isFault(own)) return own;
  const judged: Judged[] = [];
  const asking: Asking = { rest: p.rest, tree: p.tree };
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
    judged.push(...more.map((step) => judge(i, own, step.row)));
  }
  const touching = steps.filter((step) => mayTouchWays(step.menu));
  if (touching.length === 0 || worst(judged.map((j) => j.risk)) === "reversible") return { steps, reads, judged };
  const ways = await readWays(s, p.rest, p.base);
  if (isFault(ways)) return ways;
  const cut = sayCut(ways, touching);
  if (cut !== null) judged.push({ risk: "lifeline", notes: [cut] });
  return { steps, reads, judged };
}

/** Understands, judges and looks up what a text asks for, and draws its plan. Nothing is changed. */
export async function makePlan(s: Scope, now: Parts, text: string): Wait<Kept> {
  const p = { ...now, tree: withOlderNames(now.tree) };
  const commands = parseCommands(p.tree, text);
  if (isFault(commands)) return p.fence.misread(text, commands);
  const outside = p.fence.commands(commands);
  if (outside !== null) return outside;
  const typed = understand(p.tree, commands);
  if (isFault(typed)) return typed;
  const facts = await p.facts(s);
  if (isFault(facts)) return facts;
  const intents = asCalled(now.tree, p.tree, facts.version, commands);
  if (isFault(intents)) return intents;
  const first = intents.map((i) => judge(i, { hosts: p.hosts, addresses: [] }, null));
  const command = shownCommand(commands, text);
  const early = facts.simulated ? null : forbidden(intents, first, command);
  if (early !== null) return early;
  const found = await lookUp(s, p, intents);
  if (isFault(found)) return found;
  const script = p.fence.steps(found.steps);
  if (script !== null) return script;
  const judged = [...first, ...found.judged];
  const risk = worst(judged.map((j) => j.risk));
  const guard = await guarded(s, p.rest, found.steps, { risk, command, confirmMs: p.confirmMs });
  if (isFault(guard)) return guard;
  if (guard.refusal !== null && !facts.simulated) return guard.refusal;
  const blast = risk === "dangerous" || risk === "lifeline" ? await blastOf(s, p.rest, found.steps) : "";
  const notes = [...new Set(judged.flatMap((j) => j.notes)), blast, ...guard.says].filter((note) => note !== "");
  const drawn: Drawn = { ...found, ...guard, risk, notes, command, readCalls: found.reads.flatMap(readCalls) };
  return drawPlan(facts, p.masker, drawn);
}
