// Finding a device: on two generations of the simulated router, in every writing, with
// names that strangers chose.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../../src/base/fault.ts";
import { DEVICES_FOUND_MAX } from "../../../../src/base/limits.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { find } from "../../../../src/ros/tasks/find.ts";
import { assertTame, HOSTILE, runOn, taskRig } from "../../../support/task-rig.ts";

for (const ros of ["7.12", "7.24"]) {
  test(`RouterOS ${ros}: where a device is, by name, address, MAC and the maker's half of it`, async () => {
    const t = taskRig(ros);
    for (const device of ["kids-tablet", "KIDS", "192.168.88.251", "d8-68-a0-41-5b-93", "D868A0", "d8:68:a0"]) {
      const { text } = await t.run(find, { device });
      assert.match(text, /^kids-tablet\n {2}address 192\.168\.88\.251, MAC D8:68:A0:41:5B:93\n/, device);
      assert.match(
        text,
        /online, on Wi-Fi wifi1 "Hazelnut" \(5ghz-ax\), signal -\d\d dBm: (good|fair), rates \d+\/\d+ Mbit\/s/,
      );
      assert.match(text, /lease: dynamic, last seen .* ago, expires in /);
    }
    const nas = (await t.run(find, { device: "nas" })).text;
    assert.match(nas, /online, on ether5\n/);
    assert.match(nas, /lease: static/);
    assert.match(nas, /says of itself: nas/);
    const guest = (await t.run(find, { device: "guests" })).text;
    assert.match(guest, /not seen now/);
    assert.match(guest, /last seen 3d4h12m8s ago/);
    assert.match((await t.run(find, { device: "pixel" })).text, /made up by the device/);
    assert.match((await t.run(find, { device: "nobody" })).text, /^No device fits "nobody"/);
  });
}

const LEASE: RosRow = { ".id": "*1", address: "10.0.0.5", "mac-address": "00:11:22:33:44:55" };

test("several devices on one port are told to be behind a switch", async () => {
  const host = (mac: string): RosRow => ({ "mac-address": mac, "on-interface": "ether3", local: "false" });
  const menus = {
    "/ip/dhcp-server/lease": [LEASE],
    "/interface/bridge/host": [host("00:11:22:33:44:55"), host("00:11:22:33:44:56"), host("00:11:22:33:44:57")],
  };
  const { text } = await runOn(find, menus, { device: "10.0.0.5" });
  assert.match(text, /online, on ether3; 2 other devices there too/);
});

test("names and comments of strangers stay one short line; DEVICES_FOUND_MAX are told, one more is counted", async () => {
  const rows = (n: number): RosRow[] =>
    Array.from({ length: n }, (_, i) => ({
      ".id": `*${i}`,
      address: `10.0.0.${i}`,
      "mac-address": `00:11:22:33:44:${String(i + 10)}`,
      "host-name": HOSTILE,
      comment: HOSTILE,
    }));
  for (const [n, more] of [
    [DEVICES_FOUND_MAX, false],
    [DEVICES_FOUND_MAX + 1, true],
  ] as const) {
    const { text } = await runOn(find, { "/ip/dhcp-server/lease": rows(n) }, { device: "10.0.0" });
    assertTame(text);
    assert.equal(text.split("\n").filter((line) => line.startsWith("  lease:")).length, DEVICES_FOUND_MAX);
    assert.equal(text.includes("… and 1 more"), more);
  }
});

test("a menu that may not be read leaves only its part out", async () => {
  const menus = { "/ip/dhcp-server/lease": [LEASE], "/ip/neighbor": fault("denied", "not enough permissions") };
  assert.match((await runOn(find, menus, { device: "10.0.0.5" })).text, /not seen now/);
});
