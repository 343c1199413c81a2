// The two open routes. They answer at once from what the background probes last saw, so they
// go on while every upstream hangs.

import type { Agent } from "../../port/agent.ts";
import type { Reply } from "../../port/http.ts";
import { jsonReply } from "./reply.ts";

// Present in every reply, configured or not; others follow by name.
const ALWAYS = ["llm", "gateway", "routeros", "memu"];

/** `GET /health`: "ok" when every configured component works. */
export function healthReply(agent: Agent, configured: readonly string[]): Reply {
  const state: Readonly<Record<string, boolean>> = { ...agent.health(), gateway: true };
  const others = Object.keys(state)
    .filter((name) => !ALWAYS.includes(name))
    .sort();
  const components = Object.fromEntries([...ALWAYS, ...others].map((name) => [name, state[name] === true]));
  const status = configured.every((name) => components[name] === true) ? "ok" : "degraded";
  return jsonReply(200, { status, components });
}

/** `GET /health/heartbeat`. */
export function heartbeatReply(): Reply {
  return jsonReply(200, { heartbeat: "ok" });
}
