// Says what everything costs: modules of the agent's bundle from esbuild's metafile, and of each binary
// in dist/ARCH its C sources by the linker's map, its packed parts, and both sides beside their budgets. Of a build of
// one's own (dist/ARCH-own) the same.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { Metafile } from "esbuild";
import { BUDGETS, KB, PROMISED_KB, verdict } from "./size/budgets.ts";
import { bySource, definitions } from "./size/linkmap.ts";

const LARGEST_SHOWN = 25;
const root = process.cwd();
const native = `${root}/dist/native`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const row = (bytes: number, name: string): void => say(`${String(bytes).padStart(9)}  ${name}`);
const kb = (bytes: number): string => (bytes / KB).toFixed(1);

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

function sayLargest(rows: ReadonlyArray<readonly [name: string, bytes: number]>): void {
  for (const [name, bytes] of rows.slice(0, LARGEST_SHOWN)) row(bytes, name);
  const rest = rows.slice(LARGEST_SHOWN);
  if (rest.length > 0)
    row(
      rest.reduce((sum, [, bytes]) => sum + bytes, 0),
      `${rest.length} more`,
    );
}

/** The bundle of a folder. */
function bundle(folder: string): void {
  row(statSync(`${root}/${folder}/mikroclaw.bundle.js`).size, `${folder}/mikroclaw.bundle.js, of this:`);
  sayLargest(inputs(JSON.parse(readFileSync(`${root}/${folder}/meta.json`, "utf8")) as Metafile));
}

/** Packed size of each part in a binary's work folder. */
function parts(work: string): Map<string, number> {
  const files = readdirSync(work).filter((f) => f.endsWith(".part"));
  return new Map(files.map((f) => [f.replace(/\.part$/, ""), statSync(`${work}/${f}`).size]));
}

function sources(work: string): Array<[source: string, bytes: number]> {
  const where = definitions({
    "src/host/native": `${root}/src/host/native`,
    quickjs: `${native}/src/quickjs`,
    mbedtls: `${native}/src/mbedtls/library`,
  });
  return bySource(readFileSync(`${work}/link.map`, "utf8"), where);
}

/** A total beside its budget and the promise. */
function total(arch: string, name: string, bytes: number, max: number | undefined): void {
  const own = max === undefined ? "" : `budget ${max} KB ${verdict(bytes, max)}, `;
  const promised = `promised ${PROMISED_KB} KB ${verdict(bytes, PROMISED_KB)}`;
  say(`${arch.padEnd(7)} ${name.padEnd(8)}${kb(bytes).padStart(7)} KB  ${own}${promised}`);
}

/** The totals of one binary, and of the build of chosen edges where there is one. */
function totals(arch: string): void {
  const whole = statSync(`${root}/dist/${arch}/mikroclaw`).size;
  const packed = parts(`${native}/${arch}`);
  // The authorities belong to the host.
  const product = [...packed].reduce((sum, [name, bytes]) => sum + (name === "roots" ? 0 : bytes), 0);
  const budget = BUDGETS[arch];
  total(arch, "host", whole - product, budget?.host);
  total(arch, "product", product, budget?.product);
  total(arch, "whole", whole, budget?.whole);
  const own = `${root}/dist/${arch}-own/mikroclaw`;
  if (existsSync(own)) total(arch, "own", statSync(own).size, budget?.small);
}

/** Builds with settings of somebody's own (VARIANT), beside the full one. */
function variants(arch: string): void {
  const full = statSync(`${root}/dist/${arch}/mikroclaw`).size;
  for (const name of readdirSync(`${root}/dist`)
    .filter((n) => n.startsWith(`${arch}-`))
    .sort()) {
    const file = `${root}/dist/${name}/mikroclaw`;
    if (!existsSync(file)) continue;
    const { size } = statSync(file);
    const more = `${size < full ? "-" : "+"}${kb(Math.abs(size - full))} KB beside ${arch}`;
    say(`${name}: ${kb(size)} KB, ${more}`);
  }
}

/** Parts and C sources of the binary in a folder of dist/. */
function inside(name: string): void {
  const work = `${native}/${name}`;
  say(`\nin dist/${name}/mikroclaw (packed parts, then C by source):`);
  for (const [part, bytes] of parts(work)) {
    const plain = existsSync(`${work}/${part}.bc`) ? `, bytecode of ${statSync(`${work}/${part}.bc`).size} bytes` : "";
    row(bytes, `part ${part}${plain}`);
  }
  sayLargest(sources(work).filter(([source]) => source !== "parts"));
}

function isBuilt(name: string): boolean {
  return existsSync(`${root}/dist/${name}/mikroclaw`) && existsSync(`${native}/${name}/link.map`);
}

function main(): void {
  bundle("dist");
  const built = Object.keys(BUDGETS).filter(isBuilt);
  const [first] = built;
  if (first === undefined) {
    say("\nNo binary of the router is built: make binary, then make size says what is in it.");
    return;
  }
  inside(first);
  const own = `${first}-own`;
  if (isBuilt(own)) {
    if (existsSync(`${native}/${own}/meta.json`)) bundle(`dist/native/${own}`);
    inside(own);
  }
  say("");
  for (const arch of built) totals(arch);
  for (const arch of built) variants(arch);
}

main();
