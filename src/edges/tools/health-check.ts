// What the background probes last saw of the agent's own parts.

import * as z from "zod/mini";
import { TOOL_CAP_MS, TOOL_OUT_BYTES_MAX } from "../../base/limits.ts";
import { isoTime } from "../../base/time.ts";
import type { Tool } from "../../port/tool.ts";

/** `health_check`: which parts of the agent work. */
export const healthCheck: Tool<Record<string, never>> = {
  name: "health_check",
  purpose:
    "Tells which parts of this agent work (router connection, model, memory) and the time here. For the router's own health read /system/health and /system/resource.",
  args: () => z.strictObject({}),
  effect: "read",
  capMs: TOOL_CAP_MS,
  outMax: TOOL_OUT_BYTES_MAX,
  async run(_, kit) {
    const parts = Object.entries(kit.health()).map(
      ([name, works]) => `${name}: ${works ? "works" : "not reachable or not configured"}`,
    );
    return { text: [...parts, `time: ${isoTime(kit.clock.wallMs())}`].join("\n") };
  },
};
