// Which values of the program are made when they are first used: those that nobody can tell from values made at the start.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

/** The body of a bundle after the step, or what it says. */
function late(body: string, except = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "late-"));
  const [from, to, not] = ["in.js", "out.js", "not"].map((name) => join(folder, name)) as [string, string, string];
  try {
    writeFileSync(from, `"use strict";(()=>{${body}})();\n`);
    writeFileSync(not, except);
    const made = spawnSync(process.execPath, ["--import", "tsx", "scripts/native/late.ts", from, to, not], {
      encoding: "utf8",
    });
    if (made.status !== 0) return made.stderr;
    return readFileSync(to, "utf8").slice('"use strict";(()=>{'.length, -"})();\n".length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const USED = "function f(){}var n=1;";
const PURE = [
  "{a:1,b:[n,f,-2,void 0,null],c:()=>n,get d(){return n},e(){},f}",
  "/a[(){}]+/g",
  "new Set(['a',n])",
  "new Map",
  "z('$ZodString',(a,b)=>{},{Parent:f})",
];
const SEEN = [
  ["calls somebody", "var x=f()"],
  ["calls a function of its own", "var x={a:f()}"],
  ["reads what may change", "var m=1;m=2;var x=[m]"],
  ["reads what may change, by the same name elsewhere", "var m=1,x=[m];function g(m){m++}"],
  ["reads a property, which may run code", "var o={a:1},x=[o.a]"],
  ["copies what may have changed since", "var o=[1],x=[...o]"],
  ["copies a list into a set", "var o=[1],x=new Set(o)"],
  ["makes something unknown", "var x=new f([])"],
  ["has a computed name", "var x={[n]:1}"],
  ["reads what the program does not say", "var x=[somewhere]"],
  ["is declared twice", "var x=[1];var x=[2]"],
  ["is set again", "var x=[1];function g(){x=[2]}"],
  ["stands before what it reads", "var x=[y];var y=[1]"],
  ["is declared again in a block", "var x=[1];{var x=2}"],
  ["reads what is declared again in a loop", "var y=1,x=[y];for(var y of[2]);"],
  ["is a function in brackets", "var x=(function(){})"],
  ["is set in a loop", "var x=[1];function g(){for(x of[[1]]);}"],
  ["is set out of a list", "var x=[1];function g(){[x]=[1]}"],
] as const;

test("tables, regular expressions, collections and zod's constructors are late", () => {
  const body = `${USED}function z(){}${PURE.map((value, i) => `var x${i}=${value};`).join("")}`;
  const expected = `${USED}function z(){}${PURE.map((value, i) => `var x${i}=function late$x${i}(){return ${value}};`).join("")}`;
  assert.equal(late(body), expected);
});

for (const [why, body] of SEEN) {
  test(`not late: what ${why}`, () => {
    assert.doesNotMatch(late(USED + body), /late\$x/);
  });
}

test("not late: a number, a text, a function, a variable inside a function, and what every start uses", () => {
  const body = "var a=1,b='text',c=()=>[1],d=function(){},e=[1];function g(){var h=[1];return h}";
  assert.equal(late(body, "e\n"), body);
});

test("what is not one bundle is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "late-"));
  const from = join(folder, "in.js");
  writeFileSync(from, "var a=[1];\n");
  const made = spawnSync(
    process.execPath,
    ["--import", "tsx", "scripts/native/late.ts", from, join(folder, "out.js")],
    {
      encoding: "utf8",
    },
  );
  rmSync(folder, { recursive: true });
  assert.equal(made.status, 1);
  assert.match(made.stderr, /not what esbuild makes of one entry/);
});
