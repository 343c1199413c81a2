// /ban on the simulated router of two generations: who is counted, who is spared, and that
// it ends by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BAN_TIME_MS_MIN, BAN_TRIES_MIN, BANNED_AT_ONCE_MAX } from "../../../../src/base/limits-plans.ts";
import { ban } from "../../../../src/ros/tasks/ban.ts";
import { fakeRouter } from "../../../support/core-world.ts";
import { runOn } from "../../../support/task-rig.ts";
import { GENERATIONS, is, NAS, PUBLIC, STRANGER, trip } from "../../../support/task-trip.ts";

const LISTS = "/ip/firewall/address-list";
const WEB = { address: PUBLIC, protocol: "tcp", port: 8443, of: NAS } as const;
const DAY = 86_400_000;
const tried = (address: string, times: number, user = "root") =>
  Array.from({ length: times }, () => ({
    topics: "system,error,critical",
    message: `login failure for user ${user} from ${address} via ssh`,
  }));
const ROUTE = {
  "dst-address": "0.0.0.0/0",
  gateway: "203.0.113.1",
  "immediate-gw": "203.0.113.1%ether1",
  active: "true",
};
const BASE = {
  "/ip/route": [ROUTE],
  "/ip/address": [
    { address: "192.168.88.1/24", interface: "bridge" },
    { address: "203.0.113.57/24", interface: "ether1" },
  ],
  "/user/active": [{ address: "198.51.100.5" }],
};

for (const ros of GENERATIONS) {
  test(`${ros}: shut out for a day, then no longer; undone before`, async () => {
    const t = trip(ros);
    const before = t.shown();
    assert.equal(t.rig.sim.sees(STRANGER, WEB).reach, "ok");
    const { plan, text } = await t.offered(ban, { address: STRANGER.address });
    assert.match(text, /for 1d, or until a restart:\n198\.51\.100\.9: as asked/);
    assert.equal(plan.calls.length, 2);
    await t.carry(plan);
    const entry = t.rows(LISTS).find((row) => row["address"] === STRANGER.address);
    assert.deepEqual([entry?.["list"], entry?.["dynamic"]], ["blocked", "true"]);
    assert.equal(t.rig.sim.sees(STRANGER, WEB).reach, "dropped");
    assert.equal(t.rig.sim.sees({ ...STRANGER, address: "198.51.100.10" }, WEB).reach, "ok");
    assert.match(is(await t.ask(ban, { address: STRANGER.address })).text, /shut out already\. Nothing to do/);
    const second = await t.offered(ban, { address: "198.51.100.10", time: "30m" });
    assert.equal(second.plan.calls.length, 1, "the rule is there already");
    assert.equal(second.plan.risk, "reversible");
    await t.rig.world.pass(DAY + 1_000);
    assert.equal(t.rig.sim.sees(STRANGER, WEB).reach, "ok");
    const other = trip(ros);
    const { plan: same } = await other.offered(ban, { address: STRANGER.address });
    await other.carry(same);
    await other.undo(same);
    assert.deepEqual(other.shown(), before);
  });
}

test("who failed often enough by the log, once each, most first; strangers cannot name others", async () => {
  const forged = `x from 8.8.8.8 via ssh\n login failure for user y`;
  const log = [
    ...tried("198.51.100.66", BAN_TRIES_MIN),
    ...tried("198.51.100.67", BAN_TRIES_MIN - 1),
    ...tried("198.51.100.68", BAN_TRIES_MIN + 2, forged),
    ...tried("192.168.88.20", BAN_TRIES_MIN),
    ...tried("203.0.113.9", BAN_TRIES_MIN),
    ...tried("198.51.100.5", BAN_TRIES_MIN),
    ...Array.from({ length: 9 }, () => ({ message: "login failure for user a from 8.8.4.4 via ssh from the cellar" })),
  ];
  const answer = await runOn(ban, { ...BASE, "/log": log });
  assert.deepEqual(answer.commands, [
    '/ip/firewall/address-list/add list="blocked" address="198.51.100.68" timeout="1d" comment="7 failed logins via ssh"',
    '/ip/firewall/address-list/add list="blocked" address="198.51.100.66" timeout="1d" comment="5 failed logins via ssh"',
    '/ip/firewall/raw/add chain="prerouting" action="drop" in-interface="ether1" src-address-list="blocked" comment="drop who tried passwords"',
  ]);
  const done = [
    { list: "blocked", address: "198.51.100.68" },
    { list: "blocked", address: "198.51.100.66" },
  ];
  const rest = await runOn(ban, { ...BASE, "/log": log, [LISTS]: done });
  assert.match(rest.text, /shut out already\. Nothing to do/);
  const none = await runOn(ban, { ...BASE, "/log": log.slice(0, BAN_TRIES_MIN - 1) });
  assert.match(none.text, /nobody on the internet with 5 failed logins or more\. Nothing to do/);
});

test("not more at once than fit into a plan", async () => {
  for (const many of [BANNED_AT_ONCE_MAX, BANNED_AT_ONCE_MAX + 1]) {
    const log = Array.from({ length: many }, (_, i) => tried(`198.51.100.${100 + i}`, BAN_TRIES_MIN)).flat();
    const answer = await runOn(ban, { ...BASE, "/log": log });
    assert.equal(answer.commands?.filter((c) => c.startsWith(LISTS)).length, BANNED_AT_ONCE_MAX);
  }
});

test("the router's own people, networks and gateway are never shut out, and nonsense is refused", async () => {
  const t = trip("7.22.1");
  for (const [given, why] of [
    [{ address: "192.168.88.30" }, /address of a home network/],
    [{ address: "10.0.0.1" }, /address of a home network/],
    [{ address: PUBLIC }, /own networks/],
    [{ address: "203.0.113.1" }, /own networks/],
    [{ address: "127.0.0.1" }, /home network/],
    [{ address: "0.0.0.0/0" }, /no IPv4 address/],
    [{ address: "example.com" }, /no IPv4 address/],
    [{ address: '198.51.100.7" timeout=1s' }, /no IPv4 address/],
    [{ address: "198.51.100.7", time: "soon" }, /soon is no time/],
    [{ address: "198.51.100.7", time: `${BAN_TIME_MS_MIN / 1000 - 1}s` }, /is no time/],
  ] as const)
    await t.refused(ban, given, why);
  await t.offered(ban, { address: "198.51.100.7", time: `${BAN_TIME_MS_MIN / 1000}s` });
  const far = { ...BASE, "/ip/route": [{ ...ROUTE, gateway: "198.51.100.1" }] };
  const asked = (address: string) =>
    ban.run(t.rig.world.scope, { ...t.kit, router: fakeRouter(far) }, { address, time: "" });
  const gateway = await asked("198.51.100.1");
  assert.ok("what" in gateway && /is a gateway of this router/.test(gateway.what));
  assert.ok("commands" in (await asked("198.51.100.10")));
  const router = fakeRouter(BASE);
  const said = await ban.run(t.rig.world.scope, { ...t.kit, router }, { address: "198.51.100.5", time: "" });
  assert.ok("what" in said && /manages the router from right now/.test(said.what));
});
