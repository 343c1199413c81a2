// The image of the real binaries in dist/, made by the real image maker in a folder of its own (dist/image
// is the owner's), and its root file system as a container runner unpacks it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildMs } from "../../scripts/build/git-time.ts";

// Of all images made here, so that a commit in between changes none.
const SOURCE_DATE_EPOCH = String(buildMs(process.cwd()) / 1000);

/** Every processor of build/native/targets, in the table's order. */
export const ALL_ARCHS = ["amd64", "arm64", "armv7", "armv5", "mipsel", "mips"] as const;

/** Where a processor's binary lies; undefined where it was not built. */
export function builtBinary(arch: string): string | undefined {
  const path = resolve(`dist/${arch}/mikroclaw`);
  return existsSync(path) ? path : undefined;
}

/** Runs a command to its end; what it printed, or an assertion with all it said. */
export function output(command: string, args: readonly string[], cwd = process.cwd()): string {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const done = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...env, SOURCE_DATE_EPOCH } });
  assert.equal(
    done.status,
    0,
    `${command} ${args.join(" ")}: ${done.error?.message ?? ""}${done.stderr}${done.stdout}`,
  );
  return done.stdout;
}

/** A folder with dist/image in it, over the binaries of these processors. The caller removes it. */
export function imagesOf(archs: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), "mikroclaw-image-"));
  for (const name of ["package.json", "LICENSE", "node_modules", "build", "scripts"]) {
    symlinkSync(resolve(name), join(root, name));
  }
  mkdirSync(join(root, "dist"));
  for (const name of ["meta.json", "native", ...archs]) symlinkSync(resolve("dist", name), join(root, "dist", name));
  output(
    process.execPath,
    ["--import", resolve("node_modules/tsx/dist/loader.mjs"), "scripts/image.ts", ...archs],
    root,
  );
  return root;
}

/** The root file system of amd64's image in a folder; remove() it in the end. */
export function rootFileSystem(): { folder: string; remove(): void } {
  const made = imagesOf(["amd64"]);
  const folder = join(made, "root");
  mkdirSync(folder);
  output("tar", ["-xf", join(made, "dist/image/mikroclaw-amd64.tar"), "-C", made, "layer.tar"]);
  output("tar", ["-xf", join(made, "layer.tar"), "-C", folder]);
  return { folder, remove: () => rmSync(made, { recursive: true, force: true }) };
}
