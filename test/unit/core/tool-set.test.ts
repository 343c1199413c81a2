// Which tools a question offers: all of few, of many those that are needed, in a stable order.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import {
  HEARD_UNITS_MAX,
  TOOL_GROUPS_HEARD_MAX,
  TOOLS_SHARE,
  TOOLS_TOKENS_MAX,
} from "../../../src/base/limits-context.ts";
import type { BoundTool } from "../../../src/core/deps.ts";
import { makeToolSets, slimTools, type ToolNeeds, tokensOfTools } from "../../../src/core/tool-set.ts";
import { makeWorld, says } from "../../support/core-world.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const tool = (name: string, words = 60): BoundTool => ({
  name,
  purpose: "word ".repeat(words),
  schemaJson: '{"type":"object"}',
  effect: "read",
  capMs: 1_000,
  outMax: 1_000,
  call: async () => ({ text: `${name} has run` }),
});

const NAMES = [
  ...["routeros_print", "routeros_execute", "file_read", "file_write", "health_check", "parse_url", "guest_wifi"],
  ...["wifi_channels", "port_forward", "harden", "audit", "lease", "dns_list", "dual_wan", "slow", "find", "backup"],
  ...["upgrade_advice", "block_device", "bandwidth_limit", "wireguard_peer", "weather"],
];
const MANY = NAMES.map((name) => tool(name));
const needs = (): ToolNeeds => ({ groups: [] });
const namesOf = (tools: ReadonlyArray<{ name: string }>): string[] => tools.map((t) => t.name);
const CORE = ["routeros_print", "routeros_execute", "more_tools"];

test("few tools are all offered, up to TOOLS_TOKENS_MAX", () => {
  const few = ["a", "b", "c"].map((name) => tool(name));
  assert.deepEqual(namesOf(makeToolSets(few)(needs).offered()), ["a", "b", "c"]);
  const spare = TOOLS_TOKENS_MAX - tokensOfTools(few);
  const fill = (tokens: number): BoundTool[] => {
    let words = 0;
    while (tokensOfTools([tool("d", words + 1)]) <= tokens) words += 1;
    return [...few, tool("d", words)];
  };
  assert.equal(makeToolSets(fill(spare))(needs).offered().length, 4);
  assert.ok(!namesOf(makeToolSets(fill(spare + 20))(needs).offered()).includes("d"));
});

test("of many tools those that a person's words need", () => {
  const rows: ReadonlyArray<readonly [string, readonly string[]]> = [
    ["good morning", []],
    ["an important report about support", []],
    ["open port 8080 for the nas", ["port_forward", "harden", "audit"]],
    ["Richte ein Gäste-WLAN ein", ["guest_wifi", "wifi_channels"]],
    ["Das Internet ist langsam", ["health_check", "slow", "find"]],
    ["屏蔽这个设备", ["block_device", "bandwidth_limit"]],
    ["VPN for my phone", ["wireguard_peer"]],
    ["make a backup before the upgrade", ["backup", "upgrade_advice"]],
    ["give the printer a static lease", ["lease", "dns_list", "dual_wan"]],
    ["save this in a file", ["file_read", "file_write"]],
  ];
  for (const [words, more] of rows) {
    const own = needs();
    const set = makeToolSets(MANY)(() => own);
    set.hear(words);
    assert.deepEqual(namesOf(set.offered()), [...CORE, ...more], words);
  }
});

test("one message adds TOOL_GROUPS_HEARD_MAX groups at most", () => {
  const own = needs();
  makeToolSets(MANY)(() => own).hear("wifi vpn firewall backup block dns ping file");
  assert.equal(own.groups.length, TOOL_GROUPS_HEARD_MAX);
});

test("of a long message its first HEARD_UNITS_MAX units are heard", () => {
  const groups = (n: number): readonly string[] => {
    const own = needs();
    makeToolSets(MANY)(() => own).hear(`${"x".repeat(n - 5)} wifi`);
    return own.groups;
  };
  assert.deepEqual([groups(HEARD_UNITS_MAX), groups(HEARD_UNITS_MAX + 1)], [["wifi"], []]);
});

test("what is offered once stays where it is, whatever comes later", () => {
  const word = fc.constantFrom("wifi", "vpn", "firewall", "backup", "block", "dns", "ping", "file", "hello");
  const doing = fc.oneof(
    word.map((w) => ({ hear: w })),
    fc.constantFrom(...NAMES).map((name) => ({ find: name })),
  );
  fc.assert(
    fc.property(fc.array(doing, { maxLength: 12 }), (all) => {
      const own = needs();
      const set = makeToolSets(MANY)(() => own);
      let before: string[] = CORE;
      for (const one of all) {
        if ("hear" in one) set.hear(one.hear);
        else assert.ok(set.find(one.find) !== undefined, "every tool can be called");
        const now = namesOf(set.offered());
        assert.deepEqual(now.slice(0, before.length), before);
        assert.equal(new Set(now).size, now.length);
        if ("find" in one) assert.ok(now.includes(one.find), "its group is there from then on");
        before = now;
      }
    }),
    { seed: SEED, numRuns: RUNS(100) },
  );
});

test("a model asks for a group by its name or by a tool's; a wrong name is told with the near ones", async () => {
  const script = [
    says("", [["more_tools", { groups: ["wifi", "weather"] }]]),
    says("", [["more_tools", { groups: ["secruity"] }]]),
    says("", [["more_tools", { group: 1 }]]),
    says("", [["weather", {}]]),
    says("done"),
    says("later"),
    says("anew"),
  ];
  const w = makeWorld({ tools: MANY, script });
  await w.tell("hello");
  const results = (w.asks[4]?.messages ?? []).flatMap((m) => (m.role === "tool" ? [m.text] : []));
  assert.equal(results[0], "You have them now: guest_wifi, wifi_channels, parse_url, weather.");
  assert.match(results[1] ?? "", /no such group\. Did you mean security\?/);
  assert.match(results[2] ?? "", /Error \(input\).*groups/);
  assert.equal(results[3], "weather has run");
  const all = w.asks.map((a) => namesOf(a.tools));
  assert.deepEqual(all[0], CORE);
  for (const later of all.slice(1, 5))
    assert.deepEqual(later, [...CORE, "guest_wifi", "wifi_channels", "parse_url", "weather"]);
  await w.tell("and now?");
  assert.deepEqual(namesOf(w.asks[5]?.tools ?? []), all[1], "kept for the conversation");
  await w.tell("hello", { chat: "8", sender: "8" });
  assert.deepEqual(namesOf(w.asks[6]?.tools ?? []), CORE, "and for no other");
  await w.tell("/new");
  await w.tell("hello");
  assert.deepEqual(namesOf(w.asks[7]?.tools ?? []), CORE);
  await w.end();
});

test("the words of more_tools never change, and name every tool that is not always there", () => {
  const own = needs();
  const set = makeToolSets(MANY)(() => own);
  const said = (): string => set.offered().find((t) => t.name === "more_tools")?.purpose ?? "";
  const before = said();
  set.hear("wifi");
  assert.equal(said(), before);
  for (const name of NAMES.slice(2)) assert.ok(before.includes(name), name);
});

test("a small context gets the ways to the router and the newest groups that fit", () => {
  const own = needs();
  const set = makeToolSets(MANY)(() => own);
  set.hear("vpn and wifi");
  set.hear("backup");
  const all = set.offered();
  assert.equal(slimTools(all, 1_000_000).length, all.length);
  const one = tokensOfTools([MANY[0] ?? tool("x")]);
  const room = (tokensOfTools(all.slice(0, 3)) + 2.5 * one) / TOOLS_SHARE;
  assert.deepEqual(namesOf(slimTools(all, room)), [...CORE, "backup", "upgrade_advice"]);
  assert.deepEqual(namesOf(slimTools(all, 10)), CORE);
});

test("a tool of the set is what was bound", async () => {
  const set = makeToolSets(MANY)(needs);
  assert.equal(
    set.find("lease"),
    MANY.find((t) => t.name === "lease"),
  );
  assert.equal(set.find("__proto__"), undefined);
  const w = makeWorld();
  const more = set.find("more_tools");
  const out = await more?.call(w.scope, {} as never, { groups: [] });
  assert.ok(out !== undefined && !isFault(out));
  await w.end();
});
