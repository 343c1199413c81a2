// The compiler of the router's bytecode: what the rehearsal runs is unpacked at every start, the rest when it is used.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const BCGEN = "dist/native/bcgen";
const skip = existsSync(BCGEN) ? false : `${BCGEN} was not built (make binary)`;
const PARTS = ["core.bc", "late.bc"] as const;

/** What a script and its rehearsal compile to, as latin1 text, or what the compiler says. */
function compile(script: string, rehearsal: string): { core: string; late: string; said: string; ran: string } {
  const folder = mkdtempSync(join(tmpdir(), "bcgen-"));
  try {
    writeFileSync(join(folder, "in.js"), script);
    writeFileSync(join(folder, "rehearsal.js"), rehearsal);
    const made = spawnSync(BCGEN, [join(folder, "in.js"), folder, join(folder, "rehearsal.js")], { encoding: "utf8" });
    if (made.status !== 0) return { core: "", late: "", said: made.stderr, ran: "" };
    const [core = "", late = ""] = PARTS.map((name) => readFileSync(join(folder, name), "latin1"));
    return { core, late, said: "", ran: made.stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const wrap = (body: string): string => `"use strict";(()=>{${body}})();\n`;
const BUNDLE = wrap(
  'function early(){return "called at once "+later}function never(){return "called by nobody"}var later=1,' +
    'kept={run:()=>"made and not called",tick:()=>"called by the host"};globalThis.tick=kept.tick;early();globalThis.never=()=>never();',
);
const REHEARSAL = "let left = 1; () => left-- > 0 && tick() !== '';";

test("what runs in the rehearsal is core, the code of all else is late", { skip }, () => {
  const { core, late, said } = compile(BUNDLE, REHEARSAL);
  assert.equal(said, "");
  for (const text of ["called at once ", "called by the host"]) {
    assert.ok(core.includes(text), `${text}: in core`);
    assert.ok(!late.includes(text), `${text}: not in late`);
  }
  for (const text of ["called by nobody", "made and not called"]) {
    assert.ok(late.includes(text), `${text}: in late`);
    assert.ok(!core.includes(text), `${text}: not in core`);
  }
});

test("the same script and rehearsal make the same bytes", { skip }, () => {
  assert.deepEqual(compile(BUNDLE, REHEARSAL), compile(BUNDLE, REHEARSAL));
});

test("of a regular expression pattern and flags are kept, not what they compile to", { skip }, () => {
  const sizeOf = (value: string): number =>
    compile(wrap(`var a=1;globalThis.never=()=>${value};`), "() => false").late.length;
  const pattern = "(?<word>[^a-z]+)[\\\\w-]{2,9}";
  const grown = sizeOf(`/${pattern}/giu`) - sizeOf(`"${pattern}"`);
  assert.ok(grown > 0 && grown < 12, `${grown} bytes more than a text of the same letters`);
});

test("a name in code is written once: where it is met first nothing tells its number", { skip }, () => {
  const [first, second] = ["a.x1;a.x2;a.x3", "a.x3;a.x2;a.x1"].map(
    (uses) => compile(wrap(`globalThis.never=(a)=>{${uses}};globalThis.more=(a)=>{a.x2};`), "() => false").late,
  );
  assert.notEqual(first, second);
  assert.equal(first?.replace("x1x2x3", ""), second?.replace("x3x2x1", ""));
});

test("late values that the rehearsal makes are told, others wait in late, and a late value is a variable's", {
  skip,
}, () => {
  const table = (name: string): string => `var ${name}=function late$${name}(){return{is:"table ${name}"}};`;
  const { core, late, ran } = compile(
    wrap(`${table("a")}${table("b")}globalThis.tick=()=>a.is;globalThis.never=()=>b.is;`),
    REHEARSAL,
  );
  assert.equal(ran, "a\n");
  assert.ok(core.includes("table a") && !core.includes("table b"));
  assert.ok(late.includes("table b"));
  assert.match(compile(wrap(`globalThis.x=[function late$a(){}]`), "() => false").said, /a late value of no variable/);
});

test("what is not one bundle, or does not run, is refused with a sentence", { skip }, () => {
  assert.match(compile("var a = 1;\n", REHEARSAL).said, /not what esbuild makes/);
  assert.match(compile(wrap("missing()"), "() => false").said, /'missing' is not defined/);
  assert.match(compile(wrap("var a = 1"), "1").said, /gives no function/);
});
