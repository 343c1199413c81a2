// Applies an approved plan call by call: checks the before-values, sends, reads back. A
// lost answer is settled by reading, never by sending again. When a call fails, those
// before it are taken back in reverse order.

import { type Fault, fault, isFault, type Outcome, refault, sayFault, type Wait } from "../base/fault.ts";
import { READ_BACK_PAUSE_MS, READ_BACK_TRIES_MAX } from "../base/limits.ts";
import { ANSWER_BYTES_MAX } from "../base/limits-tasks.ts";
import { type Scope, withScope } from "../base/scope.ts";
import { cutBytes } from "../base/text.ts";
import type { Clock } from "../port/clock.ts";
import type { Changed, RosRow } from "../port/router.ts";
import { checkBefore, differing, findAdded, type Looking, readRow, standOf, standSince } from "./check.ts";
import { orderOf } from "./prepare.ts";
import { rowText } from "./reads.ts";
import { type RestCall, toRows } from "./rest.ts";
import type { Done, Step } from "./step.ts";

export interface Applying extends Looking {
  clock: Clock;
  /** How long the answer to a write is waited for; no bound of its own where none is given. */
  writeMs?: number;
}

/** Reads until the router answers, a few times: it may be busy with the lost call. */
export async function patiently<T>(s: Scope, a: Applying, read: () => Wait<T>): Wait<T> {
  let last: Outcome<T> = fault("failed", "Nothing was read.");
  for (let i = 0; i < READ_BACK_TRIES_MAX; i += 1) {
    if (i > 0) {
      const slept = await a.clock.sleep(s, READ_BACK_PAUSE_MS);
      if (isFault(slept)) return slept;
    }
    last = await read();
    if (!isFault(last) || last.fault === "denied" || last.fault === "input") return last;
  }
  return last;
}

/** What became of a call whose answer was lost: its row's id when done, null when not, or a fault. */
async function settle(s: Scope, a: Applying, step: Step, known: readonly string[], lost: Fault): Wait<Done | null> {
  const unknown = (why: string): Fault =>
    refault(lost, {
      what: `It is not known whether ${step.call.method} ${step.call.path} was done: ${why}`,
      next: `Look with ${step.menu}/print before you try again.`,
      maybeDone: true,
    });
  if (step.kind === "add") {
    const id = await patiently(s, a, () => findAdded(s, a, step, known));
    if (isFault(id)) return unknown(id.what);
    return id === null ? null : { step, id };
  }
  if (step.kind === "act" && step.after === null) return unknown(lost.what);
  const stand = await patiently(s, a, () => standOf(s, a, step));
  if (isFault(stand)) return unknown(stand.what);
  if (stand === "other") return unknown("its entry is neither as before nor as planned.");
  return stand === "after" ? { step, id: step.id } : null;
}

/** A write that waits no longer than it may; what was sent goes on. */
function write(s: Scope, a: Applying, call: RestCall): Wait<unknown> {
  return a.writeMs === undefined ? a.rest.call(s, call) : withScope(s, a.writeMs, (ws) => a.rest.call(ws, call));
}

/** Sends one step; the fault says with `maybeDone` whether its fate stayed open. */
async function perform(s: Scope, a: Applying, step: Step): Wait<Done> {
  const known = step.kind === "add" ? await orderOf(s, a, step.menu) : [];
  if (isFault(known)) return known;
  const reply = await write(s, a, step.call);
  if (isFault(reply)) {
    if (!reply.maybeDone) return reply;
    if (step.drops === true) return { step, id: null };
    const settled = await settle(s, a, step, known, reply);
    return settled ?? refault(reply, { maybeDone: false });
  }
  const rows = toRows(reply);
  if (step.answers === true && !isFault(rows)) return { step, id: step.id, reply: rows };
  if (step.kind !== "add") return { step, id: step.id };
  const id = isFault(rows) ? undefined : rows[0]?.[".id"];
  if (id !== undefined) return { step, id };
  const found = await findAdded(s, a, step, known);
  return isFault(found) ? found : { step, id: found };
}

function undoOf(done: Done): RestCall | null {
  if (done.step.kind !== "add") return done.step.undo;
  return done.id === null ? null : { method: "DELETE", path: `${done.step.menu}/${done.id}` };
}

/** Takes one step back and looks whether it is; the answer is what stayed, or "". */
async function takeBack(s: Scope, a: Applying, done: Done): Promise<string> {
  const { step } = done;
  const call = undoOf(done);
  const name = `${step.call.method} ${step.call.path}`;
  if (call === null) return name;
  return (await isTakenBack(s, a, done, call)) ? "" : name;
}

async function isTakenBack(s: Scope, a: Applying, done: Done, call: RestCall): Promise<boolean> {
  const { step } = done;
  // The router may have done it by itself; a row that is put back twice is one too many.
  if (done.known !== undefined && step.kind === "remove") {
    const stand = await patiently(s, a, () => standSince(s, a, done));
    if (stand === "before" || isFault(stand)) return stand === "before";
  }
  const reply = await write(s, a, call);
  // Somebody may have removed it already.
  const refused = isFault(reply) && !reply.maybeDone && !(step.kind === "add" && reply.fault === "missing");
  if (refused || step.kind === "remove" || step.kind === "act") return !isFault(reply);
  if (step.kind === "add") return (await patiently(s, a, () => readRow(s, a, step, done.id, []))) === null;
  return (await patiently(s, a, () => standOf(s, a, step))) === "before";
}

/** Takes steps back, last first; the answer names what stayed. */
export async function takeBackAll(s: Scope, a: Applying, done: readonly Done[]): Promise<readonly string[]> {
  const stayed: string[] = [];
  for (const d of [...done].reverse()) {
    const left = await takeBack(s, a, d);
    if (left !== "") stayed.push(left);
  }
  return stayed;
}

/** A change of which not all could be taken back. */
export function halfDone(why: string, stayed: readonly string[]): Fault {
  return fault("failed", `${why} and not all of the change could be taken back. Still done: ${stayed.join(", ")}.`, {
    maybeDone: true,
    next: "Look at these entries with print and mend them by hand.",
  });
}

/** After a failed call: undoes what was done before it. */
async function revert(s: Scope, a: Applying, done: readonly Done[], why: Fault): Wait<Changed> {
  if (done.length === 0) return why;
  const stayed = await takeBackAll(s, a, done);
  if (stayed.length > 0) return halfDone(`A call failed (${why.what})`, stayed);
  const back = "What was done before it was taken back.";
  if (why.maybeDone) return refault(why, { what: `${why.what} ${back}` });
  return { state: "reverted", told: `Not changed: ${sayFault(why)} ${back}` };
}

/** Compares the fields of a finished add or set with the router. */
async function compareFields(s: Scope, a: Applying, { step, id }: Done, path: string): Promise<string> {
  const names = Object.keys(step.after ?? {});
  const row = await patiently(s, a, () => readRow(s, a, step, id, names));
  if (isFault(row)) return `${path} could not be read back (${row.what})`;
  if (row === null) return `${path} is not there`;
  const odd = differing(step, row, step.after ?? {}, false);
  return odd.length === 0 ? "" : `${path} shows other values for ${odd.join(", ")}`;
}

/** Compares a finished step with the router; "" when it is as planned. */
async function compare(s: Scope, a: Applying, done: Done): Promise<string> {
  const { step, id } = done;
  if (step.kind === "act" && step.after === null) return "";
  const path = id === null || step.kind !== "add" ? step.call.path : `${step.menu}/${id}`;
  if (step.kind === "add" || step.kind === "set") return compareFields(s, a, done, path);
  const stand = await patiently(s, a, () => standOf(s, a, step));
  if (isFault(stand)) return `${path} could not be read back (${stand.what})`;
  return stand === "after" ? "" : `${path} is not as planned`;
}

/** The last of several samples, as people read it. */
function answerText(rows: readonly RosRow[]): string {
  const last = rows.at(-1)?.[".section"];
  const sample = rows.filter((row) => row[".section"] === last).map(({ ".section": _, ...row }) => row);
  return cutBytes(rowText(sample, null), ANSWER_BYTES_MAX, "\n(cut)");
}

/** Reads everything back and says how it ended. */
export async function tell(s: Scope, a: Applying, done: readonly Done[]): Wait<Changed> {
  const odd: string[] = [];
  for (const d of done) {
    const difference = await compare(s, a, d);
    if (difference !== "") odd.push(difference);
  }
  if (odd.length > 0) {
    return fault("failed", `The router took the command, but reading back found: ${odd.join("; ")}.`, {
      maybeDone: true,
      next: "Look at these entries with print before anything else is tried.",
    });
  }
  const count = done.length === 1 ? "The change is made" : `All ${done.length} changes are made`;
  const readable = done.some(({ step }) => step.kind !== "act" || step.after !== null);
  const told = readable ? `${count} and read back as planned.` : "The router has taken the command.";
  const answers = done.flatMap((d) => (d.reply === undefined ? [] : [answerText(d.reply)]));
  return { state: "kept", told: [told, ...answers].join("\n") };
}

/** `conflict` when a row is not as it was planned on. */
export async function checkAll(s: Scope, a: Applying, steps: readonly Step[]): Wait<void> {
  for (const step of steps) {
    const moved = await checkBefore(s, a, step);
    if (isFault(moved)) return moved;
  }
  return undefined;
}

/** As `checkBefore`, right before it is sent; what earlier steps did to the same rows is no surprise. */
async function checkAgain(s: Scope, a: Applying, step: Step, done: readonly Done[]): Wait<void> {
  const isOurs = ({ menu, id }: Step): boolean =>
    menu === step.menu && (id === step.id || id === step.place?.id || step.kind === "move");
  return done.some((d) => isOurs(d.step) && d.step.kind !== "add") ? undefined : checkBefore(s, a, step);
}

/** Sends steps in order until one fails or `late` says why there is no more time. */
export async function performAll(
  s: Scope,
  a: Applying,
  steps: readonly Step[],
  late: () => Fault | null = () => null,
): Promise<{ done: readonly Done[]; why: Fault | null }> {
  const done: Done[] = [];
  for (const step of steps) {
    // Other sessions go on meanwhile: looking again leaves them the time of one request.
    const moved = late() ?? (await checkAgain(s, a, step, done));
    const made = isFault(moved) ? moved : await perform(s, a, step);
    if (isFault(made)) return { done, why: made };
    done.push(made);
  }
  return { done, why: null };
}

/** Applies all steps in order. */
export async function applySteps(
  s: Scope,
  a: Applying,
  steps: readonly Step[],
): Wait<{ changed: Changed; done: readonly Done[] }> {
  const moved = steps.length === 1 ? undefined : await checkAll(s, a, steps);
  if (isFault(moved)) return moved;
  const { done, why } = await performAll(s, a, steps);
  const changed = await (why === null ? tell(s, a, done) : revert(s, a, done, why));
  return isFault(changed) ? changed : { changed, done };
}
