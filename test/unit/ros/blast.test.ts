// What a plan says about whom it touches, and how it is guarded, before anybody approves it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { simRig } from "../../support/ros-rig.ts";

const CASES: ReadonlyArray<readonly [command: string, says: RegExp]> = [
  [
    "/ip/firewall/filter/add chain=forward action=drop src-address=192.168.88.30",
    /^It touches the device TV 192\.168\.88\.30\.$/m,
  ],
  [
    "/ip/firewall/filter/add chain=forward action=drop protocol=tcp dst-port=443",
    /^It touches everybody behind this router; tcp 443\.$/m,
  ],
  ["/ip/dns/set servers=9.9.9.9", /^It touches everybody behind this router\.$/m],
  ["/interface/bridge/set bridge arp=disabled", /^It touches \d+ devices: .* and \d+ more; interface bridge\.$/m],
  ["/ip/service/set ssh disabled=yes", /^It touches the service ssh\.$/m],
  ["/ip/firewall/filter/add chain=input action=drop src-address=!192.168.88.0/24", /everybody/],
  ["/ip/dns/set servers=9.9.9.9", /^Guard: once it is done you have 45 seconds to keep it.*, also after a restart\.$/m],
  ["/ppp/secret/add name=a password=hunter2-hunter2", /^Guard: /m],
  [
    "/interface/wireguard/set wireguard1 private-key=hunter2-hunter2",
    /^This cannot take itself back: no secret \(private-key\)/m,
  ],
  ["/interface/wireguard/remove wireguard1", /^This cannot take itself back: what refers to it/m],
  [
    "/tool/wol mac=AA:BB:CC:DD:EE:FF interface=bridge",
    /^This cannot take itself back: what it does cannot be undone\.$/m,
  ],
];

test("whom it touches and how it is guarded", async () => {
  const r = simRig();
  for (const [command, says] of CASES) {
    const plan = await r.run(r.router.plan(r.world.scope, command));
    assert.ok(!isFault(plan), `${command}: ${isFault(plan) ? plan.what : ""}`);
    assert.match(plan.diff, says, command);
    assert.doesNotMatch(plan.diff, /hunter2/, command);
  }
});

test("without a scheduler the plan says that a restart makes it stay", async () => {
  const r = simRig(7, "127.0.0.1", { deviceMode: "home" });
  const plan = await r.run(r.router.plan(r.world.scope, "/ip/dns/set servers=9.9.9.9"));
  assert.ok(!isFault(plan));
  assert.match(plan.diff, /unless the router restarts in between: then it stays\./);
});

test("a reversible change says nothing about guards", async () => {
  const r = simRig();
  const plan = await r.run(r.router.plan(r.world.scope, "/ip/dns/static/add name=a.lan address=192.168.88.9"));
  assert.ok(!isFault(plan));
  assert.doesNotMatch(plan.diff, /Guard|touches/);
});

test("a plan that could cut somebody off says whom, before the yes", async () => {
  const r = simRig(7, "172.31.18.1", { reach: {} });
  const says = async (command: string): Promise<string> => {
    const plan = await r.run(r.router.plan(r.world.scope, command));
    return isFault(plan) ? plan.what : plan.diff;
  };
  const drop = "/ip/firewall/filter/add chain=input action=drop place-before=*2";
  assert.match(await says(`${drop} in-interface=veth-claw`), /This may cut .* perhaps not after: 172\.31\.18\.2\.$/m);
  assert.match(
    await says("/ip/route/add dst-address=172.31.18.2/32 gateway=203.0.113.1"),
    /not after: 172\.31\.18\.2\.$/m,
  );
  assert.doesNotMatch(await says(`${drop} src-address=203.0.113.9`), /This may cut/);
});
