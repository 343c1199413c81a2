// A typed task: a wish with named arguments that becomes one plan, or an answer. The model
// has each as a tool, people as a slash command; both read this.

import type { Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Handout, ToolKit } from "./tool.ts";

/** Console commands that become one plan, what to say with it, or only words. */
export type TaskAnswer =
  | {
      commands: readonly string[];
      /** What the plan does and does not do, for the person and the model. */
      text: string;
      handout?: Handout;
    }
  | { commands?: never; text: string };

export interface Task<N extends string = string> {
  /** As a slash command; the model's tool has "_" for "-". */
  readonly name: string;
  readonly purpose: string;
  /** What each argument is, in the order in which they may stand without their names. */
  readonly args: Readonly<Record<N, string>>;
  /** Those without which nothing can be done. */
  readonly needs: readonly N[];
  /** "read" never plans a change. */
  readonly effect: "read" | "propose";
  /** An argument that was not given is "". Reads as it likes; commands only as text for a plan. */
  run(s: Scope, kit: ToolKit, args: Readonly<Record<N, string>>): Wait<TaskAnswer>;
}
