// Packs what lies in the binary as data: `parts.ts FOLDER NAME=FILE …`. After `:=` the bytes stay as they are (a
// table that is searched where it lies), after `~=` they are LZMA, and after `+=` LZMA behind those of the argument
// before, whose words help. Writes the packed files, parts.s that includes them, and parts-table.c: the list for
// src/host/native/parts.c, and the build's time. A file that would not change is not written: make looks at times.
// Deflate is by zopfli, whose streams are 5 % smaller than zlib's best and unpack alike.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { buildMs } from "../build/git-time.ts";

function run(tool: string, args: readonly string[], input?: Uint8Array): Buffer {
  const done = spawnSync(tool, args, { input, maxBuffer: 1 << 24 });
  if (done.status !== 0) throw new Error(`${tool} failed: ${done.error?.message ?? done.stderr}`);
  return done.stdout;
}

interface Packer {
  readonly tool: string;
  /** More rounds of zopfli than 15 take longer and gain some 30 bytes of 170,000. */
  readonly options: readonly string[];
  unpack(packed: Uint8Array): Uint8Array;
}

const DEFLATE: Packer = {
  tool: "zopfli",
  options: ["--deflate", "--i15", "-c"],
  unpack: (bytes) => inflateRawSync(bytes),
};
/** lc, lp and pb are what src/host/native/lzma.c has. */
const LZMA: Packer = {
  tool: "xz",
  options: ["--format=raw", "--lzma1=preset=9e,lc=1,lp=0,pb=0,nice=64", "-c"],
  unpack: (bytes) => run("xz", [...LZMA.options, "-d"], bytes),
};

/** Bytes that lie in the binary together. */
interface Pack {
  readonly name: string;
  readonly packer: Packer | undefined;
  readonly files: Buffer[];
}

interface Part {
  readonly name: string;
  readonly pack: number;
  /** Size when unpacked; 0: as it is. */
  readonly raw: number;
  /** Where it begins in its pack; -1: a pack of deflate. */
  readonly from: number;
}

/** The pack's bytes; those of an earlier run in `folder` where its files are still the same. */
function packed(folder: string, { name, packer, files }: Pack): Uint8Array {
  const bytes = Buffer.concat(files);
  if (packer === undefined) return bytes;
  const sum = createHash("sha256")
    .update([packer.tool, ...packer.options].join(" "))
    .update(bytes)
    .digest("hex");
  const [was, kept] = [`${folder}/${name}.part.sum`, `${folder}/${name}.part`];
  if (existsSync(kept) && existsSync(was) && readFileSync(was, "utf8") === sum) return readFileSync(kept);
  const raw = `${folder}/${name}.part.raw`; // zopfli wants a file that it can seek in
  writeFileSync(raw, bytes);
  const made = run(packer.tool, [...packer.options, raw]);
  rmSync(raw);
  if (!bytes.equals(packer.unpack(made))) throw new Error(`${packer.tool} made something else of ${name}`);
  writeFileSync(was, sum);
  return made;
}

/** Enters what an argument names. */
function enter(packs: Pack[], argument: string): Part {
  const [, name, how, file] = /^([a-z][a-z0-9.-]*)([:~+]?)=(.+)$/.exec(argument) ?? [];
  if (name === undefined || file === undefined) throw new Error(`"${argument}" is not NAME=FILE`);
  const bytes = readFileSync(file);
  const packer = how === ":" ? undefined : how === "" ? DEFLATE : LZMA;
  if (how !== "+") packs.push({ name, packer, files: [] });
  const pack = packs.at(-1);
  if (pack === undefined || pack.packer !== packer) throw new Error(`"${argument}" has no LZMA before it`);
  const from = Buffer.concat(pack.files).length;
  pack.files.push(bytes);
  return {
    name,
    pack: packs.length - 1,
    raw: packer === undefined ? 0 : bytes.length,
    from: packer === LZMA ? from : -1,
  };
}

/** Assembly that puts the files in: labels pack0, pack0_end … The last note keeps the stack without code. */
function assembly(packs: readonly Pack[]): string {
  const lines = packs.flatMap(({ name }, i) => [
    ...[".balign 4", `.globl pack${i}`, `.hidden pack${i}`, `pack${i}:`, `.incbin "${name}.part"`],
    ...[`.globl pack${i}_end`, `.hidden pack${i}_end`, `pack${i}_end:`, ".byte 0"],
  ]);
  return `${['.section .rodata.parts,"a"', ...lines, '.section .note.GNU-stack,"",%progbits'].join("\n")}\n`;
}

function table(packs: readonly Pack[], parts: readonly Part[]): string {
  const names = packs.map((_, i) => `extern const uint8_t pack${i}[], pack${i}_end[];\n`);
  const rows = parts.map(
    ({ name, pack, raw, from }) => `    {"${name}", pack${pack}, pack${pack}_end, ${raw}, ${from}},\n`,
  );
  const built = `int64_t mc_build_s = ${Math.floor(buildMs(process.cwd()) / 1000)};\n`;
  return `#include "host.h"\n\n${built}${names.join("")}\nconst Part mc_parts[] = {\n${rows.join("")}    {0},\n};\n`;
}

function keep(path: string, bytes: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  writeFileSync(path, bytes);
}

const [folder = "", ...wanted] = process.argv.slice(2);
const packs: Pack[] = [];
const parts = wanted.map((argument) => enter(packs, argument));
for (const file of readdirSync(folder)) {
  const name = /^(.+)\.part(?:\.sum)?$/.exec(file)?.[1];
  if (name !== undefined && !packs.some((pack) => pack.name === name)) rmSync(`${folder}/${file}`);
}
for (const pack of packs) keep(`${folder}/${pack.name}.part`, packed(folder, pack));
keep(`${folder}/parts.s`, Buffer.from(assembly(packs)));
keep(`${folder}/parts-table.c`, Buffer.from(table(packs, parts)));
