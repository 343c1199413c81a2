// Keeps package-lock.json whole. A registry mirror may lack packages for other platforms;
// npm then leaves them out of the lock file, and `npm ci` refuses it on every machine. The
// entries are written from what the packages that want them say: name and exact version.
// Without arguments it checks; `--write` adds what is missing.

import { readFileSync, writeFileSync } from "node:fs";

interface Entry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

export interface Lock {
  packages: Record<string, Entry>;
}

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

/** The entry of a package for one platform, from the words of its name. */
function entryOf(name: string, version: string, dev: boolean): Entry {
  const words = name.replace(/^.*\//, "").split("-");
  const entry: Entry = { version, optional: true };
  if (dev) entry.dev = true;
  const os = words.filter((w) => SYSTEMS.includes(w));
  const cpu = words.filter((w) => PROCESSORS.includes(w));
  if (os.length > 0) entry.os = os;
  if (cpu.length > 0) entry.cpu = cpu;
  if (words.some((w) => w.startsWith("musl"))) entry.libc = ["musl"];
  if (words.some((w) => w.startsWith("gnu"))) entry.libc = ["glibc"];
  return entry;
}

/** Entries that the lock file lacks, by path. */
export function missing(lock: Lock): Record<string, Entry> {
  const found: Record<string, Entry> = {};
  for (const [path, { optionalDependencies: wanted = {}, dev = false }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(wanted)) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      const exact = /^\d+\.\d+\.\d+/.test(version);
      if (exact && !places.some((p) => p in lock.packages)) found[`node_modules/${name}`] = entryOf(name, version, dev);
    }
  }
  return found;
}

function main(): void {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
  const lacks = missing(lock);
  const names = Object.keys(lacks);
  if (names.length === 0) return;
  if (!process.argv.includes("--write")) {
    process.stderr.write(
      `package-lock.json lacks ${names.join(", ")}: run node --import tsx scripts/lock.ts --write\n`,
    );
    process.exitCode = 1;
    return;
  }
  const packages = Object.entries({ ...lock.packages, ...lacks }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(
    "package-lock.json",
    `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`,
  );
}

if (process.argv[1]?.endsWith("scripts/lock.ts")) main();
