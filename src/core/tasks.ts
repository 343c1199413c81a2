// Typed tasks as tools of the model and as slash commands: their arguments read and
// checked, their commands made one plan. Slash arguments are name=value, or bare in order.

import { type Fault, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { TOOL_CAP_MS, TOOL_OUT_BYTES_MAX } from "../base/limits.ts";
import { orStop, type Scope } from "../base/scope.ts";
import { nearest, oneLine, printable } from "../base/text.ts";
import type { Task } from "../port/task.ts";
import type { ToolKit, ToolResult } from "../port/tool.ts";
import { type Command, clip } from "./command-kit.ts";
import type { BoundTool } from "./deps.ts";
import { offer, toolKit } from "./toolrun.ts";

type Args = Record<string, string>;

/** "<device> [port=…]": what must be given, and what may. */
function usageOf(task: Task): string {
  return Object.keys(task.args)
    .map((name) => (task.needs.includes(name) ? `<${name}>` : `[${name}=…]`))
    .join(" ");
}

/** How a task is called, with a line an argument. */
function howTo(task: Task): string {
  const lines = Object.entries(task.args).map(([name, what]) => `  ${name}: ${what}`);
  return [`/${task.name} ${usageOf(task)}`, ...lines].join("\n");
}

function badArgs(task: Task, what: string): Fault {
  return fault("input", `${oneLine(printable(what), 200)}`, { next: `\n${howTo(task)}` });
}

/** All arguments of a task by name, "" for those not given; a fault names the first that is wrong. */
function readArgs(task: Task, given: Readonly<Record<string, unknown>>): Outcome<Args> {
  const names = Object.keys(task.args);
  const args: Args = Object.fromEntries(names.map((name) => [name, ""]));
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) {
      const near = nearest(name.slice(0, 64), names)[0];
      return badArgs(task, `${task.name} has no "${name}"${near === undefined ? "" : `; did you mean ${near}?`}.`);
    }
    if (value === null || value === undefined) continue;
    if (!["string", "number", "boolean"].includes(typeof value)) return badArgs(task, `${name} must be a text.`);
    args[name] = String(value).trim();
  }
  const missing = task.needs.filter((name) => args[name] === "");
  return missing.length === 0 ? args : badArgs(task, `${task.name} needs ${missing.join(" and ")}.`);
}

const WORD = /(?:([A-Za-z][A-Za-z-]*)=|(?=\S))(?:"([^"]*)"|\u201c([^\u201d]*)\u201d|(\S*))(?=\s|$)/g;

/** Arguments as typed behind a slash command. */
function readTyped(task: Task, text: string): Outcome<Args> {
  const given: Record<string, string> = {};
  const open = Object.keys(task.args);
  const bare: string[] = [];
  for (const [whole, name, ...quoted] of text.matchAll(WORD)) {
    const value = quoted.find((v) => v !== undefined) ?? whole;
    if (name === undefined) bare.push(value);
    else if (Object.hasOwn(given, name)) return badArgs(task, `${name} is given twice.`);
    else given[name] = value;
  }
  // A task that wants only one thing takes blanks for a part of it.
  if (open.length === 1 && bare.length > 1) bare.splice(0, bare.length, bare.join(" "));
  // Where there is nothing else to give, the words belong together.
  const values = open.length === 1 && bare.length > 0 ? [bare.join(" ")] : bare;
  for (const value of values) {
    const name = open.find((n) => !Object.hasOwn(given, n));
    if (name === undefined)
      return badArgs(task, `"${value}" is one word too many; a text with blanks stands in "quotes".`);
    given[name] = value;
  }
  return readArgs(task, given);
}

async function runTask(s: Scope, kit: ToolKit, task: Task, args: Args): Wait<ToolResult> {
  const answer = await task.run(s, kit, args);
  if (isFault(answer) || answer.commands === undefined) return answer;
  const plan = await kit.router.plan(s, answer.commands.join("\n"));
  if (isFault(plan)) return plan;
  const { text, handout } = answer;
  return { text, plan, ...(handout === undefined ? {} : { handout }) };
}

/** JSON Schema of a task's arguments. */
function schemaOf({ args, needs }: Task): string {
  const properties = Object.entries(args).map(([name, what]) => [name, { type: "string", description: what }]);
  return JSON.stringify({
    type: "object",
    properties: Object.fromEntries(properties),
    ...(needs.length === 0 ? {} : { required: needs }),
    additionalProperties: false,
  });
}

/** A task as the model has it. */
export function taskTool(task: Task): BoundTool {
  return {
    name: task.name.replaceAll("-", "_"),
    purpose: task.purpose,
    get schemaJson() {
      return schemaOf(task);
    },
    effect: task.effect,
    capMs: TOOL_CAP_MS,
    outMax: TOOL_OUT_BYTES_MAX,
    async call(s, kit, given) {
      const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
      const args = isObject ? readArgs(task, { ...given }) : badArgs(task, "The arguments must be one object.");
      return isFault(args) ? args : runTask(s, kit, task, args);
    },
  };
}

/** A task as people type it. */
export function taskCommand(task: Task): Command {
  return {
    name: task.name,
    usage: usageOf(task),
    purpose: task.purpose,
    async run(s, ctx, text) {
      const args = readTyped(task, text);
      if (isFault(args)) return args;
      const done = await orStop(s, runTask(s, toolKit(ctx.deps), task, args));
      if (isFault(done)) return done;
      const { plan, handout } = done;
      if (plan === undefined) return { text: clip(done.text) };
      const id = offer(ctx, plan, handout);
      return isFault(id) ? id : { text: clip(done.text), drafts: ctx.drafts };
    },
  };
}
