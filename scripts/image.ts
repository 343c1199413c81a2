// Writes dist/image: mikroclaw-ARCH.tar for each processor named (all unless named), and dist/image/oci
// over the same. Wants the binaries in dist/ARCH. Same binaries and commit, same bytes.

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { buildMs, version } from "./build/git-time.ts";
import { type About, dockerArchive, type Image, image, ociLayout } from "./image/archive.ts";
import { licences } from "./image/licences.ts";
import { layer } from "./image/rootfs.ts";
import { chosenTargets } from "./image/targets.ts";

const OUT = "dist/image";
const root = process.cwd();

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

async function main(names: readonly string[]): Promise<void> {
  const about: About = { version: version(root), created: new Date(buildMs(root)) };
  const notices = licences(root);
  const images: Image[] = [];
  for (const target of chosenTargets(root, names)) {
    const binary = `${root}/dist/${target.arch}/mikroclaw`;
    if (!existsSync(binary))
      throw new Error(`dist/${target.arch}/mikroclaw is missing: make binary ARCH=${target.arch}`);
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
