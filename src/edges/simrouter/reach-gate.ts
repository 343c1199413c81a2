// The simulated router's door: a request gets in, and its answer out, only as far as the
// configuration lets its sender through. Packets that are dropped are sent again each
// second, so that a connection comes to life when the path does. Every request counts as
// a new connection, its answer as part of one that is open.

import { fault, isFault, type Wait } from "../../base/fault.ts";
import { SIM_RETRY_MS } from "../../base/limits-sim.ts";
import type { Scope } from "../../base/scope.ts";
import type { Clock } from "../../port/clock.ts";
import { nameServer, settleAll } from "./links.ts";
import { type Goal, type Place, reachOf, routerReach, type Tunnel, tunnelOf, type Verdict } from "./reach.ts";
import { addRow, fieldsOf, isTrue } from "./rows.ts";
import type { World } from "./world.ts";

export interface ReachOptions {
  /** Where the agent sits; its veth, address, list member and container are set up. */
  agent?: Partial<Place>;
  /** Where the owner sits; on the LAN unless said. */
  owner?: Partial<Place>;
  /** Any other device behind the router. */
  lan?: Partial<Place>;
  /** The port of REST; 80 unless said. */
  restPort?: number;
}

/** One line of who can reach what. */
export interface Reach extends Verdict {
  readonly from: string;
  readonly to: string;
}

export interface Gate {
  /** The sender of requests whose address tells nothing: "agent" at first. */
  callFrom(place: "agent" | "owner" | Place): void;
  caller(peer: string): Place;
  admit(s: Scope, peer: string): Wait<void>;
  release(s: Scope, peer: string): Wait<void>;
  report(): readonly Reach[];
}

const AGENT: Place = {
  name: "agent",
  address: "172.31.18.2",
  at: "veth-claw",
  gateway: "172.31.18.1",
  container: "mikroclaw",
};
const OWNER: Place = { name: "owner", address: "192.168.88.254", at: "ether2", gateway: "192.168.88.1" };
const LAN: Place = { name: "LAN", address: "192.168.88.30", at: "ether3", gateway: "192.168.88.1" };
/** The owner's phone away from home, over WireGuard. */
export const VPN_OWNER: Place = {
  name: "owner",
  address: "192.168.100.2",
  at: "wireguard1",
  gateway: "192.168.100.1",
};

const CHANNEL_PORT = 18_789;
const INTERNET: Goal = { address: "198.51.100.44", protocol: "tcp", port: 443 };
const FOR_MIKROCLAW = { dynamic: "false", disabled: "false", comment: "mikroclaw" };

/** The agent's own corner of the configuration, as the installation leaves it. */
function settleAgent(world: World, agent: Place): void {
  const add = (menu: string, fields: Record<string, string>): void =>
    void addRow(world.table(menu), fieldsOf({ ...fields, ...FOR_MIKROCLAW }));
  const { address, at, gateway } = agent;
  // A twin has it already.
  if (world.rows("/interface").some((r) => r.fields.get("name") === at)) return;
  add("/interface/veth", { name: at, address: `${address}/24`, gateway, "mac-address": "48:A9:8A:3C:72:10" });
  add("/ip/address", { address: `${gateway}/24`, interface: at, vrf: "main", invalid: "false" });
  add("/interface/list/member", { list: "LAN", interface: at });
  add("/container", {
    name: agent.container ?? "",
    interface: at,
    "start-on-boot": "true",
    running: "true",
    stopped: "false",
  });
  settleAll(world);
}

const NO_SERVER: Verdict = { reach: "dropped", why: "the router knows no DNS server" };

/** The best of several ways in. */
function best(verdicts: readonly Verdict[]): Verdict {
  const found = verdicts.find((v) => v.reach === "ok") ?? verdicts[0];
  return found ?? { reach: "refused", why: "no service is enabled" };
}

/** The door of a router with an agent in it. */
export function makeGate(world: World, clock: Clock, options: ReachOptions): Gate {
  const agent: Place = { ...AGENT, ...options.agent };
  const owner: Place = { ...OWNER, ...options.owner };
  const lan: Place = { ...LAN, ...options.lan };
  settleAgent(world, agent);
  const tunnels = new Map<Place, Tunnel | null>(
    [agent, owner].map((place) => [place, tunnelOf(world, place.at, place.address)] as const),
  );
  let current = agent;

  const see = (place: Place, goal: Goal, state: "new" | "established" = "new"): Verdict => {
    world.due.advance();
    return reachOf(world, place, goal, state, tunnels.get(place) ?? null);
  };
  const caller = (peer: string): Place => [agent, owner].find((p) => p.address === peer) ?? current;
  const restOf = (place: Place): Goal => ({
    address: place.gateway,
    protocol: "tcp",
    port: options.restPort ?? 80,
    of: "router",
  });
  const closed = () => fault("stopped", "The simulated router closed the connection.", { maybeDone: true });

  /** Waits while packets are dropped. */
  async function pass(s: Scope, place: Place, state: "new" | "established"): Wait<void> {
    for (;;) {
      const { reach } = see(place, restOf(place), state);
      if (clock.monoMs() < world.downUntilMs) return closed();
      if (reach === "ok") return undefined;
      if (reach === "refused") return closed();
      const slept = await clock.sleep(s, SIM_RETRY_MS);
      if (isFault(slept)) return slept;
    }
  }
  const management = (): Verdict =>
    best(
      world
        .rows("/ip/service")
        .filter((r) => !isTrue(r.fields, "disabled") && !isTrue(r.fields, "dynamic"))
        .filter((r) => ["www", "www-ssl", "winbox", "ssh"].includes(r.fields.get("name") ?? ""))
        .map((r) =>
          see(owner, { address: owner.gateway, protocol: "tcp", port: Number(r.fields.get("port")), of: "router" }),
        ),
    );
  const names = (ask: (goal: Goal) => Verdict): Verdict => {
    const address = nameServer(world);
    return address === undefined ? NO_SERVER : ask({ address, protocol: "udp", port: 53 });
  };

  return {
    callFrom(place) {
      current = place === "agent" ? agent : place === "owner" ? owner : place;
      if (!tunnels.has(current)) tunnels.set(current, tunnelOf(world, current.at, current.address));
    },
    caller,
    admit: (s, peer) => pass(s, caller(peer), "new"),
    release: (s, peer) => pass(s, caller(peer), "established"),
    report() {
      const line = (from: string, to: string, verdict: Verdict): Reach => ({ from, to, ...verdict });
      return [
        line("agent", "router REST", see(agent, restOf(agent))),
        line("agent", "internet", see(agent, INTERNET)),
        line(
          "agent",
          "DNS",
          names((goal) => see(agent, goal)),
        ),
        line("owner", "router", management()),
        line("owner", "agent", see(owner, { address: agent.address, protocol: "tcp", port: CHANNEL_PORT, of: agent })),
        line("owner", "internet", see(owner, INTERNET)),
        line("LAN", "internet", see(lan, INTERNET)),
        line("LAN", "DNS", see(lan, { address: lan.gateway, protocol: "udp", port: 53, of: "router" })),
        line("router", "internet", routerReach(world, INTERNET)),
        line(
          "router",
          "DNS",
          names((goal) => routerReach(world, goal)),
        ),
      ];
    },
  };
}
