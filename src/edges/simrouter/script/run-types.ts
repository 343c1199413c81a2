// What a running script needs of the router and keeps for itself.

import { type Fault, fault, type Outcome, refault } from "../../../base/fault.ts";
import type { Body, Done } from "../common.ts";
import type { Shown } from "../record.ts";
import type { Actor } from "../verbs.ts";
import type { World } from "../world.ts";
import type { Block, Value } from "./code.ts";

/** Does one command of a menu. */
export type Perform = (world: World, actor: Actor, menu: string, command: string, body: Body) => Outcome<Done>;

/** Gives up control for so many milliseconds, and ends with a value or a fault. */
export type Flow<T> = Generator<number, Outcome<T>, void>;

export interface Frame {
  readonly vars: Map<string, Value>;
  readonly above: Frame | null;
  /** The row that a condition looks at. */
  readonly row: Shown | null;
}

export interface Run {
  readonly world: World;
  readonly actor: Actor;
  readonly perform: Perform;
  /** Globals of the user. */
  readonly globals: Map<string, Value>;
  /** A line for the terminal. */
  readonly say: (line: string) => void;
  steps: number;
  /** Runs statements; set by run.ts. */
  readonly body: (run: Run, block: Block, frame: Frame) => Flow<Ended>;
}

/** How statements ended. */
export interface Ended {
  readonly by: "end" | "return" | "break" | "continue";
  readonly value: Value;
}

/** A refusal inside a script. */
export const failure = (what: string): Fault => fault("input", what, { code: "400" });

/** Says where a refusal came from, once: `(/ip/service/set (certificate); line 1)`. */
export function placed(f: Fault, path: string, line: number): Fault {
  if (f.next === "script") return f;
  const argument = /(?:argument|value of|parameter) ([\w.-]+)/.exec(f.what)?.[1];
  const which = argument === undefined ? "" : ` (${argument})`;
  return refault(f, { what: `${f.what} (${path}${which}; line ${line})`, next: "script" });
}
