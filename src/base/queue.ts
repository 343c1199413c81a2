// A first-in first-out list that refuses when full, instead of growing.

import { assert } from "./bug.ts";

export interface Queue<T> {
  readonly size: number;
  /** False when the queue is full; nothing is kept then. */
  push(item: T): boolean;
  shift(): T | undefined;
  peek(): T | undefined;
  /** Removes the first item that fits; true if there was one. */
  drop(fits: (item: T) => boolean): boolean;
}

/** A queue of at most `max` items. */
export function queue<T>(max: number): Queue<T> {
  assert(max > 0, "a queue holds at least one item");
  // Two stacks would save the shift; the bounds here are small.
  const items: T[] = [];
  return {
    get size() {
      return items.length;
    },
    push(item) {
      if (items.length >= max) return false;
      items.push(item);
      return true;
    },
    shift: () => items.shift(),
    peek: () => items[0],
    drop(fits) {
      const at = items.findIndex(fits);
      if (at >= 0) items.splice(at, 1);
      return at >= 0;
    },
  };
}
