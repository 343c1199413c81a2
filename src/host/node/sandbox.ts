// Skills under Node: this program started anew with an empty environment and one pipe, where
// skill-main.ts runs the skill in a QuickJS of its own. Whatever goes wrong, the process is killed
// and the reader is told why, in the words of src/host/native/sandbox.c.

import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { SKILL_START_MS, SKILLS_RUNNING_MAX } from "../../base/limits.ts";
import { skillLimits } from "../../base/skill.ts";
import { CODE } from "../../port/abi.ts";
import { type Done, fields, type Handles, type Start } from "./op.ts";
import { SKILL_END } from "./skill-end.ts";
import { makeConnection } from "./socket.ts";

type Limits = NonNullable<ReturnType<typeof skillLimits>>;

function judge(end: number | null, late: boolean, { capMs, heapBytes }: Limits): [code: number, why: string] {
  const ended = "The skill was ended:";
  if (late || end === SKILL_END.LATE) return [CODE.TIMEDOUT, `${ended} it ran longer than its ${capMs} ms.`];
  const kib = Math.floor(heapBytes / 1024);
  if (end === SKILL_END.FULL) return [CODE.NOSPACE, `${ended} it wanted more memory than its ${kib} KiB.`];
  if (end === SKILL_END.STEPS) return [CODE.TIMEDOUT, `${ended} it made more steps than a skill may.`];
  if (end === SKILL_END.MESSAGE) return [CODE.DENIED, `${ended} a message was larger than a skill's may be.`];
  return end === SKILL_END.DONE ? [CODE.OK, ""] : [CODE.IO, `${ended} it broke.`];
}

/** SPAWN; `program` is what starts this program, none: skills are refused. */
export function makeSpawn(handles: Handles, program: readonly string[]): Start {
  let running = 0;
  const start = (done: Done, [command = "", ...args]: readonly string[], limits: Limits): void => {
    const given = [...args, "--sandbox", String(limits.capMs), String(limits.heapBytes)];
    const child = spawn(command, given, { env: {}, stdio: ["ignore", "ignore", "ignore", "pipe"] });
    let late = false;
    const timer = setTimeout(() => (late = child.kill("SIGKILL")), limits.capMs + SKILL_START_MS);
    running += 1;
    const exit = new Promise<number | null>((resolve) => {
      child.once("error", () => resolve(null));
      child.once("exit", resolve);
    }).then((code) => {
      clearTimeout(timer);
      running -= 1;
      return code;
    });
    const pipe = makeConnection(child.stdio[3] as Socket);
    const ended = (read: Done): void =>
      void exit.then((end) => {
        const [code, why] = judge(end, late, limits);
        read(code, code === CODE.OK ? new Uint8Array(0) : why);
      });
    const handle = handles.add({
      ...pipe,
      read: (read, max) =>
        pipe.read?.((code, value) => {
          const isEnd =
            code === CODE.OK ? (value as Uint8Array).length === 0 : code !== CODE.CANCELED && code !== CODE.INVALID;
          return isEnd ? ended(read) : read(code, value);
        }, max),
      close(closed) {
        child.kill("SIGKILL");
        pipe.close(() => void exit.then(closed));
      },
    });
    done(CODE.OK, handle);
  };
  return (done, a) => {
    const { kind, capMs, heapBytes } = fields(a);
    const limits = skillLimits(capMs, heapBytes);
    if (kind === "command") return void done(CODE.UNSUPPORTED, "This host does not start other programs.");
    if (kind !== "skill" || limits === null)
      return void done(CODE.INVALID, "A skill needs its time and its memory, within bounds.");
    if (program.length === 0)
      return void done(CODE.UNSUPPORTED, "This host cannot start itself again, so it cannot run skills.");
    if (running >= SKILLS_RUNNING_MAX) return void done(CODE.BUSY, `${running} skills are running already.`);
    start(done, program, limits);
  };
}
