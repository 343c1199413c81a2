// Slash commands: useful with no model and no internet. A known word alone or with its
// own arguments is ours; other words are RouterOS menus and go to the console.

import { isFault, refault } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import { nearest } from "../base/text.ts";
import type { Task } from "../port/task.ts";
import { type Command, faultResult, runConsole } from "./command-kit.ts";
import { audit } from "./commands/audit.ts";
import { budgetCommand, usage } from "./commands/budget.ts";
import { devicesCommand } from "./commands/devices.ts";
import { helpText } from "./commands/help.ts";
import { historyCommand, undoCommand } from "./commands/history.ts";
import { interfaces } from "./commands/interfaces.ts";
import { log } from "./commands/log.ts";
import { model } from "./commands/model.ts";
import { approveCommand, denyCommand, keepCommand, revertCommand } from "./commands/plans.ts";
import { run } from "./commands/run.ts";
import { fresh, stop } from "./commands/session.ts";
import { status } from "./commands/status.ts";
import { wan } from "./commands/wan.ts";
import { wifi } from "./commands/wifi.ts";
import { sayStopped } from "./lane.ts";
import { taskCommand } from "./tasks.ts";
import type { TurnCtx, TurnResult } from "./turn-types.ts";

const help: Command = {
  name: "help",
  usage: "",
  purpose: "this list",
  // Telegram's own button for a new chat sends /start.
  also: ["start"],
  run: async (_s, ctx) => ({ text: helpText(COMMANDS, ctx.deps) }),
};

const COMMANDS: readonly Command[] = [
  help,
  status,
  devicesCommand,
  interfaces,
  wan,
  wifi,
  log,
  run,
  approveCommand,
  denyCommand,
  keepCommand,
  revertCommand,
  undoCommand,
  historyCommand,
  audit,
  stop,
  fresh,
  model,
  usage,
  budgetCommand,
];

const BY_NAME: ReadonlyMap<string, Command> = new Map(
  COMMANDS.flatMap((c) => [c.name, ...(c.also ?? [])].map((name) => [name, c] as const)),
);

/** What a text that starts with "/" asks for. */
export function readSlash(
  text: string,
  tasks: readonly Task[] = [],
): { command: Command; args: string } | { console: string; near?: string | undefined } {
  const found = /^\/([A-Za-z_-]+)(?:@[A-Za-z0-9_]+)?(?:\s+([\s\S]*))?$/.exec(text);
  if (found === null) return { console: text };
  // Telegram makes links only of commands without "-".
  const name = (found[1] ?? "").toLowerCase().replaceAll("_", "-");
  const args = (found[2] ?? "").trim();
  const task = tasks.find((t) => t.name === name);
  const command = task === undefined ? BY_NAME.get(name) : taskCommand(task);
  if (command !== undefined && command.isConsole?.(args) !== true) return { command, args };
  const near =
    command === undefined ? nearest(name.slice(0, 64), [...BY_NAME.keys(), ...tasks.map((t) => t.name)])[0] : undefined;
  return command === undefined ? { console: text, near } : { console: text };
}

/** Runs a text that starts with "/". */
export async function runSlash(s: Scope, ctx: TurnCtx, text: string): Promise<TurnResult> {
  const read = readSlash(text, ctx.deps.tasks);
  const result = "command" in read ? await read.command.run(s, ctx, read.args) : await runConsole(s, ctx, read.console);
  // A command that ended anyway keeps its answer; only its waits are cut by a stop.
  if (!isFault(result)) return result;
  if (s.stopped !== null && result.fault === s.stopped.fault) return { text: sayStopped(s.stopped), fault: result };
  if (!("near" in read)) return faultResult(result);
  const mayMean = read.near !== undefined && result.fault !== "unreachable";
  const next = mayMean ? `Did you mean /${read.near}?` : (result.next ?? "See /help.");
  return faultResult(refault(result, { next }));
}
