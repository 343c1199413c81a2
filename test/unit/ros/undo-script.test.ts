// The router's own way back as text: what is written is read back by the parser of the
// console language, whatever the values hold, and no secret is ever in it.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/base/fault.ts";
import { parseCommands } from "../../../src/ros/parse.ts";
import type { RestCall } from "../../../src/ros/rest.ts";
import { surveyScript } from "../../../src/ros/script.ts";
import type { Step } from "../../../src/ros/step.ts";
import { consoleOf, quoted, undoing, undoLine, undoScript } from "../../../src/ros/undo-script.ts";
import { testCommands } from "../../support/commands.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const tree = testCommands();
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom('"', "\\", "$x", "$", "?", "\n", "'"),
);

test("any text in quotes reads back as itself", () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      const line = `/ip/dns/static/set *1F comment=${quoted(a)} name=${quoted(b)}`;
      if (line.length > 4_000) return;
      const [c, more] = parseCommands(tree, line) as Exclude<ReturnType<typeof parseCommands>, { fault: unknown }>;
      assert.equal(more, undefined);
      assert.equal(c?.values.get("comment"), a);
      assert.equal(c?.values.get("name"), b);
    }),
    { seed: SEED, numRuns: RUNS(300) },
  );
});

const CALLS: ReadonlyArray<readonly [RestCall, string]> = [
  [
    { method: "PATCH", path: "/ip/dns/static/*2", body: { comment: "old", "!regexp": "" } },
    '/ip/dns/static/set *2 comment="old" !regexp',
  ],
  [{ method: "PATCH", path: "/ip/dns/static/*2", body: { "!comment": "" } }, '/ip/dns/static/set *2 comment=""'],
  [
    { method: "POST", path: "/ip/dns/set", body: { servers: "1.1.1.1,9.9.9.9" } },
    '/ip/dns/set servers="1.1.1.1,9.9.9.9"',
  ],
  [{ method: "DELETE", path: "/ip/firewall/filter/*A" }, "/ip/firewall/filter/remove *A"],
  [
    { method: "PUT", path: "/ip/firewall/filter", body: { chain: "input", action: "drop", "place-before": "*7" } },
    '/ip/firewall/filter/add chain="input" action="drop" place-before=*7',
  ],
  [
    { method: "POST", path: "/ip/firewall/filter/move", body: { ".id": "*1", destination: "*5" } },
    "/ip/firewall/filter/move *1 destination=*5",
  ],
  [{ method: "POST", path: "/ip/firewall/filter/move", body: { ".id": "*1" } }, "/ip/firewall/filter/move *1"],
];

test("each kind of call as the console writes it", () => {
  for (const [call, line] of CALLS) {
    assert.equal(consoleOf(call), line);
    const read = parseCommands(tree, line);
    assert.ok(!isFault(read), line);
  }
});

const step = (more: Partial<Step>): Step => ({
  call: { method: "DELETE", path: "/ip/firewall/filter/*5" },
  menu: "/ip/firewall/filter",
  id: "*5",
  label: "",
  before: {},
  after: null,
  kind: "set",
  undo: null,
  ...more,
});

test("an add is undone by id once that is known, before by what is new", () => {
  const add = step({
    kind: "add",
    id: null,
    after: { chain: "input", action: "drop", "src-address": "10.0.0.1", disabled: "no" },
  });
  const open = undoing(add, [{ ".id": "*1" }, { ".id": "*2" }]);
  assert.equal(
    undoScript([open]),
    ':do {:foreach i in=[/ip/firewall/filter/find chain="input" action="drop"] do={:if ([:typeof [:find ",*1,*2," ",$i,"]]="nil") do={/ip/firewall/filter/remove $i}}} on-error={}',
  );
  assert.equal(undoScript([{ ...open, id: "*9" }]), ":do {/ip/firewall/filter/remove *9} on-error={}");
});

test("a removed row is put back only where it is missing", () => {
  const before = { chain: "input", action: "drop", comment: "x y" };
  const undo: RestCall = { method: "PUT", path: "/ip/firewall/filter", body: { ...before } };
  const rows = [
    { ".id": "*5", ...before },
    { ".id": "*6", ...before },
    { ".id": "*7", chain: "forward" },
  ];
  assert.equal(
    undoScript([undoing(step({ kind: "remove", before, undo }), rows)]),
    ':do {:if ([:len [/ip/firewall/filter/find chain="input" action="drop"]]<2) do={:if ([:len [/ip/firewall/filter/find .id=*5]]=0) do={/ip/firewall/filter/add chain="input" action="drop" comment="x y"}}} on-error={}',
  );
});

test("every script is understood by the survey of scripts, last step first", () => {
  const steps = CALLS.map(([undo]) => undoing(step({ undo, menu: "/ip/firewall/filter" }), []));
  const script = undoScript(steps) ?? "";
  const survey = surveyScript(tree, script);
  assert.ok(!isFault(survey), isFault(survey) ? survey.what : "");
  assert.deepEqual(survey.open, []);
  // What sets and what unsets are apart: not every field can be unset.
  assert.equal(survey.commands.length, CALLS.length + 1);
  assert.ok(script.indexOf("move *1}") < script.indexOf("dns/static"));
});

test("secrets and what cannot be undone: no script at all", () => {
  const secretUndo: RestCall = { method: "PATCH", path: "/ppp/secret/*1", body: { password: "hunter2-hunter2" } };
  assert.equal(undoScript([undoing(step({ menu: "/ppp/secret", undo: secretUndo }), [])]), null);
  const hidden: RestCall = { method: "PATCH", path: "/ppp/secret/*1", body: { "!password": "" } };
  assert.equal(undoScript([undoing(step({ menu: "/ppp/secret", undo: hidden }), [])]), null);
  assert.equal(undoScript([undoing(step({ kind: "act", undo: null }), [])]), null);
  const long: RestCall = { method: "PATCH", path: "/ip/dns/static/*1", body: { comment: "x".repeat(30_000) } };
  assert.equal(undoScript([undoing(step({ undo: long }), [])]), null);
});

test("what undoes a row that was added takes it away, and puts nothing of it right before", () => {
  const base = { menu: "/ip/dhcp-server/lease", label: "", before: {}, after: {} } as const;
  const added: Step = { ...base, call: { method: "PUT", path: base.menu }, id: null, kind: "add", undo: null };
  const set = (id: string): Step => ({
    ...base,
    call: { method: "PATCH", path: `${base.menu}/${id}`, body: { address: "192.0.2.8" } },
    id,
    kind: "set",
    undo: { method: "PATCH", path: `${base.menu}/${id}`, body: { address: "192.0.2.9" } },
  });
  const made: Step = { ...set("*6"), kind: "act", undo: { method: "DELETE", path: `${base.menu}/*6` } };
  const done = [
    { step: added, id: "*4" },
    { step: set("*4"), id: "*4" },
    { step: made, id: "*6" },
    { step: set("*6"), id: "*6" },
    { step: set("*5"), id: "*5" },
  ];
  assert.equal(
    undoLine(done),
    '/ip/dhcp-server/lease/set *5 address="192.0.2.9"; /ip/dhcp-server/lease/remove *6; /ip/dhcp-server/lease/remove *4',
  );
});
