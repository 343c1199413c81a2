// /stop, /new and /usage: about the conversation itself.

import { table } from "../../base/text.ts";
import { formatDuration } from "../../base/time.ts";
import { type Command, count } from "../command-kit.ts";
import { laneKey } from "../rows.ts";

export const stop: Command = {
  name: "stop",
  usage: "",
  purpose: "stop what is running in this chat",
  // The door ends the running turn before this could wait behind it; here is only "/stop now".
  run: async () => ({ text: "Send /stop alone: it stops what is running in this chat." }),
};

export const fresh: Command = {
  name: "new",
  usage: "",
  purpose: "forget this conversation and start anew",
  async run(_s, ctx) {
    ctx.sessions.clear(laneKey(ctx.who));
    const open = ctx.plans.of(ctx.who).map((p) => p.id);
    const plans = open.length === 0 ? "" : ` Still waiting for your decision: ${open.join(", ")}.`;
    return { text: `A new conversation: what was said before is forgotten.${plans}` };
  },
};

export const usage: Command = {
  name: "usage",
  usage: "",
  purpose: "turns and tokens since the start",
  async run(_s, ctx) {
    const { counters, deps } = ctx;
    const here = ctx.sessions.of(laneKey(ctx.who));
    const cost = (u: typeof here.usage): string[] => [`${u.inTokens}`, `${u.outTokens}`, `${u.cachedTokens}`];
    const sums = table([
      ["tokens", "in", "out", "cached"],
      ["this chat", ...cost(here.usage)],
      ["all chats", ...cost(counters.usage)],
    ]);
    const upMs = deps.clock.monoMs() - deps.startedAtMs;
    const model = deps.model === null ? "no model" : `${deps.model.id} ${deps.model.model}`;
    return {
      text: `Since the start ${formatDuration(upMs)} ago: ${count(counters.turns, "turn")} (commands: ${counters.commands}), ${count(counters.modelCalls, "call")} of the model (${model}).\n${sums}`,
    };
  },
};
