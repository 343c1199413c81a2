// All deadlines of the program over one host timer: the earliest is armed, the others wait.

import type { Timers } from "../base/scope.ts";
import { CODE, OP } from "./abi.ts";
import type { Ops } from "./bridge-ops.ts";

interface Due {
  dueMs: number;
  order: number;
  fire: (() => void) | null;
}

// Most deadlines are forgotten long before they are due: fewer than this are not worth a look.
const FORGOTTEN_MIN = 64;

/** Timers for scopes; equal times fire in the order they were set. `size`: how many it keeps. */
export function makeTimers(ops: Ops, nowMs: () => number): Timers & { readonly size: number } {
  let heap: Due[] = [];
  let order = 0;
  let forgotten = 0;
  let armed: { dueMs: number; cancel: () => void } | null = null;

  const before = (a: Due, b: Due): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
  const swap = (i: number, k: number): void => {
    const a = heap[i];
    const b = heap[k];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[k] = a;
  };
  const rises = (i: number, k: number): boolean => {
    const a = heap[i];
    const b = heap[k];
    return a !== undefined && b !== undefined && before(a, b);
  };
  const push = (due: Due): void => {
    heap.push(due);
    for (let i = heap.length - 1; i > 0; ) {
      const up = (i - 1) >> 1;
      if (!rises(i, up)) break;
      swap(i, up);
      i = up;
    }
  };
  /** Takes the first one out; what it was to do, unless it was forgotten. */
  const pop = (): Due["fire"] => {
    swap(0, heap.length - 1);
    const fire = heap.pop()?.fire ?? null;
    if (fire === null) forgotten -= 1;
    sink();
    return fire;
  };
  const sink = (): void => {
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      let least = rises(left, i) ? left : i;
      if (rises(left + 1, least)) least = left + 1;
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };

  const tick = (): void => {
    const now = nowMs();
    for (let first = heap[0]; first !== undefined; first = heap[0]) {
      if (first.fire !== null && first.dueMs > now) break;
      const fire = pop();
      first.fire = null;
      fire?.();
    }
    arm();
  };
  // A list in order is a heap.
  const sweep = (): void => {
    heap = heap.filter((due) => due.fire !== null).sort((a, b) => (before(a, b) ? -1 : 1));
    forgotten = 0;
  };
  // A host timer that is no longer the earliest is cancelled; its completion is ignored.
  const arm = (): void => {
    while (heap[0] !== undefined && heap[0].fire === null) pop();
    const first = heap[0];
    if (first === undefined) {
      armed?.cancel();
      armed = null;
      return;
    }
    if (armed !== null && armed.dueMs <= first.dueMs) return;
    armed?.cancel();
    const mine = { dueMs: first.dueMs, cancel: () => undefined as void };
    armed = mine;
    mine.cancel = ops.start(OP.TIMER, Math.max(0, Math.ceil(first.dueMs - nowMs())), (code) => {
      if (armed !== mine) return;
      armed = null;
      if (code === CODE.OK) tick();
    });
  };

  return {
    nowMs,
    at(dueMs, fire) {
      const due: Due = { dueMs, order: order++, fire };
      push(due);
      arm();
      return () => {
        if (due.fire === null) return;
        due.fire = null;
        forgotten += 1;
        if (heap[0] === due) arm();
        else if (forgotten > FORGOTTEN_MIN && forgotten * 2 > heap.length) sweep();
      };
    },
    get size() {
      return heap.length;
    },
  };
}
