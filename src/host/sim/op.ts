// What the parts of the simulator hand to each other: an operation under way, and a
// thing behind a handle.

import type { AbiValue } from "../../port/abi.ts";

/** One submitted operation. It is decided once; its completion is handed over a little later. */
export interface Task {
  readonly id: number;
  readonly op: number;
  readonly decided: boolean;
  /** Decides how it ends; ignored when that is decided already. `afterUs` is what the way back takes. */
  done(code: number, value?: AbiValue, afterUs?: number): void;
  /** What a cancel undoes while nothing is decided. Without one a cancel just ends it; null: it cannot be cancelled. */
  onCancel(undo: (() => void) | null): void;
}

/** Puts a thing behind a new handle and says its number; 0 when the machine is gone. */
export type Adopt = (thing: Thing) => number;

/** What a handle stands for. An operation it lacks is INVALID on it. */
export interface Thing {
  read?(task: Task, max: number): void;
  write?(task: Task, bytes: Uint8Array): void;
  shutdown?(task: Task): void;
  accept?(task: Task, adopt: Adopt): void;
  /** As the program closes it. Operations on it are over by then. */
  close(): void;
  /** As a dying machine drops it. */
  sever(why: string): void;
  /** As an injected fault breaks it: nothing works here any more, while the other side still gets what was sent. */
  spoil?(why: string): void;
}
