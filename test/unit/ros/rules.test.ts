// What a chain does with a stranger's packet, as far as its rules tell.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FIREWALL_JUMPS_MAX } from "../../../src/base/limits-tasks.ts";
import type { RosRow } from "../../../src/port/router.ts";
import { type Firewall, fateOf, isListed } from "../../../src/ros/rules.ts";

const members: RosRow[] = [
  { list: "WAN", interface: "ether1" },
  { list: "LAN", interface: "bridge" },
  { list: "OFF", interface: "ether1", disabled: "true" },
];
const lists: RosRow[] = [
  { name: "WAN" },
  { name: "LAN" },
  { name: "OUT", include: "WAN" },
  { name: "ODD", include: "OUT", exclude: "WAN" },
];
const wall = (...rules: RosRow[]): Firewall => ({ rules, lists, members });
const fate = (rules: RosRow[], port = 8291, protocol: "tcp" | "udp" = "tcp") =>
  fateOf(wall(...rules.map((r) => ({ chain: "input", ...r }))), { chain: "input", from: "ether1", protocol, port }).is;

const DROP: RosRow = { action: "drop" };

test("rules in order, matchers, negations, and what is not known", () => {
  const cases: Array<[string, RosRow[], string]> = [
    ["no rule at all", [], "open"],
    [
      "default configuration",
      [
        { action: "accept", "connection-state": "established,related,untracked" },
        { action: "drop", "connection-state": "invalid" },
        { action: "accept", protocol: "icmp" },
        { action: "accept", "dst-address": "127.0.0.1" },
        { action: "drop", "in-interface-list": "!LAN" },
      ],
      "closed",
    ],
    ["a disabled drop", [{ ...DROP, disabled: "true" }], "open"],
    ["an invalid drop", [{ ...DROP, invalid: "true" }], "open"],
    ["another chain", [{ ...DROP, chain: "forward" }], "open"],
    ["an accept before", [{ protocol: "tcp", "dst-port": "22,8000-9000" }, DROP], "open"],
    ["another port", [{ protocol: "tcp", "dst-port": "22,9000-9100" }, DROP], "closed"],
    ["not this port", [{ protocol: "tcp", "dst-port": "!8291" }, DROP], "closed"],
    ["another protocol", [{ protocol: "udp" }, DROP], "closed"],
    ["tcp by its number", [{ protocol: "6" }, DROP], "open"],
    ["limited to senders", [{ protocol: "tcp", "dst-port": "8291", "src-address": "198.51.100.7" }, DROP], "limited"],
    ["limited by a list", [{ "src-address-list": "friends" }, DROP], "limited"],
    ["a drop for some", [{ ...DROP, "src-address-list": "blocked" }], "open"],
    ["by interface", [{ ...DROP, "in-interface": "ether1" }], "closed"],
    ["by another interface", [{ ...DROP, "in-interface": "ether2" }], "open"],
    ["by a list that includes", [{ ...DROP, "in-interface-list": "OUT" }], "closed"],
    ["by a list that excludes", [{ ...DROP, "in-interface-list": "ODD" }], "open"],
    ["by a list that RouterOS fills", [{ ...DROP, "in-interface-list": "!dynamic" }], "open"],
    ["an accept by such a list", [{ action: "accept", "in-interface-list": "static" }, DROP], "limited"],
    ["by a member that is off", [{ ...DROP, "in-interface-list": "OFF" }], "open"],
    ["not established", [{ ...DROP, "connection-state": "!established,related" }], "closed"],
    ["reject", [{ action: "reject", "reject-with": "icmp-host-prohibited" }], "closed"],
    ["only logged", [{ action: "log", "log-prefix": "x" }], "open"],
    ["only when not dst-natted", [{ ...DROP, "connection-nat-state": "!dstnat" }], "closed"],
    [
      "jump to a drop",
      [
        { action: "jump", "jump-target": "x" },
        { chain: "x", action: "drop" },
      ],
      "closed",
    ],
    [
      "jump and return",
      [{ action: "jump", "jump-target": "x" }, { chain: "x", action: "return" }, { chain: "x", action: "drop" }, DROP],
      "closed",
    ],
    [
      "a jump for some",
      [{ action: "jump", "jump-target": "x", "src-address": "10.0.0.1" }, { chain: "x", action: "accept" }, DROP],
      "limited",
    ],
    ["a matcher that nobody knows", [{ action: "accept", "brand-new": "x" }, DROP], "limited"],
  ];
  for (const [name, rules, want] of cases) assert.equal(fate(rules), want, name);
});

test("chains that jump to each other end, and FIREWALL_JUMPS_MAX of them are followed", () => {
  assert.equal(fate([{ action: "jump", "jump-target": "input" }, DROP]), "closed");
  const chain = (n: number): RosRow[] => [
    { action: "jump", "jump-target": "c1" },
    ...Array.from({ length: n - 1 }, (_, i) => ({ chain: `c${i + 1}`, action: "jump", "jump-target": `c${i + 2}` })),
    { chain: `c${n}`, action: "drop" },
  ];
  assert.equal(fate(chain(FIREWALL_JUMPS_MAX)), "closed");
  assert.equal(fate(chain(FIREWALL_JUMPS_MAX + 1)), "open");
  const round = {
    lists: [
      { name: "A", include: "B" },
      { name: "B", include: "A" },
    ],
    members: [],
  };
  assert.equal(isListed(round, "A", "ether1"), false);
});
