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

type Tell = (why: Fault) => void;

/** A scope's inside. Lists that many scopes never need are made when they do. */
interface State {
  readonly timers: Timers;
  readonly parent: State | null;
  readonly deadlineMs: number;
  stopped: Fault | null;
  ended: boolean;
  undos: Array<() => void | Promise<void>> | null;
  tells: Set<Tell> | null;
  children: Set<Promise<unknown>> | null;
  disarm: (() => void) | null;
  /** Set while the parent tells this scope when it stops. */
  leaveParent: (() => void) | null;
}

interface Node extends Scope {
  readonly state: State;
}

// No WeakMap to itself: QuickJS marks the values of a WeakMap, so an entry that leads to its own key stays for good.
const nodes = new WeakSet<Scope>();

const ENDED = fault("stopped", "The step that this belonged to has ended.");
const nothing = (): void => undefined;

function isNode(s: Scope): s is Node {
  return nodes.has(s);
}

function stateOf(s: Scope): State {
  if (!isNode(s)) throw new Bug("not a scope of base/scope.ts");
  return s.state;
}

function stop(state: State, why: Fault): void {
  if (state.stopped !== null || state.ended) return;
  state.stopped = why;
  quiet(state);
  if (state.tells === null) return;
  for (const tell of [...state.tells]) tell(why);
  state.tells.clear();
}

function quiet(state: State): void {
  state.disarm?.();
  state.disarm = null;
  state.leaveParent?.();
  state.leaveParent = null;
}

function late(): Fault {
  return fault("timeout", "The deadline for this step passed.");
}

function look(state: State): Fault | null {
  if (state.stopped !== null || state.ended) return state.stopped;
  const above = state.parent === null || state.leaveParent !== null ? null : look(state.parent);
  if (above !== null) stop(state, above);
  else if (state.deadlineMs !== Infinity && state.timers.nowMs() >= state.deadlineMs) stop(state, late());
  return state.stopped;
}

// A timer and a place at the parent are held only while somebody listens.
function listen(state: State): void {
  const { parent } = state;
  if (parent === null || state.leaveParent !== null) return;
  if (state.deadlineMs < parent.deadlineMs) {
    state.disarm = state.timers.at(state.deadlineMs, () => stop(state, late()));
  }
  state.leaveParent = onStop(parent, (why) => stop(state, why));
}

function onStop(state: State, tell: Tell): () => void {
  const why = look(state);
  if (why !== null) {
    tell(why);
    return nothing;
  }
  state.tells ??= new Set();
  state.tells.add(tell);
  listen(state);
  // Whoever listens often knows this function, too: once it was called the circle must not stay.
  let listener: Tell | null = tell;
  return () => {
    if (listener !== null) state.tells?.delete(listener);
    listener = null;
    if (state.tells?.size === 0) quiet(state);
  };
}

function onEnd(state: State, undo: () => void | Promise<void>): () => void {
  if (state.ended) throw new Bug("onEnd on an ended scope");
  state.undos ??= [];
  state.undos.push(undo);
  return () => {
    const at = state.undos?.lastIndexOf(undo) ?? -1;
    if (at >= 0) state.undos?.splice(at, 1);
  };
}

/** Ends a scope; null when there was nothing to wait for. */
function end(state: State): Promise<void> | null {
  if (state.ended) return null;
  stop(state, ENDED);
  if (state.undos !== null || (state.children !== null && state.children.size > 0)) return endWaiting(state);
  state.ended = true;
  return null;
}

async function endWaiting(state: State): Promise<void> {
  while (state.children !== null && state.children.size > 0) await Promise.allSettled([...state.children]);
  state.ended = true;
  quiet(state);
  while (state.undos !== null && state.undos.length > 0) await state.undos.pop()?.();
}

function makeNode(timers: Timers, parent: State | null, deadlineMs: number): Node {
  const state: State = {
    timers,
    parent,
    deadlineMs,
    stopped: null,
    ended: false,
    undos: null,
    tells: null,
    children: null,
    disarm: null,
    leaveParent: null,
  };
  const node: Node = {
    state,
    deadlineMs,
    get stopped() {
      return look(state);
    },
    leftMs: () => Math.max(0, deadlineMs - timers.nowMs()),
    onEnd: (undo) => onEnd(state, undo),
    onStop: (tell) => onStop(state, tell),
  };
  nodes.add(node);
  return node;
}

/** Keeps a scope's place at those above it, which each wait would else take and leave again: for scopes of many waits. */
export function holdPlace(s: Scope): void {
  s.onStop(nothing);
}

/** A running piece of work with its own scope. */
export interface Launched<T> {
  readonly done: Wait<T>;
  /** Ends its scope early; `done` still settles by itself. */
  stop(why: Fault): void;
}

/** The scope at the top of a program. `stop` ends all below it; `end` waits for them. */
export function rootScope(timers: Timers): { scope: Scope; stop(why: Fault): void; end(): Promise<void> } {
  const scope = makeNode(timers, null, Infinity);
  return { scope, stop: (why) => stop(scope.state, why), end: async () => end(scope.state) ?? undefined };
}

/** Starts `run` in a child scope that may live at most `capMs`; the parent waits for it at its end. */
export function launch<T>(parent: Scope, capMs: number, run: (s: Scope) => Wait<T>): Launched<T> {
  const up = stateOf(parent);
  const cappedMs = capMs === Infinity ? Infinity : up.timers.nowMs() + capMs;
  const node = makeNode(up.timers, up, Math.min(up.deadlineMs, cappedMs));
  const done = runIn(node, run);
  up.children ??= new Set();
  const { children } = up;
  children.add(done);
  const forget = (): void => void children.delete(done);
  done.then(forget, forget);
  return { done, stop: (why) => stop(node.state, why) };
}

async function runIn<T>(node: Node, run: (s: Scope) => Wait<T>): Wait<T> {
  try {
    return look(node.state) ?? (await run(node));
  } finally {
    const rest = end(node.state);
    if (rest !== null) await rest;
  }
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
