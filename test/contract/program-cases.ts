// What every program over a host promises as a process: exit codes, output that is written
// whole, signals, lines from a pipe. Its bundle here is a small script.

import assert from "node:assert/strict";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { test } from "node:test";
import { CLI_LINE_BYTES_MAX } from "../../src/base/limits.ts";
import { CODE, OP, SYNC } from "../../src/port/abi.ts";

/** The script; its first argument says what it does. */
export const AGENT = `
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

/** How a process ended. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Resolves with all that it wrote. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  child.stdin.on("error", () => undefined);
  return new Promise((done) => child.once("close", (code) => done({ code, out, err })));
}

function run(child: ChildProcessWithoutNullStreams, input = ""): Promise<Ended> {
  const end = ended(child);
  child.stdin.end(input);
  return end;
}

export interface Programs {
  /** Starts the script in that mode. */
  begin(mode: string): ChildProcessWithoutNullStreams;
  /** Modes that end in something thrown. */
  broken: readonly string[];
}

/** Registers every case. */
export function programCases(name: string, programs: Programs): void {
  test(`${name}: lines of a pipe come one by one, the last without its newline, a long one is left out`, async () => {
    const long = "z".repeat(CLI_LINE_BYTES_MAX);
    const { code, out } = await run(
      programs.begin("lines"),
      `one\r\n\nträ\n${long}\n${long}z\n${long.repeat(9)}\nafter\nlast`,
    );
    assert.equal(code, 0);
    assert.equal(out, `[one]\n[]\n[trä]\n[${long}]\ncode ${CODE.BUSY}\ncode ${CODE.BUSY}\n[after]\n[last]\nend\n`);
  });

  test(`${name}: everything is written before it ends with its code`, async () => {
    const { code, out, err } = await run(programs.begin("big"));
    assert.equal(code, 3);
    assert.equal(out.length, 2_000_001);
    assert.equal(err, "to the side");
  });

  test(`${name}: something thrown is one line and code 70`, async () => {
    for (const mode of programs.broken) {
      const { code, out, err } = await run(programs.begin(mode));
      assert.equal(code, 70);
      assert.equal(out, "");
      assert.equal(err.trimEnd().split("\n").length, 1);
      assert.match(err, /"event":"host\.crash".*broken on purpose/);
    }
  });

  test(`${name}: one that waits for nothing and does not end is a bug, not a success`, async () => {
    const { code, err } = await run(programs.begin("idle"));
    assert.equal(code, 70);
    assert.match(err, /waits for nothing/);
  });

  test(`${name}: a reader that goes away ends it quietly`, async () => {
    const child = programs.begin("pipe");
    let err = "";
    child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
    await new Promise((some) => child.stdout.once("data", some));
    child.stdout.destroy();
    const code = await new Promise((done) => child.once("exit", done));
    assert.equal(code, 0);
    assert.equal(err, "");
  });

  test(`${name}: signals are numbers`, async () => {
    for (const [name, number] of [
      ["SIGTERM", 15],
      ["SIGINT", 2],
      ["SIGHUP", 1],
    ] as const) {
      const child = programs.begin("signal");
      const end = ended(child);
      await new Promise((ready) => child.stdout.once("data", ready));
      child.kill(name);
      assert.deepEqual(await end, { code: 0, out: `ready\ngot ${number}\n`, err: "" });
    }
  });
}
