import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { BOARDS } from "../../../scripts/command-data.ts";
import { packCommands, secretFieldsSource } from "../../../scripts/gen-commands.ts";
import { isFault, sayFault } from "../../../src/base/fault.ts";
import { TREE_PARTS_MAX } from "../../../src/base/limits.ts";
import { type CommandTree, loadCommands } from "../../../src/ros/commands.ts";
import { parseCommands } from "../../../src/ros/parse.ts";
import { commandIn } from "../../../src/ros/path.ts";
import { simCommands, testCommands, testParts } from "../../support/commands.ts";

interface Source {
  argSets: Record<string, Array<{ name: string }>>;
  menus: Array<{
    path: string;
    approx?: boolean;
    commands: Array<{ name: string; args: string | Array<{ name: string }> }>;
  }>;
}

const source = JSON.parse(readFileSync("build/data/routeros-commands.json", "utf8")) as Source;

function holds(tree: CommandTree): void {
  for (const m of source.menus) {
    const menu = tree.menu(m.path);
    assert.ok(menu, m.path);
    assert.equal(menu.approx, m.approx === true || m.path.startsWith("/interface/ethernet/switch"), m.path);
    assert.deepEqual(
      [...menu.commands],
      m.commands.map((c) => c.name),
      m.path,
    );
    for (const c of m.commands) {
      const more = ["add", "set"].includes(c.name) ? (BOARDS[m.path] ?? []) : [];
      const want = (typeof c.args === "string" ? (source.argSets[c.args] ?? []) : c.args)
        .map((a) => a.name)
        .concat(more)
        .sort();
      assert.deepEqual(
        (menu.args(c.name) ?? []).map((a) => a.name).sort(),
        [...new Set(want)].sort(),
        `${m.path} ${c.name}`,
      );
    }
  }
}

test("every menu, command and argument of the data comes back, the agent's and the simulated router's", () => {
  holds(testCommands());
  holds(simCommands());
});

test("values, ranges, marks and flags are kept", () => {
  const filter = simCommands().menu("/ip/firewall/filter");
  assert.ok(filter);
  assert.ok(filter.list && filter.ordered);
  assert.ok(filter.field("action")?.enum?.includes("fasttrack-connection"));
  assert.equal(filter.field("chain")?.required, true);
  assert.equal(testCommands().menu("/ip/address")?.flags["X"], "disabled");
  assert.equal(testCommands().menu("/ip/firewall/filter")?.field("chain")?.required, true);
  assert.equal(testCommands().menu("/ip/firewall/filter")?.field("action")?.enum, undefined);
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
  const parts = testParts();
  assert.deepEqual(parts, packCommands());
  const own = Object.entries(parts).filter(([name]) => name.startsWith("commands"));
  for (const [name, bytes] of own) assert.ok(bytes.length <= 26_500, `${name}: ${bytes.length}`);
  assert.ok(Object.values(parts).every((bytes) => bytes.every((b) => b < 127)));
  const packed = own.reduce((sum, [, bytes]) => sum + deflateRawSync(bytes, { level: 9 }).length, 0);
  assert.ok(packed <= 47_000, String(packed));
  const broken = loadCommands((name) => testParts()[name]?.subarray(10) ?? null);
  assert.throws(() => broken.version, { name: "Bug" });
});

test("parts are loaded when they are asked for, and few are held", () => {
  const loads: string[] = [];
  const tree = loadCommands((name) => {
    loads.push(name);
    return testParts()[name] ?? null;
  });
  assert.deepEqual(loads, []);
  assert.ok(tree.menu("/ip/firewall/filter")?.args("add"));
  assert.ok(tree.menu("/ip/firewall/nat")?.args("add"));
  assert.ok(tree.has("/ip") && !tree.has("/ipx"));
  assert.equal(loads[0], "commands");
  assert.ok(loads.length <= 3, String(loads));
  const [first = ""] = loads.slice(1);
  const menus = ["/caps-man", "/interface/wifi", "/interface/vlan", "/queue/simple", "/system/clock", "/user"];
  for (const menu of menus) tree.menu(`${menu}`)?.args("print");
  tree.history("/container/add");
  assert.ok(loads.length >= TREE_PARTS_MAX + 2, String(loads));
  tree.menu("/ip/firewall/raw");
  assert.equal(loads.filter((name) => name === first).length, 2, "the part that was let go is loaded again");
});

test("a build without the tree is a Bug when it is asked for", () => {
  const tree = loadCommands(() => null);
  assert.throws(() => tree.version, { name: "Bug" });
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
