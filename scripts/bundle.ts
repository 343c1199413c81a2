// Makes dist/: the agent's bundle, the simulated router's bundle, and the Node program that
// loads both. With a folder as argument it makes there the agent's bundle alone, with the edges that
// CHANNELS, PROVIDERS, TOOLS and TASKS name. Fails when a bundle uses a name that a bare engine lacks.

import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import * as esbuild from "esbuild";
import { chosenEdges, edges } from "./build/edges.ts";
import { foreignGlobals } from "./build/globals.ts";
import { bare, explain, node } from "./build/options.ts";

const root = process.cwd();
const AGENT = "dist/mikroclaw.bundle.js";
const SIM = "dist/sim.bundle.js";
const PROGRAM = "dist/mikroclaw.mjs";

/** Builds one bundle for a bare engine and checks the names it uses. */
async function bundleBare(
  entry: string,
  outfile: string,
  own: esbuild.Plugin[] = [],
): Promise<esbuild.Metafile | undefined> {
  const made = await esbuild.build(bare(root, entry, outfile, own));
  const foreign = foreignGlobals(readFileSync(`${root}/${outfile}`, "utf8"));
  if (foreign.length > 0) {
    const where = `esbuild's ${outfile} from ${entry}`;
    throw new Error(`${where} uses names that the router's engine lacks: ${foreign.join(", ")}`);
  }
  return made.metafile;
}

/** The executable for Node: everything but npm packages and the two bundles. */
async function bundleProgram(): Promise<void> {
  await esbuild.build({
    ...node(root),
    entryPoints: ["src/host/node/main.ts"],
    outfile: PROGRAM,
    target: "node20",
    banner: { js: "#!/usr/bin/env node" },
  });
  chmodSync(`${root}/${PROGRAM}`, 0o755);
}

/** A bundle of one's own. */
async function own(folder: string): Promise<void> {
  const outfile = `${folder}/mikroclaw.bundle.js`;
  const meta = await bundleBare("src/cli/main.ts", outfile, [edges(root, chosenEdges(root, process.env))]);
  writeFileSync(`${root}/${folder}/meta.json`, JSON.stringify(meta));
  process.stderr.write(`${outfile} ${statSync(`${root}/${outfile}`).size.toLocaleString("en")} bytes\n`);
}

async function main(): Promise<void> {
  mkdirSync(`${root}/dist`, { recursive: true });
  const [meta] = await Promise.all([
    bundleBare("src/cli/main.ts", AGENT),
    bundleBare("src/cli/sim-main.ts", SIM),
    bundleProgram(),
  ]);
  writeFileSync(`${root}/dist/meta.json`, JSON.stringify(meta));
  for (const file of [AGENT, SIM, PROGRAM]) {
    process.stderr.write(`${file} ${statSync(`${root}/${file}`).size.toLocaleString("en")} bytes\n`);
  }
}

try {
  const [folder] = process.argv.slice(2);
  await (folder === undefined ? main() : own(folder));
} catch (error) {
  process.stderr.write(`build failed:\n${explain(error)}\n`);
  process.exitCode = 1;
}
