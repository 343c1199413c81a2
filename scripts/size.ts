// Says how large the agent's bundle is and which inputs make it so, from esbuild's metafile.

import { readFileSync, statSync } from "node:fs";
import type { Metafile } from "esbuild";

const LARGEST_SHOWN = 10;
const root = process.cwd();

function metafile(): Metafile {
  return JSON.parse(readFileSync(`${root}/dist/meta.json`, "utf8")) as Metafile;
}

/** Bytes that each input has in the output; files of one npm package count together. */
function inputs(meta: Metafile): Array<[name: string, bytes: number]> {
  const sums = new Map<string, number>();
  for (const output of Object.values(meta.outputs)) {
    for (const [path, part] of Object.entries(output.inputs)) {
      const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[0] ?? path;
      sums.set(name, (sums.get(name) ?? 0) + part.bytesInOutput);
    }
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

const row = (bytes: number, name: string): string => `${String(bytes).padStart(9)}  ${name}\n`;

process.stdout.write(row(statSync(`${root}/dist/mikroclaw.bundle.js`).size, "dist/mikroclaw.bundle.js, of this:"));
for (const [name, bytes] of inputs(metafile()).slice(0, LARGEST_SHOWN)) process.stdout.write(row(bytes, name));
