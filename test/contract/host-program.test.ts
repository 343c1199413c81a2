// The Node program as a process: exit codes, output that is written whole, signals, lines
// from a pipe and from a terminal, the built-in router. Its bundles here are small scripts.

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as esbuild from "esbuild";
import { CLI_LINE_BYTES_MAX } from "../../src/base/limits.ts";
import { ENGINES } from "../../src/host/node/engine.ts";
import { CODE, OP, SYNC } from "../../src/port/abi.ts";

const AGENT = `
const waiting = new Map(); let last = 0;
globalThis.__complete = (id, code, value) => { const go = waiting.get(id); waiting.delete(id); go([code, value]); };
const op = (n, a, b) => new Promise((go) => { last += 1; waiting.set(last, go); __host.submit(last, n, a, b); });
const print = (text, where) => __host.sync(${SYNC.PRINT}, text, where);
const exit = (code) => __host.sync(${SYNC.EXIT}, code);
const [mode] = JSON.parse(__host.sync(${SYNC.ARGS}));
const modes = {
  async lines() {
    for (;;) {
      const [code, line] = await op(${OP.TTY}, "> ");
      if (code === ${CODE.NOTFOUND}) { print("end\\n"); return exit(0); }
      print(code === 0 ? "[" + line + "]\\n" : "code " + code + "\\n");
    }
  },
  async big() { print("x".repeat(2000000) + "\\n"); print("to the side", "err"); exit(3); },
  async signal() {
    const first = op(${OP.SIGNAL});
    print("ready\\n");
    print("got " + (await first)[1] + "\\n");
    exit(0);
  },
  async idle() {},
  async fault() { throw new TypeError("broken on purpose"); },
  async pipe() { for (;;) { print("y".repeat(10000) + "\\n"); await op(${OP.TIMER}, 1); } },
  async env() {
    const env = (name) => String(__host.sync(${SYNC.ENV}, name));
    print([env("ROUTER_HOST"), env("ROUTER_USER"), env("ROUTER_PASS").length].join(" ") + "\\n");
    exit(0);
  },
};
if (mode === "throw") throw new TypeError("broken on purpose");
modes[mode]();`;

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
  writeFileSync(join(folder, "commands.bin"), "");
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function begin(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [program, ...args], { cwd: folder, env: { PATH: process.env["PATH"], ...env } });
}

function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  child.stdin.on("error", () => undefined);
  return new Promise((done) => child.once("close", (code) => done({ code, out, err })));
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

  test(`program in ${engine}: lines of a pipe come one by one, the last without its newline, a long one is left out`, async () => {
    const long = "z".repeat(CLI_LINE_BYTES_MAX);
    const { code, out } = await run([flag, "lines"], `one\r\n\nträ\n${long}\n${long}z\n${long.repeat(9)}\nafter\nlast`);
    assert.equal(code, 0);
    assert.equal(out, `[one]\n[]\n[trä]\n[${long}]\ncode ${CODE.BUSY}\ncode ${CODE.BUSY}\n[after]\n[last]\nend\n`);
  });

  test(`program in ${engine}: everything is written before it ends with its code`, async () => {
    const { code, out, err } = await run([flag, "big"]);
    assert.equal(code, 3);
    assert.equal(out.length, 2_000_001);
    assert.equal(err, "to the side");
  });

  test(`program in ${engine}: something thrown is one line and code 70`, async () => {
    for (const mode of engine === "v8" ? ["throw", "fault"] : ["throw"]) {
      const { code, out, err } = await run([flag, mode]);
      assert.equal(code, 70);
      assert.equal(out, "");
      assert.equal(err.trimEnd().split("\n").length, 1);
      assert.match(err, /"event":"host\.crash".*broken on purpose/);
    }
  });

  test(`program in ${engine}: one that waits for nothing and does not end is a bug, not a success`, async () => {
    const { code, err } = await run([flag, "idle"]);
    assert.equal(code, 70);
    assert.match(err, /waits for nothing/);
  });

  test(`program in ${engine}: a reader that goes away ends it quietly`, async () => {
    const child = begin([flag, "pipe"]);
    let err = "";
    child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
    await new Promise((some) => child.stdout.once("data", some));
    child.stdout.destroy();
    const code = await new Promise((done) => child.once("exit", done));
    assert.equal(code, 0);
    assert.equal(err, "");
  });

  test(`program in ${engine}: signals are numbers`, async () => {
    for (const [name, number] of [
      ["SIGTERM", 15],
      ["SIGINT", 2],
      ["SIGHUP", 1],
    ] as const) {
      const child = begin([flag, "signal"]);
      const end = ended(child);
      await new Promise((ready) => child.stdout.once("data", ready));
      child.kill(name);
      assert.deepEqual(await end, { code: 0, out: `ready\ngot ${number}\n`, err: "" });
    }
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
