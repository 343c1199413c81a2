// ROUTEROS_FIREWALL and HEARTBEAT_ROUTEROS with the real program: one set of rows while the
// gateway is open, and none when it has ended, ten times.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { restOf, run, startSim } from "../support/program.ts";

const STARTS = 10;

test("ten starts and stops leave no row behind", async () => {
  const sim = await startSim();
  const ours = async (menu: string): Promise<number> => {
    const rows = (await restOf(sim, menu)) as ReadonlyArray<Record<string, string>>;
    return rows.filter((row) => row["comment"] === "mikroclaw gateway").length;
  };
  const counts = async () => [await ours("/ip/firewall/filter"), await ours("/system/scheduler")];
  const env = {
    ...sim.env,
    ROUTEROS_FIREWALL: "1",
    ROUTEROS_ALLOW_SUBNETS: "192.168.88.0/24,10.0.0.0/8",
    HEARTBEAT_ROUTEROS: "1",
    HEARTBEAT_INTERVAL: "1m",
  };
  try {
    for (let i = 0; i < STARTS; i += 1) {
      const agent = run(["gateway", "--port", "0", "--json"], env);
      await agent.event("listening");
      while ((await ours("/system/scheduler")) === 0) await sleep(50);
      assert.deepEqual(await counts(), [2, 1]);
      assert.equal(await agent.stop(), 0);
      assert.deepEqual(await counts(), [0, 0]);
    }
    const wrong = run(["gateway", "--port", "0"], { ...env, ROUTEROS_ALLOW_SUBNETS: "home" });
    assert.equal(await wrong.exit(), 2);
    assert.match(wrong.err.join("\n"), /ROUTEROS_ALLOW_SUBNETS has "home"/);
  } finally {
    await sim.stop();
  }
});
