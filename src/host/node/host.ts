// The ABI over Node: numbers every operation, bounds them, and delivers each completion
// once, from the event loop, never inside a submit. What the operations do is in the
// other files of this folder.

import { HOST_OPS_MAX } from "../../base/limits.ts";
import { type Abi, type AbiValue, CODE, type Complete, OP, type Root } from "../../port/abi.ts";
import { makeFileOps } from "./fs.ts";
import { makeNetOps } from "./net.ts";
import { makeHandles, type Start } from "./op.ts";
import { makeSpawn } from "./sandbox.ts";
import { makeSignals } from "./signal.ts";
import { makeSync } from "./sync.ts";
import { makeTimers } from "./timers.ts";
import { makeTty } from "./tty.ts";
import { openUdp, resolveName } from "./udp.ts";

/** Where lines go: process.stdout, process.stderr, or a list in a test. */
export interface Sink {
  write(text: string, written?: () => void): unknown;
}

export interface NodeOptions {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Folders; a missing one is made by the first write. */
  roots: Readonly<Partial<Record<Exclude<Root, "config">, string>>>;
  resources: Readonly<Record<string, Uint8Array>>;
  out: Sink;
  err: Sink;
  /** Called once the output is written. */
  exit(code: number): void;
  engine: string;
  /** What starts this program again, for skills; absent: they are refused. */
  program?: readonly string[];
  /** False: a guest beside the main program, without the terminal and the signals. */
  terminal: boolean;
}

export interface NodeHost {
  readonly abi: Abi;
  /** Says who takes completions. `drains`: the call itself runs all pending jobs before it returns. */
  onComplete(complete: Complete, drains?: boolean): void;
  /** A bug inside the engine: one line, exit code 70. */
  crash(what: string): void;
  /** Lets go of every handle, timer and listener; nothing completes afterwards. */
  close(): void;
}

interface Running {
  stop: (() => void) | undefined;
  ended: boolean;
}

// Completions delivered in one turn of the loop, so that a busy bundle cannot starve the sockets.
const BATCH = 64;

/** Delivers completions in their order. */
function makeQueue(running: Map<number, Running>): {
  push(id: number, code: number, value: AbiValue): void;
  onComplete: NodeHost["onComplete"];
  close(): void;
} {
  const waiting: Array<[number, number, AbiValue]> = [];
  let deliver: Complete | null = null;
  let batch = 1;
  // From the moment a turn is asked for until it is over, pushing needs not ask again.
  let armed = false;
  const arm = (): void => {
    if (armed || deliver === null || waiting.length === 0) return;
    armed = true;
    setImmediate(flush);
  };
  const flush = (): void => {
    for (let n = 0; n < batch && deliver !== null; n += 1) {
      const next = waiting.shift();
      if (next === undefined) break;
      // Forgotten first: the bundle may use the number again inside the call.
      running.delete(next[0]);
      deliver(...next);
    }
    armed = false;
    arm();
  };
  return {
    push(id, code, value) {
      waiting.push([id, code, value]);
      arm();
    },
    onComplete(complete, drains = false) {
      deliver = complete;
      batch = drains ? BATCH : 1;
      arm();
    },
    close() {
      deliver = null;
      waiting.length = 0;
    },
  };
}

/** A host on this machine. */
export function makeNodeHost(options: NodeOptions): NodeHost {
  const handles = makeHandles();
  const running = new Map<number, Running>();
  const queue = makeQueue(running);
  const sync = makeSync(options);
  const timers = makeTimers();
  const signals = makeSignals(options.terminal);
  const tty = makeTty(options, signals.raise);
  const files = makeFileOps(options.roots);
  const starts: Readonly<Record<number, Start>> = {
    ...makeNetOps(handles),
    ...files.ops,
    [OP.TIMER]: timers.start,
    [OP.SIGNAL]: signals.start,
    [OP.RESOLVE]: resolveName,
    [OP.UDP]: openUdp(handles),
    [OP.TTY]: tty.start,
    [OP.SPAWN]: makeSpawn(handles, options.program ?? []),
  };
  const refused = (code: number, what: string): Start => {
    return (done) => void done(code, what);
  };
  const unknown = refused(CODE.UNSUPPORTED, "This host cannot do what was asked.");
  const busy = refused(CODE.BUSY, "Too many operations are under way at once.");

  const submit: Abi["submit"] = (id, op, a, b) => {
    // A number that is in use would make two completions for one; nothing sane can follow.
    if (!Number.isSafeInteger(id) || id <= 0 || running.has(id))
      throw new RangeError(`operation number ${id} is not free`);
    const start = running.size >= HOST_OPS_MAX ? busy : (starts[op] ?? unknown);
    const mine: Running = { stop: undefined, ended: false };
    running.set(id, mine);
    const done = (code: number, value?: AbiValue): void => {
      if (mine.ended) return;
      mine.ended = true;
      queue.push(id, code, value);
    };
    mine.stop = start(done, a, b);
  };
  return {
    abi: {
      sync,
      submit,
      cancel(id) {
        const mine = running.get(id);
        if (mine !== undefined && !mine.ended) mine.stop?.();
      },
    },
    onComplete: queue.onComplete,
    crash(what) {
      options.err.write(`${JSON.stringify({ level: "error", event: "host.crash", what })}\n`, () => options.exit(70));
    },
    close() {
      queue.close();
      for (const mine of running.values()) if (!mine.ended) mine.stop?.();
      running.clear();
      handles.closeAll();
      timers.close();
      signals.close();
      tty.close();
      files.close();
    },
  };
}
