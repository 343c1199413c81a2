// The home's router, simulated, as a machine of the world.

import { makeSimRouter } from "../../../src/edges/simrouter/rest.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import { loadCommands } from "../../../src/ros/commands.ts";
import { loadFrom, type Parts } from "../../support/commands.ts";
import { type Peer, startPeer } from "./peer.ts";

/** How the agent reaches it. */
export const ROUTER_ENV = { ROUTER_HOST: "http://10.0.0.1", ROUTER_PASS: "pw" } as const;

export interface Router extends Peer {
  /** Writes that reached it. */
  writes(): number;
}

export function startRouter(w: World, commands: Parts): Router {
  let writes = 0;
  const peer = startPeer(w, { name: "router", address: "10.0.0.1", port: 80 }, ({ clock }) => {
    const { handler } = makeSimRouter({
      tree: loadCommands(loadFrom(commands), "simulator"),
      clock,
      seed: 1,
      user: "admin",
      password: "pw",
    });
    return (s, r) => {
      // What is measured after a change is asked by a script that only looks.
      if (r.method !== "GET" && !/\/(print|execute)$/.test(r.path)) writes += 1;
      return handler(s, r);
    };
  });
  return { ...peer, writes: () => writes };
}
