// Upgrade advice: what the router says of newer releases, what is known of this one, what to
// think of on the way; nothing is installed and nothing is made up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../../src/base/fault.ts";
import { UPGRADE_FREE_BYTES_MIN } from "../../../../src/base/limits-tasks.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { ADVISORIES, CROSSINGS, NEWEST } from "../../../../src/ros/advisories.ts";
import { compareVersions } from "../../../../src/ros/releases.ts";
import { upgrade } from "../../../../src/ros/tasks/upgrade.ts";
import { assertTame, HOSTILE, runOn, taskRig } from "../../../support/task-rig.ts";

const CHECK = "/system/package/update/check-for-updates duration=10s";
const found = (latest: string): RosRow[] => [
  { channel: "stable", status: "finding out latest version..." },
  { channel: "stable", "latest-version": latest, status: "New version is available" },
];

test("the tables are in order and say when, where and from which source", () => {
  for (const a of ADVISORIES) {
    assert.match(a.id, /^CVE-\d{4}-\d{4,6}$/);
    assert.match(a.published, /^20\d\d-[01]\d$/);
    assert.ok(compareVersions(a.since, a.fixed) < 0, a.id);
  }
  const releases = CROSSINGS.map(([at]) => at);
  assert.deepEqual([...releases].sort(compareVersions), releases);
  assert.ok(compareVersions(NEWEST["long-term"], NEWEST.stable) < 0);
});

for (const [ros, holes] of [
  ["7.12", ["CVE-2025-10948", "CVE-2024-54772"]],
  ["7.18", ["CVE-2025-10948"]],
  ["7.24", []],
] as const) {
  test(`RouterOS ${ros}: what the router says, and what is known of it`, async () => {
    const t = taskRig(ros);
    const { text } = await t.run(upgrade);
    assert.match(text, new RegExp(`^RouterOS ${ros.replace(".", "\\.")} \\(stable\\); 7\\.24\\.4 is there\\.`));
    assert.deepEqual(
      [...text.matchAll(/^CVE-[\d-]+/gm)].map((m) => m[0]),
      [...holes],
    );
    assert.match(text, /that is not all there are/);
    assert.equal(text.includes("7.13: Wi-Fi drivers"), ros === "7.12");
    assert.match(text, /2\. In the router's terminal: \/system\/package\/update\/install/);
    assert.ok(!t.rig.lines.some((line) => /update\/(install|download)|reboot/.test(line)));
  });
}

test("the newest of its channel has no steps; a router that cannot ask is told so, with what this program knows", async () => {
  const t = taskRig("7.24.4");
  const { text } = await t.run(upgrade);
  assert.match(text, /is the newest of its channel/);
  assert.doesNotMatch(text, /Steps|On the way/);
  const off = await runOn(upgrade, {
    [CHECK]: [{ channel: "long-term", status: "ERROR: could not resolve dns name" }],
  });
  assert.match(
    off.text,
    /could not be asked: ERROR: could not resolve .*This program knows of none newer \(7\.23\.7\)/,
  );
  const denied = await runOn(upgrade, { [CHECK]: fault("denied", "not enough permissions (9)") });
  assert.match(
    denied.text,
    new RegExp(`could not be asked\\. ${NEWEST.stable.replaceAll(".", "\\.")} is the newest that this program knows`),
  );
  assert.match(denied.text, /Not readable here .*check-for-updates/);
});

test("what to look at on the way: space, containers, a change that waits, the board's firmware", async () => {
  const menus = (free: number): Record<string, RosRow[]> => ({
    [CHECK]: found("7.25.1"),
    "/system/resource": [{ "free-hdd-space": String(free) }],
    "/container": [
      { name: "a", "start-on-boot": "false" },
      { name: "b", "start-on-boot": "true" },
    ],
    "/system/scheduler": [{ name: "mikroclaw-1f" }],
    "/system/routerboard": [{ "current-firmware": "7.10", "upgrade-firmware": "7.24" }],
  });
  const { text } = await runOn(upgrade, menus(UPGRADE_FREE_BYTES_MIN - 1));
  assert.match(text, /Only 20\.0 MiB of the disk are free/);
  assert.match(text, /1 container would not start by itself/);
  assert.match(text, /A change is still waiting/);
  assert.match(text, /own firmware is 7\.10, 7\.24 is there/);
  assert.doesNotMatch((await runOn(upgrade, menus(UPGRADE_FREE_BYTES_MIN))).text, /of the disk are free/);
});

test("a version or status that says something else stays a word", async () => {
  const { text } = await runOn(upgrade, {
    [CHECK]: [{ channel: HOSTILE, "latest-version": HOSTILE, status: HOSTILE }],
  });
  assertTame(text);
  assert.match(text, /could not be asked/);
});
