// Wi-Fi channels: advice from what the radios do, a scan that says whom it interrupts, and
// another channel, on both Wi-Fi menus and the older name of the newer one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../../src/base/fault.ts";
import { ANSWER_BYTES_MAX } from "../../../../src/base/limits-tasks.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { channelOf, megahertzOf, signalOf, signalWord } from "../../../../src/ros/radio.ts";
import { channel } from "../../../../src/ros/tasks/channel.ts";
import { assertTame, HOSTILE, runOn, taskRig } from "../../../support/task-rig.ts";

test("numbers of Wi-Fi", () => {
  assert.deepEqual([2412, 2437, 2472, 2484, 5180, 5500, 5955].map(channelOf), [1, 6, 13, 14, 36, 100, 1]);
  assert.deepEqual(["2437/ax/Ce", "5500", "auto", undefined].map(megahertzOf), [2437, 5500, null, null]);
  assert.deepEqual(["-61", "-61@HT20-7", "61", undefined].map(signalOf), [-61, -61, null, null]);
  assert.deepEqual(["-60", "-61", "-71", "-79", ""].map(signalWord), ["good", "fair", "weak", "very weak", "unknown"]);
});

for (const ros of ["7.12", "7.24"]) {
  test(`RouterOS ${ros}: advice, a scan whose answer is told, and a move that is kept`, async () => {
    const t = taskRig(ros);
    const { text } = await t.run(channel);
    assert.match(
      text,
      /^wifi1: channel 100 \(5500 MHz, wide\), 4 clients\nwifi2: channel 6 \(2437 MHz, wide\), 2 clients/,
    );
    assert.match(text, /wifi1 is on a radar channel/);
    assert.match(text, /wifi2 is wider than 20 MHz.*\/channel wifi2 channel=6/);
    assert.match(text, /interrupts the radio's clients/);
    assert.ok(!t.rig.lines.some((line) => line.includes("/scan")), "nobody is interrupted by asking");

    const scan = await t.run(channel, { radio: "wifi2", scan: "yes" });
    assert.match(scan.text, /its 2 clients lose the connection/);
    assert.ok(scan.commands !== undefined);
    const plan = await t.plan(scan.commands);
    assert.match(plan.diff, /The radio leaves its channel/);
    const done = await t.rig.run(t.rig.router.change(t.rig.world.scope, plan, { planHash: plan.hash }));
    assert.ok(!isFault(done), isFault(done) ? done.what : "");
    assert.match(done.told, /Sparrow +2412\/ax/);
    assert.doesNotMatch(done.told, /section/);

    const move = await t.run(channel, { radio: "wifi2", channel: "11" });
    assert.ok(move.commands !== undefined);
    await t.apply(move.commands);
    const row = t.rig.sim.rows("/interface/wifi").find((r) => r["name"] === "wifi2");
    assert.deepEqual([row?.["channel.frequency"], row?.["channel.width"]], ["2462", "20mhz"]);
  });
}

test("a radio or a channel that is not there is refused with those that are", async () => {
  const t = taskRig("7.24");
  const ask = async (radio: string, number: string): Promise<string> => {
    const args = { radio, channel: number, scan: "" };
    const answer = await t.rig.run(channel.run(t.rig.world.scope, t.kit, args));
    assert.ok(isFault(answer), number);
    return `${answer.what} ${answer.next}`;
  };
  assert.match(await ask("wifi3", "6"), /There is no radio "wifi3"\. Did you mean wifi/);
  assert.match(await ask("wifi2", "36"), /"36" is no channel of wifi2\. On 2\.4 GHz take 1, 6 or 11/);
  for (const no of ["6", "0", "37", "148", "x", "99999"])
    assert.match(await ask("wifi1", no), /is no channel of wifi1/, no);
});

const OLD: Record<string, RosRow[]> = {
  "/interface/wireless": [
    { ".id": "*1", name: "wlan1", "master-interface": "none", disabled: "false", frequency: "2422" },
    { ".id": "*2", name: "wlan2", "master-interface": "none", disabled: "false", frequency: "2427" },
    { ".id": "*3", name: "guest", "master-interface": "wlan1", disabled: "false" },
  ],
  "/interface/wireless/registration-table": [{ interface: "wlan1", "signal-strength": "-82@HT20" }],
  '/interface/wireless/monitor "wlan1" once': [{ channel: "2422/20-Ce/gn(28dBm)", status: "running-ap" }],
};

test("the old menu: three channels that do not overlap, two radios on one, weak clients", async () => {
  const { text } = await runOn(channel, OLD);
  assert.match(text, /wlan1 is on channel 3, between 1, 6 and 11: \/channel wlan1 channel=1$/m);
  assert.match(text, /wlan1 is wider than 20 MHz/);
  assert.match(text, /wlan2 and wlan1 are on the same channel/);
  assert.match(text, /1 of 1 client of wlan1 are weak/);
  assert.doesNotMatch(text, /guest/);
  const move = await runOn(channel, OLD, { radio: "wlan1", channel: "6" });
  assert.deepEqual(move.commands, ['/interface/wireless/set "*1" frequency="2437" channel-width="20mhz"']);
});

test("no Wi-Fi is said, and hostile names stay names", async () => {
  assert.equal((await runOn(channel, {})).text, "This router has no Wi-Fi.");
  const blind = await runOn(channel, { "/interface/wifi": fault("denied", "outside what is allowed") });
  assert.match(blind.text, /^No Wi-Fi can be read here\./);
  const rows = [{ ".id": "*1", name: HOSTILE, disabled: "false", "channel.frequency": "2412" }];
  assertTame((await runOn(channel, { "/interface/wifi": rows })).text);
  const scan = await runOn(channel, { "/interface/wifi": rows }, { radio: HOSTILE, scan: "yes" });
  assert.ok(scan.commands?.length === 1 && !scan.commands[0]?.includes("\n"));
  assertTame(scan.text);
});

test("of a scan the last sample is told, within ANSWER_BYTES_MAX, and no SSID leaves its line", async () => {
  const t = taskRig("7.24");
  const told = async (ssids: readonly string[]): Promise<string> => {
    const plan = await t.plan(["/interface/wifi/scan wifi2 duration=10s"]);
    const heard = (section: string, ssid: string) => ({ ".section": section, ssid, channel: "2412/ax", signal: "-50" });
    const reply = [heard("0", "old"), ...ssids.map((ssid) => heard("1", ssid))];
    t.rig.meets = (_n, r) => (r.url.endsWith("/scan") ? { reply } : null);
    const done = await t.rig.run(t.rig.router.change(t.rig.world.scope, plan, { planHash: plan.hash }));
    assert.ok(!isFault(done), isFault(done) ? done.what : "");
    return done.told;
  };
  const hostile = await told([HOSTILE, "home"]);
  assertTame(hostile);
  assert.match(hostile, /home/);
  assert.doesNotMatch(hostile, /old/);
  const many = await told(Array.from({ length: 200 }, (_, i) => `network ${i} ${"x".repeat(20)}`));
  assert.ok(many.length <= ANSWER_BYTES_MAX + 200, String(many.length));
  assert.match(many, /\n\(cut\)/);
});
