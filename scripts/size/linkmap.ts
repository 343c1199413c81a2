// What is in a binary, by source file, from the linker's map: sections are named after functions and
// tables, and those are looked up in the sources. What has no such name (string literals, what the
// compiler made up) is told by the library where the map knows it, else as the rest.

import { readdirSync, readFileSync } from "node:fs";

/** Sections that lie in the file, unlike .bss. */
const IN_FILE = /^\.(?:text|rodata|data|init|fini|eh_frame|rel|got|tbss|tdata)/;
const KINDS =
  /^\.(?:text\.unlikely|text\.startup|text\.exit|text|rodata|data\.rel\.ro\.local|data\.rel\.ro|data)\.(.+)$/;
/** What the compiler adds to a name: clones and statics of functions. */
const CLONE = /\.(?:lto_priv|isra|part|constprop|cold|str\d|cst\d|\d).*$/;

interface Piece {
  readonly section: string;
  readonly bytes: number;
  readonly object: string;
}

/** Everything placed in the file, from the text of a GNU linker map. */
function pieces(map: string): Piece[] {
  const placed = map.slice(Math.max(0, map.indexOf("Linker script and memory map"))).replace(/\n {10,}(?=0x)/g, " ");
  const found: Piece[] = [];
  for (const line of placed.split("\n")) {
    const [, section, size, object] = /^ (\.\S+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$/.exec(line) ?? [];
    if (section === undefined || size === undefined || object === undefined) continue;
    const bytes = Number.parseInt(size, 16);
    if (bytes > 0 && IN_FILE.test(section)) found.push({ section, bytes, object });
  }
  return found;
}

/** Names that a line at the left edge of a C source defines; none for a declaration. */
function defined(line: string): string[] {
  if (!/^[a-zA-Z_]/.test(line) || /^(?:typedef|extern)\b/.test(line) || /^[^={]*\)\s*;/.test(line)) return [];
  return [...line.matchAll(/\b([a-zA-Z_]\w*)\s*(?=[([=]|$)/g)].map(([, name]) => name ?? "");
}

/** Where functions and tables are defined: the first file of the folders that does. */
export function definitions(folders: Readonly<Record<string, string>>): Map<string, string> {
  const where = new Map<string, string>();
  for (const [label, folder] of Object.entries(folders)) {
    const files = readdirSync(folder).filter((f) => /\.[ch]$/.test(f));
    for (const file of files.sort()) {
      const names = readFileSync(`${folder}/${file}`, "latin1").split("\n").flatMap(defined);
      for (const name of names) if (!where.has(name)) where.set(name, `${label} ${file}`);
    }
  }
  return where;
}

/** Bytes by source file or library, largest first. */
export function bySource(map: string, where: ReadonlyMap<string, string>): Array<[source: string, bytes: number]> {
  const sums = new Map<string, number>();
  for (const { section, bytes, object } of pieces(map)) {
    const source = sourceOf(section, object, where);
    sums.set(source, (sums.get(source) ?? 0) + bytes);
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

function sourceOf(section: string, object: string, where: ReadonlyMap<string, string>): string {
  if (/libc\.a|crt\w*\.o/.test(object)) return "musl";
  if (/libgcc/.test(object)) return "libgcc";
  if (section === ".rodata.parts") return "parts";
  const name = KINDS.exec(section)?.[1];
  if (name === undefined || /^(?:str|cst)\d/.test(name)) return "strings and constants";
  return where.get(name.replace(CLONE, "")) ?? "without a known source";
}
