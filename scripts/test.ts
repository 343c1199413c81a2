// Bundles test/**/*.test.ts and runs them with Node's own test runner, which prints the
// counts and sets the exit code. Arguments are files or folders; without any, all but bench.

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { explain, node } from "./build/options.ts";

const root = process.cwd();
const OUT = "dist/test";

/** Test files at or below `path`, relative to the repository. */
function testsIn(path: string): string[] {
  if (!existsSync(path)) throw new Error(`no such test file or folder: ${path}`);
  if (statSync(path).isFile()) return [relative(root, resolve(path))];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => relative(root, resolve(path, name)))
    .sort();
}

/** What to run: the arguments, or everything but the benchmarks. */
function chosen(args: readonly string[]): string[] {
  if (args.length > 0) return [...new Set(args.flatMap(testsIn))];
  return testsIn("test").filter((file) => !file.startsWith("test/bench/"));
}

/** Gives each source its own address as import.meta.url, where a bundle has one for all. */
const ownAddress: esbuild.Plugin = {
  name: "own-address",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path.includes("/node_modules/")) return undefined;
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.url")) return undefined;
      return { contents: text.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)), loader: "ts" };
    });
  },
};

/** Bundles the files together, so that shared modules are one instance per test file. */
async function bundle(files: readonly string[]): Promise<void> {
  rmSync(`${root}/${OUT}`, { recursive: true, force: true });
  const options = node(root);
  await esbuild.build({
    ...options,
    plugins: [...(options.plugins ?? []), ownAddress],
    entryPoints: [...files],
    outbase: "test",
    outdir: OUT,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    sourcemap: "linked",
    target: "node20",
  });
}

function run(files: readonly string[]): Promise<number> {
  const built = files.map((file) => file.replace(/^test\//, `${OUT}/`).replace(/\.ts$/, ".mjs"));
  const reporter = process.env["TEST_REPORTER"] ?? "spec";
  const flags = ["--enable-source-maps", "--test", "--test-concurrency=2", `--test-reporter=${reporter}`];
  // Inside another run of the runner this variable would turn its report into a private format.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [...flags, ...built], { cwd: root, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done) => {
    child.on("exit", (code, signal) => done(code ?? (signal === null ? 1 : 130)));
  });
}

try {
  const files = chosen(process.argv.slice(2));
  if (files.length === 0) throw new Error("there is no test file to run");
  await bundle(files);
  process.exitCode = await run(files);
} catch (error) {
  process.stderr.write(`tests could not start:\n${explain(error)}\n`);
  process.exitCode = 1;
}
