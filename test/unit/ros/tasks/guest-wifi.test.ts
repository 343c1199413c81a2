// /guest-wifi on the simulated router: three generations of Wi-Fi, what guests reach and
// what not, undo, refusals, and its passphrase in the right hands only.

import assert from "node:assert/strict";
import { test } from "node:test";
import { GUEST_NAME_BYTES_MAX, GUEST_PASSPHRASE_CHARS } from "../../../../src/base/limits-plans.ts";
import type { Place } from "../../../../src/edges/simrouter/reach.ts";
import { guestWifi } from "../../../../src/ros/tasks/guest-wifi.ts";
import { readQr } from "../../../support/qr-reader.ts";
import { GENERATIONS, is, NAS, trip } from "../../../support/task-trip.ts";

type Trip = ReturnType<typeof trip>;
const PASS = "plum-otter-seven";
const guest = (at: string, address = "192.168.90.50"): Place => ({
  name: "guest",
  address,
  at,
  gateway: "192.168.90.1",
});
const WEB = { address: "198.51.100.44", protocol: "tcp", port: 443 } as const;
const DNS = { address: "192.168.90.1", protocol: "udp", port: 53, of: "router" } as const;

/** Guests get the internet and names, and nothing else. */
function assertApart(t: Trip, at: string): void {
  const sees = (goal: Parameters<Trip["rig"]["sim"]["sees"]>[1]): string => t.rig.sim.sees(guest(at), goal).reach;
  assert.deepEqual(t.rig.sim.sees(guest(at), WEB), { reach: "ok", why: "" });
  assert.equal(sees(DNS), "ok");
  for (const port of [22, 53, 80, 8291]) {
    const router = { address: "192.168.90.1", protocol: "tcp", port, of: "router" } as const;
    assert.equal(sees(router) === "dropped", port !== 53, `${port}`);
    assert.equal(sees({ ...router, address: "192.168.88.1" }) === "dropped", port !== 53, `home ${port}`);
  }
  assert.equal(sees({ address: NAS.address, protocol: "tcp", port: 443, of: NAS }), "dropped");
  assert.equal(t.rig.sim.sees({ ...NAS }, WEB).reach, "ok");
}

for (const ros of ["7.12", ...GENERATIONS]) {
  test(`${ros}: on every radio, apart from the home, and gone again`, async () => {
    const t = trip(ros);
    const before = t.shown();
    const offered = await t.offered(guestWifi, { ssid: 'Gäste "1"; x', passphrase: PASS });
    assert.equal(offered.plan.risk, "dangerous");
    assert.match(offered.text, /on wifi1, wifi2, with addresses of 192\.168\.90\.0\/24/);
    const menu = ros === "7.12" ? "/interface/wifiwave2" : "/interface/wifi";
    assert.equal(offered.plan.calls.filter((call) => call.path === menu).length, 2);
    await t.carry(offered.plan);
    assertApart(t, "wifi-guest1");
    assertApart(t, "wifi-guest2");
    const pool = t.rows("/ip/pool").find((row) => row["name"] === "guest");
    assert.equal(pool?.["ranges"], "192.168.90.10-192.168.90.254");
    const again = is(await t.ask(guestWifi, { ssid: 'Gäste "1"; x' }));
    assert.equal(again.plan, undefined);
    assert.match(again.text, /there already: nothing to do/);
    const text = is(await t.rig.run((offered.handout ?? assert.fail())(t.rig.world.scope, false)));
    const lines = (/```\n([\s\S]*)\n```/.exec(text)?.[1] ?? "")
      .split("\n")
      .flatMap((line) => [[...line].map((ch) => "█▀".includes(ch)), [...line].map((ch) => "█▄".includes(ch))]);
    const size = (lines[0]?.length ?? 0) - 4;
    const code = lines.slice(2, 2 + size).map((row) => row.slice(2, 2 + size));
    assert.equal(readQr(code), `WIFI:T:WPA;S:Gäste \\"1\\"\\; x;P:${PASS};;`);
    await t.undo(offered.plan);
    assert.deepEqual(t.shown(), before);
  });
}

test("old chips: a security profile, virtual radios and bridge ports", async () => {
  const t = trip("7.14.3");
  for (const script of [
    "/interface/wifi/disable wifi1,wifi2",
    "/interface/wireless/add name=wlan1 master-interface=none ssid=Old mode=ap-bridge disabled=no",
  ])
    assert.equal(t.rig.sim.run(script), null, script);
  const before = t.shown();
  const offered = await t.offered(guestWifi, { ssid: "Guests", passphrase: PASS });
  assert.ok(!offered.plan.diff.includes(PASS));
  await t.carry(offered.plan);
  const row = t.rows("/interface/wireless").find((r) => r["name"] === "wifi-guest1");
  assert.deepEqual(
    [row?.["master-interface"], row?.["security-profile"], row?.["default-forwarding"]],
    ["wlan1", "guest", "false"],
  );
  assertApart(t, "wifi-guest1");
  await t.undo(offered.plan);
  assert.deepEqual(t.shown(), before);
});

test("past a filter that lets only the home out, and without a masquerade for all", async () => {
  const t = trip("7.22.1");
  for (const script of [
    "/ip/firewall/filter/add chain=forward action=accept in-interface=bridge",
    "/ip/firewall/filter/add chain=forward action=drop",
    "/ip/firewall/nat/set [find action=masquerade] src-address=192.168.88.0/24",
    "/ip/dns/set allow-remote-requests=no servers=9.9.9.9",
  ])
    assert.equal(t.rig.sim.run(script), null, script);
  const { plan } = await t.offered(guestWifi, { ssid: "Guests", network: "10.7.0.0/25" });
  await t.carry(plan);
  const someone = { ...guest("wifi-guest1", "10.7.0.20"), gateway: "10.7.0.1" };
  assert.deepEqual(t.rig.sim.sees(someone, WEB), { reach: "ok", why: "" });
  assert.equal(t.rig.sim.sees(someone, { ...DNS, address: "10.7.0.1" }).reach, "dropped");
  assert.equal(
    t.rows("/ip/dhcp-server/network").find((row) => row["address"] === "10.7.0.0/25")?.["dns-server"],
    "9.9.9.9",
  );
});

test("the passphrase is made up where none is given, and is in no text but the handing out", async () => {
  const t = trip("7.22.1");
  const { handout, ...offered } = await t.offered(guestWifi, { ssid: "Guests" });
  const text = is(await t.rig.run((handout ?? assert.fail())(t.rig.world.scope, true)));
  const pass = /passphrase: ([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})\n/.exec(text)?.[1] ?? assert.fail(text);
  const { calls: _, ...plan } = offered.plan;
  assert.ok(!JSON.stringify([plan, offered.text]).includes(pass));
  await t.carry(offered.plan);
  assert.equal(t.rows("/interface/wifi").find((row) => row["name"] === "wifi-guest1")?.["security.passphrase"], pass);
  for (const place of [t.rig.world.lines, t.rows("/log"), t.rows("/system/script/job"), t.rows("/system/scheduler")])
    assert.ok(!JSON.stringify(place).includes(pass));
  const jobs = t.rig.lines.filter((line) => /execute|scheduler|script/.test(line));
  assert.ok(jobs.length > 0 && !JSON.stringify(jobs).includes(pass));
});

test("nonsense is refused and changes nothing", async () => {
  const t = trip("7.22.1");
  const [least, most] = GUEST_PASSPHRASE_CHARS;
  for (const [given, why] of [
    [{ ssid: "" }, /guest-wifi needs ssid/],
    [{ ssid: "x".repeat(GUEST_NAME_BYTES_MAX + 1) }, /1 to 32 bytes/],
    [{ ssid: "a\nb" }, /no line ends/],
    [{ ssid: "a\u202eb" }, /hidden signs/],
    [{ ssid: "Hazelnut" }, /is a network of this home already/],
    [{ ssid: "G", passphrase: "p".repeat(least - 1) }, /8 to 63/],
    [{ ssid: "G", passphrase: "p".repeat(most + 1) }, /8 to 63/],
    [{ ssid: "G", passphrase: "pässword1" }, /8 to 63/],
    [{ ssid: "G", network: "192.168.88.0/25" }, /overlaps 192\.168\.88\.0\/24 on bridge/],
    [{ ssid: "G", network: "8.8.8.0/24" }, /no private network/],
    [{ ssid: "G", network: "192.168.90.0/28" }, /no private network/],
    [{ ssid: "G", network: "192.168.0.0/16" }, /no private network/],
    [{ ssid: "G", network: 'x" disabled=yes' }, /no private network/],
  ] as const)
    await t.refused(guestWifi, given, why);
  for (const given of [
    { ssid: "x".repeat(GUEST_NAME_BYTES_MAX), passphrase: "p".repeat(least) },
    { ssid: 'a" disabled=yes [find]', passphrase: "p".repeat(most) },
  ])
    await t.offered(guestWifi, given);
  assert.equal(t.rig.sim.run("/interface/wifi/disable wifi1,wifi2"), null);
  await t.refused(guestWifi, { ssid: "G" }, /no Wi-Fi that is switched on/);
});
