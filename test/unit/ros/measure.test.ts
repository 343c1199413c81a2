// What a change did is measured and told: names, packets, the gateway. It never holds a change up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { MEASURE_MS } from "../../../src/base/limits-changes.ts";
import type { Changed } from "../../../src/port/router.ts";
import { simRig } from "../../support/ros-rig.ts";

type Rig = ReturnType<typeof simRig>;

async function make(r: Rig, command: string): Promise<Changed> {
  const plan = await r.run(r.router.plan(r.world.scope, command));
  assert.ok(!isFault(plan), command);
  const made = await r.run(r.router.change(r.world.scope, plan, { planHash: plan.hash }));
  if (isFault(made)) assert.fail(`${command}: ${made.what}`);
  return made;
}

const FILTER = "/ip/firewall/filter/add chain=forward action=drop src-address=192.168.88.20";

for (const [command, told] of [
  ["/ip/dns/static/add name=test.lan address=192.168.88.77", /Measured: test\.lan is 192\.168\.88\.77 here now\.$/],
  ["/ip/dns/static/add name=gone.test type=NXDOMAIN", /Measured: gone\.test has no address here now\.$/],
  ["/ip/dns/set servers=9.9.9.9", /Measured: api\.telegram\.org is [0-9.]+ here now\.$/],
  [FILTER, /Measured: the rule has met no packet yet\.$/],
  [`${FILTER}; ${FILTER} dst-port=1 protocol=tcp`, /Measured: these rules have met no packet yet\.$/],
  [
    "/ip/route/add dst-address=10.9.0.0/16 gateway=203.0.113.1",
    /Measured: the gateway [0-9.]+ answers 2 of 2 pings\.$/,
  ],
  ["/ip/dhcp-client/disable [find interface=ether1]", /Measured: there is no active way to the internet now\.$/],
  [`${FILTER} disabled=yes`, /by itself\.$/],
  ["/ip/dns/static/set [find name=router.lan] comment=x", /as planned\.$/],
  ["/queue/simple/add name=q target=192.168.88.20/32 max-limit=5M/5M", /as planned\.$/],
] as const) {
  test(command, async () => {
    const made = await make(simRig(), command);
    assert.notEqual(made.state, "reverted");
    assert.match(made.told, told);
  });
}

test("what cannot be measured is said or left out, and the change stands", async () => {
  const r = simRig();
  r.meets = (_, { url }) => (url.endsWith("/rest/execute") ? "never" : null);
  const from = r.world.clock.monoMs();
  const made = await make(r, "/ip/dns/static/add name=test.lan address=192.168.88.77");
  assert.equal(made.state, "kept");
  assert.match(made.told, /as planned\. The name test\.lan could not be looked up\.$/);
  assert.ok(r.world.clock.monoMs() - from <= MEASURE_MS + 2_000);
});

test("measuring takes from the time to say keep, and that is told", async () => {
  const r = simRig();
  r.meets = (_, { url }) => (url.endsWith("/rest/tool/ping") ? "never" : null);
  const made = await make(r, "/ip/route/add dst-address=10.9.0.0/16 gateway=203.0.113.1");
  assert.equal(made.state, "pending");
  assert.ok(made.keepMs !== undefined && made.keepMs > 30_000 && made.keepMs <= 45_000 - MEASURE_MS + 1_000);
});
