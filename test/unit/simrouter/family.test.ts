// The simulated router as older RouterOS releases: their menus, commands and names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { familyOf } from "../../../src/edges/simrouter/family.ts";
import { makeRig, rowOf, rowsOf, TREE } from "./rig.ts";

const RELEASES = ["7.10", "7.12", "7.13.5", "7.15", "7.16", "7.18", "7.19", "7.20", "7.21", "7.22", "7.23", "7.24"];
const since = (ros: string, from: string): boolean => Number(ros.split(".")[1]) >= Number(from.split(".")[1]);

for (const ros of RELEASES) {
  test(`${ros}: its own version, and the names of its time`, async () => {
    const rig = makeRig(7, { ros });
    const resource = rowOf(await rig.ask("GET", "/rest/system/resource"));
    assert.equal(resource["version"], `${ros} (stable)`);
    const env = rowsOf(await rig.ask("GET", "/rest/container/envs"))[0] ?? {};
    assert.equal(env["list"] ?? "-", since(ros, "7.20") ? "claw" : "-");
    assert.equal(env["name"] ?? "-", since(ros, "7.20") ? "-" : "claw");
    const envs = async (name: string) =>
      (await rig.ask("PUT", "/rest/container/envs", { [name]: "x", key: "K", value: "V" })).body;
    const [mine, other] = since(ros, "7.20") ? ["list", "name"] : ["name", "list"];
    assert.equal(((await envs(other)) as Record<string, string>)["detail"], `unknown parameter ${other}`);
    assert.equal(((await envs(mine)) as Record<string, string>)[mine], "x");
    const service = rowsOf(await rig.ask("GET", "/rest/ip/service?name=www"))[0] ?? {};
    assert.equal("available-from" in service, since(ros, "7.24"));
    assert.equal("max-sessions" in service, since(ros, "7.16"));
    const safe = await rig.ask("POST", "/rest/safe-mode/take", {});
    assert.equal(safe.status, since(ros, "7.18") ? 200 : 400);
    const wifi = await rig.ask("GET", "/rest/interface/wifi");
    const wave = await rig.ask("GET", "/rest/interface/wifiwave2");
    assert.deepEqual([wifi.status, wave.status], since(ros, "7.13") ? [200, 400] : [400, 200]);
    rig.stop();
  });
}

test("scripts know the names of their release", async () => {
  const said = async (ros: string, script: string): Promise<string> => {
    const rig = makeRig(7, { ros });
    const { ret } = rowOf(await rig.ask("POST", "/rest/execute", { script, "as-string": "" }));
    rig.stop();
    return ret ?? "";
  };
  assert.match(await said("7.16", "/ip/service/set www available-from=10.0.0.0/8"), /^expected end of command/);
  assert.equal(await said("7.24", "/ip/service/set www available-from=10.0.0.0/8"), "");
  assert.match(await said("7.24", "/interface/wifiwave2/print"), /^bad command name wifiwave2/);
  assert.match(await said("7.16", "/safe-mode/take"), /^bad command name/);
});

test("releases that are unknown or too old are refused", () => {
  for (const version of ["6.49", "7.9", "new"]) assert.ok(isFault(familyOf(TREE, version)), version);
});
