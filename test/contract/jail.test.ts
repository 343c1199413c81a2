// The jail of skills, tried from inside by a small C program of the machine's own compiler.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "mikroclaw-jail-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const program = join(folder, "jail");
const flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Isrc/host/native", "-static"];
const made = spawnSync("gcc", [...flags, "-o", program, "test/native/jail.c", "src/host/native/jail.c"], {
  encoding: "utf8",
});
const compiler = made.error === undefined;
assert.ok(!compiler || made.status === 0, made.stderr);

function inside(what: string): { code: number | null; signal: string | null } {
  const { status, signal } = spawnSync(program, [what], { stdio: ["ignore", "pipe", "ignore"] });
  return { code: status, signal };
}

const skip = (): string | false => {
  if (!compiler) return "this machine has no C compiler";
  return inside("possible").code === 0 ? false : "the kernel of this machine has no filter of system calls";
};

const KILLED = { code: null, signal: "SIGSYS" };
const FAILS = { code: 1, signal: null };
const GOES_ON = { code: 0, signal: null };

const TABLE: ReadonlyArray<[what: string, end: { code: number | null; signal: string | null }]> = [
  ["enter", GOES_ON],
  ["clock", GOES_ON],
  ["memory", GOES_ON],
  ["write", GOES_ON],
  ["too much memory", FAILS],
  ["open", FAILS],
  ["socket", KILLED],
  ["fork", KILLED],
  ["exec", KILLED],
  ["kill", KILLED],
  ["stat", KILLED],
  ["close", KILLED],
  ["chdir", KILLED],
  ["code", KILLED],
];

for (const [what, end] of TABLE) {
  test(`jail: ${what}`, { skip: skip() }, () => assert.deepEqual(inside(what), end));
}

test("jail: a program in it is nobody, without new rights, and filtered", { skip: skip() }, async () => {
  const child = spawn(program, ["wait"], { stdio: ["pipe", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  child.stdin.end();
  await once(child, "exit");
  assert.match(status, /^Seccomp:\t2$/m);
  assert.match(status, /^NoNewPrivs:\t1$/m);
  if (process.getuid?.() === 0) assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  assert.equal(child.exitCode, 0);
});
