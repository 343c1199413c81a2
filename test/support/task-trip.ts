// A typed task from the asking to the undoing, on the simulated router of a release that
// counts as a real one: what is refused there is refused here.

import assert from "node:assert/strict";
import { isFault, type Outcome, sayFault } from "../../src/base/fault.ts";
import { taskTool } from "../../src/core/tasks.ts";
import type { SimOptions } from "../../src/edges/simrouter/build.ts";
import type { Place } from "../../src/edges/simrouter/reach.ts";
import type { Plan } from "../../src/port/router.ts";
import type { Task } from "../../src/port/task.ts";
import type { ToolKit, ToolResult } from "../../src/port/tool.ts";
import { simRig } from "./ros-rig.ts";

/** Two generations: what is asked of a router then and now. */
export const GENERATIONS = ["7.14.3", "7.22.1"] as const;

// Counters, clocks and numbers that are given anew.
const MOVING =
  /^(\.id|bytes|packets|rate|invalid|last-.*|expires-after|creation-time|timeout|status|rx|tx|rx-.*|tx-.*|fp-.*|inactive|uptime|running|dynamic|used|available|total)$/;
const MENUS = [
  "/interface",
  "/interface/bridge",
  "/interface/bridge/port",
  "/interface/list/member",
  "/interface/wifi",
  "/interface/wireless",
  "/interface/wireless/security-profiles",
  "/interface/wireguard",
  "/interface/wireguard/peers",
  "/ip/address",
  "/ip/pool",
  "/ip/dhcp-server",
  "/ip/dhcp-server/lease",
  "/ip/dhcp-server/network",
  "/ip/firewall/address-list",
  "/ip/firewall/filter",
  "/ip/firewall/nat",
  "/ip/firewall/raw",
  "/queue/simple",
];

/** Somebody on the internet, and the home's own people. */
export const STRANGER: Place = { name: "stranger", address: "198.51.100.9", at: "ether1", gateway: "203.0.113.57" };
export const NAS: Place = { name: "nas", address: "192.168.88.10", at: "ether5", gateway: "192.168.88.1" };
export const TV: Place = { name: "tv", address: "192.168.88.30", at: "ether3", gateway: "192.168.88.1" };
export const PUBLIC = "203.0.113.57";

export function is<T>(x: Outcome<T>): T {
  if (isFault(x)) assert.fail(sayFault(x));
  return x;
}

/** The configuration as lines, without what moves by itself. */
export function configOf(rows: (menu: string) => ReadonlyArray<Readonly<Record<string, string>>>): string[] {
  return MENUS.flatMap((menu) =>
    rows(menu).map((row) => {
      const fields = Object.entries(row).filter(([name, value]) => !MOVING.test(name) && value !== "");
      const texts = fields.map(([name, value]) => `${name}=${value}`);
      return `${menu} ${texts.sort().join(" ")}`;
    }),
  );
}

export function trip(ros: string, more: Partial<SimOptions> = {}) {
  const rig = simRig(7, "192.168.88.1", { ros, ...more });
  const { router, world } = rig;
  const { clock, log, random } = world;
  const kit: ToolKit = { router, clock, log, random, health: () => ({}) };
  const shown = (): string[] => configOf(rig.sim.rows);
  const ask = (task: Task, given: Record<string, unknown>): Promise<Outcome<ToolResult>> =>
    rig.run(taskTool(task).call(world.scope, kit, given));
  const carry = async (plan: Plan): Promise<void> => {
    const changed = is(await rig.run(router.change(world.scope, plan, { planHash: plan.hash })));
    if (changed.state !== "pending") return assert.equal(changed.state, "kept", changed.told);
    assert.equal(is(await rig.run(router.settle(world.scope, plan.hash, "keep"))).state, "kept");
  };
  return {
    rig,
    kit,
    shown,
    ask,
    /** The plan that a task offers. */
    async offered(task: Task, given: Record<string, unknown>): Promise<ToolResult & { plan: Plan }> {
      const { plan, ...rest } = is(await ask(task, given));
      assert.ok(plan !== undefined, rest.text);
      return { ...rest, plan };
    },
    carry,
    async undo(plan: Plan): Promise<void> {
      await carry(is(await rig.run(router.undo(world.scope, plan.hash))));
    },
    rows: (menu: string) => rig.sim.rows(menu),
    async refused(task: Task, given: Record<string, unknown>, why: RegExp): Promise<void> {
      const before = shown();
      const said = await ask(task, given);
      assert.ok(isFault(said) || said.plan === undefined, JSON.stringify(given));
      assert.match(isFault(said) ? sayFault(said) : said.text, why, JSON.stringify(given));
      assert.deepEqual(shown(), before);
    },
  };
}
