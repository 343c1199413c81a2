// The model's way to any RouterOS command. What only reads runs at once; everything else
// becomes a plan that the person sees and approves, so the model never changes anything.

import * as z from "zod/mini";
import { isFault } from "../../base/fault.ts";
import { COMMAND_BYTES_MAX, TOOL_CAP_MS, TOOL_OUT_BYTES_MAX } from "../../base/limits.ts";
import type { Tool } from "../../port/tool.ts";

const PURPOSE = `Runs one RouterOS console command, such as "/ip/address/print where interface=ether1" or "/ip/dns/set servers=1.1.1.1".
Commands that only read answer at once. A command that changes something is not run: the exact change is shown to the person, who approves or refuses it. Say what it does and why, and end your turn; never claim that it is done.
Use full menu paths and names that you have read before. No scripts, no variables.`;

/** `routeros_execute`: one console command. */
export const routerosExecute: Tool<{ command: string }> = {
  name: "routeros_execute",
  purpose: PURPOSE,
  args: () => z.strictObject({ command: z.string().check(z.minLength(1), z.maxLength(COMMAND_BYTES_MAX)) }),
  effect: "propose",
  capMs: TOOL_CAP_MS,
  outMax: TOOL_OUT_BYTES_MAX,
  async run(s, kit, { command }) {
    const plan = await kit.router.plan(s, command);
    if (isFault(plan)) return plan;
    if (plan.risk === "read") {
      const text = await kit.router.read(s, plan);
      return isFault(text) ? text : { text };
    }
    // Who runs the tool offers the plan and says so.
    return { text: "", plan };
  },
};
