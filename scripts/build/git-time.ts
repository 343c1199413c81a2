// The build's own time and version, the same for the same commit: no build clock.

import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";

/** Milliseconds of SOURCE_DATE_EPOCH, else of the last commit, else of package.json's change. */
export function buildMs(root: string): number {
  const epoch = process.env["SOURCE_DATE_EPOCH"];
  if (epoch !== undefined && /^\d+$/.test(epoch)) return Number(epoch) * 1000;
  const git = spawnSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" });
  const seconds = Number(git.stdout?.trim() || Number.NaN);
  if (git.status === 0 && Number.isInteger(seconds)) return seconds * 1000;
  return Math.floor(statSync(`${root}/package.json`).mtimeMs / 1000) * 1000;
}

/** The version in package.json. */
export function version(root: string): string {
  const parsed: unknown = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  if (typeof parsed === "object" && parsed !== null && "version" in parsed && typeof parsed.version === "string") {
    return parsed.version;
  }
  throw new Error("package.json has no version");
}
