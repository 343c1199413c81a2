// What typed tasks are made of: networks, and what a filter does with a new connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../../src/base/fault.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { parseCommands } from "../../../../src/ros/parse.ts";
import { compareVersions } from "../../../../src/ros/releases.ts";
import { blockerOf, bySide, firstOf, sharePort, wanOf } from "../../../../src/ros/tasks/firewall.ts";
import { adding, isNo } from "../../../../src/ros/tasks/kit.ts";
import { freeNet, hostOf, isHostIn, netFor, netsOf, networkOf, overlaps } from "../../../../src/ros/tasks/nets.ts";
import { testCommands } from "../../../support/commands.ts";
import { RUNS, SEED } from "../../../support/seed.ts";

test("any text stays one value of one command", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      const read = parseCommands(testCommands(), adding("/ip/dns/static", { name: text, comment: "b" }));
      assert.ok(!isFault(read) && read.length === 1);
      assert.deepEqual(
        [...(read[0]?.values ?? [])],
        [
          ["name", text],
          ["comment", "b"],
        ],
      );
      assert.deepEqual([read[0]?.items, read[0]?.unset], [[], []]);
    }),
    { seed: SEED, numRuns: RUNS(300) },
  );
});

test("networks: of an address, their hosts, overlaps, the smallest that holds a host, a free one", () => {
  assert.equal(networkOf("192.168.88.77/24"), "192.168.88.0/24");
  assert.equal(networkOf("10.1.2.3"), "10.1.2.3/32");
  for (const no of ["10.1.2.3/33", "10.1.2", "x", "10.1.2.3/", "010.1.2.3"]) assert.equal(networkOf(no), null, no);
  assert.deepEqual(
    [hostOf("10.0.0.0/8", 1), hostOf("10.0.0.0/24", -1), hostOf("10.0.1.0/23", 256)],
    ["10.0.0.1", "10.0.0.255", "10.0.2.0"],
  );
  assert.ok(overlaps("10.0.0.0/8", "10.9.9.0/24") && overlaps("10.9.9.0/24", "10.0.0.0/8"));
  assert.ok(!overlaps("10.0.0.0/24", "10.0.1.0/24"));
  const nets = netsOf([
    { address: "10.0.0.1/8", interface: "a" },
    { address: "10.1.0.1/24", interface: "b" },
    { address: "10.1.0.9/32", interface: "c" },
    { address: "10.2.0.1/24", interface: "d", disabled: "true" },
    { address: "192.168.90.1/24", interface: "e" },
    { address: "192.168.91.1/24", interface: "f", invalid: "true" },
  ]);
  assert.deepEqual(
    nets.map((net) => net.interface),
    ["a", "b", "c", "e"],
  );
  assert.equal(netFor(nets, "10.1.0.9")?.interface, "b");
  assert.equal(netFor(nets, "10.2.0.9")?.interface, "a");
  assert.equal(netFor(nets, "172.16.0.1"), null);
  const [, b] = nets;
  assert.ok(b !== undefined);
  assert.deepEqual(
    ["10.1.0.0", "10.1.0.1", "10.1.0.2", "10.1.0.255", "10.1.1.1"].map((host) => isHostIn(b, host)),
    [false, false, true, false, false],
  );
  assert.equal(freeNet(nets, "192.168.90.0/24"), "192.168.91.0/24");
  assert.equal(freeNet(netsOf([{ address: "0.0.0.1/0", interface: "x" }]), "192.168.90.0/24"), null);
});

test("releases are compared by their numbers", () => {
  for (const [version, first, is] of [
    ["7.9", "7.15", false],
    ["7.15", "7.15", true],
    ["7.15.2 (stable)", "7.15", true],
    ["7.25rc1", "7.15", true],
    ["8.1", "7.15", true],
    ["6.49", "7.1", false],
  ] as const)
    assert.equal(compareVersions(version, first) >= 0, is, version);
  assert.deepEqual(["no", "Off", "FALSE", "0"].map(isNo), [true, true, true, true]);
  assert.deepEqual(["", "none", "yes", "1"].map(isNo), [false, false, false, false]);
});

const MEMBERS = [
  { list: "LAN", interface: "bridge" },
  { list: "WAN", interface: "ether1" },
  { list: "WAN", interface: "ether9", disabled: "true" },
];
const probe = {
  chain: "forward",
  from: "ether1",
  to: "bridge",
  protocol: "tcp",
  port: 443,
  dst: "192.168.88.10",
  isForwarded: true,
} as const;
const blocker = (rules: readonly RosRow[]) =>
  blockerOf((menu) => (menu === "/interface/list/member" ? MEMBERS : menu.endsWith("filter") ? rules : []), probe);

test("the first rule that decides on a new connection counts", () => {
  const drop = (more: Record<string, string>) => ({ ".id": "*1", chain: "forward", action: "drop", ...more });
  for (const [rule, is] of [
    [drop({}), true],
    [drop({ disabled: "true" }), false],
    [drop({ invalid: "true" }), false],
    [drop({ chain: "input" }), false],
    [drop({ "in-interface": "ether1" }), true],
    [drop({ "in-interface": "!ether1" }), false],
    [drop({ "in-interface-list": "WAN" }), true],
    [drop({ "in-interface-list": "!LAN" }), true],
    [drop({ "out-interface-list": "LAN" }), true],
    [drop({ "out-interface": "ether2" }), false],
    [drop({ "connection-state": "invalid" }), false],
    [drop({ "connection-state": "invalid,new" }), true],
    [drop({ "connection-nat-state": "!dstnat" }), false],
    [drop({ "connection-nat-state": "dstnat" }), true],
    [drop({ protocol: "udp" }), false],
    [drop({ protocol: "tcp", "dst-port": "80,400-500" }), true],
    [drop({ protocol: "tcp", "dst-port": "80" }), false],
    [drop({ "dst-address": "192.168.88.0/24" }), true],
    [drop({ "dst-address": "!192.168.88.10" }), false],
    [drop({ "src-address-list": "blocked" }), false],
    [drop({ action: "reject" }), true],
    [drop({ action: "log" }), false],
  ] as const)
    assert.equal(blocker([rule]) !== null, is, JSON.stringify(rule));
  const accept = drop({ action: "accept", "in-interface-list": "WAN" });
  assert.equal(blocker([accept, drop({})]), null);
  assert.equal(blocker([drop({ ".id": "*2" }), accept])?.[".id"], "*2");
  assert.equal(blocker([{ chain: "forward" }, drop({})]), null, "accept is what a rule without an action does");
  assert.ok(sharePort("1-5,9", "5-8") && !sharePort("1-5,9", "6-8"));
  assert.equal(firstOf([drop({ dynamic: "true" }), drop({ ".id": "*7" })], "forward"), "*7");
  assert.equal(firstOf([drop({ chain: "input" })], "forward"), undefined);
});

test("the side of the internet: the default route that is in use, by its list where it has one", () => {
  const way = (gw: string, more: Record<string, string> = {}) => ({
    "dst-address": "0.0.0.0/0",
    "immediate-gw": gw,
    ...more,
  });
  const listed = wanOf([way("203.0.113.1%ether1", { active: "true" })], MEMBERS);
  assert.deepEqual(listed, { interface: "ether1", isListed: true });
  assert.deepEqual(listed === null ? {} : bySide(listed, "in", "!"), { "in-interface-list": "!WAN" });
  const plain = wanOf([way("203.0.113.1%ether1"), way("pppoe-out1", { active: "true" })], MEMBERS);
  assert.deepEqual(plain, { interface: "pppoe-out1", isListed: false });
  assert.deepEqual(plain === null ? {} : bySide(plain, "out"), { "out-interface": "pppoe-out1" });
  assert.equal(wanOf([way("203.0.113.1%ether9", { active: "true" })], MEMBERS)?.isListed, false);
  assert.equal(wanOf([way("203.0.113.1%ether1", { disabled: "true" })], MEMBERS), null);
  assert.equal(wanOf([], MEMBERS), null);
});
