// A skill as the simulator plays it: no script runs, but a peer speaks the pipe's protocol as
// its script says, well or badly: late, torn, too large, silent, or ended for any reason.

import { concat, NO_BYTES } from "../../base/bytes.ts";
import { isFault } from "../../base/fault.ts";
import { makeSkillReader, skillLimits, skillMessage } from "../../base/skill.ts";
import { type AbiValue, CODE } from "../../port/abi.ts";
import type { Adopt, Task, Thing } from "./op.ts";
import type { Prng } from "./prng.ts";
import type { Agenda } from "./time.ts";

/** What it does next: a message, bytes as they are (badly), or its end; OK is a good one. */
export type SkillMove = string | Uint8Array | { end: number; why?: string };

/** Answers each message; the first one is the script that a real process would run. */
export type SkillPlay = (heard: string) => readonly SkillMove[];

interface Ground {
  agenda: Agenda;
  prng: Prng;
}

const LATE = "The skill was ended: it ran longer than its time.";

function makePlayed({ agenda, prng }: Ground, play: SkillPlay, capMs: number): Thing {
  const take = makeSkillReader();
  let waiting: Uint8Array = NO_BYTES;
  let over: { code: number; value: AbiValue } | null = null;
  let reading: { task: Task; max: number } | null = null;
  let atUs = 0;

  const wake = (): void => {
    if (reading === null || (waiting.length === 0 && over === null)) return;
    const { task, max } = reading;
    reading = null;
    if (waiting.length === 0) return task.done(over?.code ?? CODE.OK, over?.value);
    const bytes = waiting.slice(0, prng.between(1, Math.min(max, waiting.length)));
    waiting = waiting.slice(bytes.length);
    task.done(CODE.OK, bytes);
  };
  const end = (code: number, why = "The skill was ended: it broke."): void => {
    over ??= { code, value: code === CODE.OK ? NO_BYTES : why };
    wake();
  };
  const cap = agenda.after(capMs * 1000, () => end(CODE.TIMEDOUT, LATE));
  const move = (next: SkillMove): void => {
    if (over !== null) return;
    if (typeof next !== "string" && !(next instanceof Uint8Array)) return end(next.end, next.why);
    const bytes = typeof next === "string" ? skillMessage(next) : next;
    if (isFault(bytes)) return end(CODE.DENIED, "The skill was ended: a message was larger than a skill's may be.");
    waiting = concat([waiting, bytes]);
    wake();
  };
  // Each thing it does takes time, and their order holds.
  const soon = (next: SkillMove): void => {
    atUs = Math.max(atUs, agenda.nowUs()) + prng.between(50, 5_000);
    agenda.after(atUs - agenda.nowUs(), () => move(next));
  };
  return {
    read(task, max) {
      reading = { task, max };
      task.onCancel(() => {
        reading = null;
      });
      wake();
    },
    write(task, bytes) {
      if (over !== null) return task.done(CODE.RESET, "The connection is broken.");
      const heard = take(bytes);
      if (isFault(heard)) end(CODE.DENIED, "The skill was ended: a message was larger than a skill's may be.");
      else for (const message of heard) play(message).forEach(soon);
      task.done(CODE.OK, bytes.length);
    },
    close() {
      cap.drop();
      over ??= { code: CODE.OK, value: NO_BYTES };
    },
    sever: () => end(CODE.IO),
  };
}

/** SPAWN on a machine whose skills are played so; none: this machine refuses them. */
export function runSkill(
  ground: Ground,
  task: Task,
  adopt: Adopt,
  args: Readonly<Record<string, unknown>>,
  play: SkillPlay | undefined,
): void {
  const { kind } = args;
  const limits = skillLimits(args["capMs"], args["heapBytes"]);
  if (kind === "command") return task.done(CODE.UNSUPPORTED, "This host does not start other programs.");
  if (kind !== "skill" || limits === null)
    return task.done(CODE.INVALID, "A skill needs its time and its memory, within bounds.");
  if (play === undefined)
    return task.done(CODE.UNSUPPORTED, "This machine has nothing that skills could be locked in with.");
  task.done(CODE.OK, adopt(makePlayed(ground, play, limits.capMs)));
}
