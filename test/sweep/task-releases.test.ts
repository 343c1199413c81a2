// Every typed task that changes something on releases from the oldest to the newest: planned,
// carried out on a router that counts as a real one, seen, and undone without a trace.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Task } from "../../src/port/task.ts";
import { ban } from "../../src/ros/tasks/ban.ts";
import { block } from "../../src/ros/tasks/block.ts";
import { guestWifi } from "../../src/ros/tasks/guest-wifi.ts";
import { lease } from "../../src/ros/tasks/lease.ts";
import { limit } from "../../src/ros/tasks/limit.ts";
import { portForward } from "../../src/ros/tasks/port-forward.ts";
import { wireguardPeer } from "../../src/ros/tasks/wireguard-peer.ts";
import { WHOLE } from "../support/seed.ts";
import { trip } from "../support/task-trip.ts";

const TASKS: ReadonlyArray<readonly [Task, Record<string, string>]> = [
  [guestWifi, { ssid: "Guests" }],
  [portForward, { device: "nas", port: "443" }],
  [limit, { device: "TV", down: "20M" }],
  [wireguardPeer, { name: "ben" }],
  [block, { device: "kids-tablet", hours: "21-7" }],
  [ban, { address: "198.51.100.9" }],
  [lease, { device: "TV", address: "192.168.88.33" }],
];

const RELEASES = WHOLE
  ? [
      "7.10",
      "7.11",
      "7.12.1",
      "7.13.5",
      "7.14",
      "7.15",
      "7.16.2",
      "7.17",
      "7.18",
      "7.19",
      "7.20.8",
      "7.21",
      "7.22",
      "7.23.2",
      "7.24",
    ]
  : ["7.10", "7.24"];

for (const [task, given] of TASKS) {
  test(`/${task.name} from release to release`, async (t) => {
    for (const ros of RELEASES) {
      const r = trip(ros);
      const before = r.shown();
      const { plan } = await r.offered(task, given);
      await r.carry(plan);
      assert.notDeepEqual(r.shown(), before, ros);
      await r.undo(plan);
      assert.deepEqual(r.shown(), before, ros);
    }
    t.diagnostic(`${RELEASES.length} releases`);
  });
}
