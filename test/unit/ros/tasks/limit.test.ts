// /limit on the simulated router of two generations: plan, effect, undo, refusals.

import assert from "node:assert/strict";
import { test } from "node:test";
import { limit } from "../../../../src/ros/tasks/limit.ts";
import { GENERATIONS, is, trip } from "../../../support/task-trip.ts";

const QUEUES = "/queue/simple";
const FILTER = "/ip/firewall/filter";
const queues = (t: ReturnType<typeof trip>) => t.rows(QUEUES).map((row) => [row["target"], row["max-limit"]]);

for (const ros of GENERATIONS) {
  test(`${ros}: a queue before wider ones, past FastTrack; changed, lifted and undone`, async () => {
    const t = trip(ros);
    assert.equal(t.rig.sim.run(`${QUEUES}/add name=all target=192.168.88.0/24 max-limit=50M/100M`), null);
    const before = t.shown();
    const { plan, text } = await t.offered(limit, { device: "living-room-tv", down: "20M", up: "5 Mbit/s" });
    assert.equal(plan.risk, "dangerous");
    assert.match(text, /at most: download 20 Mbit\/s, upload 5 Mbit\/s\. Connections that are open/);
    await t.carry(plan);
    assert.deepEqual(queues(t)[0], ["192.168.88.30/32", "5000000/20000000"]);
    const forward = t.rows(FILTER).filter((row) => row["chain"] === "forward" && row["dynamic"] !== "true");
    const fast = forward.findIndex((row) => row["action"] === "fasttrack-connection");
    const own = forward.flatMap((row, at) => ((row["comment"] ?? "").startsWith("limit ") ? [at] : []));
    assert.deepEqual(own, [fast - 2, fast - 1]);
    const again = is(await t.ask(limit, { device: "TV", down: "20000k", up: "5M" }));
    assert.equal(again.plan, undefined);
    assert.match(again.text, /has this limit already/);
    const slower = await t.offered(limit, { device: "TV", down: "1.5M" });
    assert.equal(slower.plan.calls.length, 1);
    assert.equal(slower.plan.risk, "reversible");
    await t.carry(slower.plan);
    assert.deepEqual(queues(t)[0], ["192.168.88.30/32", "0/1500000"]);
    const off = await t.offered(limit, { device: "TV", down: "off" });
    await t.carry(off.plan);
    assert.deepEqual(t.shown(), before);
    assert.match(is(await t.ask(limit, { device: "TV", up: "off" })).text, /no limit of its own/);
    await t.undo(off.plan);
    assert.equal(queues(t).length, 2);
  });

  test(`${ros}: undone without a trace, the lease as it was`, async () => {
    const t = trip(ros);
    const before = t.shown().filter((row) => !row.includes("lease"));
    const { plan } = await t.offered(limit, { device: "gaming-pc", up: "512k" });
    assert.match(plan.calls[0]?.path ?? "", /make-static/);
    await t.carry(plan);
    await t.undo(plan);
    assert.deepEqual(
      t.shown().filter((row) => !row.includes("lease")),
      before,
    );
  });
}

test("without FastTrack the queue alone is enough, and takes itself back as one harmless change", async () => {
  const t = trip("7.22.1");
  assert.equal(t.rig.sim.run(`${FILTER}/disable [find action=fasttrack-connection]`), null);
  const { plan } = await t.offered(limit, { device: "TV", down: "20M" });
  assert.equal(plan.calls.length, 1);
  assert.equal(plan.risk, "reversible");
});

test("nonsense is refused and changes nothing", async () => {
  const t = trip("7.22.1");
  for (const [given, why] of [
    [{ device: "TV" }, /Say how fast/],
    [{ device: "TV", down: "20" }, /20 is no speed/],
    [{ device: "TV", down: "20T" }, /no speed/],
    [{ device: "TV", down: "0.0001k" }, /no speed/],
    [{ device: "TV", down: "-5M" }, /no speed/],
    [{ device: "TV", down: '5M" name=x' }, /no speed/],
    [{ device: "VT", down: "5M" }, /No device fits "VT"\. Did you mean TV\?/],
    [{ device: "guest-laptop", down: "bogus" }, /no speed/],
  ] as const)
    await t.refused(limit, given, why);
});
