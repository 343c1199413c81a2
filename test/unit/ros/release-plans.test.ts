// Plans in the names of the router's own release.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { simRig } from "../../support/ros-rig.ts";

const KEY = "b5Rk2Ny8Xq1Lz7Ve4Tc0Jm6Pf3Gs9Ha5Wd2Ou8Ei1RY0=";
const PEER = `/interface/wireguard/peers/add interface=wireguard1 public-key="${KEY}" allowed-address=192.168.100.9/32`;

test("today's names become those of the router's release, and what it lacks is refused before anything is sent", async () => {
  for (const [ros, command, path, body] of [
    ["7.16", `${PEER} responder=yes`, "/interface/wireguard/peers", '"is-responder":"yes"'],
    ["7.20", `${PEER} is-responder=yes`, "/interface/wireguard/peers", '"responder":"yes"'],
    ["7.12", "/interface/wifi/disable wifi1", "/interface/wifiwave2/", '"disabled":"true"'],
    ["7.20", "/interface/wifiwave2/disable wifi1", "/interface/wifi/", '"disabled":"true"'],
  ] as const) {
    const r = simRig(7, "127.0.0.1", { ros });
    const plan = await r.run(r.router.plan(r.world.scope, command));
    assert.ok(!isFault(plan), `${ros} ${command}: ${isFault(plan) ? plan.what : ""}`);
    assert.ok(plan.calls[0]?.path.startsWith(path), `${ros}: ${plan.calls[0]?.path}`);
    assert.ok(plan.calls[0]?.body?.includes(body), `${ros}: ${plan.calls[0]?.body}`);
    const changed = await r.run(r.router.change(r.world.scope, plan, { planHash: plan.hash }));
    assert.ok(!isFault(changed), `${ros} ${command}: ${isFault(changed) ? changed.what : ""}`);
  }
  const old = simRig(7, "127.0.0.1", { ros: "7.13.5" });
  const refused = await old.run(old.router.plan(old.world.scope, `${PEER} responder=yes`));
  assert.ok(isFault(refused));
  assert.match(refused.what, /responder of .* is not in RouterOS 7\.13\.5: it came with 7\.1[57]/);
  assert.deepEqual(
    old.lines.filter((line) => !line.startsWith("GET")),
    [],
  );
});
