// /block and /unblock on the simulated router of two generations, and the times of /block.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../../src/base/fault.ts";
import type { Place } from "../../../../src/edges/simrouter/reach.ts";
import { block } from "../../../../src/ros/tasks/block.ts";
import { sameTime, timesOf } from "../../../../src/ros/tasks/schedule.ts";
import { unblock } from "../../../../src/ros/tasks/unblock.ts";
import { fakeRouter } from "../../../support/core-world.ts";
import { GENERATIONS, is, TV, trip } from "../../../support/task-trip.ts";

const FILTER = "/ip/firewall/filter";
const MAC = "D8:68:A0:41:5B:93";
const TABLET: Place = { name: "tablet", address: "192.168.88.251", at: "wifi1", gateway: "192.168.88.1", mac: MAC };
const WEB = { address: "198.51.100.44", protocol: "tcp", port: 443 } as const;
type Trip = ReturnType<typeof trip>;
const blocks = (t: Trip) => t.rows(FILTER).filter((row) => row["src-mac-address"] === MAC);

for (const ros of GENERATIONS) {
  test(`${ros}: the device is kept out whatever its address, nobody else is, and back`, async () => {
    const t = trip(ros);
    const before = t.shown();
    assert.equal(t.rig.sim.sees(TABLET, WEB).reach, "ok");
    const { plan, text } = await t.offered(block, { device: "kids-tablet" });
    assert.equal(plan.risk, "dangerous");
    assert.match(text, /kids-tablet \(192\.168\.88\.251\) would get nothing through the router; inside/);
    await t.carry(plan);
    assert.equal(blocks(t).length, 1);
    const forward = t.rows(FILTER).filter((row) => row["chain"] === "forward" && row["dynamic"] !== "true");
    assert.equal(forward[0]?.["src-mac-address"], MAC);
    assert.equal(t.rig.sim.sees(TABLET, WEB).reach, "dropped");
    assert.equal(t.rig.sim.sees({ ...TABLET, address: "192.168.88.77" }, WEB).reach, "dropped");
    assert.equal(t.rig.sim.sees(TV, WEB).reach, "ok");
    assert.equal(t.rig.sim.sees(TABLET, { address: TV.address, protocol: "tcp", port: 80, of: TV }).reach, "dropped");
    const again = is(await t.ask(block, { device: "kids-tablet" }));
    assert.equal(again.plan, undefined);
    assert.match(again.text, /blocked like this already/);
    const lift = await t.offered(unblock, { device: MAC });
    await t.carry(lift.plan);
    assert.deepEqual(t.shown(), before);
    assert.equal(t.rig.sim.sees(TABLET, WEB).reach, "ok");
    assert.match(is(await t.ask(unblock, { device: "kids-tablet" })).text, /nothing to take back/);
    await t.undo(lift.plan);
    assert.equal(blocks(t).length, 1);
  });

  test(`${ros}: undone without a trace`, async () => {
    const t = trip(ros);
    const before = t.shown();
    const { plan } = await t.offered(block, { device: "kids-tablet", hours: "8-9" });
    await t.carry(plan);
    await t.undo(plan);
    assert.deepEqual(t.shown(), before);
  });

  test(`${ros}: at night only, by the router's clock; other times replace them`, async () => {
    const t = trip(ros);
    const before = t.shown();
    const { plan } = await t.offered(block, { device: "kids-tablet", hours: "21:00-7" });
    await t.carry(plan);
    assert.equal(blocks(t).length, 2);
    const seen: string[] = [];
    for (let hour = 0; hour < 24; hour += 1) {
      const ofDay = Math.floor((t.rig.world.clock.wallMs() % 86_400_000) / 3_600_000);
      const { reach } = t.rig.sim.sees(TABLET, WEB);
      assert.equal(reach, ofDay >= 21 || ofDay < 7 ? "dropped" : "ok", `${ofDay}`);
      seen.push(reach);
      await t.rig.world.pass(3_600_000);
    }
    assert.equal(seen.filter((reach) => reach === "dropped").length, 10);
    assert.match(is(await t.ask(block, { device: "kids-tablet", hours: "21-07:00" })).text, /already/);
    const weekend = await t.offered(block, { device: "kids-tablet", days: "sat,sun" });
    await t.carry(weekend.plan);
    assert.deepEqual(
      blocks(t).map((row) => row["time"]),
      ["0s-1d,sun,sat"],
    );
    await t.undo(weekend.plan);
    assert.equal(blocks(t).length, 2);
    await t.carry((await t.offered(unblock, { device: "kids-tablet" })).plan);
    assert.deepEqual(t.shown(), before);
  });
}

test("where the router has an address of the IPv6 internet the device is kept from that, too", async () => {
  const t = trip("7.22.1");
  assert.equal(t.rig.sim.run("/ipv6/address/add address=2001:db8:7::1/64 interface=bridge"), null);
  const { plan } = await t.offered(block, { device: "kids-tablet" });
  await t.carry(plan);
  assert.equal(t.rows("/ipv6/firewall/filter").filter((row) => row["src-mac-address"] === MAC).length, 1);
  assert.match(is(await t.ask(block, { device: "kids-tablet" })).text, /already/);
  const { plan: lift } = await t.offered(unblock, { device: "kids-tablet" });
  assert.equal(lift.calls.length, 2);
});

test("a lease that refuses the device an address is lifted as well", async () => {
  const t = trip("7.22.1");
  assert.equal(t.rig.sim.run("/ip/dhcp-server/lease/set [find comment=TV] block-access=yes"), null);
  const { plan } = await t.offered(unblock, { device: "living-room-tv" });
  assert.equal(plan.risk, "reversible");
  await t.carry(plan);
  assert.match(
    t.rows("/ip/dhcp-server/lease").find((row) => row["comment"] === "TV")?.["block-access"] ?? "",
    /^(no|false|)$/,
  );
});

test("who manages the router, strangers and nonsense are not blocked", async () => {
  const t = trip("7.22.1");
  for (const [given, why] of [
    [{ device: "kids-tablett" }, /No device fits "kids-tablett"\. Did you mean kids-tablet\?/],
    [{ device: "kids-tablet", hours: "25-26" }, /25-26 is no time of the day/],
    [{ device: "kids-tablet", hours: "21:00" }, /no time of the day/],
    [{ device: "kids-tablet", hours: "7-7" }, /no time of the day/],
    [{ device: "kids-tablet", days: "moonday" }, /moonday are no days/],
    [{ device: "kids-tablet", days: "xyz" }, /xyz are no days/],
    [{ device: 'a" disabled=yes [find]' }, /No device fits/],
    [{ device: "kids-tablet", hours: '7-8" disabled=yes' }, /no time of the day/],
  ] as const)
    await t.refused(block, given, why);
});

test("the device from which somebody manages the router is not blocked", async () => {
  const rows = {
    "/user/active": [{ address: TABLET.address }],
    "/ip/dhcp-server/lease": [{ ".id": "*1", address: TABLET.address, "mac-address": MAC, "host-name": "kids-tablet" }],
  };
  const t = trip("7.22.1");
  const router = fakeRouter(rows);
  const said = await block.run(t.rig.world.scope, { ...t.kit, router }, { device: "kids-tablet", hours: "", days: "" });
  assert.ok(isFault(said) && said.fault === "denied");
  assert.match(said.what, /Somebody manages the router from kids-tablet/);
});

test("times of the day: one span, or two over midnight; days move with them", () => {
  for (const [hours, days, want] of [
    ["", "", []],
    ["8-16:30", "", ["8h-16h30m,sun,mon,tue,wed,thu,fri,sat"]],
    ["21:00-07:00", "fri,sat", ["21h-1d,fri,sat", "0s-7h,sun,sat"]],
    ["22-24", "sun", ["22h-1d,sun"]],
    ["22-0:00", "sun", ["22h-1d,sun"]],
    ["0:05-0:10", "mon-wed", ["5m-10m,mon,tue,wed"]],
    ["", "Saturday,Sunday", ["0s-1d,sun,sat"]],
    ["", "fri-mon", ["0s-1d,sun,mon,fri,sat"]],
    ["1-2", "sun-sat", ["1h-2h,sun,mon,tue,wed,thu,fri,sat"]],
  ] as const)
    assert.deepEqual(timesOf(hours, days), want, `${hours} ${days}`);
  for (const [hours, days] of [
    ["24:01-25:00", ""],
    ["1:60-2:00", ""],
    ["1-2-3", ""],
    ["-", ""],
    ["1-1", ""],
    ["", "mon-tue-wed"],
    ["", "mon;tue"],
    ["", ","],
  ] as const)
    assert.ok(isFault(timesOf(hours, days)), `${hours} ${days}`);
  assert.ok(sameTime("21h-1d,fri,sat", "21h-1d,sat,fri"));
  assert.ok(!sameTime("21h-1d,fri,sat", "21h-1d,fri"));
});
