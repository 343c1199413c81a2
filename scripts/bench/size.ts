// How large the agent's bundle is: minified, deflated, by folder, and as bytecode of the
// router's engine where a qjsc of that very release is at hand.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import type { Metafile } from "esbuild";
import type { Figure, Found } from "./figure.ts";
import { commandParts } from "./parts.ts";

const BUNDLE = "dist/mikroclaw.bundle.js";
const QUICKJS = "2025-04-26";

/** Bytes in the bundle by npm package or by folder of src; of edges by the folder below. */
function byFolder(): Array<[folder: string, bytes: number]> {
  const meta = JSON.parse(readFileSync("dist/meta.json", "utf8")) as Metafile;
  const sums = new Map<string, number>();
  for (const output of Object.values(meta.outputs)) {
    for (const [path, part] of Object.entries(output.inputs)) {
      const folder =
        /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ??
        /^src\/(edges\/[^/]+|[^/]+)(?=\/)/.exec(path)?.[0] ??
        "made at build time";
      sums.set(folder, (sums.get(folder) ?? 0) + part.bytesInOutput);
    }
  }
  return [...sums].filter(([, bytes]) => bytes > 0).sort((a, b) => b[1] - a[1]);
}

/** The stripped bytecode, or why there is none. */
function bytecode(): Uint8Array | string {
  const qjsc = process.env["QJSC"];
  if (!qjsc) return "bytecode not measured: no qjsc (set QJSC to the compiler of QuickJS 2025-04-26)";
  const help = spawnSync(qjsc, [], { encoding: "utf8" });
  if (!`${help.stdout}${help.stderr}`.includes(QUICKJS))
    return `bytecode not measured: ${qjsc} is not of QuickJS ${QUICKJS}`;
  const folder = mkdtempSync(join(tmpdir(), "mikroclaw-bench-"));
  try {
    const out = join(folder, "bundle.c");
    const made = spawnSync(qjsc, ["-c", "-s", "-o", out, BUNDLE], { encoding: "utf8" });
    if (made.status !== 0) return `bytecode not measured: qjsc says ${made.stderr.slice(0, 200)}`;
    const text = readFileSync(out, "utf8");
    const size = Number(/_size = (\d+);/.exec(text)?.[1]);
    const bytes = Uint8Array.from(text.match(/0x[0-9a-f]{2}(?=,)/g) ?? [], Number);
    return bytes.length === size ? bytes : "bytecode not measured: qjsc wrote an unknown form";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sizes; they do not vary, so each has one value. */
export async function size(): Promise<Found> {
  const bundle = readFileSync(BUNDLE);
  const code = bytecode();
  const one = (key: string, bytes: number): Figure => ({ key: `size.${key}`, unit: "bytes", values: [bytes] });
  const deflated = (bytes: Uint8Array): number => deflateRawSync(bytes, { level: 9 }).length;
  const tables = Object.values(commandParts()).reduce((sum, part) => sum + deflated(part), 0);
  const coded =
    typeof code === "string"
      ? []
      : [
          one("bytecode", code.length),
          one("bytecode.deflated", deflated(code)),
          one("product.deflated", deflated(code) + tables),
        ];
  const folders = byFolder().map(([folder, bytes]) => `${String(bytes).padStart(8)} bytes of the bundle: ${folder}`);
  return {
    title: "Size of the bundle",
    command: `deflate level 9 of ${BUNDLE}; dist/meta.json; qjsc -c -s`,
    state: "everything in the catalogue, minified by esbuild; bytecode without debug information",
    figures: [
      one("bundle", bundle.length),
      one("bundle.deflated", deflated(bundle)),
      ...coded,
      one("commands.deflated", tables),
    ],
    notes: [...(typeof code === "string" ? [code] : []), ...folders],
  };
}
