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

/** A line per verb with the smallest arguments that it takes. */
function linesFor(path: string): Array<readonly [verb: string, line: string]> {
  const menu = tree.menu(path);
  if (menu === null) return [];
  const required = (menu.args("add") ?? []).map((f) => f.name).filter((name) => menu.field(name)?.required === true);
  const settable = menu.args("set")?.find((f) => f.name !== "numbers")?.name ?? "comment";
  const lines = [
    ["print", `${path}/print`],
    ["add", `${path}/add ${required.map((name) => `${name}=x`).join(" ")}`],
    ["set", `${path}/set ${menu.list ? "*1 " : ""}${settable}=x`],
    ["remove", `${path}/remove *1`],
  ] as const;
  return lines.filter(([verb]) => menu.commands.includes(verb));
}

const REFUSED = /copy-from|does not say|also needs|wants a value|given twice|has no argument|beginning of several/;

test("every menu's print, add, set and remove are translated or refused with a sentence", () => {
  const lines = MENUS.flatMap((path) => linesFor(path).map(([verb, line]) => ({ path, verb, line })));
  assert.ok(lines.length > 1_500, String(lines.length));
  for (const { path, verb, line } of lines) {
    const text = summary(line);
    if (verb === "print") assert.ok(text.startsWith(`read: GET ${path}`), `${line}: ${text}`);
    else if (verb === "remove") assert.ok(text.endsWith(`: remove ${path} *1`), `${line}: ${text}`);
    else if (text.startsWith("!")) assert.match(text, REFUSED, line);
    else assert.match(text, /^(reversible|dangerous|lifeline): /, line);
  }
});

const READS = new Set(
  (
    "print get find monitor monitor-traffic ping traceroute profile check-for-updates allowed-channels cell-monitor " +
    "country-info country-list default-scan-list discover discourse hw-info inspect monitor-peers monitor-slaves " +
    "possible-channels reg-info rpki-check rpki-query scan-list show-capabilities smart-info test-as-path-regexp"
  ).split(" "),
);

/** The levels of what a line becomes; none when it is refused. */
function levels(line: string): string[] {
  const commands = parseCommands(tree, line);
  if (isFault(commands)) return [];
  return commands.flatMap((c) => {
    const intent = translate(tree, c);
    return isFault(intent) ? [] : [judge(intent).risk];
  });
}

// The one thing that must never be wrong: a command that writes is not called a read.
test("only print, get, find and the reading actions are reads; all else is at least reversible", () => {
  const tails = ["", " *1", " numbers=*1 comment=x", " address=1.1.1.1", " x", " comment=x"];
  const writing = ["/", ...MENUS].flatMap((path) =>
    (tree.menu(path)?.commands ?? []).filter((v) => !READS.has(v)).map((v) => `${path === "/" ? "" : path}/${v}`),
  );
  assert.ok(writing.length > 3_000, String(writing.length));
  for (const command of writing) {
    for (const tail of tails) assert.ok(!levels(command + tail).includes("read"), command + tail);
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
