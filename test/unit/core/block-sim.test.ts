// The commands that write, planned and applied on the simulated router.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import type { RosRow } from "../../../src/port/router.ts";
import { simRig } from "../../support/ros-rig.ts";

test("in one plan a dynamic lease becomes static, then blocked; in another it is opened again", async () => {
  const r = simRig();
  const lease = () => r.sim.rows("/ip/dhcp-server/lease").find((row) => row["host-name"] === "kids-tablet");
  const id = lease()?.[".id"] ?? "";
  assert.equal(lease()?.["dynamic"], "true");
  for (const [command, blocked] of [
    [`/ip/dhcp-server/lease/make-static ${id}; /ip/dhcp-server/lease/set ${id} block-access=yes`, "true"],
    [`/ip/dhcp-server/lease/set ${id} block-access=no`, "false"],
  ] as const) {
    const plan = await r.run(r.router.plan(r.world.scope, command));
    assert.ok(!isFault(plan), isFault(plan) ? plan.what : "");
    assert.match(plan.diff, /block-access/);
    const changed = await r.run(r.router.change(r.world.scope, plan, { planHash: plan.hash }));
    assert.ok(!isFault(changed), isFault(changed) ? changed.what : "");
    assert.equal(changed.state, "kept");
    assert.equal(lease()?.["dynamic"], "false");
    assert.match(lease()?.["block-access"] ?? "", blocked === "true" ? /^(true|yes)$/ : /^(false|no|)$/);
  }
});

test("of a menu longer than the bound the first rows are given, of the log the newest", async () => {
  const r = simRig();
  const print = async (menu: string, max: number): Promise<readonly RosRow[]> => {
    const rows = await r.run(r.router.print(r.world.scope, menu, {}, max));
    assert.ok(!isFault(rows), menu);
    return rows;
  };
  const ids = (rows: readonly RosRow[]): unknown[] => rows.map((row) => row[".id"]);
  const leases = await print("/ip/dhcp-server/lease", 500);
  assert.deepEqual(ids(await print("/ip/dhcp-server/lease", 2)), ids(leases.slice(0, 2)));
  const oldest = (await print("/log", 500))[0]?.[".id"];
  const newest = await print("/log", 2);
  assert.equal(newest.length, 2);
  assert.ok(!ids(newest).includes(oldest));
});
