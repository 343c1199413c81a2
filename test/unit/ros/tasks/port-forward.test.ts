// /port-forward on the simulated router of two generations: plan, effect, undo, refusals.

import assert from "node:assert/strict";
import { test } from "node:test";
import { portForward } from "../../../../src/ros/tasks/port-forward.ts";
import { GENERATIONS, is, NAS, PUBLIC, STRANGER, TV, trip } from "../../../support/task-trip.ts";

const NAT = "/ip/firewall/nat";
const goal = (port: number, of = NAS) => ({ address: PUBLIC, protocol: "tcp", port, of }) as const;

for (const ros of GENERATIONS) {
  test(`${ros}: from outside and from inside, once, and back`, async () => {
    const t = trip(ros);
    const before = t.shown();
    assert.equal(t.rig.sim.sees(STRANGER, goal(2222)).reach, "dropped");
    const { plan, text } = await t.offered(portForward, { device: "nas", port: 2222, "to-port": "22" });
    assert.equal(plan.risk, "dangerous");
    assert.match(
      text,
      /tcp 2222 from anybody on the internet would go to nas \(192\.168\.88\.10\), port 22\. The public/,
    );
    assert.match(plan.diff, /to-addresses: \(none\) → 192\.168\.88\.10/);
    assert.equal(plan.calls.length, 3);
    assert.deepEqual(t.shown(), before);
    await t.carry(plan);
    assert.deepEqual(t.rig.sim.sees(STRANGER, goal(2222)), { reach: "ok", why: "" });
    assert.deepEqual(t.rig.sim.sees(TV, goal(2222)), { reach: "ok", why: "" });
    assert.equal(t.rig.sim.sees(STRANGER, goal(22)).reach, "dropped");
    const again = is(await t.ask(portForward, { device: "nas", port: "2222", "to-port": "22" }));
    assert.equal(again.plan, undefined);
    assert.match(again.text, /already: nothing to do/);
    await t.undo(plan);
    assert.deepEqual(t.shown(), before);
  });

  test(`${ros}: a lease that could move is made static with it`, async () => {
    const t = trip(ros);
    const before = t.shown();
    const { plan } = await t.offered(portForward, {
      device: "gaming-pc",
      port: "27015-27030",
      protocol: "both",
      hairpin: "no",
    });
    assert.match(plan.calls[0]?.path ?? "", /make-static/);
    assert.equal(plan.calls.length, 3);
    await t.carry(plan);
    const lease = t.rows("/ip/dhcp-server/lease").find((row) => row["host-name"] === "gaming-pc");
    assert.equal(lease?.["dynamic"], "false");
    const rules = t.rows(NAT).filter((row) => row["to-addresses"] === "192.168.88.254");
    assert.deepEqual(
      rules.map((row) => [row["protocol"], row["dst-port"], row["in-interface-list"], row["to-ports"]]),
      [
        ["tcp", "27015-27030", "WAN", undefined],
        ["udp", "27015-27030", "WAN", undefined],
      ],
    );
    await t.undo(plan);
    assert.deepEqual(t.rows(NAT).length, 2);
    assert.equal(before.filter((row) => row.startsWith(NAT)).length, 2);
  });
}

test("only for one network outside; and past a filter that lets nothing forwarded in", async () => {
  const t = trip("7.22.1");
  assert.equal(
    t.rig.sim.run("/ip/firewall/filter/add chain=forward action=drop in-interface-list=WAN comment=strict"),
    null,
  );
  const before = t.shown();
  const { plan } = await t.offered(portForward, { device: "nas", port: "443", from: "198.51.100.0/24", hairpin: "no" });
  await t.carry(plan);
  assert.deepEqual(t.rig.sim.sees(STRANGER, goal(443)), { reach: "ok", why: "" });
  assert.equal(t.rig.sim.sees({ ...STRANGER, address: "203.0.113.200" }, goal(443)).reach, "dropped");
  await t.undo(plan);
  assert.deepEqual(t.shown(), before);
});

test("nonsense is refused and changes nothing", async () => {
  const t = trip("7.22.1");
  for (const [given, why] of [
    [{ device: "nsa", port: "80" }, /No device fits "nsa"\. Did you mean nas\?/],
    [{ device: "p", port: "80" }, /\d devices fit "p"; name one by its MAC/],
    [{ device: "nas", port: "8443" }, /tcp 8443 goes to 192\.168\.88\.10:443 already \("file server from outside"\)/],
    [{ device: "tv", port: "8000-9000" }, /tcp 8443 goes to 192\.168\.88\.10:443 already/],
    [{ device: "nas", port: "0" }, /0 is no port/],
    [{ device: "nas", port: "65536" }, /no port/],
    [{ device: "nas", port: "90-80" }, /no port/],
    [{ device: "nas", port: "80,81" }, /no port/],
    [{ device: "nas", port: "80-81", "to-port": "80" }, /to-port is one port/],
    [{ device: "nas", port: "80", protocol: "gre" }, /tcp, udp or both/],
    [{ device: "nas", port: "80", from: "example.com" }, /no IPv4 address or network/],
    [{ device: "nas", port: "13231", protocol: "udp" }, /own VPN wireguard1 listens on udp 13231/],
    [{ device: 'a" disabled=yes [find]', port: "80" }, /No device fits/],
    [{ device: "nas", port: '80" disabled=yes [find]' }, /no port/],
    [{ device: "nas" }, /port-forward needs port/],
  ] as const)
    await t.refused(portForward, given, why);
  assert.equal(t.rig.sim.run('/ip/dhcp-client/disable [find]; /ip/route/remove [find dst-address="0.0.0.0/0"]'), null);
  await t.refused(portForward, { device: "nas", port: "80" }, /no default route/);
});

test("a device whose name is a command stays a name", async () => {
  const t = trip("7.22.1");
  const name = 'a" disabled=yes [find]';
  assert.equal(
    t.rig.sim.run('/ip/dhcp-server/lease/set [find comment=printer] comment="a\\" disabled=yes [find]"'),
    null,
  );
  const { plan } = await t.offered(portForward, { device: "HPE4A1B2", port: "631" });
  assert.ok(plan.calls.every((call) => call.path === NAT));
  await t.carry(plan);
  const other = await t.offered(portForward, { device: name, port: "632" });
  assert.ok(other.plan.calls.every((call) => call.path === NAT));
  await t.carry(other.plan);
  assert.equal(t.rows("/ip/dhcp-server/lease").find((row) => row["comment"] === name)?.["address"], "192.168.88.40");
});
