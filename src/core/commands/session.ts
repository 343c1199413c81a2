// /stop and /new: about the conversation itself.

import type { Command } from "../command-kit.ts";
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
