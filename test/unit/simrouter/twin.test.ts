// A twin made of an export, and changes rehearsed on it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rehearse } from "../../../src/edges/simrouter/rehearsal.ts";
import { makeWorld } from "../../support/virtual.ts";
import { makeRig, TREE } from "./rig.ts";

const EXPORT = `# 2026-11-21 10:00:00 by RouterOS 7.24.4
# software id = ABCD-EFGH
#
/interface bridge
add admin-mac=48:A9:8A:00:00:01 auto-mac=no comment=defconf name=bridge
/interface veth
add address=172.31.18.2/24 gateway=172.31.18.1 name=veth-claw
/interface wireguard
add listen-port=13231 mtu=1420 name=wg1
/interface list
add comment=defconf name=WAN
add comment=defconf name=LAN
/ip pool
add name=default-dhcp ranges=10.7.0.10-10.7.0.250
/ip dhcp-server
add address-pool=default-dhcp interface=bridge lease-time=10m name=defconf
/interface bridge port
add bridge=bridge comment=defconf interface=ether2
add bridge=bridge comment=defconf interface=ether3
add bridge=bridge comment=defconf interface=sfp-sfpplus1
/interface list member
add comment=defconf interface=bridge list=LAN
add comment=defconf interface=ether1 list=WAN
add interface=veth-claw list=LAN
/ip address
add address=10.7.0.1/24 comment=defconf interface=bridge network=10.7.0.0
add address=172.31.18.1/24 interface=veth-claw network=172.31.18.0
/ip dhcp-client
add comment=defconf interface=ether1
/ip dhcp-server network
add address=10.7.0.0/24 comment=defconf dns-server=10.7.0.1 gateway=10.7.0.1
/ip dns
set allow-remote-requests=yes servers=198.51.100.53
/ip firewall filter
add action=accept chain=input comment="defconf: accept established,related,untracked" \\
    connection-state=established,related,untracked
add action=drop chain=input comment="defconf: drop invalid" connection-state=invalid
add action=drop chain=input comment="defconf: drop all not coming from LAN" \\
    in-interface-list=!LAN
/ip firewall nat
add action=masquerade chain=srcnat out-interface-list=WAN
/ip service
set www address=10.7.0.0/24,172.31.18.0/24
set ssh disabled=yes
/container
add file=usb1/claw.tar interface=veth-claw name=mikroclaw root-dir=usb1/claw
/nosuch menu
add name=x
/system identity
set name="the \\"lab\\""
`;

const HERE = {
  agent: { gateway: "172.31.18.1" },
  owner: { address: "10.7.0.20", gateway: "10.7.0.1" },
  lan: { address: "10.7.0.30", gateway: "10.7.0.1" },
};

test("an export is loaded; what does not fit is told and left out", () => {
  const rig = makeRig(7, { config: EXPORT, reach: HERE });
  const { world, problems } = rig.router;
  assert.equal(problems.length, 1, problems.join("\n"));
  assert.match(problems[0] ?? "", /nosuch.*bad command name nosuch/);
  assert.equal(world.rows("/system/identity")[0]?.["name"], 'the "lab"');
  assert.ok(world.rows("/interface/ethernet").some((r) => r["name"] === "sfp-sfpplus1"));
  assert.deepEqual(
    world.rows("/ip/address").map((r) => r["address"]),
    ["10.7.0.1/24", "172.31.18.1/24", "203.0.113.57/24"],
  );
  assert.equal(world.rows("/ip/firewall/filter").length, 3);
  assert.deepEqual(
    world.reach().filter((r) => r.reach !== "ok"),
    [],
  );
  rig.stop();
});

const rehearsed = (script: string) =>
  rehearse({ tree: TREE, clock: makeWorld().clock, config: EXPORT, reach: HERE }, script);

test("a rehearsal tells what a change would close, and why", () => {
  const { changed, refused } = rehearsed("/interface/list/member/remove [find interface=veth-claw]");
  assert.equal(refused, null);
  assert.deepEqual(
    changed.map((r) => [r.from, r.to, r.reach]),
    [["agent", "router REST", "dropped"]],
  );
  assert.match(changed[0]?.why ?? "", /drop all not coming from LAN/);
});

test("a rehearsal of a harmless change closes nothing; a refused one says so", () => {
  assert.deepEqual(rehearsed("/ip/dns/static/add name=nas.lan address=10.7.0.5").changed, []);
  assert.match(
    rehearsed("/ip/address/add address=10.9.0.1/24 interface=nosuch").refused ?? "",
    /does not match any value/,
  );
});
