// Whoever builds the same commit with the same compiler gets the same binary, wherever the folder is:
// builds all of it again, from the unpacked archives on, in a folder of another name and length.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { buildMs } from "../../scripts/build/git-time.ts";

const root = process.cwd();
const BINARY = "dist/amd64/mikroclaw";
const CACHE = "dist/native/cache";

/** The sources as they are now, with the downloads, and nothing that was built. */
function copyTo(folder: string): void {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" });
  assert.equal(listed.status, 0, listed.stderr);
  for (const path of listed.stdout.split("\n").filter((p) => p !== "" && existsSync(p))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(path, join(folder, path));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, dirname(CACHE)), { recursive: true });
  symlinkSync(join(root, CACHE), join(folder, CACHE));
}

/** Runs a command to its end without blocking other tests. */
function run(folder: string, command: string, ...args: string[]): Promise<{ code: number | null; said: string }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...env, SOURCE_DATE_EPOCH: String(buildMs(root) / 1000) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (part) => (said += part));
  child.stderr.on("data", (part) => (said += part));
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => done({ code, said }));
  });
}

test("two builds in different folders give the same bytes", async (t) => {
  if (!existsSync(BINARY)) {
    t.skip(`${BINARY} was not built: the toolchain could not be had (make binary says why)`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "another-folder-with-a-longer-name-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  copyTo(folder);
  for (const script of ["gen-commands", "gen-tools", "bundle"]) {
    const made = await run(folder, process.execPath, "--import", "tsx", `scripts/${script}.ts`);
    assert.equal(made.code, 0, made.said);
  }
  const bundle = "dist/mikroclaw.bundle.js";
  assert.ok(readFileSync(join(folder, bundle)).equals(readFileSync(bundle)), "the bundles are equal");
  const built = await run(folder, "scripts/native/build.sh", "amd64");
  assert.equal(built.code, 0, built.said);
  assert.ok(readFileSync(join(folder, BINARY)).equals(readFileSync(BINARY)), "the binaries are equal");
});
