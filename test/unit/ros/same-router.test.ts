// A plan holds for the router and the version that it was made for, a second later as well.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { json, scriptedRig } from "../../support/ros-rig.ts";

const COMMAND = "/ip/dns/static/add name=a.lan address=192.168.88.9";

for (const [what, drift, isSame] of [
  ["nothing", {}, true],
  ["time goes on", { uptime: "1d1s" }, true],
  ["another version", { version: "7.25" }, false],
  ["another router", { name: "theirs" }, false],
] as const) {
  test(`${what} since the plan`, async () => {
    let facts: Record<string, string> = { "board-name": "hAP", version: "7.24", uptime: "1d", name: "home" };
    const writes: string[] = [];
    const r = scriptedRig((line) => {
      if (!line.startsWith("GET ")) {
        writes.push(line);
        return json({ ".id": "*9", name: "a.lan", address: "192.168.88.9" }, 201);
      }
      if (line.startsWith("GET /system/")) return json(facts);
      return line.startsWith("GET /ip/dns/static") ? json([]) : undefined;
    });
    const plan = await r.run(r.router.plan(r.world.scope, COMMAND));
    assert.ok(!isFault(plan), isFault(plan) ? plan.what : "");
    facts = { ...facts, ...drift };
    const changed = await r.run(r.router.change(r.world.scope, plan, { planHash: plan.hash }));
    const sent = writes.filter((line) => line.startsWith("PUT "));
    assert.equal(sent.length, isSame ? 1 : 0);
    if (!isSame) assert.ok(isFault(changed) && changed.fault === "conflict" && /not the version/.test(changed.what));
  });
}
