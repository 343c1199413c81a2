// /help: all commands, and what else may be typed.

import { table } from "../../base/text.ts";
import type { Task } from "../../port/task.ts";
import type { Command } from "../command-kit.ts";
import type { CoreDeps } from "../deps.ts";

/** A line for all tasks; each tells its arguments when it lacks one. */
function tasksText(tasks: readonly Task[]): string {
  return `Tasks: ${tasks.map((t) => `/${t.name}`).join(" ")}\nOne that lacks something tells what it wants; what it changes is one plan with one way back.`;
}

/** The help text over the table of commands. */
export function helpText(commands: readonly Command[], deps: CoreDeps): string {
  const rows = commands.map((c) => [`/${c.name}${c.usage === "" ? "" : ` ${c.usage}`}`, c.purpose]);
  const talk =
    deps.model === null
      ? "No language model is configured, so plain sentences are not understood yet."
      : "Or say in your own words what you want to know or to change.";
  return [
    `MikroClaw ${deps.version} looks after your MikroTik router.`,
    "",
    table(rows),
    "",
    ...(deps.tasks === undefined || deps.tasks.length === 0 ? [] : [tasksText(deps.tasks), ""]),
    "RouterOS commands work as they are, such as /ip/address/print or /log print.",
    "What changes the router is shown first and waits for your approval.",
    talk,
  ].join("\n");
}
