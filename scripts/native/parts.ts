// Packs what lies in the binary as data: `parts.ts FOLDER NAME=FILE NAME:=FILE …`, where `:=` leaves
// the bytes as they are (a table that is searched where it lies). Writes the packed files, parts.s
// that includes them, and parts-table.c: the list for src/host/native/parts.c, and the build's time.
// A file that would not change is not written: make looks at times. Packed by zopfli, whose streams
// are 5 % smaller than zlib's best and unpack alike.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { buildMs } from "../build/git-time.ts";

/** More rounds than 15 take longer and gain some 30 bytes of 170,000. */
const PACK = ["--deflate", "--i15", "-c"];

interface Part {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Size when unpacked; 0: as it is. */
  readonly raw: number;
}

/** The file as a raw deflate stream; that of an earlier run in `folder` where the file is still the same. */
function packed(folder: string, name: string, file: string, bytes: Uint8Array): Uint8Array {
  const sum = createHash("sha256").update(PACK.join(" ")).update(bytes).digest("hex");
  const [was, kept] = [`${folder}/${name}.part.sum`, `${folder}/${name}.part`];
  if (existsSync(kept) && existsSync(was) && readFileSync(was, "utf8") === sum) return readFileSync(kept);
  const done = spawnSync("zopfli", [...PACK, file], { maxBuffer: bytes.length + 65_536 });
  if (done.status !== 0) throw new Error(`zopfli could not pack ${file}: ${done.error?.message ?? done.stderr}`);
  if (!inflateRawSync(done.stdout).equals(bytes)) throw new Error(`zopfli made something else of ${file}`);
  writeFileSync(was, sum);
  return done.stdout;
}

function partOf(folder: string, argument: string): Part {
  const found = /^([a-z][a-z0-9.-]*)(:?)=(.+)$/.exec(argument);
  const [, name, asIs, file] = found ?? [];
  if (name === undefined || file === undefined) throw new Error(`"${argument}" is not NAME=FILE or NAME:=FILE`);
  const bytes = readFileSync(file);
  if (asIs) return { name, bytes, raw: 0 };
  return { name, bytes: packed(folder, name, file, bytes), raw: bytes.length };
}

/** Assembly that puts the files in: labels part0, part0_end … The last note keeps the stack without code. */
function assembly(parts: readonly Part[]): string {
  const lines = parts.flatMap(({ name }, i) => [
    ...[".balign 4", `.globl part${i}`, `.hidden part${i}`, `part${i}:`, `.incbin "${name}.part"`],
    ...[`.globl part${i}_end`, `.hidden part${i}_end`, `part${i}_end:`, ".byte 0"],
  ]);
  return `${['.section .rodata.parts,"a"', ...lines, '.section .note.GNU-stack,"",%progbits'].join("\n")}\n`;
}

function table(parts: readonly Part[]): string {
  const names = parts.map((_, i) => `extern const uint8_t part${i}[], part${i}_end[];\n`);
  const rows = parts.map(({ name, raw }, i) => `    {"${name}", part${i}, part${i}_end, ${raw}},\n`);
  const built = `int64_t mc_build_s = ${Math.floor(buildMs(process.cwd()) / 1000)};\n`;
  return `#include "host.h"\n\n${built}${names.join("")}\nconst Part mc_parts[] = {\n${rows.join("")}    {0},\n};\n`;
}

function keep(path: string, bytes: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  writeFileSync(path, bytes);
}

const [folder = "", ...wanted] = process.argv.slice(2);
const parts = wanted.map((argument) => partOf(folder, argument));
for (const file of readdirSync(folder)) {
  const name = /^(.+)\.part(?:\.sum)?$/.exec(file)?.[1];
  if (name !== undefined && !parts.some((part) => part.name === name)) rmSync(`${folder}/${file}`);
}
for (const { name, bytes } of parts) keep(`${folder}/${name}.part`, bytes);
keep(`${folder}/parts.s`, Buffer.from(assembly(parts)));
keep(`${folder}/parts-table.c`, Buffer.from(table(parts)));
