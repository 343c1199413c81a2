import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { readExpr } from "../../../src/ros/expr.ts";
import { cursorOn } from "../../../src/ros/lex.ts";
import { exactPart, fits, isWhole } from "../../../src/ros/where.ts";

function read(text: string): Exclude<Awaited<ReturnType<typeof readExpr>>, { fault: string }> {
  const made = readExpr(cursorOn(text));
  assert.ok(!isFault(made), text);
  return made;
}

const ROW = {
  name: "ether1",
  mtu: "1500",
  running: "true",
  disabled: "false",
  address: "192.168.88.1/24",
  comment: "it's a link",
  uptime: "1d2h",
  rate: "10000000",
  "mac-address": "AA:BB:CC:00:11:22",
};

test("conditions on a row", () => {
  for (const [where, fit] of [
    ["name=ether1", true],
    ["name!=ether1", false],
    ["mtu=1500 running=yes", true],
    ["mtu<1501 and mtu>=1500", true],
    ["mtu>9", true],
    ["mtu<200", false],
    ["disabled", false],
    ["!disabled", true],
    ["running", true],
    ["nothing", false],
    ["!nothing", true],
    ["nothing=no", true],
    ["nothing!=x", true],
    ['nothing!=""', false],
    ['comment!=""', true],
    ['comment~"link$"', true],
    ["name~eth", true],
    ["uptime>1d", true],
    ["uptime=26h", true],
    ["rate=10M", true],
    ["address in 192.168.88.0/24", true],
    ["address in 10.0.0.0/8", false],
    ["address in 192.168.88.0/25", false],
    ["mac-address=aa:bb:cc:00:11:22", true],
    ["name=x or name=ether1", true],
    ["name=x or name=y and mtu=1500", false],
    ["(name=x or name=ether1) and mtu=1500", true],
    ["!(name=x)", true],
    ["constructor", false],
    ['constructor~"."', false],
    ["toString=x", false],
    ["__proto__", false],
  ] as const) {
    assert.equal(fits(read(where), ROW), fit, where);
  }
});

test("no condition fits every row", () => assert.equal(fits(null, ROW), true));

test("what REST may filter is exact, and no more than the condition", () => {
  for (const [menu, where, query] of [
    ["/interface", "name=ether1 disabled=no", { name: "ether1", disabled: "false" }],
    ["/interface", "name=a or name=b", {}],
    ["/interface", "!(name=a)", {}],
    ["/interface", "(name=a or name=b) and type=ether", { type: "ether" }],
    ["/interface", "running=no", {}],
    ["/interface", "running=yes", { running: "true" }],
    ["/interface", "mtu=1500", {}],
    ["/interface", "l2mtu=10M", {}],
    ["/ip/dhcp-server/lease", "address=192.168.88.9", { address: "192.168.88.9" }],
    ["/ip/route", "dst-address=8.8.8.8", {}],
    ["/ip/route", "dst-address=0.0.0.0/0", { "dst-address": "0.0.0.0/0" }],
    ["/interface", "name=a name=b", { name: "a" }],
    ["/queue/simple", 'name="two words"', {}],
  ] as const) {
    assert.deepEqual(exactPart(menu, read(where)), query, where);
  }
});

test("conditions that pick everything", () => {
  for (const where of [
    "",
    'name~""',
    'name~"."',
    "name!=x",
    '.id!=""',
    "a=1 or a!=1",
    "dynamic=yes or dynamic=no",
    "mtu>=0",
    "!(name=x)",
  ]) {
    assert.equal(isWhole(read(where)), true, where);
  }
  for (const where of [
    "name=x",
    "disabled",
    "!disabled",
    "dynamic=no",
    'name~"^guest"',
    "mtu>1500",
    "comment",
    "address in 10.0.0.0/8",
  ]) {
    assert.equal(isWhole(read(where)), false, where);
  }
});
