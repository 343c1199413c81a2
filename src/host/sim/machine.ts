// A simulated machine: its clock, files, terminal, signals and arguments. The program on
// it comes and goes (exit, kill, power cut, restart); the machine keeps its disk.

import { type Abi, type AbiValue, type Complete, ROOTS, type Root } from "../../port/abi.ts";
import { type Disk, type FileTree, makeDisk } from "./disk.ts";
import type { Faults } from "./faults.ts";
import type { Station } from "./listener.ts";
import { makeInput, type OpsGround, startOp } from "./machine-ops.ts";
import type { Network } from "./network.ts";
import type { Prng } from "./prng.ts";
import { makeProcess, type Process } from "./process.ts";
import type { SkillPlay } from "./skill.ts";
import { answerSync, type SyncGround } from "./sync.ts";
import type { Agenda } from "./time.ts";
import type { Trace } from "./trace.ts";

export interface MachineOptions {
  /** One or more; the machine's name resolves to them. */
  address: string | readonly string[];
  /** Which roots are there, with their files. None: nothing is mounted. */
  roots?: Readonly<Partial<Record<Root, FileTree>>>;
  env?: Readonly<Record<string, string>>;
  args?: readonly string[];
  resources?: Readonly<Record<string, Uint8Array>>;
  /** A person sits at it. Default: its input is at the end. */
  terminal?: boolean;
  /** How its skills behave. None: they are refused. */
  skill?: SkillPlay;
}

export interface SimMachine {
  readonly name: string;
  /** Of the program that runs now; a new one after `restart`. */
  readonly abi: Abi;
  onComplete(complete: Complete): void;
  /** "level line" each, over all restarts; so are the others. */
  readonly logs: string[];
  /** What went to stdout, and to stderr. */
  readonly printed: string[];
  readonly printedErr: string[];
  readonly prompts: string[];
  /** Undefined while the program runs, or when it was killed. */
  readonly exitCode: number | undefined;
  readonly alive: boolean;
  readonly openHandles: number;
  readonly pendingOps: number;
  /** One line for each operation under way. */
  pending(): string[];
  disk(root: Root): Disk;
  /** A line of the person at the terminal. */
  type(line: string): void;
  endInput(): void;
  signal(number: 15 | 2 | 1): void;
  /** Sets its wall clock; it may jump. */
  setWallMs(ms: number): void;
  /** The program ends at once; the kernel closes its sockets, its files stay as written. */
  kill(): void;
  /** The power goes: sockets are reset, what was not synced is lost or torn. It is off until `restart`. */
  crash(): void;
  /** Starts the program again with a new `abi`; after a power cut the monotonic clock starts anew. */
  restart(more?: Pick<MachineOptions, "args" | "env">): void;
}

/** The world around a machine. */
export interface Surroundings {
  index: number;
  agenda: Agenda;
  prng: Prng;
  faults: Faults;
  trace: Trace;
  network: Network;
  wallStartMs: number;
}

/** What lives longer than a program. */
interface Body extends OpsGround {
  name: string;
  options: MachineOptions;
  logs: string[];
  printed: string[];
  printedErr: string[];
  exitCode: number | undefined;
  wallShiftMs: number;
  bootUs: number;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

interface Run {
  process: Process;
  abi: Abi;
}

function makeBody(name: string, options: MachineOptions, around: Surroundings): Body {
  const { agenda, prng, network } = around;
  const addresses = typeof options.address === "string" ? [options.address] : options.address;
  const wallMs = (): number => Math.floor(around.wallStartMs + body.wallShiftMs + agenda.nowUs() / 1000);
  const station: Station = { name, addresses, on: true, wallMs };
  const disks = new Map<string, Disk>();
  const body: Body = {
    name,
    options,
    agenda,
    prng,
    network,
    station,
    disks,
    lines: makeInput<string>(),
    signals: makeInput<number>(),
    prompts: [],
    skill: options.skill,
    logs: [],
    printed: [],
    printedErr: [],
    exitCode: undefined,
    wallShiftMs: 0,
    bootUs: agenda.nowUs() - prng.between(30_000_000, 900_000_000),
    args: options.args ?? [],
    env: options.env ?? {},
  };
  for (const root of ROOTS) {
    const files = options.roots?.[root];
    if (files !== undefined) disks.set(root, makeDisk(prng.fork(root), wallMs, files, root === "config"));
  }
  if (options.terminal !== true) body.lines.end();
  network.attach(station);
  return body;
}

function syncGround(body: Body, process: Process): SyncGround {
  const tty = body.options.terminal === true;
  const { resources = {} } = body.options;
  return {
    monoMs: () => (body.agenda.nowUs() - body.bootUs) / 1000,
    wallMs: body.station.wallMs,
    random: body.prng.bytes,
    args: () => body.args,
    env: (key) => (Object.hasOwn(body.env, key) ? body.env[key] : undefined),
    resource: (key) => (Object.hasOwn(resources, key) ? resources[key]?.slice() : undefined),
    log: (level, line) => void (process.alive && body.logs.push(`${level} ${line}`)),
    print(text, where) {
      if (process.alive) (where === "err" ? body.printedErr : body.printed).push(text);
    },
    exit(code) {
      if (!process.alive) return;
      body.exitCode = code;
      end(body, process, "exit");
    },
    info: () => ({
      inTty: tty,
      outTty: tty,
      columns: 80,
      cwd: "/",
      host: "simulator",
      engine: "simulator",
      pid: 1,
      roots: [...body.disks.keys()],
    }),
  };
}

function end(body: Body, process: Process, how: "exit" | "power"): void {
  process.die(how);
  body.lines.clear();
  body.signals.clear();
}

function makeRun(body: Body, around: Surroundings): Run {
  const process = makeProcess({
    ...around,
    name: body.name,
    start: (task, adopt, a, b) => startOp(body, task, adopt, a, b),
  });
  const ground = syncGround(body, process);
  const sync = (op: number, a: AbiValue, b: AbiValue): AbiValue => answerSync(ground, op, a, b);
  return { process, abi: { sync, submit: process.submit, cancel: process.cancel } };
}

function diskOf(body: Body, root: Root): Disk {
  const disk = body.disks.get(root);
  if (disk === undefined) throw new TypeError(`machine ${body.name} has no root ${root}`);
  return disk;
}

/** A machine that is on; `onComplete` comes before the first submit. */
export function makeMachine(name: string, options: MachineOptions, around: Surroundings): SimMachine {
  const body = makeBody(name, options, around);
  let run = makeRun(body, around);
  return {
    name,
    logs: body.logs,
    printed: body.printed,
    printedErr: body.printedErr,
    prompts: body.prompts,
    get abi() {
      return run.abi;
    },
    get exitCode() {
      return body.exitCode;
    },
    get alive() {
      return run.process.alive;
    },
    get openHandles() {
      return run.process.openHandles;
    },
    get pendingOps() {
      return run.process.pendingOps;
    },
    onComplete: (complete) => run.process.onComplete(complete),
    pending: () => run.process.pending(),
    disk: (root) => diskOf(body, root),
    type: body.lines.push,
    endInput: body.lines.end,
    signal: body.signals.push,
    setWallMs: (ms) => {
      body.wallShiftMs += ms - body.station.wallMs();
    },
    kill: () => end(body, run.process, "exit"),
    crash() {
      end(body, run.process, "power");
      body.station.on = false;
      for (const disk of body.disks.values()) disk.powerCut();
    },
    restart(more = {}) {
      end(body, run.process, "exit");
      if (!body.station.on) body.bootUs = body.agenda.nowUs() - body.prng.between(1_000_000, 30_000_000);
      body.station.on = true;
      body.exitCode = undefined;
      body.args = more.args ?? body.args;
      body.env = more.env ?? body.env;
      run = makeRun(body, around);
    },
  };
}
