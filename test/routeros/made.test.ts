// What install.rsc makes: no more rights than are needed, rules in the right place, nothing
// that names the WAN; and where it refuses, it says why and has changed nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rig } from "../unit/simrouter/rig.ts";
import { configuration, FAMILIES, isRunning, ours, rig, rows, run, script, upload } from "./support.ts";

const [INSTALL, UNINSTALL] = [script("install"), script("uninstall")];

async function installed(ros: string): Promise<Rig> {
  const r = rig(ros);
  await upload(r, "the image");
  await run(r, INSTALL);
  return r;
}

const variables = (r: Rig): Record<string, string> =>
  Object.fromEntries(ours(r, "/container/envs").map((row) => [row["key"] ?? "", row["value"] ?? ""]));

for (const ros of FAMILIES) {
  test(`${ros}: the user may do what the agent needs, from the container alone`, async () => {
    const r = await installed(ros);
    const group = rows(r, "/user/group").find((g) => g["name"] === "mikroclaw");
    const granted = (group?.["policy"] ?? "").split(",").filter((p) => !p.startsWith("!"));
    assert.deepEqual(granted.sort(), ["api", "read", "rest-api", "test", "write"]);
    const { ROUTER_USER: user = "", ROUTER_PASS: password = "", ROUTER_HOST, ROUTER_PIN } = variables(r);
    assert.equal(ROUTER_HOST, "https://172.31.18.1");
    assert.equal(ROUTER_PIN, rows(r, "/certificate")[0]?.["fingerprint"]);
    assert.match(password, /^[A-Za-z2-9]{32}$/);
    const ask = (peer: string) => r.ask("GET", "/rest/system/resource", undefined, { user, password, peer });
    assert.equal((await ask("172.31.18.2")).status, 200);
    assert.equal((await ask("192.168.88.253")).status, 401);
    const grab = await r.ask(
      "PUT",
      "/rest/user",
      { name: "x", group: "full", password: "x" },
      { user, password, peer: "172.31.18.2" },
    );
    assert.equal(grab.status, 500);
    r.stop();
  });

  test(`${ros}: the container: its command, its variables, its bounds`, async () => {
    const r = await installed(ros);
    const [row] = rows(r, "/container");
    assert.equal(row?.["entrypoint"], "/mikroclaw");
    assert.equal(row?.["cmd"], "gateway");
    assert.equal(row?.["interface"], "veth-claw");
    assert.equal(row?.["envlists"] ?? row?.["envlist"], "mikroclaw");
    assert.match(row?.["root-dir"] ?? "", /^mikroclaw\//);
    assert.equal(ours(r, "/disk")[0]?.["type"], "tmpfs");
    const [, minor = 0] = ros.split(".").map(Number);
    if (minor >= 23) assert.equal(row?.["memory-max"], "64000000");
    else if (minor >= 20) assert.equal(row?.["memory-high"], "64000000");
    else assert.equal(rows(r, "/container/config")[0]?.["ram-high"], "64M");
    const { GATEWAY_BIND, GATEWAY_PORT, MIKROCLAW_WORKSPACE } = variables(r);
    assert.deepEqual([GATEWAY_BIND, GATEWAY_PORT, MIKROCLAW_WORKSPACE], ["0.0.0.0", "18789", "/data"]);
    r.stop();
  });
}

test("the rules stand in one piece before the first drop of their chain, and name neither the WAN nor a port of it", async () => {
  const r = await installed("7.24");
  for (const chain of ["input", "forward"]) {
    const rules = rows(r, "/ip/firewall/filter").filter((row) => row["chain"] === chain && row["dynamic"] !== "true");
    const places = rules.flatMap((row, at) => (row["comment"] === "mikroclaw" ? [at] : []));
    const drop = rules.findIndex((row) => row["action"] === "drop" && row["comment"] !== "mikroclaw");
    assert.equal(places.length, chain === "input" ? 4 : 2);
    assert.deepEqual(
      places,
      places.map((_, i) => drop - places.length + i),
    );
    const established = rules.findIndex(
      (row) => row["action"] === "accept" && /established/.test(row["connection-state"] ?? ""),
    );
    assert.ok(established < (places[0] ?? 0));
  }
  const last = ours(r, "/ip/firewall/filter")
    .filter((row) => row["chain"] === "input")
    .at(-1);
  assert.equal(last?.["action"], "drop");
  for (const menu of ["/ip/firewall/filter", "/ip/firewall/nat", "/interface/list/member", "/ip/address"]) {
    for (const row of ours(r, menu)) assert.doesNotMatch(JSON.stringify(row), /WAN|ether1|203\.0\.113/);
  }
  r.stop();
});

test("a router without a firewall, and one whose rules are gone", async () => {
  const r = rig("7.24");
  await upload(r, "the image");
  await run(r, "/ip/firewall/filter/remove [find where !dynamic]; /ip/firewall/nat/remove [find where !dynamic]");
  assert.match(await run(r, INSTALL), /it runs/);
  assert.equal(ours(r, "/ip/firewall/filter").length, 6);
  r.stop();
});

test("what was taken away in part is made whole by another run", async () => {
  const r = await installed("7.24");
  const whole = rows(r, "/ip/firewall/filter").map((row) => [row["chain"], row["action"], row["comment"]]);
  await run(
    r,
    '/ip/firewall/filter/remove ([find where comment="mikroclaw"]->1); /user/remove mikroclaw; /container/stop [find]',
  );
  await run(r, INSTALL);
  assert.deepEqual(
    rows(r, "/ip/firewall/filter").map((row) => [row["chain"], row["action"], row["comment"]]),
    whole,
  );
  const { ROUTER_USER: user = "", ROUTER_PASS: password = "" } = variables(r);
  const asked = await r.ask("GET", "/rest/system/resource", undefined, { user, password, peer: "172.31.18.2" });
  assert.equal(asked.status, 200, "user and container have the same password again");
  assert.ok(isRunning(rows(r, "/container")[0]));
  r.stop();
});

test("what the owner filled in goes to the container, and a change of it makes it anew", async () => {
  const r = await installed("7.21.5");
  const [before] = rows(r, "/container");
  await run(r, INSTALL.replace('"BOT_TOKEN"=""', '"BOT_TOKEN"="123:abc"'));
  assert.equal(variables(r)["BOT_TOKEN"], "123:abc");
  const [after] = rows(r, "/container");
  assert.notEqual(after?.[".id"], before?.[".id"]);
  await run(r, INSTALL);
  assert.equal(variables(r)["BOT_TOKEN"], "123:abc");
  assert.equal(rows(r, "/container")[0]?.[".id"], after?.[".id"]);
  r.stop();
});

test("www-ssl of the owner's is used as it is, and stays", async () => {
  const r = rig("7.24");
  await upload(r, "the image");
  await run(
    r,
    "/certificate/add name=own common-name=router.lan; /certificate/sign own; /ip/service/set www-ssl certificate=own port=8443 disabled=no",
  );
  const before = configuration(r);
  await run(r, INSTALL);
  assert.equal(variables(r)["ROUTER_HOST"], "https://172.31.18.1:8443");
  assert.equal(variables(r)["ROUTER_PIN"], rows(r, "/certificate")[0]?.["fingerprint"]);
  assert.equal(rows(r, "/certificate").length, 1);
  await run(r, UNINSTALL);
  const { "/file": _had, ...was } = before;
  const { "/file": _has, ...is } = configuration(r);
  assert.deepEqual(is, was);
  r.stop();
});

const REFUSED: ReadonlyArray<readonly [why: string, first: string, said: RegExp]> = [
  [
    "a user of the same name",
    "/user/add name=mikroclaw group=read password=x",
    /a user mikroclaw that this script did not make/,
  ],
  [
    "an interface of the same name",
    "/interface/veth/add name=veth-claw",
    /an interface veth-claw that this script did not make/,
  ],
  ["its network", "/ip/address/add address=172.31.18.1/30 interface=bridge", /uses 172\.31\.18\.0 already/],
  ["a certificate of the same name", "/certificate/add name=mikroclaw common-name=x", /a certificate mikroclaw/],
  ["www-ssl without a certificate", "/ip/service/set www-ssl disabled=no", /www-ssl has no certificate/],
  [
    "www-ssl for others",
    "/certificate/add name=own common-name=x; /certificate/sign own; /ip/service/set www-ssl certificate=own address=192.168.88.0/24 disabled=no",
    /answers only 192\.168\.88\.0\/24/,
  ],
  ["www-ssl off with settings", "/ip/service/set www-ssl address=192.168.88.0/24", /is off but has settings of yours/],
];

for (const [why, first, said] of REFUSED) {
  test(`refused, and nothing is changed: ${why}`, async () => {
    const r = rig("7.24");
    await upload(r, "the image");
    await run(r, first);
    const before = configuration(r);
    assert.match(await run(r, INSTALL), said);
    assert.deepEqual(configuration(r), before);
    r.stop();
  });
}

test("without device-mode container nothing is changed, and the button is named", async () => {
  const r = rig("7.24");
  await upload(r, "the image");
  await r.ask("POST", "/rest/execute", { script: "/system/device-mode/update container=no" });
  r.router.world.pressButton();
  await r.pass(10_000);
  const before = configuration(r);
  assert.match(await run(r, INSTALL), /press the router's button/);
  assert.deepEqual(configuration(r), before);
  r.stop();
});

test("without the image all is made but the container; with it another run finishes", async () => {
  const r = rig("7.24");
  assert.match(await run(r, INSTALL), /image mikroclaw-arm64\.tar is not on this router/);
  assert.equal(rows(r, "/container").length, 0);
  await upload(r, "the image", "flash/mikroclaw-arm64.tar");
  assert.match(await run(r, INSTALL), /it runs/);
  r.stop();
});

test("where the scheduler is not allowed it says what to type after a restart, and that works", async () => {
  const r = rig("7.24", { deviceMode: "home" });
  await upload(r, "the image");
  assert.match(await run(r, INSTALL), /After a restart of the router type: \/system\/script\/run mikroclaw/);
  r.router.world.reboot();
  await r.pass(60_000);
  assert.ok(!isRunning(rows(r, "/container")[0]));
  await run(r, "/system/script/run mikroclaw");
  assert.ok(isRunning(rows(r, "/container")[0]));
  r.stop();
});

test("upgrade without an installation says what to do", async () => {
  const r = rig("7.24");
  assert.match(await run(r, script("upgrade")), /not installed here\. Run install\.rsc/);
  r.stop();
});

test("uninstall also takes what a killed agent left behind", async () => {
  const r = rig("7.24");
  const before = configuration(r);
  await upload(r, "the image");
  await run(r, INSTALL);
  const rule = { chain: "forward", action: "accept", comment: "mikroclaw gateway" };
  await r.ask("PUT", "/rest/ip/firewall/filter", rule);
  await r.ask("PUT", "/rest/system/scheduler", { name: "mikroclaw-heartbeat", comment: "mikroclaw gateway" });
  await run(r, UNINSTALL);
  assert.deepEqual(configuration(r), before);
  r.stop();
});
