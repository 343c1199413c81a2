// Changes that cut somebody off: what the simulated router's configuration lets through,
// for the agent, the owner and the LAN, and how requests fare meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { withScope } from "../../../src/base/scope.ts";
import { type ReachOptions, VPN_OWNER } from "../../../src/edges/simrouter/reach-gate.ts";
import { makeRig, type Rig, rowsOf } from "./rig.ts";

const WAYS = [
  "agent → router REST",
  "agent → internet",
  "agent → DNS",
  "owner → router",
  "owner → agent",
  "owner → internet",
  "LAN → internet",
  "LAN → DNS",
  "router → internet",
  "router → DNS",
] as const;
type Way = (typeof WAYS)[number];

const all = (rig: Rig): Array<[string, string]> =>
  rig.router.world.reach().map((r): [string, string] => [`${r.from} → ${r.to}`, r.reach]);
const broken = (rig: Rig): Record<string, string> => Object.fromEntries(all(rig).filter(([, reach]) => reach !== "ok"));

/** Runs a script on the router, whatever becomes of the reply. */
async function run(rig: Rig, script: string): Promise<void> {
  void rig.tryAsk("POST", "/rest/execute", { script });
  await rig.pass(10);
  const failed = rig.router.world.rows("/log").findLast((r) => r["topics"] === "script,error");
  assert.equal(failed, undefined, failed?.["message"]);
}

test("at home everybody reaches everything", () => {
  const rig = makeRig(7, { reach: {} });
  assert.deepEqual(
    all(rig),
    WAYS.map((way) => [way, "ok"]),
  );
  rig.stop();
});

const OUT: readonly Way[] = ["agent → internet", "owner → internet", "LAN → internet"];
const LAN_SIDE: readonly Way[] = ["owner → router", "owner → agent", "owner → internet", "LAN → internet", "LAN → DNS"];
const AGENT: readonly Way[] = ["agent → router REST", "agent → internet", "agent → DNS"];
const AGENT_ALL: readonly Way[] = [...AGENT, "owner → agent"];
const OWN: readonly Way[] = ["router → internet", "router → DNS"];
const ALL_IN: readonly Way[] = ["agent → router REST", "owner → router", "LAN → DNS"];
const WAN_ALL: readonly Way[] = [...OUT, "agent → DNS", ...OWN];

/** A change, and what is cut by it. */
const CUTS: ReadonlyArray<readonly [script: string, cut: readonly Way[]]> = [
  ["/interface/veth/disable veth-claw", AGENT_ALL],
  ["/interface/disable veth-claw", AGENT_ALL],
  ["/interface/veth/remove veth-claw", AGENT_ALL],
  ["/interface/disable bridge", LAN_SIDE],
  ["/interface/bridge/remove bridge", LAN_SIDE],
  ["/interface/disable ether2", ["owner → router", "owner → agent", "owner → internet"]],
  ["/interface/ethernet/disable ether3", ["LAN → internet", "LAN → DNS"]],
  ["/interface/disable ether1", WAN_ALL],
  ['/ip/address/remove [find address="172.31.18.1/24"]', AGENT_ALL],
  ["/ip/address/disable [find interface=veth-claw]", AGENT_ALL],
  ["/ip/address/set [find interface=veth-claw] address=172.31.19.1/24", AGENT_ALL],
  ["/ip/address/set [find interface=veth-claw] interface=ether4", AGENT_ALL],
  ["/ip/address/set [find interface=bridge] address=192.168.89.1/24", LAN_SIDE],
  ["/ip/address/disable [find interface=bridge]", LAN_SIDE],
  ["/interface/list/member/remove [find interface=veth-claw]", ["agent → router REST"]],
  ["/interface/list/member/remove [find interface=bridge]", ["owner → router", "LAN → DNS"]],
  ["/interface/list/member/set [find list=WAN] interface=ether5", OUT.concat("agent → DNS")],
  ["/ip/firewall/filter/add chain=input action=drop place-before=*2", [...ALL_IN, ...OWN]],
  ["/ip/firewall/filter/add chain=input action=drop", ALL_IN],
  [
    '/ip/firewall/filter/add chain=input action=drop in-interface=veth-claw place-before=[find comment~"not coming"]',
    ["agent → router REST"],
  ],
  [
    "/ip/firewall/filter/add chain=input action=drop src-address=172.31.18.0/24 protocol=tcp dst-port=80,443 place-before=*2",
    ["agent → router REST"],
  ],
  ["/ip/firewall/filter/add chain=input action=drop connection-state=new place-before=*2", ALL_IN],
  [
    "/ip/firewall/filter/add chain=input action=drop src-address=!192.168.88.0/24 place-before=*2",
    ["agent → router REST", ...OWN],
  ],
  [
    "/ip/firewall/address-list/add list=bad address=192.168.88.200-192.168.88.254; /ip/firewall/filter/add chain=input action=drop src-address-list=bad place-before=*2",
    ["owner → router"],
  ],
  [
    "/ip/firewall/filter/add chain=input action=jump jump-target=mine place-before=*2; /ip/firewall/filter/add chain=mine action=accept src-address=192.168.88.0/24; /ip/firewall/filter/add chain=mine action=drop in-interface-list=LAN",
    ["agent → router REST"],
  ],
  ['/ip/firewall/filter/set [find comment~"not coming"] in-interface-list=all', ALL_IN],
  ["/ip/firewall/filter/remove [find chain=input action=accept]", OWN],
  ["/ip/firewall/filter/add chain=output action=drop", [...ALL_IN, ...OWN]],
  ["/ip/firewall/filter/add chain=forward action=drop place-before=*8", [...OUT, "agent → DNS", "owner → agent"]],
  [
    "/ip/firewall/filter/add chain=forward action=drop out-interface=veth-claw place-before=*8",
    [...AGENT.slice(1), "owner → agent"],
  ],
  ["/ip/firewall/raw/add chain=prerouting action=drop in-interface=veth-claw", AGENT],
  [
    "/ip/firewall/raw/add chain=prerouting action=drop in-interface-list=LAN",
    [...ALL_IN, ...OUT, "agent → DNS", "owner → agent"],
  ],
  ["/ip/firewall/nat/remove [find action=masquerade]", [...OUT, "agent → DNS"]],
  [
    "/ip/firewall/nat/add chain=dstnat action=dst-nat protocol=tcp dst-port=80 to-addresses=192.168.88.10 to-ports=8080",
    ["agent → router REST"],
  ],
  ["/ip/route/add dst-address=172.31.18.2/32 gateway=203.0.113.1", AGENT_ALL],
  ["/ip/route/add dst-address=192.168.88.0/25 gateway=203.0.113.1", ["LAN → internet", "LAN → DNS"]],
  ["/ip/dhcp-client/disable [find interface=ether1]", WAN_ALL],
  ["/ip/settings/set ip-forward=no", [...OUT, "agent → DNS", "owner → agent"]],
  ["/interface/bridge/set bridge vlan-filtering=yes pvid=99", LAN_SIDE],
  [
    "/interface/bridge/port/set [find interface=ether2] pvid=20; /interface/bridge/set bridge vlan-filtering=yes",
    LAN_SIDE.slice(0, 3),
  ],
  ["/interface/bridge/set bridge vlan-filtering=yes", []],
  [
    "/interface/bridge/port/set [find interface=ether2] frame-types=admit-only-vlan-tagged; /interface/bridge/set bridge vlan-filtering=yes",
    LAN_SIDE.slice(0, 3),
  ],
  ["/interface/bridge/port/remove [find interface=ether2]", LAN_SIDE.slice(0, 3)],
  ["/interface/bridge/filter/add chain=input action=drop in-bridge=bridge", LAN_SIDE],
  ["/interface/bridge/set bridge arp=disabled", LAN_SIDE],
  ["/interface/bridge/port/add bridge=bridge interface=veth-claw", AGENT_ALL],
  ["/container/stop [find name=mikroclaw]", AGENT_ALL],
  ["/ip/dns/set allow-remote-requests=no", ["LAN → DNS"]],
  ["/ip/service/disable www", ["agent → router REST"]],
  ["/ip/service/set www port=8080", ["agent → router REST"]],
  ["/ip/service/set www available-from=192.168.88.0/24", ["agent → router REST"]],
  ["/ip/service/disable [find where name=www or name=ssh or name=winbox]", ["agent → router REST", "owner → router"]],
];

for (const [script, cut] of CUTS) {
  test(`cut: ${script}`, async () => {
    const rig = makeRig(7, { reach: {} });
    await run(rig, script);
    const now = broken(rig);
    for (const way of cut) assert.ok(now[way] !== undefined, `${way} still works`);
    for (const way of Object.keys(now)) {
      assert.ok(
        cut.some((c) => c === way),
        `${way} is ${now[way]} as well: ${rig.router.world.reach().find((r) => `${r.from} → ${r.to}` === way)?.why}`,
      );
    }
    rig.stop();
  });
}

const VPN_CUTS = [
  "/interface/disable wireguard1",
  "/interface/wireguard/peers/disable [find name=anna-phone]",
  "/interface/wireguard/peers/remove [find name=anna-phone]",
  "/interface/wireguard/peers/set [find name=anna-phone] allowed-address=192.168.100.3/32",
  "/interface/wireguard/set wireguard1 listen-port=51820",
  '/interface/wireguard/set wireguard1 private-key="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="',
  '/ip/firewall/filter/disable [find comment="allow WireGuard"]',
  "/ip/address/remove [find interface=wireguard1]",
  "/interface/disable ether1",
  "/interface/list/member/remove [find interface=wireguard1]",
];
for (const script of VPN_CUTS) {
  test(`the owner on the VPN is cut off: ${script}`, async () => {
    const rig = makeRig(7, { reach: { owner: VPN_OWNER } });
    assert.deepEqual(broken(rig), {});
    await run(rig, script);
    const line = rig.router.world.reach().find((r) => r.from === "owner" && r.to === "router");
    assert.equal(line?.reach, "dropped");
    assert.notEqual(line?.why, "");
    assert.equal(broken(rig)["agent → router REST"], undefined);
    rig.stop();
  });
}

const rigWith = (reach: ReachOptions = {}) => makeRig(7, { reach });
const DROP = "/ip/firewall/filter/add chain=input action=drop comment=oops place-before=*2";

test("a dropped request gets no answer until the path is back; then it is answered", async () => {
  const rig = rigWith();
  await run(rig, `${DROP}; :delay 30s; /ip/firewall/filter/remove [find comment=oops]`);
  let answered = false;
  const waiting = rig.ask("GET", "/rest/system/identity").then((got) => {
    answered = true;
    return got;
  });
  await rig.pass(29_000);
  assert.equal(answered, false);
  await rig.pass(2_000);
  assert.equal((await waiting).status, 200);
  rig.stop();
});

test("who gives up waiting gets the fault of its own deadline", async () => {
  const rig = rigWith();
  await run(rig, DROP);
  const waiting = withScope(rig.scope, 5_000, (scope) =>
    rig.tryAsk("GET", "/rest/system/identity", undefined, { scope }),
  );
  await rig.pass(6_000);
  const made = await waiting;
  assert.ok(isFault(made) && made.fault === "timeout");
  rig.stop();
});

test("the reply to the very change that cuts is lost, and the change is done", async () => {
  const rig = rigWith();
  let answered = false;
  void rig.tryAsk("POST", "/rest/interface/veth/disable", { numbers: "veth-claw" }).then(() => {
    answered = true;
  });
  await rig.pass(5_000);
  assert.equal(answered, false);
  assert.equal(rig.router.world.rows("/interface/veth")[0]?.["disabled"], "true");
  rig.stop();
});

test("a service that is off refuses at once; a user that is off or bound elsewhere is 401", async () => {
  const rig = rigWith();
  await rig.ask("PUT", "/rest/user", { name: "claw", group: "full", password: "p", address: "172.31.18.2/32" });
  const as = { user: "claw", password: "p" };
  assert.equal((await rig.ask("GET", "/rest/user/active", undefined, as)).status, 200);
  await rig.ask("PATCH", "/rest/user/claw", { address: "192.168.88.0/24" });
  assert.equal((await rig.ask("GET", "/rest/user/active", undefined, as)).status, 401);
  await rig.ask("PATCH", "/rest/user/claw", { address: "", disabled: "true" });
  assert.equal((await rig.ask("GET", "/rest/user/active", undefined, as)).status, 401);
  const active = rowsOf(await rig.ask("GET", "/rest/user/active"));
  assert.equal(active[0]?.["address"], "172.31.18.2");
  await rig.ask("POST", "/rest/ip/service/disable", { numbers: "www" });
  assert.ok(isFault(await rig.tryAsk("GET", "/rest/user/active")));
  rig.stop();
});

test("the armed job takes the cut back by itself, and service is restored", async () => {
  const rig = rigWith();
  const undo = ':delay 60s; /ip/firewall/filter/remove [find comment=oops]; :log warning "taken back"';
  await rig.ask("POST", "/rest/execute", { script: undo });
  const ids = rig.router.world.rows("/ip/firewall/filter").map((r) => r[".id"]);
  const added = { chain: "input", action: "drop", comment: "oops", "place-before": "*2" };
  void rig.tryAsk("PUT", "/rest/ip/firewall/filter", added);
  await rig.pass(1_000);
  assert.equal(broken(rig)["agent → router REST"], "dropped");
  await rig.pass(60_000);
  assert.deepEqual(broken(rig), {});
  assert.deepEqual(
    rig.router.world.rows("/ip/firewall/filter").map((r) => r[".id"]),
    ids,
  );
  rig.stop();
});

test("after a restart the agent's container comes back, and with it everything", async () => {
  const rig = rigWith();
  rig.router.world.cutPower();
  assert.ok(isFault(await rig.tryAsk("GET", "/rest/system/identity")));
  await rig.pass(15_000);
  assert.deepEqual(broken(rig), {});
  assert.equal((await rig.ask("GET", "/rest/system/identity")).status, 200);
  rig.stop();
});

test("the owner asks from his own place", async () => {
  const rig = rigWith();
  await run(rig, "/interface/veth/disable veth-claw");
  rig.router.world.callFrom("owner");
  assert.equal((await rig.ask("GET", "/rest/system/identity")).status, 200);
  rig.router.world.callFrom({ name: "stranger", address: "198.51.100.66", at: "ether1", gateway: "203.0.113.57" });
  let answered = false;
  void rig.tryAsk("GET", "/rest/system/identity").then(() => {
    answered = true;
  });
  await rig.pass(60_000);
  assert.equal(answered, false);
  rig.stop();
});
