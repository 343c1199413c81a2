// The native host's test builds: made when the toolchain is there, run natively or under
// qemu-user. NATIVE_ARCHS names the processors ("amd64 mips"); unless it is set, amd64 alone,
// and in `make sweep` all of them.

import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { WHOLE } from "./seed.ts";

const RUN_MS = 900_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** A test build: the words that start it, and why it cannot start children; or why there is none. */
export type Build = { start: readonly string[]; childless?: string } | { skip: string };

/** Rows of the table of processors, the name first. */
function targets(): ReadonlyArray<readonly string[]> {
  const rows = readFileSync("build/native/targets", "utf8").split("\n");
  return rows.filter((row) => row !== "" && !row.startsWith("#")).map((row) => row.trim().split(/\s+/));
}

/** Processors to test. */
export function archs(): readonly string[] {
  const named = process.env["NATIVE_ARCHS"];
  if (named !== undefined) return named.split(/\s+/).filter((name) => name !== "");
  return WHOLE ? targets().map(([name = ""]) => name) : ["amd64"];
}

interface Making {
  childless?: string | undefined;
  /** Settings of the build. */
  env?: Readonly<Record<string, string>>;
}

function made(script: string, args: readonly string[], start: readonly string[], more: Making = {}): Build {
  const { childless, env } = more;
  if (process.platform !== "linux") return { skip: "the native host is built on Linux only" };
  if (!existsSync("dist/mikroclaw.bundle.js")) return { skip: "dist/ is not built (make build)" };
  const { status, stderr } = spawnSync(script, args, {
    encoding: "utf8",
    timeout: RUN_MS,
    env: { ...process.env, ...env },
  });
  if (status === 0) return childless === undefined ? { start } : { start, childless };
  if (status === 3) return { skip: stderr.trim().split("\n").at(-1) ?? "the toolchain cannot be had here" };
  throw new Error(`${script} ${args.join(" ")} failed:\n${stderr.slice(-4000)}`);
}

/** The words before a program of that processor that start it here; Debian's own names for both. */
export function runner(arch: string): readonly string[] {
  const qemu = targets().find(([name]) => name === arch)?.[4];
  const own = { x64: "x86_64", arm64: "aarch64" }[process.arch as string];
  return qemu === undefined || qemu === own ? [] : [`qemu-${qemu}-static`];
}

const builds = new Map<string, Build>();

/** The test build of a processor, or "sanitize": the machine's own compiler with its sanitizers. */
export function testBuild(arch: string): Build {
  const old = builds.get(arch);
  if (old !== undefined) return old;
  const binary = resolve(`dist/native/${arch}/mikroclaw-test`);
  const words = [...runner(arch), binary];
  const childless = words.length > 1 ? "qemu-user cannot start the program a second time" : undefined;
  const build = arch === "sanitize" ? sanitized(binary) : made("test/native/build.sh", [arch], words, { childless });
  builds.set(arch, build);
  return build;
}

/** The product's own binary of the first processor; with settings of the build, one of which names its folder. */
export function product(env: Readonly<Record<string, string>> & { VARIANT?: string } = {}): Build {
  const [arch = "amd64"] = archs();
  const folder = env.VARIANT === undefined ? arch : `${arch}-${env.VARIANT}`;
  return made("scripts/native/build.sh", [arch], [...runner(arch), resolve(`dist/${folder}/mikroclaw`)], { env });
}

function sanitized(binary: string): Build {
  // The engine's sources come with the toolchain.
  const sources = made("scripts/toolchain.sh", ["amd64"], []);
  return "skip" in sources
    ? sources
    : made("test/native/sanitize.sh", [], [binary], {
        childless: "the sanitizers want more memory and system calls than the jail gives",
      });
}

/** A folder of its own with an empty workspace and the script in it. */
export function stage(script: string): { env: Record<string, string>; end(): void } {
  const folder = mkdtempSync(join(tmpdir(), "mikroclaw-native-"));
  writeFileSync(join(folder, "script.js"), script);
  const workspace = mkdtempSync(join(folder, "workspace-"));
  return {
    env: {
      PATH: process.env["PATH"] ?? "",
      MIKROCLAW_TEST_SCRIPT: join(folder, "script.js"),
      MIKROCLAW_WORKSPACE: workspace,
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a script to its end; what it printed. */
export async function runScript(
  start: readonly string[],
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; err: string }> {
  const place = stage(script);
  const [command = "", ...words] = [...start, ...args];
  try {
    return await new Promise((ended) => {
      const options = { env: { ...place.env, ...env }, timeout: RUN_MS, maxBuffer: OUTPUT_BYTES };
      const child = execFile(command, words, options, (_, out, err) => ended({ code: child.exitCode ?? -1, out, err }));
    });
  } finally {
    place.end();
  }
}
