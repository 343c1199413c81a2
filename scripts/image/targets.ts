// The processors of build/native/targets as an image index names them.

import { readFileSync } from "node:fs";

export interface Target {
  readonly arch: string;
  readonly os: string;
  readonly architecture: string;
  /** "" where the index has none. */
  readonly variant: string;
}

function targetOf(row: string): Target {
  const [arch, , , , , , platform] = row.split(/\s+/);
  const [os, architecture, variant = ""] = (platform ?? "").split("/");
  if (!arch || !os || !architecture) throw new Error(`build/native/targets: cannot read "${row}"`);
  return { arch, os, architecture, variant };
}

/** Every processor we build for, in the table's order. */
function targets(root: string): Target[] {
  const rows = readFileSync(`${root}/build/native/targets`, "utf8").split("\n");
  return rows.filter((row) => row !== "" && !row.startsWith("#")).map(targetOf);
}

/** Those named, or all; throws for a name that is none. */
export function chosenTargets(root: string, names: readonly string[]): Target[] {
  const all = targets(root);
  const unknown = names.find((name) => !all.some((t) => t.arch === name));
  if (unknown !== undefined) {
    throw new Error(`There is no processor "${unknown}"; there are: ${all.map((t) => t.arch).join(", ")}.`);
  }
  return names.length === 0 ? all : all.filter((t) => names.includes(t.arch));
}
