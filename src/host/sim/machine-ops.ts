// What a simulated machine does for each operation that is not on a handle: timers, files,
// network, terminal and signals. Arguments are judged here; nonsense is INVALID.

import { NO_BYTES } from "../../base/bytes.ts";
import { isFault } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { type AbiValue, CODE, OP } from "../../port/abi.ts";
import type { ConnectArgs } from "./dial.ts";
import type { Disk } from "./disk.ts";
import type { FileArgs } from "./disk-ops.ts";
import type { ListenArgs, Station } from "./listener.ts";
import type { Network } from "./network.ts";
import type { Adopt, Task } from "./op.ts";
import type { Prng } from "./prng.ts";
import { runSkill, type SkillPlay } from "./skill.ts";
import type { Agenda } from "./time.ts";

/** Lines or signals that came, and the operation that waits for one. */
export interface Input<T> {
  push(x: T): void;
  end(): void;
  wait(task: Task): void;
  /** Forgets the waiting operation of a program that is gone. */
  clear(): void;
}

export interface OpsGround {
  agenda: Agenda;
  prng: Prng;
  network: Network;
  station: Station;
  disks: ReadonlyMap<string, Disk>;
  lines: Input<string>;
  signals: Input<number>;
  prompts: string[];
  skill: SkillPlay | undefined;
}

/** An input with nothing in it. */
export function makeInput<T extends AbiValue>(): Input<T> {
  const queue: T[] = [];
  let ended = false;
  let waiting: Task | null = null;
  const serve = (): void => {
    if (waiting === null || (queue.length === 0 && !ended)) return;
    if (queue.length > 0) waiting.done(CODE.OK, queue.shift());
    else waiting.done(CODE.NOTFOUND, "The input has ended.");
    waiting = null;
  };
  return {
    push(x) {
      queue.push(x);
      serve();
    },
    end() {
      ended = true;
      serve();
    },
    wait(task) {
      if (waiting !== null) return task.done(CODE.INVALID, "One at a time.");
      waiting = task;
      task.onCancel(() => {
        waiting = null;
      });
      serve();
    },
    clear: () => {
      waiting = null;
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(a: AbiValue): Fields {
  const value = typeof a === "string" ? parseJson(a) : null;
  return isFault(value) || typeof value !== "object" || value === null ? {} : (value as Fields);
}

function runTimer({ agenda }: OpsGround, task: Task, ms: AbiValue): void {
  if (typeof ms !== "number" || !(ms >= 0) || ms > 1e12) return task.done(CODE.INVALID, "A timer needs milliseconds.");
  // Never early, and late to the next tick of a clock of 1 ms: equal lengths keep their order.
  const dueUs = Math.ceil((agenda.nowUs() + ms * 1000) / 1000) * 1000;
  const event = agenda.after(dueUs - agenda.nowUs(), () => task.done(CODE.OK, undefined, 0));
  task.onCancel(event.drop);
}

function runFile({ agenda, prng, disks }: OpsGround, task: Task, a: AbiValue, b: AbiValue): void {
  const args = fieldsOf(a) as unknown as FileArgs;
  const { root, path } = args;
  if (typeof root !== "string" || typeof path !== "string") return task.done(CODE.INVALID, "Root and path are needed.");
  const disk = disks.get(root);
  if (disk === undefined) return task.done(CODE.NOTFOUND, "Nothing is mounted there.");
  const bytes = b instanceof Uint8Array ? b.slice() : NO_BYTES;
  const costUs = task.op === OP.FS_SYNC ? prng.between(500, 20_000) : prng.between(10, 300);
  const event = agenda.after(costUs, () => {
    const { code, value } = disk.run(task.op, args, bytes);
    task.done(code, value);
  });
  // A cancel comes too late for half of them, as it does on a real disk.
  task.onCancel(prng.chance(50) ? event.drop : null);
}

function runNetwork({ network, station }: OpsGround, task: Task, adopt: Adopt, a: AbiValue): void {
  if (task.op === OP.RESOLVE) {
    if (typeof a !== "string" || a === "") return task.done(CODE.INVALID, "A name is needed.");
    return network.resolve(task, station, a);
  }
  const fields = fieldsOf(a);
  const { host, port } = fields as { host?: unknown; port?: unknown };
  if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65_535)
    return task.done(CODE.INVALID, "A port is needed.");
  if (task.op === OP.UDP) return network.udp(task, station, Number(port), adopt);
  if (typeof host !== "string" || host === "") return task.done(CODE.INVALID, "A host is needed.");
  if (task.op === OP.CONNECT && port === 0) return task.done(CODE.INVALID, "Nobody listens on port 0.");
  if (task.op === OP.CONNECT) network.connect(task, station, fields as unknown as ConnectArgs, adopt);
  else network.listen(task, station, fields as unknown as ListenArgs, adopt);
}

/** Starts one operation. */
export function startOp(ground: OpsGround, task: Task, adopt: Adopt, a: AbiValue, b: AbiValue): void {
  if (task.op >= OP.FS_READ && task.op <= OP.FS_MKDIR) return runFile(ground, task, a, b);
  switch (task.op) {
    case OP.TIMER:
      return runTimer(ground, task, a);
    case OP.SIGNAL:
      return ground.signals.wait(task);
    case OP.TTY:
      ground.prompts.push(String(a ?? ""));
      return ground.lines.wait(task);
    case OP.RESOLVE:
    case OP.CONNECT:
    case OP.LISTEN:
    case OP.UDP:
      return runNetwork(ground, task, adopt, a);
    case OP.SPAWN:
      return runSkill(ground, task, adopt, fieldsOf(a), ground.skill);
    default:
      return task.done(CODE.UNSUPPORTED, `This host knows no operation ${task.op}.`);
  }
}
