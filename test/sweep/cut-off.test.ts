// Changes that cut the agent, the owner or the house off, as approved by mistake: with the
// agent alive and killed at the first write, with every way of arming. All come back, or
// are refused because nothing could bring them back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../src/base/fault.ts";
import type { Changed } from "../../src/port/router.ts";
import { simRig } from "../support/ros-rig.ts";
import { WHOLE } from "../support/seed.ts";

type Rig = ReturnType<typeof simRig>;

const FILTER = "/ip/firewall/filter";
const CUTS: readonly string[] = [
  "/interface/veth/disable veth-claw",
  "/interface/disable veth-claw",
  "/interface/veth/remove veth-claw",
  "/interface/disable bridge",
  "/interface/disable ether2",
  "/interface/ethernet/disable ether3",
  "/interface/disable ether1",
  '/ip/address/remove [find address="172.31.18.1/24"]',
  "/ip/address/disable [find interface=veth-claw]",
  "/ip/address/set [find interface=veth-claw] address=172.31.19.1/24",
  "/ip/address/set [find interface=veth-claw] interface=ether4",
  "/ip/address/set [find interface=bridge] address=192.168.89.1/24",
  "/ip/address/disable [find interface=bridge]",
  "/interface/list/member/remove [find interface=veth-claw]",
  "/interface/list/member/remove [find interface=bridge]",
  "/interface/list/member/set [find list=WAN] interface=ether5",
  `${FILTER}/add chain=input action=drop place-before=*2`,
  `${FILTER}/add chain=input action=drop`,
  `${FILTER}/add chain=input action=drop in-interface=veth-claw place-before=[find comment~"not coming"]`,
  `${FILTER}/add chain=input action=drop src-address=172.31.18.0/24 protocol=tcp dst-port=80,443 place-before=*2`,
  `${FILTER}/add chain=input action=drop connection-state=new place-before=*2`,
  `${FILTER}/add chain=input action=drop src-address=!192.168.88.0/24 place-before=*2`,
  `${FILTER}/add chain=input action=jump jump-target=mine place-before=*2; ${FILTER}/add chain=mine action=accept src-address=192.168.88.0/24; ${FILTER}/add chain=mine action=drop in-interface-list=LAN`,
  `${FILTER}/set [find comment~"not coming"] in-interface-list=all`,
  `${FILTER}/remove [find chain=input action=accept]`,
  `${FILTER}/add chain=output action=drop`,
  `${FILTER}/add chain=forward action=drop place-before=*8`,
  `${FILTER}/add chain=forward action=drop out-interface=veth-claw place-before=*8`,
  "/ip/firewall/raw/add chain=prerouting action=drop in-interface=veth-claw",
  "/ip/firewall/raw/add chain=prerouting action=drop in-interface-list=LAN",
  "/ip/firewall/nat/remove [find action=masquerade]",
  "/ip/firewall/nat/add chain=dstnat action=dst-nat protocol=tcp dst-port=80 to-addresses=192.168.88.10 to-ports=8080",
  "/ip/route/add dst-address=172.31.18.2/32 gateway=203.0.113.1",
  "/ip/route/add dst-address=192.168.88.0/25 gateway=203.0.113.1",
  "/ip/dhcp-client/disable [find interface=ether1]",
  "/ip/settings/set ip-forward=no",
  "/interface/bridge/set bridge vlan-filtering=yes pvid=99",
  "/interface/bridge/port/set [find interface=ether2] pvid=20; /interface/bridge/set bridge vlan-filtering=yes",
  "/interface/bridge/port/disable [find interface=ether2]",
  "/interface/bridge/port/remove [find interface=ether2]",
  "/interface/bridge/filter/add chain=input action=drop in-bridge=bridge",
  "/interface/bridge/set bridge arp=disabled",
  "/interface/bridge/port/add bridge=bridge interface=veth-claw",
  "/container/stop [find name=mikroclaw]",
  "/ip/dns/set allow-remote-requests=no",
  "/ip/service/disable www",
  "/ip/service/set www port=8080",
  "/ip/service/set www available-from=192.168.88.0/24",
  "/ip/service/disable [find where name=www or name=ssh or name=winbox]",
  "/interface/wireguard/peers/disable [find name=anna-phone]",
  "/interface/disable wireguard1",
];

const cut = (r: Rig): string[] =>
  r.sim
    .reach()
    .filter((line) => line.reach !== "ok")
    .map((line) => `${line.from} → ${line.to}`);
const REST = "agent → router REST";

interface Story {
  end: "refused" | "kept off" | "reverted";
  risk: string;
  /** How long somebody was cut off. */
  outMs: number;
  ways: readonly string[];
}

/** Approves the change and waits, second by second, until all is said and everybody is back. */
async function story(command: string, killed: boolean, deviceMode: "advanced" | "home"): Promise<Story> {
  const r = simRig(7, "172.31.18.1", { reach: {}, deviceMode });
  assert.deepEqual(cut(r), []);
  const p = await r.run(r.router.plan(r.world.scope, command));
  if (isFault(p)) {
    assert.equal(p.fault, "denied", `${command}: ${p.what}`);
    return { end: "refused", risk: p.code ?? "", outMs: 0, ways: [] };
  }
  assert.match(p.diff, /Guard: /, command);
  const wrote = { at: 0 };
  r.meets = (n, { method, url }) => {
    const isWrite = method !== "GET" && !/scheduler|script|execute|log/.test(url);
    if (isWrite && wrote.at === 0) wrote.at = n;
    return killed && wrote.at > 0 && n > wrote.at ? "never" : null;
  };
  let outMs = 0;
  const ways = new Set<string>();
  const watch = async <T>(wait: Promise<T>, mostMs: number): Promise<T | null> => {
    const over: { value: T | null } = { value: null };
    wait.then(
      (value) => {
        over.value = value;
      },
      () => undefined,
    );
    for (let ms = 0; ms < mostMs; ms += 1_000) {
      await r.world.settle();
      if (over.value !== null) break;
      await r.world.pass(1_000);
      const now = cut(r);
      if (now.length > 0) outMs += 1_000;
      for (const way of now) ways.add(way);
    }
    return over.value;
  };
  const made = await watch(r.router.change(r.world.scope, p, { planHash: p.hash }), 250_000);
  // The owner says nothing.
  let last: Awaited<typeof made> | Changed = made;
  if (made !== null && !isFault(made) && made.state === "pending")
    last = await watch(r.router.settle(r.world.scope, p.hash, "look"), 250_000);
  await watch(new Promise(() => undefined), 5_000);
  assert.deepEqual(cut(r), [], `${command}: somebody stays cut off`);
  assert.equal(r.sim.rows("/system/script/job").length, 0, command);
  if (!killed) {
    assert.ok(last !== null, `${command}: nothing was told`);
    if (isFault(last)) assert.fail(`${command}: ${last.what}`);
    assert.equal(last.state, "reverted", `${command}: ${last.told}`);
  }
  return { end: "reverted", risk: p.risk, outMs, ways: [...ways] };
}

/** Nobody is cut off for longer than that, with the standard configuration. */
const OUT_MS_MAX = 60_000;

function checked(command: string, { risk, outMs, ways }: Story): void {
  assert.ok(outMs <= OUT_MS_MAX, `${command}: ${outMs} ms, ${ways.join(", ")}`);
  if (ways.includes(REST)) assert.equal(risk, "lifeline", command);
}

const ARMS = [
  ["advanced", false],
  ["advanced", true],
  ["home", false],
  ["home", true],
] as const;

for (const [share, [deviceMode, killed]] of ARMS.entries()) {
  const arm = deviceMode === "home" ? "job alone" : "job and scheduler";
  test(`${CUTS.length} ways to cut somebody off, ${arm}, agent ${killed ? "killed" : "alive"}`, async (t) => {
    const outs: number[] = [];
    const ends = new Map<string, number>();
    for (const [i, command] of CUTS.entries()) {
      // A quarter each; `make sweep` takes all.
      if (!WHOLE && i % ARMS.length !== share) continue;
      const told = await story(command, killed, deviceMode);
      checked(command, told);
      const end = `${told.end} ${told.risk}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (told.outMs > 0) outs.push(told.outMs / 1_000);
    }
    outs.sort((a, b) => a - b);
    const counts = [...ends].map(([end, n]) => `${n} ${end}`).join(", ");
    t.diagnostic(`${counts}; cut off ${outs[0]} to ${outs.at(-1)} s, median ${outs[outs.length >> 1]} s`);
  });
}
