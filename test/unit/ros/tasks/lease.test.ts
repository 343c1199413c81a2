// /lease on the simulated router of two generations: fixed, moved, named, undone, refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lease } from "../../../../src/ros/tasks/lease.ts";
import { GENERATIONS, is, trip } from "../../../support/task-trip.ts";

const LEASES = "/ip/dhcp-server/lease";
const of = (t: ReturnType<typeof trip>, mac: string) => t.rows(LEASES).find((row) => row["mac-address"] === mac);
const TV = "A4:4B:D5:2F:91:7C";
const PHONE = "7A:0C:B1:66:E8:05";

for (const ros of GENERATIONS) {
  test(`${ros}: a dynamic lease becomes static at the address wanted; again there is nothing to do`, async () => {
    const t = trip(ros);
    const { plan, text } = await t.offered(lease, { device: "pixel-8", address: "192.168.88.20", name: "Ben's phone" });
    assert.equal(plan.risk, "reversible");
    assert.match(text, /pixel-8 \(192\.168\.88\.250\) would always get 192\.168\.88\.20\. It keeps the one it has/);
    await t.carry(plan);
    const row = of(t, PHONE);
    assert.deepEqual([row?.["address"], row?.["dynamic"], row?.["comment"]], ["192.168.88.20", "false", "Ben's phone"]);
    const again = is(await t.ask(lease, { device: PHONE, address: "192.168.88.20", name: "Ben's phone" }));
    assert.equal(again.plan, undefined);
    assert.match(again.text, /static lease already: it always gets 192\.168\.88\.20/);
  });

  test(`${ros}: a static one is moved, and moved back`, async () => {
    const t = trip(ros);
    const before = t.shown();
    const { plan } = await t.offered(lease, { device: "TV", address: "192.168.88.31" });
    assert.equal(plan.calls.length, 1);
    await t.carry(plan);
    assert.equal(of(t, TV)?.["address"], "192.168.88.31");
    await t.undo(plan);
    assert.deepEqual(t.shown(), before);
  });
}

test("a device with an address of its own gets a lease of the server of its network", async () => {
  const t = trip("7.22.1");
  const mac = "00:50:C2:00:00:77";
  const script = `/ip/arp/add address=192.168.88.77 mac-address=${mac} interface=bridge`;
  assert.equal(t.rig.sim.run(script), null);
  const { plan } = await t.offered(lease, { device: "192.168.88.77" });
  await t.carry(plan);
  assert.deepEqual([of(t, mac)?.["address"], of(t, mac)?.["server"]], ["192.168.88.77", "defconf"]);
});

test("alone it lists; nonsense is refused and changes nothing", async () => {
  const t = trip("7.22.1");
  assert.match(
    is(await t.ask(lease, {})).text,
    /^10 leases\n[\s\S]*192\.168\.88\.30 +A4:4B:D5:2F:91:7C +living-room-tv +static/,
  );
  for (const [given, why] of [
    [{ device: "piksel-8" }, /No device fits "piksel-8"\. Did you mean pixel-8\?/],
    [{ device: "TV", address: "192.168.88.10" }, /192\.168\.88\.10 belongs to file server already/],
    [{ device: "TV", address: "192.168.88.1" }, /no address that a DHCP server/],
    [{ device: "TV", address: "192.168.88.0" }, /no address that a DHCP server/],
    [{ device: "TV", address: "192.168.88.255" }, /no address that a DHCP server/],
    [{ device: "TV", address: "10.0.0.5" }, /no address that a DHCP server/],
    [{ device: "TV", address: "192.168.100.5" }, /no address that a DHCP server/],
    [{ device: "TV", address: '192.168.88.9" disabled=yes' }, /no address that a DHCP server/],
    [{ device: 'a" disabled=yes [find]' }, /No device fits/],
  ] as const)
    await t.refused(lease, given, why);
  const name = 'x" address=1.2.3.4 [find]; /quit';
  const { plan } = await t.offered(lease, { device: "TV", name });
  assert.equal(plan.calls.length, 1);
  await t.carry(plan);
  assert.deepEqual([of(t, TV)?.["address"], of(t, TV)?.["comment"]], ["192.168.88.30", name]);
});
