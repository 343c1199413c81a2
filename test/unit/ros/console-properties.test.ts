// The console language under arbitrary text, and over every menu of the tree.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import { COMMAND_BYTES_MAX, COMMANDS_PER_LINE_MAX, WHERE_DEPTH_MAX } from "../../../src/base/limits.ts";
import { parseCommands } from "../../../src/ros/parse.ts";
import { judge } from "../../../src/ros/risk.ts";
import { translate } from "../../../src/ros/translate.ts";
import { testCommands } from "../../support/commands.ts";
import { summary } from "../../support/ros-summary.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const tree = testCommands();

function allMenus(path = "/"): string[] {
  const below = tree.children(path).map((name) => (path === "/" ? `/${name}` : `${path}/${name}`));
  return below.flatMap((p) => [...(tree.menu(p) === null ? [] : [p]), ...allMenus(p)]);
}

const MENUS = allMenus();

test("any text is either understood or refused; nothing throws", () => {
  const words =
    '/ip address print where find set remove add [ ] ( ) { } " = != ~ && || ! ; \n \\ # : $x *1 name ether1 yes .. / firewall 0 and or in';
  const text = fc.array(fc.oneof(fc.constantFrom(...words.split(" "), " ", "\n"), fc.string({ maxLength: 6 })), {
    maxLength: 24,
  });
  fc.assert(
    fc.property(text, fc.constantFrom("", " ", "/"), (parts, between) => {
      assert.equal(typeof summary(parts.join(between)), "string");
    }),
    { seed: SEED, numRuns: RUNS(3_000) },
  );
});

test("every menu's print, add, set and remove are translated or refused with a sentence", () => {
  let done = 0;
  for (const path of MENUS) {
    const menu = tree.menu(path);
    if (menu === null) continue;
    const field = menu.args("add")?.[0]?.name ?? menu.args("set")?.find((f) => f.name !== "numbers")?.name ?? "comment";
    const lines = {
      print: `${path}/print`,
      add: `${path}/add ${(menu.args("add") ?? [])
        .filter((f) => menu.field(f.name)?.required === true)
        .map((f) => `${f.name}=x`)
        .join(" ")}`,
      set: `${path}/set ${menu.list ? "*1 " : ""}${field}=x`,
      remove: `${path}/remove *1`,
    };
    for (const [verb, line] of Object.entries(lines)) {
      if (!menu.commands.includes(verb)) continue;
      const text = summary(line);
      if (verb === "print") assert.ok(text.startsWith(`read: GET ${path}`), `${line}: ${text}`);
      else if (verb === "remove")
        assert.match(text, new RegExp(`^(reversible|dangerous|lifeline): remove ${path} \\*1$`), line);
      else if (!text.startsWith("!")) assert.match(text, /^(reversible|dangerous|lifeline): /, line);
      else
        assert.match(
          text,
          /copy-from|does not say|also needs|wants a value|given twice|comes without|has no argument|beginning of several/,
          `${line}: ${text}`,
        );
      done += 1;
    }
  }
  assert.ok(done > 1_500, String(done));
});

// The one thing that must never be wrong: a command that writes is not called a read.
test("only print, get, find and the reading actions are reads; all else is at least reversible", () => {
  const READS = new Set([
    "print",
    "get",
    "find",
    "monitor",
    "monitor-traffic",
    "ping",
    "traceroute",
    "profile",
    "check-for-updates",
  ]);
  for (const path of ["/", ...MENUS]) {
    for (const verb of tree.menu(path)?.commands ?? []) {
      const place = path === "/" ? "" : path;
      for (const tail of ["", " *1", " numbers=*1 comment=x", " address=1.1.1.1", " x", " comment=x"]) {
        const commands = parseCommands(tree, `${place}/${verb}${tail}`);
        if (isFault(commands)) continue;
        for (const c of commands) {
          const intent = translate(tree, c);
          if (isFault(intent)) continue;
          if (!READS.has(c.verb)) assert.notEqual(judge(intent).risk, "read", `${place}/${verb}${tail}`);
        }
      }
    }
  }
});

test("lifeline menus are never less, whatever the command", () => {
  for (const path of [
    "/user",
    "/user/group",
    "/user/ssh-keys",
    "/container",
    "/container/envs",
    "/ip/service",
    "/ip/service/webserver",
    "/interface/veth",
    "/certificate",
    "/file",
    "/system/package",
    "/system/device-mode",
  ]) {
    for (const line of [
      `${path}/set *1 comment=x`,
      `${path}/add comment=x`,
      `${path}/remove *1`,
      `${path}/disable *1`,
      `${path}/set comment=x`,
    ]) {
      const text = summary(line);
      assert.ok(text.startsWith("!") || text.startsWith("lifeline: "), `${line}: ${text}`);
    }
  }
});

test("bounds: length, commands in a line, depth of a condition", () => {
  const longest = `/ip/address/print where name="${"x".repeat(COMMAND_BYTES_MAX - 31)}"`;
  assert.equal(longest.length, COMMAND_BYTES_MAX);
  assert.ok(summary(longest).startsWith("read:"));
  assert.match(summary(`${longest} `), /^!input This command is longer/);
  const many = (n: number): string => Array.from({ length: n }, () => "/ip/address/print").join(";");
  assert.ok(summary(many(COMMANDS_PER_LINE_MAX)).startsWith("read:"));
  assert.match(summary(many(COMMANDS_PER_LINE_MAX + 1)), /^!limit/);
  const deep = (n: number): string => `/ip/address/print where ${"(".repeat(n)}a=1${")".repeat(n)}`;
  assert.ok(summary(deep(WHERE_DEPTH_MAX - 1)).startsWith("read:"));
  assert.match(summary(deep(WHERE_DEPTH_MAX)), /too deep/);
});
