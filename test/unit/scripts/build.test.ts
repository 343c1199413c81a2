// Runs the real bundler and test runner on a small repository made for it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { runInNewContext } from "node:vm";

const repository = process.cwd();
let root = "";

const FILES: Readonly<Record<string, string>> = {
  "package.json": '{"name":"small","version":"1.2.3","type":"module","sideEffects":false}',
  "src/edges/tools/a.ts":
    'import * as z from "zod/mini";\nexport const a = { name: "tool_a", args: () => z.object({ n: z.optional(z.int()) }) };\n',
  "src/app/catalog/tools.ts": 'export { a } from "../../edges/tools/a.ts";\n',
  "src/cli/main.ts":
    'import { TOOL_SCHEMAS } from "gen:tools";\nglobalThis.seen = [TOOL_SCHEMAS, __VERSION__, __BUILD_MS__, "\\u00fc"];\n',
  "src/cli/sim-main.ts": "globalThis.sim = true;\n",
  "src/host/node/main.ts": 'import { argv } from "node:process";\nconsole.log("started", argv.length);\n',
  "test/unit/pass.test.ts":
    'import { test } from "node:test";\nimport { TOOL_SCHEMAS } from "gen:tools";\ntest("has tools", (t) => { if (!TOOL_SCHEMAS.tool_a) t.skip(); });\n',
};

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function run(script: string, ...args: string[]): { status: number | null; out: string } {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const done = spawnSync(process.execPath, ["--import", "tsx", join(repository, script), ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...env, SOURCE_DATE_EPOCH: "1700000000" },
    timeout: 60_000,
  });
  return { status: done.status, out: done.stdout + done.stderr };
}

before(() => {
  root = mkdtempSync(join(tmpdir(), "small-"));
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  for (const [path, text] of Object.entries(FILES)) write(path, text);
});
after(() => rmSync(root, { recursive: true, force: true }));

test("the agent's bundle is one plain script with the version, build time and tool schemas in it", () => {
  const built = run("scripts/bundle.ts");
  assert.equal(built.status, 0, built.out);
  const code = readFileSync(join(root, "dist/mikroclaw.bundle.js"), "utf8");
  assert.match(code, /^[\x00-\x7f]*$/);
  const seen = runInNewContext(`${code}; JSON.stringify(globalThis.seen)`);
  const schema = '{"type":"object","properties":{"n":{"type":"integer"}},"additionalProperties":false}';
  assert.deepEqual(JSON.parse(seen), [{ tool_a: schema }, "1.2.3", 1_700_000_000_000, "ü"]);
  assert.ok(JSON.parse(readFileSync(join(root, "dist/meta.json"), "utf8")).outputs["dist/mikroclaw.bundle.js"]);
});

test("the program starts by itself", () => {
  const path = join(root, "dist/mikroclaw.mjs");
  assert.equal(statSync(path).mode & 0o111, 0o111);
  assert.equal(spawnSync(path, ["x"], { encoding: "utf8" }).stdout, "started 3\n");
});

const BROKEN: ReadonlyArray<readonly [what: string, code: string, says: RegExp]> = [
  ["a name that the engine lacks", "globalThis.x = new URL('http://a');", /lacks: URL/],
  ["a Node module", 'import { readFileSync } from "node:fs"; globalThis.x = readFileSync;', /node:fs/],
  [
    "an import that is not there",
    'import * as m from "../edges/tools/a.ts"; globalThis.x = m.b;',
    /will always be undefined/,
  ],
  ["a direct eval", "globalThis.x = eval('1');", /eval/],
];

for (const [what, code, says] of BROKEN) {
  test(`the build fails on ${what}`, () => {
    write("src/cli/sim-main.ts", `${code}\n`);
    const built = run("scripts/bundle.ts");
    write("src/cli/sim-main.ts", FILES["src/cli/sim-main.ts"] ?? "");
    assert.equal(built.status, 1, built.out);
    assert.match(built.out, says);
  });
}

test("the runner bundles the tests, shows the counts and ends with 0 when all pass", () => {
  const ran = run("scripts/test.ts");
  assert.equal(ran.status, 0, ran.out);
  assert.match(ran.out, /ℹ tests 1\n.*ℹ pass 1\nℹ fail 0\n.*ℹ skipped 0\n/s);
});

test("a planted failing test makes it fail", () => {
  write(
    "test/unit/fail.test.ts",
    'import { test } from "node:test";\ntest("planted", () => { throw new Error("no"); });\n',
  );
  const all = run("scripts/test.ts");
  const named = run("scripts/test.ts", "test/unit/pass.test.ts");
  rmSync(join(root, "test/unit/fail.test.ts"));
  assert.equal(all.status, 1, all.out);
  assert.match(all.out, /fail 1\n/);
  assert.match(all.out, /fail\.test\.ts:2/);
  assert.equal(named.status, 0, named.out);
});

test("a bundled source has its own address, so that it finds the files beside it", () => {
  const address = ["import", "meta", "url"].join(".");
  write("scripts/where.ts", `export const where = ${address};\n`);
  write(
    "test/unit/where.test.ts",
    'import { test } from "node:test";\nimport { where } from "../../scripts/where.ts";\ntest("where", () => { if (!where.endsWith("/scripts/where.ts")) throw new Error(where); });\n',
  );
  const ran = run("scripts/test.ts", "test/unit/where.test.ts");
  rmSync(join(root, "test/unit/where.test.ts"));
  assert.equal(ran.status, 0, ran.out);
});

test("benchmarks run only when they are named, and a wrong name is an error", () => {
  write("test/bench/b.test.ts", 'import { test } from "node:test";\ntest("bench", () => {});\n');
  assert.match(run("scripts/test.ts").out, /ℹ tests 1\n/);
  assert.match(run("scripts/test.ts", "test/bench").out, /ok|✔ bench/);
  const wrong = run("scripts/test.ts", "test/nowhere");
  assert.equal(wrong.status, 1);
  assert.match(wrong.out, /no such test file or folder: test\/nowhere/);
  assert.ok(!existsSync(join(root, "dist/test/unit/fail.test.mjs")));
});
