// Two lines to the internet: one plan on the simulated router, the switch when a line goes
// down and back, and refusals that say what is missing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../../src/base/fault.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { failover } from "../../../../src/ros/tasks/failover.ts";
import { assertTame, HOSTILE, runOn, taskRig } from "../../../support/task-rig.ts";

// A second line by hand, beside the home's own by DHCP.
const SPARE = [
  "/interface/bridge/port/remove [find interface=ether5]",
  "/ip/address/add address=198.51.100.2/30 interface=ether5",
  "/ip/route/add dst-address=0.0.0.0/0 gateway=198.51.100.1 distance=10",
];

type Rig = ReturnType<typeof taskRig>;

const inUse = (t: Rig): string[] =>
  t.rig.sim
    .rows("/ip/route")
    .filter((r) => r["dst-address"] === "0.0.0.0/0" && r["active"] === "true")
    .map((r) => `${r["gateway"]} by ${r["immediate-gw"]}`);

for (const ros of ["7.12", "7.24"]) {
  test(`RouterOS ${ros}: both lines in one plan; the spare one takes over and gives back`, async () => {
    const t = taskRig(ros);
    for (const command of SPARE) await t.apply([command]);
    assert.match(
      (await t.run(failover)).text,
      /^Failover is not set up.*\n203\.0\.113\.1 \(ether1\): in use, distance 1\n198\.51\.100\.1 \(ether5\): waiting or down, distance 10/,
    );
    const plan = await t.run(failover, { first: "ether1", second: "ether5" });
    assert.ok(plan.commands !== undefined);
    assert.match(plan.text, /The gateway of ether1 comes by DHCP/);
    assert.equal((await t.plan(plan.commands)).risk, "lifeline");
    await t.apply(plan.commands);
    assert.deepEqual(inUse(t), ["8.8.8.8 by 203.0.113.1%ether1"]);
    assert.ok(t.rig.sim.rows("/interface/list/member").some((r) => r["list"] === "WAN" && r["interface"] === "ether5"));
    assert.equal(
      t.rig.sim.rows("/ip/firewall/nat").filter((r) => r["action"] === "masquerade").length,
      1,
      "the list covers it",
    );
    assert.match(
      (await t.run(failover)).text,
      /^Failover is set up:\n8\.8\.8\.8 \(ether1\): in use, distance 1, checked by ping\n8\.8\.4\.4 \(ether5\)/,
    );

    await t.apply(["/interface/ethernet/set ether1 disabled=yes"]);
    assert.deepEqual(inUse(t), ["8.8.4.4 by 198.51.100.1%ether5"]);
    await t.apply(["/interface/ethernet/set ether1 disabled=no"]);
    assert.deepEqual(inUse(t), ["8.8.8.8 by 203.0.113.1%ether1"]);

    const again = { first: "ether1", second: "ether5", check: "" };
    const no = await t.rig.run(failover.run(t.rig.world.scope, t.kit, again));
    assert.ok(isFault(no) && no.fault === "conflict");
  });
}

const LINES: Record<string, RosRow[]> = {
  "/interface": [
    { name: "ether1" },
    { name: "lte1" },
    { name: "ether3", disabled: "true" },
    { name: "ether4" },
    { name: "ether6" },
  ],
  "/interface/lte": [{ name: "lte1" }],
  "/ip/dhcp-client": [{ ".id": "*1", interface: "ether1", gateway: "192.0.2.1", "add-default-route": "yes" }],
  "/ip/route": [
    {
      ".id": "*1",
      "dst-address": "0.0.0.0/0",
      gateway: "192.0.2.1",
      "immediate-gw": "192.0.2.1%ether1",
      dynamic: "true",
      active: "true",
    },
    {
      ".id": "*2",
      "dst-address": "0.0.0.0/0",
      gateway: "192.0.2.1%ether6",
      "immediate-gw": "192.0.2.1%ether6",
      active: "false",
      distance: "5",
    },
    { ".id": "*3", "dst-address": "8.8.4.4/32", gateway: "192.0.2.1" },
  ],
  "/ip/dns": [{ servers: "8.8.8.8" }],
  "/interface/list": [{ name: "WAN" }],
  "/interface/list/member": [{ list: "WAN", interface: "ether1" }],
};

test("hosts to check by are neither DNS servers nor routed; a dialled line is its own gateway; what covers it is added", async () => {
  const { commands } = await runOn(failover, LINES, { first: "ether1", second: "lte1" });
  assert.deepEqual(commands, [
    '/ip/firewall/nat/add chain="srcnat" action="masquerade" out-interface="ether1" comment="mikroclaw: failover"',
    '/interface/list/member/add list="WAN" interface="lte1" comment="mikroclaw: failover"',
    '/ip/firewall/nat/add chain="srcnat" action="masquerade" out-interface="lte1" comment="mikroclaw: failover"',
    '/ip/route/add dst-address="1.0.0.1/32" gateway="192.0.2.1" scope="10" comment="mikroclaw: failover ether1"',
    '/ip/route/add dst-address="0.0.0.0/0" gateway="1.0.0.1" target-scope="11" check-gateway="ping" distance="1" comment="mikroclaw: failover ether1"',
    '/ip/route/add dst-address="149.112.112.112/32" gateway="lte1" scope="10" comment="mikroclaw: failover lte1"',
    '/ip/route/add dst-address="0.0.0.0/0" gateway="149.112.112.112" target-scope="11" check-gateway="ping" distance="2" comment="mikroclaw: failover lte1"',
    '/ip/dhcp-client/set "*1" add-default-route="no"',
  ]);
  const nat = {
    ...LINES,
    "/ip/firewall/nat": [{ chain: "srcnat", action: "masquerade", "out-interface-list": "WAN" }],
  };
  const covered =
    (await runOn(failover, nat, { first: "ether1", second: "lte1", check: "9.9.9.9 1.1.1.1" })).commands ?? [];
  assert.equal(covered.filter((c) => c.includes("/nat/")).length, 0);
  assert.equal(covered.filter((c) => c.includes('"9.9.9.9/32"')).length, 1);
});

test("refused with what is missing", async () => {
  const cases: Array<[Record<string, string>, RegExp]> = [
    [{ first: "ether1" }, /Two different interfaces/],
    [{ first: "ether1", second: "ether1" }, /Two different interfaces/],
    [{ first: "ether1", second: "wan9" }, /There is no interface "wan9" that is on/],
    [{ first: "ether1", second: "ether3" }, /There is no interface "ether3" that is on/],
    [{ first: "ether1", second: "ether4" }, /ether4 has no gateway now/],
    [{ first: "ether1", second: "ether6" }, /same gateway address, 192\.0\.2\.1/],
    [{ first: "ether1", second: "lte1", check: "8.8.8.8" }, /8\.8\.8\.8 cannot be the host/],
    [{ first: "ether1", second: "lte1", check: "8.8.4.4" }, /8\.8\.4\.4 cannot be the host/],
    [{ first: "ether1", second: "lte1", check: "example.com" }, /example\.com cannot be the host/],
    [{ first: "ether1", second: "lte1", check: "1.1.1.1,1.1.1.1" }, /Two different hosts/],
    [{ first: "ether1", second: HOSTILE }, /There is no interface/],
  ];
  for (const [args, want] of cases) {
    const t = taskRig("7.24");
    const { fakeRouter } = await import("../../../support/core-world.ts");
    const all = { first: "", second: "", check: "", ...args };
    const answer = await failover.run(t.rig.world.scope, { ...t.kit, router: fakeRouter(LINES) }, all);
    assert.ok(isFault(answer), JSON.stringify(answer));
    assert.match(answer.what, want);
    assertTame(answer.what);
  }
});

test("the agent and the home reach the internet before, with both lines, and over the spare one", async () => {
  const t = taskRig("7.24", { host: "172.31.18.1", reach: {} });
  const cut = () =>
    t.rig.sim
      .reach()
      .filter((line) => line.reach !== "ok")
      .map((line) => `${line.from} → ${line.to}: ${line.reach}`);
  for (const command of SPARE) await t.apply([command]);
  assert.deepEqual(cut(), []);
  const plan = await t.run(failover, { first: "ether1", second: "ether5" });
  const was = inUse(t);
  const done = await t.apply(plan.commands ?? []);
  assert.deepEqual(cut(), []);
  assert.equal(t.rig.sim.run("/interface/ethernet/set ether1 disabled=yes"), null);
  assert.deepEqual(inUse(t), ["8.8.4.4 by 198.51.100.1%ether5"]);
  assert.deepEqual(cut(), []);
  assert.equal(t.rig.sim.run("/interface/ethernet/set ether1 disabled=no"), null);
  await t.undo(done);
  assert.deepEqual(inUse(t), was);
  assert.deepEqual(cut(), []);
});
