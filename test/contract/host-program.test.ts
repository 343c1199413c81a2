// The Node program as a process: what every program promises on both engines, lines from a
// terminal, the built-in router. Its bundles here are small scripts.

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as esbuild from "esbuild";
import { ENGINES } from "../../src/host/node/engine.ts";
import { OP, SYNC } from "../../src/port/abi.ts";
import { AGENT, type Ended, ended, programCases } from "./program-cases.ts";

const SIM = `print = (text) => __host.sync(${SYNC.PRINT}, text);
print("not JSON\\n");
print('{"event":"listening","address":"127.0.0.1",');
print('"port":4242}\\n');
globalThis.__complete = () => undefined;
__host.submit(1, ${OP.TIMER}, 3600000);`;

let folder = "";
let program = "";

before(async () => {
  // Beside node_modules, which the program's packages are loaded from.
  mkdirSync("dist", { recursive: true });
  folder = mkdtempSync(join(process.cwd(), "dist/test-program-"));
  program = join(folder, "main.mjs");
  await esbuild.build({
    entryPoints: ["src/host/node/main.ts"],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "silent",
  });
  writeFileSync(join(folder, "mikroclaw.bundle.js"), AGENT);
  writeFileSync(join(folder, "sim.bundle.js"), SIM);
});
after(() => rmSync(folder, { recursive: true, force: true }));

function begin(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [program, ...args], { cwd: folder, env: { PATH: process.env["PATH"], ...env } });
}

/** Runs to the end with this input. */
function run(args: readonly string[], input = "", env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = begin(args, env);
  const end = ended(child);
  child.stdin.end(input);
  return end;
}

for (const engine of ENGINES) {
  const flag = `--engine=${engine}`;

  programCases(`program in ${engine}`, {
    begin: (mode) => begin([flag, mode]),
    // Only V8 tells of a promise that nobody looks at.
    broken: engine === "v8" ? ["throw", "fault"] : ["throw"],
  });

  test(`program in ${engine}: the built-in router is started and named to the agent`, async () => {
    const asked = await run([flag, "env"], "", { MIKROCLAW_BUILTIN_SIM: "1" });
    assert.deepEqual(asked, { code: 0, out: "127.0.0.1:4242 admin 24\n", err: "" });
    const own = await run([flag, "env"], "", { MIKROCLAW_BUILTIN_SIM: "1", ROUTER_HOST: "10.0.0.1" });
    assert.equal(own.out, "10.0.0.1 undefined 9\n");
    assert.equal((await run([flag, "env"])).out, "undefined undefined 9\n");
  });
}

test("program: an unknown engine is a sentence and code 2", async () => {
  const { code, err } = await run(["--engine=spidermonkey", "big"]);
  assert.equal(code, 2);
  assert.match(err, /There is no engine "spidermonkey": use quickjs or v8\./);
});

test("program: `sim` runs the other bundle", async () => {
  const child = begin(["sim", "--engine=v8"]);
  const end = ended(child);
  await new Promise((some) => child.stdout.once("data", some));
  child.kill("SIGKILL");
  assert.match((await end).out, /^not JSON\n/);
});

test("program: at a terminal there is a prompt, editing, and an end by Ctrl-D", async (t) => {
  try {
    execFileSync("script", ["--version"], { stdio: "pipe" });
  } catch {
    return t.skip("this machine has no `script` program to make a terminal with");
  }
  const command = `'${process.execPath}' '${program}' lines`;
  const child = spawn("script", ["-qec", command, "/dev/null"], { env: { PATH: process.env["PATH"], TERM: "xterm" } });
  let out = "";
  const seen = (what: string): Promise<void> =>
    new Promise((found) => {
      const look = (): void => {
        if (!out.includes(what)) return;
        child.stdout.off("data", look);
        found();
      };
      child.stdout.on("data", look);
      look();
    });
  child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  const closed = new Promise((done) => child.once("close", done));
  await seen("> ");
  child.stdin.write("hellp\u007fo\r");
  await seen("[hello]");
  // Two lines pasted at once: the second one waits for its prompt.
  child.stdin.write("first\rsecond\r");
  await seen("[first]");
  await seen("[second]");
  // The line before, from the history.
  child.stdin.write("\u001b[A!\r");
  await seen("[second!]");
  child.stdin.write("\u0004");
  await seen("end");
  child.stdin.end();
  await closed;
});
