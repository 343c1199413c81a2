// One run of the program on a machine: its operations under way and its handles, by the
// laws of the ABI (port/abi.ts). It dies with the program; its machine lives on.

import { assert } from "../../base/bug.ts";
import { HOST_OPS_MAX } from "../../base/limits.ts";
import { type AbiValue, CODE, type Complete, OP } from "../../port/abi.ts";
import { type Faults, sentence, type Verdict } from "./faults.ts";
import type { Adopt, Task, Thing } from "./op.ts";
import type { Prng } from "./prng.ts";
import type { Agenda } from "./time.ts";
import type { Trace } from "./trace.ts";

/** What a run needs of its machine. */
export interface Ground {
  name: string;
  index: number;
  agenda: Agenda;
  prng: Prng;
  faults: Faults;
  trace: Trace;
  /** Starts an operation that is not on a handle. */
  start(task: Task, adopt: Adopt, a: AbiValue, b: AbiValue): void;
}

export interface Process {
  submit(id: number, op: number, a?: AbiValue, b?: AbiValue): void;
  cancel(id: number): void;
  onComplete(complete: Complete): void;
  /** No completion comes any more. "exit": the kernel closes its sockets; "power": they are reset. */
  die(how: "exit" | "power"): void;
  readonly alive: boolean;
  readonly openHandles: number;
  readonly pendingOps: number;
  /** One line for each operation under way. */
  pending(): string[];
}

interface Slot {
  thing: Thing;
  pending: Set<Job>;
  /** Taken by the operation of that side: one read and one write at a time. */
  reading: Job | null;
  writing: Job | null;
  closing: Job | null;
}

interface Job extends Task {
  slot: Slot | null;
  handle: number;
  verdict: Verdict | null;
  undo: (() => void) | null | undefined;
  decided: boolean;
}

type Side = "reading" | "writing";
const SIDES: Readonly<Record<number, Side>> = {
  [OP.READ]: "reading",
  [OP.ACCEPT]: "reading",
  [OP.WRITE]: "writing",
  [OP.SHUTDOWN]: "writing",
};
const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(OP).map(([name, op]) => [op, name]));

/** Calls the operation on the thing; false when the thing has no such operation or the argument is wrong. */
function call(job: Job, thing: Thing, adopt: Adopt, b: AbiValue): boolean {
  if (job.op === OP.READ && thing.read !== undefined && typeof b === "number" && b >= 1) thing.read(job, Math.floor(b));
  else if (job.op === OP.WRITE && thing.write !== undefined && b instanceof Uint8Array) thing.write(job, b.slice());
  else if (job.op === OP.SHUTDOWN && thing.shutdown !== undefined) thing.shutdown(job);
  else if (job.op === OP.ACCEPT && thing.accept !== undefined) thing.accept(job, adopt);
  else return false;
  return true;
}

/** Starts a run without operations. */
export function makeProcess(ground: Ground): Process {
  const { agenda, prng, faults, trace } = ground;
  const jobs = new Map<number, Job>();
  const slots = new Map<number, Slot>();
  let complete: Complete | null = null;
  let alive = true;
  let lastHandle = 0;

  const adopt: Adopt = (thing) => {
    if (!alive) {
      thing.sever("The machine is gone.");
      return 0;
    }
    lastHandle += 1;
    slots.set(lastHandle, { thing, pending: new Set(), reading: null, writing: null, closing: null });
    return lastHandle;
  };
  const finishClose = (slot: Slot): void => {
    const job = slot.closing;
    if (job === null || slot.pending.size > 0) return;
    slots.delete(job.handle);
    slot.thing.close();
    job.done(CODE.OK);
  };
  const release = (job: Job): void => {
    jobs.delete(job.id);
    const { slot } = job;
    if (slot === null) return;
    slot.pending.delete(job);
    if (slot.reading === job) slot.reading = null;
    if (slot.writing === job) slot.writing = null;
    if (slot.closing !== job) finishClose(slot);
  };
  const decide = (job: Job, code: number, value: AbiValue, afterUs: number): void => {
    job.decided = true;
    const { verdict } = job;
    let end = code;
    let said = value;
    if (verdict !== null && code === CODE.OK) {
      end = verdict.code;
      said = sentence(end);
      if (job.op !== OP.CLOSE) job.slot?.thing.spoil?.(said);
    }
    agenda.complete(afterUs, ground.index, job.id, () => {
      if (!alive) return false;
      assert(complete !== null, "onComplete comes before the first submit");
      release(job);
      trace.add(agenda.nowUs(), ground.name, job.id, job.op, end, said);
      complete(job.id, end, said);
      return true;
    });
  };
  const makeJob = (id: number, op: number): Job => {
    const job: Job = {
      id,
      op,
      slot: null,
      handle: 0,
      verdict: null,
      undo: undefined,
      decided: false,
      done(code, value, afterUs) {
        if (!job.decided) decide(job, code, value, afterUs ?? prng.between(1, 30));
      },
      onCancel: (undo) => {
        job.undo = undo;
      },
    };
    return job;
  };
  const cancel = (job: Job): void => {
    if (job.decided || job.undo === null) return;
    job.undo?.();
    job.done(CODE.CANCELED, "The operation was cancelled.");
  };
  const close = (job: Job, slot: Slot): void => {
    job.onCancel(null);
    job.slot = slot;
    slot.closing = job;
    for (const other of [...slot.pending]) cancel(other);
    finishClose(slot);
  };
  const onSide = (job: Job, slot: Slot, b: AbiValue): void => {
    const side = SIDES[job.op] ?? "reading";
    if (slot[side] !== null) {
      job.verdict = null;
      return job.done(CODE.INVALID, "One read and one write at a time.");
    }
    job.slot = slot;
    slot[side] = job;
    slot.pending.add(job);
    if (job.verdict?.how === "hang") return;
    if (job.verdict?.how === "code") return job.done(CODE.OK);
    if (!call(job, slot.thing, adopt, b)) job.done(CODE.INVALID, "This handle has no such operation.");
  };
  const onHandle = (job: Job, a: AbiValue, b: AbiValue): void => {
    const slot = typeof a === "number" ? slots.get(a) : undefined;
    if (slot === undefined || slot.closing !== null) return job.done(CODE.INVALID, "There is no such handle.");
    job.handle = Number(a);
    // Whatever close() says, the handle is gone.
    if (job.op === OP.CLOSE) close(job, slot);
    else onSide(job, slot, b);
  };

  return {
    submit(id, op, a, b) {
      if (!alive) return;
      assert(Number.isInteger(id) && id > 0 && !jobs.has(id), `operation id ${id} is in use or not a positive integer`);
      const verdict = faults.look(ground.name, op);
      const job = makeJob(id, op);
      const isFull = jobs.size >= HOST_OPS_MAX;
      jobs.set(id, job);
      if (isFull) return job.done(CODE.BUSY, sentence(CODE.BUSY));
      job.verdict = verdict;
      if (op === OP.CLOSE || SIDES[op] !== undefined) return onHandle(job, a, b);
      if (verdict?.how === "hang") return;
      if (verdict?.how === "code") return job.done(CODE.OK, undefined, prng.between(5, 2_000));
      ground.start(job, adopt, a, b);
    },
    cancel(id) {
      const job = jobs.get(id);
      if (job !== undefined) cancel(job);
    },
    onComplete: (to) => {
      complete = to;
    },
    die(how) {
      if (!alive) return;
      alive = false;
      for (const { thing } of slots.values()) {
        if (how === "exit") thing.close();
        else thing.sever("The machine lost its power.");
      }
      slots.clear();
      jobs.clear();
    },
    get alive() {
      return alive;
    },
    get openHandles() {
      return slots.size;
    },
    get pendingOps() {
      return jobs.size;
    },
    pending: () =>
      [...jobs.values()].map(
        (j) => `${ground.name} #${j.id} ${NAMES.get(j.op) ?? j.op}${j.handle > 0 ? ` handle ${j.handle}` : ""}`,
      ),
  };
}
