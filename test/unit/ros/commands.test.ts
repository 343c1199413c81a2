import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packCommands, secretFieldsSource } from "../../../scripts/gen-commands.ts";
import { isFault, sayFault } from "../../../src/base/fault.ts";
import { loadCommands } from "../../../src/ros/commands.ts";
import { parseCommands } from "../../../src/ros/parse.ts";
import { commandIn } from "../../../src/ros/path.ts";
import { testCommands } from "../../support/commands.ts";

interface Source {
  argSets: Record<string, Array<{ name: string }>>;
  menus: Array<{
    path: string;
    approx?: boolean;
    commands: Array<{ name: string; args: string | Array<{ name: string }> }>;
  }>;
}

const source = JSON.parse(readFileSync("build/data/routeros-commands.json", "utf8")) as Source;

test("every menu, command and argument of the data comes back", () => {
  const tree = testCommands();
  for (const m of source.menus) {
    const menu = tree.menu(m.path);
    assert.ok(menu, m.path);
    assert.equal(menu.approx, m.approx === true, m.path);
    assert.deepEqual(
      [...menu.commands],
      m.commands.map((c) => c.name),
      m.path,
    );
    for (const c of m.commands) {
      const want = (typeof c.args === "string" ? (source.argSets[c.args] ?? []) : c.args).map((a) => a.name).sort();
      assert.deepEqual((menu.args(c.name) ?? []).map((a) => a.name).sort(), want, `${m.path} ${c.name}`);
    }
  }
});

test("values, ranges, marks and flags are kept", () => {
  const filter = testCommands().menu("/ip/firewall/filter");
  assert.ok(filter);
  assert.ok(filter.list && filter.ordered);
  assert.ok(filter.field("action")?.enum?.includes("fasttrack-connection"));
  assert.equal(filter.field("chain")?.required, true);
  assert.equal(testCommands().menu("/ip/address")?.flags["X"], "disabled");
  const lease = testCommands().menu("/ip/dhcp-server/lease");
  assert.equal(lease?.field("status")?.ro, true);
  assert.equal(
    lease?.args("add")?.some((a) => a.name === "status"),
    false,
  );
  assert.equal(testCommands().menu("/ip/dns")?.list, false);
  assert.equal(testCommands().menu("/system/identity")?.list, false);
  assert.equal(filter.args("no-such"), null);
});

test("children and folders", () => {
  const tree = testCommands();
  assert.ok(tree.children("/").includes("ip"));
  assert.ok(tree.children("/ip/firewall").includes("filter"));
  assert.deepEqual(tree.children("/ip/address"), []);
  assert.ok(tree.has("/ip/firewall"));
  assert.ok(!tree.has("/ip/fire"));
  assert.equal(tree.menu("/nowhere"), null);
});

test("the packed tree is deterministic, ASCII and small; damage is noticed", () => {
  const bytes = packCommands();
  assert.deepEqual(bytes, packCommands());
  assert.ok(bytes.length <= 280_000, String(bytes.length));
  assert.ok(bytes.every((b) => b < 127));
  assert.throws(() => loadCommands(bytes.subarray(10)), { name: "Bug" });
});

test("the committed table of secret fields is current", () => {
  assert.equal(readFileSync("src/ros/secret-fields.ts", "utf8"), secretFieldsSource());
});

test("a text without a slash is a command by full names only", () => {
  for (const [text, found] of [
    ["ip address print", "whole"],
    [" ip/address/print where interface=bridge", "whole"],
    ["system reboot", "whole"],
    ["log print", "whole"],
    ["ip addr print", "menu"],
    ["interface", "menu"],
    ["interface ether1 is down, why?", "menu"],
    ["log in to the router", "menu"],
    ["hello", null],
    ["for the guests, an address", null],
    ["", null],
  ] as const) {
    assert.equal(commandIn(testCommands(), text), found, text);
  }
});

test("an unknown word is never taken for a word of scripts", () => {
  const read = parseCommands(testCommands(), "/foo");
  assert.ok(isFault(read));
  assert.doesNotMatch(sayFault(read), /\/for\b/);
  const near = parseCommands(testCommands(), "/sistem/print");
  assert.ok(isFault(near));
  assert.match(sayFault(near), /Did you mean \/system/);
});
