// Writes dist/image: mikroclaw-ARCH.tar for each processor named (all unless named), and dist/image/oci
// over the same. Wants the binaries in dist/ARCH. With VARIANT=own (a build of chosen edges) they are those of
// dist/ARCH-own, and the images go to dist/image-own. Same binaries and commit, same bytes.

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { buildMs, version } from "./build/git-time.ts";
import { type About, dockerArchive, type Image, image, ociLayout } from "./image/archive.ts";
import { licences } from "./image/licences.ts";
import { layer } from "./image/rootfs.ts";
import { chosenTargets } from "./image/targets.ts";

const root = process.cwd();
const variant = process.env["VARIANT"] ? `-${process.env["VARIANT"]}` : "";
const OUT = `dist/image${variant}`;

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

async function main(names: readonly string[]): Promise<void> {
  const about: About = { version: version(root), created: new Date(buildMs(root)) };
  const images: Image[] = [];
  for (const target of chosenTargets(root, names)) {
    const binary = `dist/${target.arch}${variant}/mikroclaw`;
    if (!existsSync(`${root}/${binary}`)) throw new Error(`${binary} is missing: make binary ARCH=${target.arch}`);
    const own = `dist/native/${target.arch}${variant}/meta.json`;
    const notices = licences(root, existsSync(`${root}/${own}`) ? own : "dist/meta.json");
    images.push(image(target, await layer({ binary, licences: notices, mtime: about.created }), about));
  }
  for (const one of images) {
    const tar = await dockerArchive(one, about);
    const path = `${OUT}/mikroclaw-${one.target.arch}.tar`;
    write(path, tar);
    process.stderr.write(`${path} ${tar.length} bytes\n`);
  }
  rmSync(`${OUT}/oci`, { recursive: true, force: true });
  for (const [path, bytes] of ociLayout(images, about)) write(`${OUT}/oci/${path}`, bytes);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`no image was made: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
