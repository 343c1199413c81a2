// The licences of what others wrote and the image holds: npm packages that esbuild's metafile names,
// the C libraries that are linked in, and Mozilla's list of authorities.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Metafile } from "esbuild";

interface Work {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

function read(path: string): string {
  return readFileSync(path, "utf8").replaceAll("\r\n", "\n").trim();
}

/** Names of the packages of which something is in the bundle. */
function bundled(meta: Metafile): string[] {
  const names = new Set<string>();
  for (const output of Object.values(meta.outputs)) {
    for (const [path, part] of Object.entries(output.inputs)) {
      const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
      if (name !== undefined && part.bytesInOutput > 0) names.add(name);
    }
  }
  return [...names].sort();
}

function packageWork(root: string, name: string): Work {
  const folder = `${root}/node_modules/${name}`;
  const about = JSON.parse(read(`${folder}/package.json`)) as { version: string; license?: string };
  const file = readdirSync(folder).find((f) => /^licen[cs]e(\.(md|txt))?$/i.test(f));
  if (file === undefined) throw new Error(`${folder} has no licence file; its text must go along with the image.`);
  return { name, version: about.version, licence: about.license ?? "", text: read(`${folder}/${file}`) };
}

/** Version of each source in build/sources.lock by its folder. */
function locked(root: string): Map<string, string> {
  const rows = read(`${root}/build/sources.lock`)
    .split("\n")
    .map((line) => line.split(/\s+/));
  return new Map(rows.filter((row) => row.length === 5 && row[0] !== "#").map((row) => [row[0] ?? "", row[2] ?? ""]));
}

/** Mbed TLS offers Apache-2.0 or GPL; we take the first, whose text comes first. */
function mbedtlsText(text: string): string {
  const end = text.indexOf("GNU GENERAL PUBLIC LICENSE");
  const from = text.indexOf("Apache License");
  if (from < 0 || end < from) throw new Error("mbedtls/LICENSE has another form than the one its text is cut from.");
  return text.slice(text.lastIndexOf("\n", from) + 1, end).trim();
}

function cWorks(root: string): Work[] {
  const versions = locked(root);
  const work = (folder: string, name: string, licence: string, file: string): Work => {
    const path = `${root}/dist/native/src/${folder}/${file}`;
    if (!existsSync(path)) throw new Error(`${path} is missing: run make toolchain first.`);
    return { name, version: versions.get(folder) ?? "", licence, text: read(path) };
  };
  const mbedtls = work("mbedtls", "Mbed TLS", "Apache-2.0", "LICENSE");
  return [
    work("quickjs", "QuickJS", "MIT", "LICENSE"),
    work("musl", "musl", "MIT", "COPYRIGHT"),
    { ...mbedtls, text: mbedtlsText(mbedtls.text) },
    work("ca-certificates", "Mozilla's certificate authorities", "MPL-2.0", "debian/copyright"),
  ];
}

/** One text with every notice for a bundle, by its metafile. Same inputs, same text. */
export function licences(root: string, metafile: string): string {
  const meta = JSON.parse(read(`${root}/${metafile}`)) as Metafile;
  const works = [...bundled(meta).map((name) => packageWork(root, name)), ...cWorks(root)];
  const list = works.map((w) => `${w.name} ${w.version}: ${w.licence}`);
  const texts = works.map(
    (w) => `${"=".repeat(72)}\n${w.name} ${w.version} (${w.licence})\n${"=".repeat(72)}\n\n${w.text}`,
  );
  return [
    `MikroClaw is under the MIT licence:\n\n${read(`${root}/LICENSE`)}`,
    `It contains work of others, under their licences. The sources of the authorities' list are Debian's\nsource package ca-certificates.\n\n${list.join("\n")}`,
    ...texts,
    "",
  ].join("\n\n");
}
