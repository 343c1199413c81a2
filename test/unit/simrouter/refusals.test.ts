// Refused writes over PUT, PATCH and DELETE: the exact texts, and nothing changed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRig, type Rig } from "./rig.ts";

const bad = (detail: string) => ({ detail, error: 400, message: "Bad Request" });

async function refusal(rig: Rig, method: string, path: string, body: unknown, detail: string): Promise<void> {
  const made = await rig.ask(method, path, body);
  assert.deepEqual(made.body, bad(detail), `${method} ${path} ${JSON.stringify(body)}`);
  assert.equal(made.status, 400);
}

const puts: ReadonlyArray<readonly [string, object, string]> = [
  ["/rest/ip/address", { address: "10.0.0.1/24" }, "missing =interface="],
  ["/rest/ip/address", { interface: "bridge" }, "missing =address="],
  ["/rest/ip/address", {}, "missing =address="],
  ["/rest/ip/address", { address: "10.0.0.1/24", interface: "ether9" }, "input does not match any value of interface"],
  [
    "/rest/ip/address",
    { address: "10.0.0.1/24", interface: "wifi" },
    "ambiguous value of interface, more than one possible value matches input",
  ],
  [
    "/rest/ip/address",
    { address: "10.0.0.1/24", interface: "" },
    "ambiguous value of interface, more than one possible value matches input",
  ],
  ["/rest/ip/address", { address: "10.0.0.300", interface: "bridge" }, "invalid value for argument address"],
  ["/rest/ip/address", { address: "10.0.0.1/40", interface: "bridge" }, "invalid value for argument address"],
  ["/rest/ip/address", { address: "192.168.88.1/24", interface: "bridge" }, "failure: already have such address"],
  [
    "/rest/ip/address",
    { address: "10.0.0.1/24", interface: "bridge", gateway: "10.0.0.2" },
    "unknown parameter gateway",
  ],
  [
    "/rest/ip/address",
    { address: "10.0.0.1/24", interface: "bridge", __proto__x: "1" },
    "unknown parameter __proto__x",
  ],
  ["/rest/ip/firewall/filter", { chain: "input", action: "explode" }, "input does not match any value of action"],
  ["/rest/ip/firewall/filter", { action: "drop" }, "missing =chain="],
  [
    "/rest/ip/firewall/filter",
    { chain: "input", "connection-state": "new,old" },
    "input does not match any value of connection-state",
  ],
  [
    "/rest/ip/firewall/filter",
    { chain: "input", protocol: "tcp", "dst-port": "99999" },
    "invalid value for argument dst-port",
  ],
  [
    "/rest/ip/firewall/filter",
    { chain: "input", "in-interface-list": "GUEST" },
    "input does not match any value of in-interface-list",
  ],
  ["/rest/ip/firewall/filter", { chain: "input", disabled: "maybe" }, "invalid value for argument disabled"],
  [
    "/rest/ip/firewall/filter",
    { chain: "input", "log-prefix": "x".repeat(32) },
    "invalid value for argument log-prefix",
  ],
  ["/rest/interface/list/member", { list: "LAN", interface: "bridge" }, "failure: already have such entry"],
  [
    "/rest/interface/bridge/port",
    { bridge: "bridge", interface: "ether2" },
    "failure: device already added as bridge port",
  ],
  ["/rest/interface/bridge", { name: "ether1" }, "failure: already have such interface"],
  ["/rest/interface/vlan", { interface: "bridge" }, "missing =vlan-id="],
  ["/rest/ip/dns/static", { name: "router.lan", address: "192.168.88.1" }, "failure: entry already exists"],
  [
    "/rest/ip/pool",
    { name: "default-dhcp", ranges: "10.0.0.2-10.0.0.9" },
    "failure: item with this name already exists",
  ],
  ["/rest/user", { name: "admin", group: "full", password: "x" }, "failure: user with the same name already exists"],
  ["/rest/user", { name: "bob", group: "kings", password: "x" }, "input does not match any value of group"],
  ["/rest/user/group", { name: "g", policy: "read,fly" }, "input does not match any value of policy"],
  [
    "/rest/ip/dhcp-server/lease",
    { address: "192.168.88.90", "mac-address": "not-a-mac" },
    "invalid value for argument mac-address",
  ],
  ["/rest/ip/service", { name: "x" }, "no such command or directory (add)"],
  ["/rest/system/identity", { name: "x" }, "no such command or directory (add)"],
  ["/rest/ip/address/*1", { address: "10.0.0.1/24", interface: "bridge" }, "no such command or directory (*1)"],
];
for (const [path, body, detail] of puts) {
  test(`PUT ${path} ${JSON.stringify(body).slice(0, 60)}: ${detail}`, async () => {
    const rig = makeRig();
    const before = JSON.stringify(rig.router.world.rows(path.slice(5).replace("/*1", "")));
    await refusal(rig, "PUT", path, body, detail);
    assert.equal(
      JSON.stringify(rig.router.world.rows(path.slice(5).replace("/*1", ""))),
      before,
      "a refused write changes nothing",
    );
  });
}

const NO_ID = "missing or invalid resource identifier";
const patches: ReadonlyArray<readonly [string, string, object | undefined, string]> = [
  ["PATCH", "/rest/ip/address", { disabled: "yes" }, NO_ID],
  ["PATCH", "/rest/system/identity", { name: "x" }, NO_ID],
  ["DELETE", "/rest/ip/address", undefined, NO_ID],
  ["DELETE", "/rest/ip/service/*1", undefined, NO_ID],
  ["DELETE", "/rest/interface/list/*1", undefined, NO_ID],
  ["DELETE", "/rest/user/group/full", undefined, NO_ID],
  ["DELETE", "/rest/interface/ethernet/ether3", undefined, NO_ID],
  ["DELETE", "/rest/user/admin", undefined, NO_ID],
  ["PATCH", "/rest/interface/ether3", { mtu: "big" }, NO_ID],
  ["PATCH", "/rest/interface/ether3", { colour: "red" }, "unknown parameter colour"],
  ["PATCH", "/rest/ip/dhcp-server/lease/*4", { comment: "x" }, "failure: can not change dynamic lease"],
  ["PATCH", "/rest/ip/firewall/filter/*1", { comment: "x" }, "failure: can not change dynamic filter rule"],
  ["PATCH", "/rest/ip/address/*3", { disabled: "yes" }, "failure: can not change dynamic address"],
  ["PATCH", "/rest/interface/bridge/bridge", { name: "ether1" }, "failure: already have such interface"],
];
for (const [method, path, body, detail] of patches) {
  test(`${method} ${path}: ${detail}`, async () => refusal(makeRig(), method, path, body, detail));
}
