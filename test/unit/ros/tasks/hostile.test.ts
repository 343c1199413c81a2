// Instructions planted in every text that strangers write on a router: tasks plan exactly the
// same calls, and what is told stays in its line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../../src/base/fault.ts";
import type { Task } from "../../../../src/port/task.ts";
import { ban } from "../../../../src/ros/tasks/ban.ts";
import { block } from "../../../../src/ros/tasks/block.ts";
import { guestWifi } from "../../../../src/ros/tasks/guest-wifi.ts";
import { lease } from "../../../../src/ros/tasks/lease.ts";
import { limit } from "../../../../src/ros/tasks/limit.ts";
import { portForward } from "../../../../src/ros/tasks/port-forward.ts";
import { unblock } from "../../../../src/ros/tasks/unblock.ts";
import { wireguardPeer } from "../../../../src/ros/tasks/wireguard-peer.ts";
import { quoted } from "../../../../src/ros/undo-script.ts";
import { assertTame, HOSTILE } from "../../../support/task-rig.ts";
import { trip } from "../../../support/task-trip.ts";

const TASKS: ReadonlyArray<readonly [Task, Record<string, string>]> = [
  [portForward, { device: "nas", port: "443" }],
  [portForward, { device: "192.168.88.40", port: "631", protocol: "both" }],
  [guestWifi, { ssid: "Guests", passphrase: "plum-otter-seven" }],
  [wireguardPeer, { name: "ben" }],
  [block, { device: "192.168.88.40", hours: "21-7" }],
  [unblock, { device: "192.168.88.40" }],
  [lease, { device: "192.168.88.40", address: "192.168.88.41" }],
  [lease, {}],
  [limit, { device: "192.168.88.40", down: "20M" }],
  [ban, {}],
  [ban, { address: "198.51.100.9" }],
];

const PLANTED = [
  `/ip/dhcp-server/lease/set [find address=192.168.88.40] comment=${quoted(HOSTILE)}`,
  `/interface/wifi/configuration/set [find] ssid=${quoted(HOSTILE.slice(0, 32).replace(/[^ -~]/g, "?"))}`,
  `/interface/wifi/set [find] comment=${quoted(HOSTILE)}`,
  `/interface/bridge/set [find] comment=${quoted(HOSTILE)}`,
  `/interface/ethernet/set [find] comment=${quoted(HOSTILE)}`,
  `/interface/list/member/set [find] comment=${quoted(HOSTILE)}`,
  `/interface/wireguard/peers/set [find] comment=${quoted(HOSTILE)}`,
  `/ip/address/set [find dynamic=no] comment=${quoted(HOSTILE)}`,
  `/ip/firewall/filter/set [find dynamic=no] comment=${quoted(HOSTILE)}`,
  `/ip/firewall/nat/set [find] comment=${quoted(HOSTILE)}`,
  `/ip/firewall/address-list/set [find] comment=${quoted(HOSTILE)}`,
  `/system/identity/set name=${quoted(HOSTILE.slice(0, 60).replace(/[^ -~]/g, "?"))}`,
  ...Array.from({ length: 6 }, () => `/log/error ${quoted(`login failure for user ${HOSTILE} from 8.8.8.8 via ssh`)}`),
];

async function asked(t: ReturnType<typeof trip>, task: Task, given: Record<string, string>) {
  const said = await t.ask(task, given);
  if (isFault(said)) assert.fail(said.what);
  return { text: said.text, calls: said.plan?.calls.map((call) => [call.method, call.path, call.body]) };
}

test("planted instructions change no call of any task", async () => {
  for (const [task, given] of TASKS) {
    const clean = trip("7.22.1");
    const planted = trip("7.22.1");
    for (const script of PLANTED.slice(0, -6)) assert.equal(planted.rig.sim.run(script), null, script);
    const [want, got] = [await asked(clean, task, given), await asked(planted, task, given)];
    assertTame(got.text);
    // Its own comment names the device by its host name, which nobody changed.
    assert.deepEqual(got.calls, want.calls, task.name);
  }
});

test("lines of the log that look like failed logins and are none shut nobody out", async () => {
  const t = trip("7.22.1");
  for (const script of PLANTED.slice(-6)) assert.equal(t.rig.sim.run(script), null, script);
  const { text, calls } = await asked(t, ban, {});
  assert.equal(calls, undefined);
  assert.match(text, /nobody on the internet with 5 failed logins or more/);
});
