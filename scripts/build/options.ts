// What all our esbuild runs share. The agent's bundle is ECMAScript 2023 for an engine with
// no other globals: `platform: neutral` makes every node: import a build error.

import { existsSync, readFileSync } from "node:fs";
import type { BuildOptions, LogLevel, Message, Plugin } from "esbuild";
import { genTools } from "../gen-tools.ts";
import { buildMs, version } from "./git-time.ts";

/** Warnings that hide a value that is undefined at run time, or an eval. */
const STRICT: Record<string, LogLevel> = {
  "import-is-undefined": "error",
  "commonjs-variable-in-esm": "error",
  "direct-eval": "error",
  "assign-to-import": "error",
  "call-import-namespace": "error",
};

/** A package's only power is a number: without it a binary of no skills needs no pow (src/base/power.ts). */
const NOBLE: Plugin = {
  name: "noble",
  setup(build) {
    build.onLoad({ filter: /@noble\/hashes\/_u64\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll("2 ** 32", String(2 ** 32)),
    }));
  },
};

/** Options of every run, with the version and build time as constants. */
function shared(root: string, own: Plugin[]): BuildOptions {
  return {
    absWorkingDir: root,
    bundle: true,
    target: "es2023",
    charset: "ascii",
    legalComments: "none",
    treeShaking: true,
    logLevel: "silent",
    logOverride: STRICT,
    plugins: [genTools(root, own), NOBLE, ...own],
    define: { __VERSION__: JSON.stringify(version(root)), __BUILD_MS__: String(buildMs(root)) },
  };
}

/** Options of a program for a bare engine: one script, evaluated as it is. `own`: what only this one is built with. */
export function bare(root: string, entry: string, outfile: string, own: Plugin[] = []): BuildOptions {
  return {
    ...shared(root, own),
    entryPoints: [mustExist(root, entry)],
    outfile,
    format: "iife",
    platform: "neutral",
    // `neutral` has none of its own; mri does not resolve without.
    mainFields: ["module", "main"],
    conditions: ["import", "module", "default"],
    minify: true,
    metafile: true,
  };
}

/** Options of what runs in Node, packages left where npm put them. */
export function node(root: string): BuildOptions {
  return { ...shared(root, []), format: "esm", platform: "node", packages: "external" };
}

function mustExist(root: string, path: string): string {
  if (!existsSync(`${root}/${path}`)) throw new Error(`${path} is missing; the build starts from it.`);
  return path;
}

function sayMessages(messages: readonly Message[]): string[] {
  return messages.map((m) => {
    const at = m.location === null ? "" : `${m.location.file}:${m.location.line} `;
    return `${at}${m.text}`;
  });
}

/** esbuild's own list of errors where there is one, else the error's message. */
export function explain(error: unknown): string {
  if (typeof error === "object" && error !== null && "errors" in error && Array.isArray(error.errors)) {
    return sayMessages(error.errors).join("\n");
  }
  return error instanceof Error ? error.message : String(error);
}
