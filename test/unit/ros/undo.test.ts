// The way back of a kept change is a plan like any other: approved, guarded, exact.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, type Outcome } from "../../../src/base/fault.ts";
import type { Plan } from "../../../src/port/router.ts";
import { simRig } from "../../support/ros-rig.ts";

type Rig = ReturnType<typeof simRig>;

const FILTER = "/ip/firewall/filter";
const BY_ROUTER = new Set([".id", "bytes", "packets", "invalid", "dynamic", "cache-used"]);
const shown = (r: Rig): string[] =>
  [FILTER, "/ip/dns", "/ip/dns/static", "/ip/dhcp-server/lease"].flatMap((menu) =>
    r.sim.rows(menu).map((row) =>
      Object.entries(row)
        .filter(([name, value]) => !BY_ROUTER.has(name) && value !== "" && !/^(last-seen|expires-after)$/.test(name))
        .map(([name, value]) => `${name}=${value}`)
        .sort()
        .join(" "),
    ),
  );

function is<T>(x: Outcome<T>): T {
  if (isFault(x)) assert.fail(x.what);
  return x;
}

async function kept(r: Rig, plan: Plan): Promise<void> {
  const made = is(await r.run(r.router.change(r.world.scope, plan, { planHash: plan.hash })));
  if (made.state === "pending") is(await r.run(r.router.settle(r.world.scope, plan.hash, "keep")));
  else assert.equal(made.state, "kept", made.told);
}

const CHANGES = [
  "/ip/dns/static/add name=one.lan address=192.168.88.77",
  '/ip/dns/static/set [find name=router.lan] comment="it\'s \\"so\\" \\$1"',
  "/ip/dns/static/remove [find name=nas.lan]",
  `${FILTER}/remove [find chain=input action=drop]`,
  `${FILTER}/move *8 destination=*2`,
  `${FILTER}/add chain=forward action=drop comment=a; /ip/dns/set servers=9.9.9.9; /ip/dns/static/disable [find name=router.lan]`,
];

for (const command of CHANGES) {
  test(`undone as before, and done again: ${command}`, async () => {
    const r = simRig();
    const before = shown(r);
    const plan = is(await r.run(r.router.plan(r.world.scope, command)));
    await kept(r, plan);
    const after = shown(r);
    assert.notDeepEqual(after, before);
    const undo = is(await r.run(r.router.undo(r.world.scope, plan.hash)));
    await kept(r, undo);
    assert.deepEqual(shown(r), before);
    const redo = is(await r.run(r.router.undo(r.world.scope, undo.hash)));
    await kept(r, redo);
    assert.deepEqual(shown(r), after);
  });
}

test("moves in one line after other changes of the order have no sure way back", async () => {
  const r = simRig();
  const line = `${FILTER}/move *8 destination=*2; ${FILTER}/move *3 destination=*8`;
  const plan = await r.run(r.router.plan(r.world.scope, line));
  assert.ok(isFault(plan));
  assert.match(plan.next ?? "", /by itself/);
});

test("what was taken back, or never made, has no undo", async () => {
  const r = simRig();
  const plan = is(await r.run(r.router.plan(r.world.scope, "/ip/dns/set servers=9.9.9.9")));
  assert.ok(isFault(await r.run(r.router.undo(r.world.scope, plan.hash))));
  is(await r.run(r.router.change(r.world.scope, plan, { planHash: plan.hash })));
  is(await r.run(r.router.settle(r.world.scope, plan.hash, "revert")));
  assert.ok(isFault(await r.run(r.router.undo(r.world.scope, plan.hash))));
});
