// One try of one model with one key: the question as this model gets it, its silence, what
// its failure teaches about whom, and how its answer goes on after words already shown.

import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { MODEL_SILENT_SHARE } from "../base/limits-models.ts";
import { launch, orStop, type Scope } from "../base/scope.ts";
import type { Clock } from "../port/clock.ts";
import type { Answer, Ask, Delta, Message, Part } from "../port/provider.ts";
import { counted, fitAsk, guessOf, heardAfter, type Learned, limitOf, makeLearned, wasTooLong } from "./compact-ask.ts";
import { sizeOf } from "./context.ts";
import { type Trouble, troubleOf } from "./failover-class.ts";
import { type Health, makeHealth, restMs, wentWell, wentWrong } from "./failover-health.ts";
import { makeSeam } from "./failover-seam.ts";
import type { Link, ModelKey, OnLost, Question, Traits } from "./failover-types.ts";
import { withoutPictures } from "./pictures.ts";

export interface Use {
  readonly key: ModelKey;
  /** Of the key, wherever it is used. */
  readonly ofKey: Health;
  /** Of the key with this model. */
  readonly own: Health;
}

export interface Candidate {
  readonly name: string;
  readonly traits: Traits;
  readonly link: Link;
  readonly health: Health;
  readonly uses: readonly Use[];
  readonly learned: Learned;
  /** The smallest question that was too long for it. */
  tooLongBytes: number;
  /** It takes no pictures, as it said itself. */
  blind: boolean;
}

/** One question on its way along the chain. */
export interface Run {
  readonly q: Question;
  readonly order: Candidate[];
  readonly onText: ((text: string) => void) | null;
  readonly onLost: OnLost | undefined;
  /** Of no use for this question. */
  readonly out: Set<Candidate>;
  /** Whoever refused its pictures, and in what words. */
  readonly unseen: Map<Candidate, string>;
  readonly rounds: Map<Use, number>;
  readonly faults: Map<Candidate, { trouble: Trouble; why: Fault }>;
  /** What the person has read of answers that broke off. */
  shown: string;
  tries: number;
  patienceMs: number;
  /** One that rests was asked all the same. */
  looked: boolean;
}

/** The links, with what `before` knew of the same models and keys. */
export function makeCandidates(links: readonly Link[], before: readonly Candidate[] = []): Candidate[] {
  const idOf = ({ name, mark }: ModelKey): string => `${name} ${mark}`;
  const keys = new Map(before.flatMap((c) => c.uses.map((u) => [idOf(u.key), u.ofKey] as const)));
  const healthOf = (key: ModelKey): Health => {
    const found = keys.get(idOf(key)) ?? makeHealth();
    keys.set(idOf(key), found);
    return found;
  };
  return links.map((link) => {
    const was = before.find((c) => c.name === link.name);
    const own = (key: ModelKey): Health | undefined => was?.uses.find((u) => idOf(u.key) === idOf(key))?.own;
    return {
      name: link.name,
      traits: link.traits,
      link,
      health: was?.health ?? makeHealth(),
      uses: link.keys.map((key) => ({ key, ofKey: healthOf(key), own: own(key) ?? makeHealth() })),
      learned: was?.learned ?? makeLearned(),
      tooLongBytes: was?.tooLongBytes ?? Infinity,
      blind: was?.blind ?? false,
    };
  });
}

/** All that is known of a model with a key. */
export const healths = (c: Candidate, u: Use): readonly Health[] => [c.health, u.ofKey, u.own];

/** Milliseconds until this model may be asked with this key; 0 is now. */
export function restOf(c: Candidate, u: Use, nowMs: number): number {
  return Math.max(...healths(c, u).map((h) => restMs(h, nowMs)));
}

const NOTE =
  "[MikroClaw adds: your answer broke off after the words above, which the person has read already. Go on exactly where it ended; repeat nothing.]";

/** True when another model could be asked now. */
export function otherIsReady(run: Run, c: Candidate, nowMs: number): boolean {
  return run.order.some((o) => o !== c && !run.out.has(o) && o.uses.some((u) => restOf(o, u, nowMs) === 0));
}

/** How long a model may be silent: all the time, unless another could answer. */
function silentMs(s: Scope, run: Run, c: Candidate, nowMs: number): number {
  return otherIsReady(run, c, nowMs) ? s.leftMs() * MODEL_SILENT_SHARE : Infinity;
}

/** Asks once. */
export async function tryOne(s: Scope, run: Run, c: Candidate, u: Use, clock: Clock): Wait<Answer> {
  const seam = makeSeam(run.shown);
  const sinceMs = clock.monoMs();
  let heard = false;
  let said = "";
  let shown = run.shown;
  const onDelta = (d: Delta): void => {
    if (!heard) heardAfter(c.learned, clock.monoMs() - sinceMs, clock.monoMs());
    heard = true;
    if (d.kind !== "text") return;
    said += d.text;
    if (run.onText === null) return;
    const fresh = seam.push(d.text);
    if (fresh === "") return;
    shown += fresh;
    run.onText(fresh);
  };
  const ask = askOf(run, c);
  run.tries += 1;
  run.rounds.set(u, (run.rounds.get(u) ?? 0) + 1);
  for (const h of healths(c, u)) h.trying += 1;
  const got = await withinSilence(
    s,
    silentMs(s, run, c, sinceMs),
    clock,
    () => heard,
    (ts) => u.key.complete(ts, ask, onDelta),
  );
  for (const h of healths(c, u)) h.trying -= 1;
  const joined = run.shown;
  run.shown = shown;
  if (!isFault(got)) {
    if (!heard) heardAfter(c.learned, clock.monoMs() - sinceMs, clock.monoMs());
    counted(c, ask, got.usage);
    for (const h of healths(c, u)) wentWell(h);
    if (joined === "") return { ...got, parts: tagged(c, got.parts) };
    const whole = seam.join(textOf(got.parts));
    // What was held back to find the seam.
    if (whole.startsWith(shown) && whole !== shown) run.onText?.(whole.slice(shown.length));
    return { ...got, parts: tagged(c, joinedParts(got.parts, whole)) };
  }
  // A service counts what it has begun to say, whoever hears the rest.
  if (heard) run.onLost?.(c.link, guessOf(ask, [{ kind: "text", text: said }]));
  if (s.stopped === null) learn(run, c, u, got, troubleOf(got, heard), sinceMs, clock.monoMs());
  return got;
}

/** Ends a try that has said nothing for `ms`. */
function withinSilence(
  s: Scope,
  ms: number,
  clock: Clock,
  heard: () => boolean,
  run: (s: Scope) => Wait<Answer>,
): Wait<Answer> {
  const watch = async (ws: Scope): Wait<void> => {
    const slept = await clock.sleep(ws, ms);
    if (isFault(slept)) return slept;
    const what = `The model said nothing for ${Math.round(ms / 1_000)} seconds.`;
    if (!heard()) work.stop(fault("timeout", what, { code: "model_silent" }));
  };
  const work = launch(s, Infinity, (ts) => {
    if (ms !== Infinity) launch(ts, Infinity, watch);
    // A provider that ignores its scope must not hold the turn.
    return orStop(ts, run(ts));
  });
  return work.done;
}

/** Whom a failure concerns. */
function learn(run: Run, c: Candidate, u: Use, why: Fault, trouble: Trouble, sinceMs: number, nowMs: number): void {
  run.faults.set(c, { trouble, why });
  if (trouble === "aborted" || refusesPictures(run, c, why)) return;
  if (trouble === "context") {
    c.tooLongBytes = Math.min(c.tooLongBytes, sizeOf(run.q.messages).bytes);
    wasTooLong(c.learned, fitAsk(run.q, limitOf(c), c.learned.scale));
  }
  if (trouble === "context" || trouble === "request" || trouble === "refused") {
    run.out.add(c);
    return;
  }
  if (trouble === "missing") run.out.add(c);
  const whose =
    trouble === "auth" || trouble === "billing" || trouble === "sign-in"
      ? u.ofKey
      : trouble === "rate" || trouble === "forbidden"
        ? u.own
        : c.health;
  wentWrong(whose, trouble, why, sinceMs, nowMs);
}

/** True: the next one may see them, and whoever is left is asked again with words in their place. */
function refusesPictures(run: Run, c: Candidate, why: Fault): boolean {
  const isBlind = why.code === "model_blind";
  if (!(isBlind || why.code === "model_image") || run.unseen.has(c)) return false;
  c.blind ||= isBlind;
  run.unseen.set(c, why.what);
  run.order.push(...run.order.splice(run.order.indexOf(c), 1));
  return true;
}

/** The question for this model: with the words that the person has read already, and hidden thoughts of its own only. */
function askOf(run: Run, c: Candidate): Ask {
  const { link } = c;
  const unseen = run.unseen.get(c) ?? (c.blind ? "This model takes no pictures." : null);
  const { plans: _, ...q } = fitAsk(run.q, limitOf(c), c.learned.scale);
  const messages = q.messages.map((m): Message => {
    if (unseen !== null && m.role === "user")
      return withoutPictures(m, `You cannot see it; tell the person. ${unseen}`);
    if (m.role !== "assistant" || !m.parts.some((p) => p.kind === "opaque")) return m;
    return { role: "assistant", parts: m.parts.flatMap((p) => ownPart(p, link.name)) };
  });
  if (run.shown !== "") {
    messages.push({ role: "assistant", parts: [{ kind: "text", text: run.shown }] }, { role: "user", text: NOTE });
  }
  return { ...q, model: link.model, messages };
}

// Signed thoughts are refused by any other model than the one that had them.
const MARK = " of ";

function tagged({ name }: Candidate, parts: readonly Part[]): readonly Part[] {
  return parts.map((p) => (p.kind === "opaque" ? { ...p, provider: p.provider + MARK + name } : p));
}

function ownPart(p: Part, name: string): Part[] {
  if (p.kind !== "opaque") return [p];
  return p.provider.endsWith(MARK + name) ? [{ ...p, provider: p.provider.slice(0, -(MARK + name).length) }] : [];
}

function textOf(parts: readonly Part[]): string {
  return parts.map((p) => (p.kind === "text" ? p.text : "")).join("");
}

/** The parts with `text` in place of theirs. */
function joinedParts(parts: readonly Part[], text: string): readonly Part[] {
  const first = parts.findIndex((p) => p.kind !== "opaque");
  const at = first < 0 ? parts.length : first;
  const others = (p: Part): boolean => p.kind !== "text";
  return [...parts.slice(0, at), { kind: "text", text }, ...parts.slice(at).filter(others)];
}
