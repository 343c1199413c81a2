// Changes as transactions, in front of the simulated router: armed before the first write,
// pending until kept, taken back by the router when nobody says anything.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { ARM_MS } from "../../../src/base/limits.ts";
import { CONFIRM_MS } from "../../../src/base/limits-changes.ts";
import type { Changed, Plan } from "../../../src/port/router.ts";
import { simRig } from "../../support/ros-rig.ts";

type Rig = ReturnType<typeof simRig>;

async function plan(r: Rig, command: string): Promise<Plan> {
  const made = await r.run(r.router.plan(r.world.scope, command));
  assert.ok(!isFault(made), isFault(made) ? made.what : "");
  return made;
}

async function ok<T>(r: Rig, wait: Promise<T>): Promise<Exclude<T, { fault: unknown }>> {
  const made = await r.run(wait);
  assert.ok(!isFault(made), isFault(made) ? made.what : "");
  return made as Exclude<T, { fault: unknown }>;
}

const approve = (r: Rig, p: Plan): Promise<Changed> =>
  ok(r, r.router.change(r.world.scope, p, { planHash: p.hash })) as Promise<Changed>;

const settle = (r: Rig, p: Plan, how: "keep" | "revert" | "look"): Promise<Changed> =>
  ok(r, r.router.settle(r.world.scope, p.hash, how)) as Promise<Changed>;

const FILTER = "/ip/firewall/filter";
const KEPT_BY_ROUTER = new Set([".id", "bytes", "packets", "invalid", "dynamic"]);
/** Rows in their order, with what people set in them. */
const shown = (r: Rig, ...menus: readonly string[]): string[] =>
  [FILTER, "/ip/dns", ...menus].flatMap((menu) =>
    r.sim.rows(menu).map((row) =>
      Object.entries(row)
        .filter(([name]) => !KEPT_BY_ROUTER.has(name))
        .map(([name, value]) => `${name}=${value}`)
        .sort()
        .join(" "),
    ),
  );
const jobs = (r: Rig): number => r.sim.rows("/system/script/job").length;
const entries = (r: Rig): number =>
  r.sim.rows("/system/scheduler").filter((row) => (row["comment"] ?? "").startsWith("mikroclaw")).length;

const CHANGES = [
  `${FILTER}/add chain=forward action=drop src-address=192.168.88.20 comment="no tv" place-before=*3`,
  `${FILTER}/set [find chain=input action=drop] comment="it's \\"quoted\\" \\$here \\\\ end" disabled=yes`,
  `${FILTER}/remove [find chain=input action=drop]`,
  `${FILTER}/move [find chain=input action=drop] destination=*2`,
  "/ip/dns/set servers=9.9.9.9",
  `${FILTER}/add chain=forward action=drop comment=a; ${FILTER}/remove [find chain=input action=drop]; /ip/dns/set servers=9.9.9.9`,
];

test("the owner's own time is told, armed and kept to", async () => {
  const r = simRig(7, "127.0.0.1", {}, null, 90_000);
  const p = await plan(r, CHANGES[0] ?? "");
  assert.match(p.diff, /you have 90 seconds to keep it/);
  const made = await approve(r, p);
  assert.match(made.told, /keep it within 90 seconds/);
  await r.world.pass(CONFIRM_MS + 30_000);
  assert.equal(jobs(r), 1);
  assert.equal((await settle(r, p, "keep")).state, "kept");
});

for (const command of CHANGES) {
  test(`kept: ${command}`, async () => {
    const r = simRig();
    const before = shown(r);
    const p = await plan(r, command);
    assert.match(p.diff, /Guard: /);
    const made = await approve(r, p);
    assert.equal(made.state, "pending", made.told);
    assert.equal(jobs(r), 1);
    assert.equal(entries(r), 2);
    const after = shown(r);
    assert.notDeepEqual(after, before);
    assert.equal((await settle(r, p, "keep")).state, "kept");
    assert.equal(jobs(r) + entries(r), 0);
    await r.world.pass(CONFIRM_MS * 2);
    assert.deepEqual(shown(r), after);
  });

  test(`taken back by the router: ${command}`, async () => {
    const r = simRig();
    const before = shown(r);
    const p = await plan(r, command);
    await approve(r, p);
    const over = await settle(r, p, "look");
    assert.equal(over.state, "reverted");
    assert.match(over.told, /by itself/);
    assert.deepEqual(shown(r), before);
    await r.world.pass(CONFIRM_MS * 2);
    assert.deepEqual(shown(r), before);
    assert.equal(jobs(r) + entries(r), 0);
  });

  test(`taken back on request: ${command}`, async () => {
    const r = simRig();
    const before = shown(r);
    const p = await plan(r, command);
    await approve(r, p);
    assert.equal((await settle(r, p, "revert")).state, "reverted");
    await r.world.pass(ARM_MS + CONFIRM_MS * 2);
    assert.deepEqual(shown(r), before);
    assert.equal(jobs(r) + entries(r), 0);
  });
}
