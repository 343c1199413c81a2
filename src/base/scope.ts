// Every wait takes a Scope first. A scope has a deadline on the monotonic clock, a
// parent, and a list of things to undo. When its function returns, its children are
// cancelled and waited for, then the undo list runs in reverse.

import { Bug } from "./bug.ts";
import { type Fault, fault, isFault, type Outcome, type Wait } from "./fault.ts";

/** What a scope needs of a clock: the time now, and a call at a later time. */
export interface Timers {
  nowMs(): number;
  /** Calls `fire` once at `dueMs`; the returned call forgets it. */
  at(dueMs: number, fire: () => void): () => void;
}

export interface Scope {
  /** Monotonic milliseconds; Infinity for a scope without one. */
  readonly deadlineMs: number;
  /** Why this scope has ended early; set once, never cleared. */
  readonly stopped: Fault | null;
  leftMs(): number;
  /** Runs `undo` when the scope ends, in reverse order; the returned call forgets it. */
  onEnd(undo: () => void | Promise<void>): () => void;
  /** Calls `tell` once when the scope is stopped (at once if it is); the returned call forgets it. */
  onStop(tell: (why: Fault) => void): () => void;
}

interface Node extends Scope {
  readonly timers: Timers;
  readonly parent: Node | null;
  readonly children: Set<Promise<unknown>>;
  stop(why: Fault): void;
  end(): Promise<void>;
}

// No WeakMap to itself: QuickJS marks the values of a WeakMap, so an entry that leads to its own key stays for good.
const nodes = new WeakSet<Scope>();

function isNode(s: Scope): s is Node {
  return nodes.has(s);
}

function nodeOf(s: Scope): Node {
  if (!isNode(s)) throw new Bug("not a scope of base/scope.ts");
  return s;
}

function makeNode(timers: Timers, parent: Node | null, deadlineMs: number): Node {
  const undos: Array<() => void | Promise<void>> = [];
  const tells = new Set<(why: Fault) => void>();
  const children = new Set<Promise<unknown>>();
  let stopped: Fault | null = null;
  let disarm: (() => void) | null = null;
  let leaveParent: (() => void) | null = null;
  let ended = false;

  const stop = (why: Fault): void => {
    if (stopped !== null || ended) return;
    stopped = why;
    quiet();
    for (const tell of [...tells]) tell(why);
    tells.clear();
  };
  const quiet = (): void => {
    disarm?.();
    disarm = null;
    leaveParent?.();
    leaveParent = null;
  };
  const late = (): Fault => fault("timeout", "The deadline for this step passed.");
  // A timer and a place at the parent are held only while somebody listens.
  const listen = (): void => {
    if (disarm === null && deadlineMs !== Infinity && (parent === null || deadlineMs < parent.deadlineMs)) {
      disarm = timers.at(deadlineMs, () => stop(late()));
    }
    if (leaveParent === null && parent !== null) leaveParent = parent.onStop(stop);
  };
  const look = (): Fault | null => {
    if (stopped === null && !ended) {
      if (parent?.stopped) stop(parent.stopped);
      else if (deadlineMs !== Infinity && timers.nowMs() >= deadlineMs) stop(late());
    }
    return stopped;
  };

  const node: Node = {
    timers,
    parent,
    children,
    deadlineMs,
    get stopped() {
      return look();
    },
    leftMs: () => Math.max(0, deadlineMs - timers.nowMs()),
    onEnd(undo) {
      if (ended) throw new Bug("onEnd on an ended scope");
      undos.push(undo);
      return () => {
        const at = undos.lastIndexOf(undo);
        if (at >= 0) undos.splice(at, 1);
      };
    },
    onStop(tell) {
      const why = look();
      if (why !== null) {
        tell(why);
        return () => undefined;
      }
      tells.add(tell);
      listen();
      return () => {
        tells.delete(tell);
        if (tells.size === 0) quiet();
      };
    },
    stop,
    async end() {
      if (ended) return;
      stop(fault("stopped", "The step that this belonged to has ended."));
      while (children.size > 0) await Promise.allSettled([...children]);
      ended = true;
      quiet();
      while (undos.length > 0) await undos.pop()?.();
    },
  };
  nodes.add(node);
  return node;
}

/** A running piece of work with its own scope. */
export interface Launched<T> {
  readonly done: Wait<T>;
  /** Ends its scope early; `done` still settles by itself. */
  stop(why: Fault): void;
}

/** The scope at the top of a program. `stop` ends all below it; `end` waits for them. */
export function rootScope(timers: Timers): { scope: Scope; stop(why: Fault): void; end(): Promise<void> } {
  const node = makeNode(timers, null, Infinity);
  return { scope: node, stop: node.stop, end: () => node.end() };
}

/** Starts `run` in a child scope that may live at most `capMs`; the parent waits for it at its end. */
export function launch<T>(parent: Scope, capMs: number, run: (s: Scope) => Wait<T>): Launched<T> {
  const up = nodeOf(parent);
  const node = makeNode(up.timers, up, Math.min(up.deadlineMs, up.timers.nowMs() + capMs));
  const done = (async (): Wait<T> => {
    try {
      const why = node.stopped;
      return why === null ? await run(node) : why;
    } finally {
      await node.end();
    }
  })();
  up.children.add(done);
  const forget = (): void => void up.children.delete(done);
  done.then(forget, forget);
  return { done, stop: node.stop };
}

/** Runs `run` in a child scope that may live at most `capMs` and waits for its whole end. */
export function withScope<T>(parent: Scope, capMs: number, run: (s: Scope) => Wait<T>): Wait<T> {
  return launch(parent, capMs, run).done;
}

/** Runs all tasks at once, each in a child scope; answers in their order. */
export function gather<T>(
  parent: Scope,
  capMs: number,
  tasks: ReadonlyArray<(s: Scope) => Wait<T>>,
): Promise<Array<Outcome<T>>> {
  return Promise.all(tasks.map((task) => withScope(parent, capMs, task)));
}

/** Waits for `wait` but no longer than the scope; what is waited for goes on by itself. */
export function orStop<T>(s: Scope, wait: Promise<Outcome<T>>): Wait<T> {
  return new Promise((resolve, reject) => {
    const forget = s.onStop((why) => resolve(why));
    wait.then(
      (value) => {
        forget();
        resolve(value);
      },
      (bug: unknown) => {
        forget();
        reject(bug);
      },
    );
  });
}

/** The value, or a Bug: for outcomes that cannot be faults where they are used. */
export function must<T>(x: Outcome<T>, what: string): T {
  if (isFault(x)) throw new Bug(`${what}: ${x.what}`);
  return x;
}
