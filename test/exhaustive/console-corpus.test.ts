// Console text and what it becomes: every menu and command of the tree once, and the idioms,
// quotings and expressions that people write, each with its exact requests or its refusal.
// A changed line of console-corpus.jsonl is a changed promise: look before taking it over.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Menu } from "../../src/ros/commands.ts";
import { type Explained, explain } from "../../src/ros/explain.ts";
import { testCommands } from "../support/commands.ts";

const tree = testCommands();

function callOf(r: Explained["requests"][number], text: string): string {
  const query = Object.entries(r.query ?? {}).map(([name, value]) => `${name}=${value}`);
  const target = `${r.method} ${r.path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
  if (r.body === undefined || r.body["script"] === text) return target;
  return `${target} ${JSON.stringify(r.body)}`;
}

const lineOf = (text: string, x: Explained): string[] => [
  x.ok ? "yes" : "no",
  x.risk,
  String(x.writes),
  ...(x.secretFields.length === 0 ? [] : [`secret ${x.secretFields.join(" ")}`]),
  ...(x.ok ? x.requests.map((r) => callOf(r, text)) : [x.error ?? ""]),
];

const hand = readFileSync("test/data/console-corpus.jsonl", "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as [text: string, ...is: string[]]);

test("idioms, quotings, expressions and scripts become what is written beside them", (t) => {
  const counts = { yes: 0, no: 0 };
  for (const [text, ...is] of hand) {
    const x = explain(tree, text);
    assert.deepEqual(lineOf(text, x), is, text);
    counts[x.ok ? "yes" : "no"] += 1;
    // Every secret of the corpus is called hush.
    assert.doesNotMatch(JSON.stringify({ ...x, requests: [] }), /hush/, text);
    if (!x.ok) assert.deepEqual(x.requests, [], text);
  }
  assert.ok(hand.length >= 700, String(hand.length));
  assert.equal(new Set(hand.map(([text]) => text)).size, hand.length);
  t.diagnostic(`${hand.length} written by hand: ${counts.yes} understood, ${counts.no} refused with the reason`);
});

function allMenus(path = "/"): string[] {
  const below = tree.children(path).map((name) => (path === "/" ? `/${name}` : `${path}/${name}`));
  return below.flatMap((p) => [...(tree.menu(p) === null ? [] : [p]), ...allMenus(p)]);
}

/** The smallest line that a command takes. */
function smallest(menu: Menu, verb: string): string {
  const given = (names: readonly string[]): string => names.map((name) => `${name}=x`).join(" ");
  const entry = menu.list ? " *1" : "";
  const at = `${menu.path}/${verb}`;
  const fields = (menu.args(verb) ?? []).map((f) => f.name).filter((n) => n !== "numbers" && n !== "copy-from");
  const known = fields.filter((name) => menu.field(name) !== null && menu.field(name)?.bare !== true);
  const needed = known.filter((name) => menu.field(name)?.required === true);
  switch (verb) {
    case "print":
    case "find":
    case "export":
      return at;
    case "get":
    case "remove":
    case "enable":
    case "disable":
      return `${at}${entry}`;
    case "add":
      return `${at} ${given(needed.length > 0 ? needed : known.slice(0, 1))}`;
    case "set":
      return `${at}${entry} ${given(known.slice(0, 1))}`;
    case "move":
      return `${at} *1 destination=*2`;
    case "comment":
      return `${at} *1 comment=x`;
    case "unset":
      return `${at} *1 value-name=comment`;
    default:
      return `${at}${(menu.args(verb) ?? []).some((f) => f.name === "numbers") ? " *1" : ""}`;
  }
}

const METHODS: Readonly<Record<string, RegExp>> = {
  print: /^GET$/,
  find: /^GET$/,
  get: /^GET$/,
  export: /^POST$/,
  add: /^PUT$/,
  set: /^(PATCH|POST)$/,
  remove: /^DELETE$/,
  enable: /^(PATCH|POST)$/,
  disable: /^(PATCH|POST)$/,
  comment: /^PATCH$/,
  unset: /^PATCH$/,
};
const READS = new Set(["print", "find", "get", "export"]);
const REASON = new RegExp(
  "does not run|needs|wants|takes name=value|says? what|does not say|no entries|has no argument|Secrets are never|" +
    "would .* every entry|is not supported|have no names|beginning of several|may be",
);

function checkOne(menu: Menu, verb: string, line: string, x: Explained): void {
  if (!x.ok) {
    assert.match(x.error ?? "", REASON, line);
    assert.deepEqual(x.requests, [], line);
    return;
  }
  const last = x.requests.at(-1);
  assert.ok(last !== undefined, line);
  const path = verb === "export" ? "/rest/execute" : `/rest${menu.path}`;
  assert.ok(last.path === path || last.path.startsWith(`${path}/`), `${line}: ${last.path}`);
  assert.match(last.method, METHODS[verb] ?? /^POST$/, line);
  if (READS.has(verb)) assert.deepEqual([x.risk, x.writes], ["read", false], line);
  if (x.risk === "read") assert.equal(x.writes, false, line);
  else assert.notEqual(x.writes, false, line);
}

test("every menu and command of the tree once; an argument that it has not is refused", (t) => {
  const counts = { yes: 0, no: 0, odd: 0 };
  for (const path of allMenus()) {
    const menu = tree.menu(path);
    assert.ok(menu !== null, path);
    for (const verb of menu.commands) {
      const line = smallest(menu, verb);
      const x = explain(tree, line);
      checkOne(menu, verb, line, x);
      counts[x.ok ? "yes" : "no"] += 1;
      if (menu.approx || menu.args(verb) === null || verb === "find") continue;
      const odd = explain(tree, `${line} zzq=1`);
      assert.equal(odd.ok, false, `${line} zzq=1`);
      counts.odd += 1;
    }
  }
  assert.ok(counts.yes + counts.no >= 4_000, JSON.stringify(counts));
  t.diagnostic(
    `${counts.yes + counts.no} made of the tree: ${counts.yes} understood, ${counts.no} refused with the reason; ` +
      `${counts.odd} with an argument too many: all refused`,
  );
});
