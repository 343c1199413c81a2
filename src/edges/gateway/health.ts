// The two open routes. They answer at once from what the background probes last saw, so they
// go on while every upstream hangs.

import type { Agent } from "../../port/agent.ts";
import type { Reply } from "../../port/http.ts";
import { jsonReply } from "./reply.ts";

// Present in every reply, configured or not; others follow by name.
const ALWAYS = ["llm", "gateway", "routeros", "memu"];

type State = ReturnType<Agent["health"]>;

/** `GET /health`: "ok" when every configured component works; `waiting`: messages kept for a model. The same reply as long as nothing changes. */
export function makeHealth(agent: Agent, configured: readonly string[]): () => Reply {
  let seen: State | null = null;
  let kept = 0;
  let reply: Reply | null = null;
  return () => {
    const state = agent.health();
    const waiting = agent.waiting();
    if (reply !== null && state === seen && waiting === kept) return reply;
    seen = state;
    kept = waiting;
    reply = healthReply({ ...state, gateway: true }, configured, waiting);
    return reply;
  };
}

function healthReply(state: State, configured: readonly string[], waiting: number): Reply {
  const others = Object.keys(state)
    .filter((name) => !ALWAYS.includes(name))
    .sort();
  const components = Object.fromEntries([...ALWAYS, ...others].map((name) => [name, state[name] === true]));
  const status = configured.every((name) => components[name] === true) ? "ok" : "degraded";
  return jsonReply(200, { status, components, ...(waiting === 0 ? {} : { waiting }) });
}

/** `GET /health/heartbeat`. */
export const HEARTBEAT = jsonReply(200, { heartbeat: "ok" });
