// Which edges a build of one's own has: CHANNELS="telegram", PROVIDERS="openai", TOOLS="routeros-print" and
// TASKS="find lease" name lines of the catalogue by their files; the others are not in the bundle. Unset: all.
// Terminal and HTTP always stay.

import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";
import { nearest } from "../../src/base/text.ts";

const CATALOGS = [
  { variable: "CHANNELS", file: "src/app/catalog/channels.ts", always: ["cli", "http"] },
  { variable: "PROVIDERS", file: "src/app/catalog/providers.ts", always: [] },
  { variable: "TOOLS", file: "src/app/catalog/tools.ts", always: [] },
  { variable: "TASKS", file: "src/app/catalog/tasks.ts", always: [] },
] as const;
const LINE = /^export \{ .+ \} from ".*\/([a-z0-9-]+)\.ts";$/;

/** The catalogues that are cut, by file, with the text that is left of each. */
export type Edges = ReadonlyMap<string, string>;

type Catalog = (typeof CATALOGS)[number];

function cut(root: string, { variable, file, always }: Catalog, wanted: readonly string[]): string {
  const lines = readFileSync(`${root}/${file}`, "utf8").split("\n");
  const names = lines.flatMap((line) => LINE.exec(line)?.[1] ?? []);
  for (const name of wanted) {
    if (names.includes(name)) continue;
    const near = nearest(name, names)[0];
    const help = near === undefined ? `There are: ${names.join(", ")}.` : `Did you mean "${near}"?`;
    throw new Error(`${variable}: there is no "${name}". ${help}`);
  }
  const keep: readonly string[] = [...always, ...wanted];
  return lines.filter((line) => keep.includes(LINE.exec(line)?.[1] ?? "")).join("\n");
}

/** What the variables choose; throws for a name that is none. */
export function chosenEdges(root: string, env: Readonly<Record<string, string | undefined>>): Edges {
  const found = new Map<string, string>();
  for (const catalog of CATALOGS) {
    const wanted = env[catalog.variable];
    if (wanted !== undefined)
      found.set(
        catalog.file,
        cut(
          root,
          catalog,
          wanted.split(/[\s,]+/).filter((name) => name !== ""),
        ),
      );
  }
  return found;
}

/** Gives esbuild the catalogues as they were cut. */
export function edges(root: string, chosen: Edges): Plugin {
  return {
    name: "edges",
    setup(build) {
      build.onLoad({ filter: /\/catalog\/(?:channels|providers|tools|tasks)\.ts$/ }, ({ path }) => {
        const contents = chosen.get(path.slice(root.length + 1));
        return contents === undefined ? undefined : { contents, loader: "ts" };
      });
    },
  };
}
