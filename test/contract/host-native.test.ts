// The host suite and the program cases on the native host: static builds (under qemu-user
// for other processors) and one with the sanitizers of the machine's compiler.

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { bundleFor } from "../native/bundle.ts";
import { archs, runScript, stage, testBuild } from "../support/native.ts";
import { RUNS } from "../support/seed.ts";
import { AGENT, programCases } from "./program-cases.ts";

interface Line {
  name: string;
  skip?: string;
  error?: string;
}

for (const arch of [...archs(), "sanitize"]) {
  test(`native ${arch}: the host suite`, async (t) => {
    const build = testBuild(arch);
    if ("skip" in build) return t.skip(build.skip);
    const script = await bundleFor("test/native/suite.entry.ts");
    const args = ["one", "two words", ""];
    const { childless } = build;
    const env = { SUITE: "ä value", ...(childless === undefined ? {} : { SUITE_CHILDLESS: childless }) };
    const { code, out, err } = await runScript(build.start, script, args, env);
    const lines = out.split("\n").filter((line) => line !== "");
    for (const { name, skip, error } of lines.map((line) => JSON.parse(line) as Line)) {
      await t.test(name, { skip: skip ?? false }, () => assert.equal(error, undefined));
    }
    assert.equal(err, "");
    assert.equal(code, 0);
    assert.ok(lines.length > 40, `only ${lines.length} cases ran`);
  });
}

test("native: mutated bytes break no parser, and a planted mistake is found", async (t) => {
  const build = testBuild("sanitize");
  if ("skip" in build) return t.skip(build.skip);
  const fuzz = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((ended) => {
      const child = execFile(resolve("dist/native/sanitize/fuzz"), args, (_, out, err) =>
        ended({ code: child.exitCode ?? -1, out, err }),
      );
    });
  const { code, out, err } = await fuzz("1", String(RUNS(100_000)));
  assert.equal(err, "");
  assert.equal(code, 0);
  assert.match(out, /"rounds":/);
  const blind = await fuzz("1", "100000", "canary");
  assert.notEqual(blind.code, 0);
  assert.match(blind.err, /AddressSanitizer: heap-buffer-overflow/);
});

const first = testBuild(archs()[0] ?? "amd64");
const skipped = "skip" in first ? first.skip : undefined;
let place: ReturnType<typeof stage> | undefined;
before(() => {
  place = stage(AGENT);
});
after(() => place?.end());

function begin(mode: string): ChildProcessWithoutNullStreams {
  const [command = "", ...words] = "start" in first ? first.start : [];
  return spawn(command, [...words, mode], { env: place?.env });
}

if (skipped === undefined) programCases("native program", { begin, broken: ["throw", "fault"] });
else test("native program", { skip: skipped }, () => undefined);
