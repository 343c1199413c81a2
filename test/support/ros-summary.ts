// One line of what a console command becomes, for table tests.

import { isFault } from "../../src/base/fault.ts";
import type { Expr } from "../../src/ros/expr.ts";
import { type Intent, isRead, type Target } from "../../src/ros/intent.ts";
import { parseCommands } from "../../src/ros/parse.ts";
import { readCalls } from "../../src/ros/reads.ts";
import { restTarget } from "../../src/ros/rest.ts";
import { judge } from "../../src/ros/risk.ts";
import { translate } from "../../src/ros/translate.ts";
import { testCommands } from "./commands.ts";

/** A condition, fully bracketed. */
function exprText(e: Expr | null): string {
  if (e === null) return "all";
  switch (e.op) {
    case "and":
    case "or":
      return `(${exprText(e.left)} ${e.op} ${exprText(e.right)})`;
    case "not":
      return `!${exprText(e.of)}`;
    case "set":
      return e.field;
    case "match":
      return `${e.field}~${e.pattern.source}`;
    case "compare":
      return `${e.field}${e.by === "in" ? " in " : e.by}${e.value}`;
  }
}

function targetText(t: Target | null): string {
  if (t === null) return "-";
  return t.by === "ids" ? t.ids.join("+") : t.by === "names" ? t.names.join("+") : `[${exprText(t.where)}]`;
}

const pairs = (v: Readonly<Record<string, string>>): string =>
  Object.entries(v)
    .map(([n, x]) => `${n}=${x}`)
    .join(" ");

function intentText(i: Intent): string {
  if (isRead(i)) {
    const calls = readCalls(i).map(
      (c) => `${c.method} ${restTarget(c)}${c.body === undefined ? "" : ` ${JSON.stringify(c.body)}`}`,
    );
    const filter = i.do === "print" && i.where !== null ? ` | ${exprText(i.where)}` : "";
    const only = i.do === "print" && i.only?.by === "find" ? ` | ${exprText(i.only.where)}` : "";
    return calls.join(", ") + filter + only;
  }
  switch (i.do) {
    case "add":
      return `add ${i.menu} ${pairs(i.values)}${i.before === null ? "" : ` before ${targetText(i.before)}`}`;
    case "set":
      return `set ${i.menu} ${targetText(i.target)} ${pairs(i.values)}${i.unset.map((u) => ` !${u}`).join("")}`.trim();
    case "remove":
      return `remove ${i.menu} ${targetText(i.target)}`;
    case "move":
      return `move ${i.menu} ${targetText(i.target)} before ${targetText(i.before)}`;
    case "act":
      return `act ${i.menu}/${i.verb} ${targetText(i.target)} ${pairs(i.body)}`.trim();
    case "print":
      return "print";
  }
}

/** `risk: what`, several joined by "; ", or `!kind sentence next`. */
export function summary(text: string): string {
  const commands = parseCommands(testCommands(), text);
  if (isFault(commands)) return `!${commands.fault} ${commands.what} ${commands.next ?? ""}`.trim();
  const parts: string[] = [];
  for (const c of commands) {
    const i = translate(testCommands(), c);
    if (isFault(i)) return `!${i.fault} ${i.what} ${i.next ?? ""}`.trim();
    parts.push(`${judge(i).risk}: ${intentText(i)}`);
  }
  return parts.join("; ");
}
